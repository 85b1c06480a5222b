"""What a HiPS says of itself: ``properties`` (HiPS 1.0, section 4.4.1), a page, a list of HiPS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from datalab_backend.catalogues import coverage, tiles
from datalab_backend.catalogues.hips import DensityHips
from datalab_backend.catalogues.progressive import FIRST_ORDER, ProgressiveHips
from datalab_backend.images.hips import FIRST_ORDER as FIRST_IMAGE_ORDER
from datalab_backend.images.hips import ImageHips
from datalab_backend.images.image import COLOUR, Image
from datalab_backend.version import version

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
img {{ width: 100%; background: #000; border-radius: 8px; }}
table {{ border-collapse: collapse; font-size: 13px; }}
td {{ padding: 2px 12px 2px 0; vertical-align: top; overflow-wrap: anywhere; }}
</style></head>
<body><h1>{title}</h1><p>{description}</p>
{image}<p>Give the address of this page to Aladin or another program that shows HiPS.</p>
<table>{rows}</table></body></html>
"""


def density_properties(hips: DensityHips, released: datetime) -> dict[str, str]:
    """The properties of the density of a table."""
    table = hips.table
    low, high = hips.cut_deg2()
    brightest = max(high, float(hips.allsky().densities.max()))
    return {
        **_common(hips, released, "density"),
        "dataproduct_type": "image",
        "hips_tile_format": "png fits",
        "hips_order": str(hips.order),
        "hips_order_min": "0",
        "hips_tile_width": str(tiles.TILE_WIDTH),
        "hips_pixel_bitpix": "-32",
        "hips_pixel_scale": f"{hips.pixel_deg():.6g}",
        "hips_pixel_cut": f"{low:.6g} {high:.6g}",
        "hips_data_range": f"0 {brightest:.6g}",
        "obs_description": (
            f"Rows of {table.full_name} per square degree (FITS, deg-2); in PNG on a logarithmic "
            f"scale. Counted in HEALPix cells down to order {hips.finest_cells}; smaller pixels "
            f"show the density of their cell. {table.description}"
        ),
        "data_unit": "deg-2",
        "data_cell_order": str(hips.finest_cells),
    }


def catalogue_properties(
    hips: DensityHips, rows: ProgressiveHips, released: datetime
) -> dict[str, str]:
    """The properties of the rows of a table."""
    table, ranking = hips.table, rows.ranking
    first = f"those with the lowest {ranking.name} first" if ranking else "drawn as if by lot"
    return {
        **_common(hips, released, "catalogue"),
        "dataproduct_type": "catalog",
        "hips_tile_format": "tsv",
        "hips_order": str(rows.order),
        "hips_order_min": str(FIRST_ORDER),
        "hips_cat_nrows": str(hips.counts.total),
        "obs_description": f"The rows of {table.full_name}, {first}. {table.description}",
    }


def image_properties(images: Sequence[Image], released: datetime) -> dict[str, str]:
    """The properties of an image, or of several in colour, the bluest first."""
    image, in_colour = images[0], len(images) > 1
    hips = ImageHips(image)
    band = COLOUR if in_colour else image.band
    fov = max(image.width_deg, image.height_deg) * 1.2
    told = {
        "creator_did": f"ivo://jupyterlab-datalab/hips/images/{image.collection}/{band}",
        "obs_collection": image.collection,
        "obs_title": image.title,
        "obs_description": (
            f"{image.title}: pixels of {image.pixel_arcsec:g} arcsec, seeing "
            f"{image.seeing_arcsec:g} arcsec, AB magnitude {image.zero_point:g} for one unit."
        ),
        "obs_ack": image.credit,
        "obs_regime": "Optical",
        "em_min": f"{min(one.wavelengths_m[0] for one in images):.4g}",
        "em_max": f"{max(one.wavelengths_m[1] for one in images):.4g}",
        **_always(released),
        **_first_look(image.ra_deg, image.dec_deg, fov),
        "moc_sky_fraction": f"{hips.moc().sky_fraction:.6g}",
        "dataproduct_type": "image",
        "hips_order": str(hips.order),
        "hips_order_min": str(FIRST_IMAGE_ORDER),
        "hips_tile_width": str(tiles.TILE_WIDTH),
        "hips_pixel_scale": f"{hips.pixel_deg:.6g}",
        "s_pixel_scale": f"{image.pixel_arcsec / 3600:.6g}",
    }
    if in_colour:
        return told | {
            "obs_title": f"{image.title.partition(',')[0]} in colour",
            "obs_description": (
                f"{image.title.partition(',')[0]}: i is red, r green, g blue, on one scale that "
                "keeps hues (Lupton et al. 2004)."
            ),
            "dataproduct_subtype": "color",
            "hips_tile_format": "png",
        }
    low, high = hips.cut()
    return told | {
        "hips_tile_format": "png fits",
        "hips_pixel_bitpix": "-32",
        "hips_pixel_cut": f"{low:.6g} {high:.6g}",
        "hips_data_range": f"{low * 10:.6g} {high * 1000:.6g}",
        "data_unit": "adu",
    }


def _common(hips: DensityHips, released: datetime, kind: str) -> dict[str, str]:
    """What all HiPS of a table say."""
    table = hips.table
    simulated = " (simulated, not observed)" if table.simulated else ""
    what = "Density of " if kind == "density" else ""
    return {
        "creator_did": f"ivo://jupyterlab-datalab/hips/{kind}/{table.full_name}",
        "obs_collection": table.schema,
        "obs_title": f"{what}{table.full_name}{simulated}",
        "obs_ack": table.credit,
        **_always(released),
        **_first_look(*hips.middle()),
        "moc_sky_fraction": f"{coverage.sky_fraction(hips.counts):.6g}",
    }


def _always(released: datetime) -> dict[str, str]:
    """What all HiPS say."""
    return {
        "hips_version": "1.4",
        "hips_builder": f"jupyterlab-datalab {version()}",
        "hips_creation_date": _minute(released),
        "hips_release_date": _minute(released),
        "hips_status": "public master clonableOnce",
        "hips_frame": "equatorial",
    }


def _first_look(ra: float, dec: float, fov: float) -> dict[str, str]:
    """Where to look first, in degrees."""
    return {
        f"{whose}_initial_{name}": text
        for whose in ("hips", "obs")
        for name, text in (("ra", f"{ra:.5f}"), ("dec", f"{dec:.5f}"), ("fov", f"{fov:.4g}"))
    }


def written(properties: Mapping[str, str]) -> str:
    """Write properties as a file; those without a value are left out."""
    return "".join(
        f"{name:<20} = {' '.join(value.split())}\n" for name, value in properties.items() if value
    )


def page(properties: Mapping[str, str], description: str, image: str = "") -> str:
    """Write a page for people, which needs nothing from elsewhere.

    Parameters
    ----------
    properties
        What is known of the HiPS.
    description
        What it shows.
    image
        The address of a picture of the whole, from the page.
    """
    title = escape(properties["obs_title"])
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(value)}</td></tr>"
        for name, value in properties.items()
        if value
    )
    shown = f'<p><img src="{escape(image)}" alt="{title}"></p>' if image else ""
    return _PAGE.format(title=title, description=escape(description), image=shown, rows=rows)


def hips_list(base_url: str, all_properties: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """Write the list of all HiPS (HiPS 1.0, section 5.2).

    Parameters
    ----------
    base_url
        The URL of the Data Lab, without a slash at the end.
    all_properties
        The path of each HiPS, and its properties.
    """
    named = ("creator_did", "hips_release_date", "hips_status", "obs_title", "dataproduct_type")
    return "\n".join(
        written({"hips_service_url": f"{base_url}{path}", **{name: found[name] for name in named}})
        for path, found in all_properties
    )


def _minute(moment: datetime) -> str:
    """A date as HiPS writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
