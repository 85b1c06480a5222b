"""What sky layers a Data Lab has, without their addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

# Pictures; catalogues are drawn from their rows.
_LAYER = re.compile(r"/hips/((density|images)/.+?)/?$")


@dataclass(frozen=True, slots=True)
class SkyLayer:
    """A picture of the sky.

    Attributes
    ----------
    path
        Where it is below ``hips/``, such as ``density/gaia_dr3.gaia_source_g10``.
    kind
        ``density`` of a table, or ``images``.
    title
        What it is, for people.
    """

    path: str
    kind: str
    title: str


def read_layers(text: str) -> Iterator[SkyLayer]:
    """Find the pictures in a list of HiPS (HiPS 1.0, section 5.2).

    Parameters
    ----------
    text
        Records of ``name = value`` lines, with an empty line between two.
    """
    for record in re.split(r"\n\s*\n", text):
        lines = (line.partition("=") for line in record.splitlines())
        told = {name.strip(): value.strip() for name, sign, value in lines if sign}
        found = _LAYER.search(unquote(urlsplit(told.get("hips_service_url", "")).path))
        if found is not None and told.get("dataproduct_type", "image") == "image":
            yield SkyLayer(found[1], found[2], told.get("obs_title") or found[1])


def image_layers(images: Iterable[Mapping[str, Any]]) -> Iterator[SkyLayer]:
    """Find the sky layers in a Data Lab's list of images, those in colour first.

    Parameters
    ----------
    images
        What ``/images`` tells: an image a band of each collection.
    """
    images = list(images)
    for path in dict.fromkeys(image["colour_hips"] for image in images if image["colour_hips"]):
        of_it = [image for image in images if image["colour_hips"] == path]
        bands = ", ".join(image["band"] for image in of_it)
        made_up = ", simulated" if any(image["simulated"] for image in of_it) else ""
        title = f"{of_it[0]['collection']} in colour ({bands}{made_up})"
        yield SkyLayer(path.removeprefix("/hips/"), "images", title)
    for image in images:
        yield SkyLayer(image["hips"].removeprefix("/hips/"), "images", image["title"])


def all_layers(text: str, images: Iterable[Mapping[str, Any]]) -> list[SkyLayer]:
    """Join both lists, each layer once: images that are not rendered yet are in the second only.

    Parameters
    ----------
    text
        A list of HiPS, as `read_layers` reads it.
    images
        A list of images, as `image_layers` reads it.
    """
    listed = {layer.path: layer for layer in read_layers(text)}
    pictures = [listed.pop(layer.path, layer) for layer in image_layers(images)]
    return [*listed.values(), *pictures]
