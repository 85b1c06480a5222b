"""The deep simulated field: its dwarf galaxy, its variable stars, its names and shapes."""

import re

import numpy as np
import pandas as pd
import pytest
from astropy.timeseries import LombScargle
from datalab_backend.catalogues.demo.simulation import cluster, dwarf, pixels, smash, smash_rows
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

RR_LYRAE = "169.429960"
FWHM = 2.3548
HALF_WIDTH_ARCMIN, SEARCHED_ARCMIN = 60, 48
Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def field() -> Tables:
    made = [smash_rows.tables(int(p), smash.FIELD) for p in smash.pixels_of_field()]
    return {
        name.split(".")[1]: pd.concat([tables[name].to_pandas() for tables in made])
        for name in made[0]
    }


@pytest.fixture(scope="module")
def blue_stars(field: Tables) -> pd.DataFrame:
    """What the Data Lab's query for dwarf galaxies selects."""
    o = field["object"]
    colour = o.gmag - o.rmag
    return o[
        (o.fieldid == 169)
        & (o.depthflag > 1)
        & (o.sharp.abs() < 0.5)
        & o.gmag.between(9, 25)
        & colour.between(-0.4, 0.4)
    ]


@pytest.fixture(scope="module")
def peaks(blue_stars: pd.DataFrame) -> list[tuple[float, float, float]]:
    """The highest peaks of the difference of Gaussians: significance, RA, Dec."""
    dec = blue_stars.dec.to_numpy()
    x = (blue_stars.ra.to_numpy() - smash.FIELD_RA) * np.cos(np.radians(dec)) * 60
    y = (dec - smash.FIELD_DEC) * 60
    edges = np.arange(-HALF_WIDTH_ARCMIN, HALF_WIDTH_ARCMIN + 1)
    counts = np.histogram2d(y, x, bins=[edges, edges])[0]
    difference = gaussian_filter(counts, 2 / FWHM) - gaussian_filter(counts, 20 / FWHM)
    middle = (edges[1:] + edges[:-1]) / 2
    inside = np.hypot(middle[:, None], middle[None, :]) < SEARCHED_ARCMIN
    values = difference[inside]
    sigma = 1.4826 * np.median(np.abs(values - np.median(values)))
    significance = np.where(inside, (difference - np.median(values)) / sigma, -np.inf)
    found = []
    for _ in range(5):
        row, column = np.unravel_index(significance.argmax(), significance.shape)
        peak_dec = smash.FIELD_DEC + middle[row] / 60
        peak_ra = smash.FIELD_RA + middle[column] / 60 / np.cos(np.radians(peak_dec))
        found.append((float(significance[row, column]), float(peak_ra), float(peak_dec)))
        significance[max(row - 4, 0) : row + 5, max(column - 4, 0) : column + 5] = -np.inf
    return found


def distance_arcmin(peak: tuple[float, float, float], ra: float, dec: float) -> float:
    return 60 * pixels.separation_deg(peak[1], peak[2], np.array([ra]), np.array([dec]))[0]


def light_curve(field: Tables, name: str, band: str) -> pd.DataFrame:
    s = field["source"]
    return s[(s.id == name) & (s["filter"] == band) & (s.cmag < 99)]


def best_period(field: Tables, name: str) -> float:
    """The period of a Lomb-Scargle periodogram of the measurements in g and r together."""
    parts = [light_curve(field, name, band) for band in ("g", "r")]
    mjd = np.concatenate([part.mjd for part in parts])
    magnitude = np.concatenate([part.cmag - part.cmag.mean() for part in parts])
    error = np.concatenate([part.cerr for part in parts])
    scargle = LombScargle(mjd, magnitude, error, nterms=3)
    fast = {"method": "fastchi2", "assume_regular_frequency": True}
    coarse = np.arange(1 / 0.9, 1 / 0.4, 1.5e-4)
    near = coarse[scargle.power(coarse, **fast).argmax()]
    fine = near + np.arange(-2e-4, 2e-4, 2e-6)
    return float(1 / fine[scargle.power(fine, **fast).argmax()])


def test_hydra_ii_is_the_highest_peak_of_the_blue_stars(peaks: list[tuple[float, float, float]]):
    assert peaks[0][0] > 7
    assert distance_arcmin(peaks[0], dwarf.RA, dwarf.DEC) < 1.5


def test_the_galaxy_cluster_is_a_decoy_that_stands_out_from_the_field(
    peaks: list[tuple[float, float, float]],
):
    assert peaks[1][0] > 4.5
    assert distance_arcmin(peaks[1], cluster.RA, cluster.DEC) < 1.5
    assert peaks[2][0] < peaks[1][0]


def test_the_decoy_has_no_horizontal_branch_but_hydra_ii_has(blue_stars: pd.DataFrame):
    def branch_stars(ra: float, dec: float) -> int:
        near = pixels.separation_deg(ra, dec, *(blue_stars[c].to_numpy() for c in ("ra", "dec")))
        colour = blue_stars.gmag - blue_stars.rmag
        branch = blue_stars.gmag.between(21.2, 22.3) & (colour < 0.12) & (blue_stars.sharp < 0.2)
        return int((branch & (near < 3 / 60)).sum())

    assert branch_stars(dwarf.RA, dwarf.DEC) >= 6
    assert branch_stars(cluster.RA, cluster.DEC) <= 2


def test_hydra_ii_has_the_size_distance_and_brightness_of_the_real_one(field: Tables):
    members = dwarf.members(25.6)
    r, g = members.band("r"), members.band("g")
    v = g - 0.59 * (g - r) - 0.01 - 5 * np.log10(15_140)
    # Fainter stars have about a tenth of the light.
    assert -2.5 * np.log10((10 ** (-0.4 * v)).sum()) == pytest.approx(-5.0, abs=0.25)
    truth = field["truth"]
    found = truth[truth.origin == "Hydra II"]
    assert len(found) > 150
    assert (found.distance_pc == 151_400).all()
    assert found.feh.mean() == pytest.approx(-2.4, abs=0.1)
    radius = 60 * pixels.separation_deg(
        dwarf.RA, dwarf.DEC, found.ra.to_numpy(), found.dec.to_numpy()
    )
    assert np.median(radius) == pytest.approx(1.52 * 0.88, abs=0.25)  # the circle of the ellipse


def test_the_rr_lyrae_star_of_hydra_ii_is_found_with_its_period(field: Tables):
    (star,) = field["object"][field["object"].id == RR_LYRAE].to_dict("records")
    assert (star["ra"], star["dec"]) == pytest.approx((185.4311, -31.9953), abs=1e-4)
    (truth,) = field["truth"][field["truth"].id == RR_LYRAE].to_dict("records")
    assert (truth["origin"], truth["variable"]) == ("Hydra II", "RRab")
    curve = light_curve(field, RR_LYRAE, "g")
    assert len(curve) >= 30
    assert np.ptp(curve.cmag) == pytest.approx(0.68, abs=0.12)
    assert light_curve(field, RR_LYRAE, "i").cmag.mean() == pytest.approx(21.30, abs=0.06)
    assert star["gscatter"] > 5 * star["gerr"]
    assert best_period(field, RR_LYRAE) == pytest.approx(0.6487, rel=1e-4)


def test_periods_of_rrab_stars_come_out_right(field: Tables):
    truth = field["truth"]
    stars = truth[truth.variable == "RRab"]
    assert len(stars) >= 10
    right = [
        best_period(field, s.id) == pytest.approx(s.period, rel=1e-4) for s in stars.itertuples()
    ]
    assert np.mean(right) >= 0.9


def test_some_thirty_other_variables_are_in_the_field_and_have_light_curves(field: Tables):
    truth = field["truth"]
    others = truth[truth.variable.notna() & (truth.id != RR_LYRAE)]
    assert 28 <= len(others) <= 31
    assert set(others.origin) == {"field variable"}
    assert set(others.id) <= set(field["source"].id)
    assert {"RRab", "RRc", "EW", "SXPHE"} == set(others.variable)


def test_most_objects_with_light_curves_do_not_vary(field: Tables):
    measured = field["source"].id.unique()
    truth = field["truth"][field["truth"].id.isin(measured)]
    assert len(truth) == len(measured) > 500
    assert truth.variable.notna().mean() < 0.1


def test_names_are_text_unique_and_keep_their_zeros(field: Tables):
    names = field["object"].id
    assert names.is_unique
    assert all(re.fullmatch(r"169\.\d+", name) for name in names)
    assert names.str.endswith("0").sum() > 1000


def test_every_object_has_its_truth(field: Tables):
    assert field["object"].id.tolist() == field["truth"].id.tolist()


def test_what_is_not_detected_is_99_99(field: Tables):
    o = field["object"]
    for band in "ugriz":
        missing = o[f"{band}mag"] > 90
        assert 0.02 < missing.mean() < 0.9
        assert o[f"{band}mag"][missing].round(2).eq(99.99).all()
        assert o[f"ndet{band}"].eq(0).equals(missing)
    detected = field["source"].cmag < 99
    assert 0.3 < detected.mean() < 0.98
    assert field["source"].cmag[~detected].round(2).eq(99.99).all()


def test_completeness_falls_near_g_24_8(field: Tables):
    o = field["object"].merge(field["truth"][["id", "true_g", "class"]], on="id")
    stars = o[(o["class"] == "STAR") & (o.depthflag > 1)]
    observed = stars.true_g + 3.214 * stars.ebv
    rate = [
        (stars.gmag < 90)[observed.between(g, g + 0.2)].mean() for g in (23.5, 24.3, 24.7, 25.2)
    ]
    assert rate[0] > 0.99
    assert rate[0] >= rate[1] > rate[2] > rate[3]
    assert rate[2] == pytest.approx(0.5, abs=0.15)


def test_faint_galaxies_pass_for_stars_and_faint_stars_for_galaxies(field: Tables):
    o = field["object"].merge(field["truth"][["id", "class"]], on="id")

    def star_like(kind: str, bright: float, faint: float) -> float:
        chosen = o[(o["class"] == kind) & o.rmag.between(bright, faint)]
        return float((chosen.sharp.abs() < 0.5).mean())

    assert star_like("GALAXY", 18, 20) < 0.05
    assert star_like("GALAXY", 24, 25) > 0.2
    assert star_like("STAR", 18, 20) > 0.99
    assert star_like("STAR", 24, 25) < 0.985


def test_magnitudes_are_not_corrected_for_reddening(field: Tables):
    o = field["object"].merge(field["truth"][["id", "true_g", "true_i"]], on="id")
    bright = o[(o.gmag < 21) & (o.imag < 21)]
    assert ((bright.gmag - bright.true_g) / bright.ebv).median() == pytest.approx(3.214, abs=0.1)
    assert ((bright.imag - bright.true_i) / bright.ebv).median() == pytest.approx(1.592, abs=0.1)


def test_errors_grow_with_magnitude_and_are_honest(field: Tables):
    o = field["object"].merge(field["truth"][["id", "true_r", "variable"]], on="id")
    o = o[(o.rmag < 99) & o.variable.isna()]
    pull: NDArray[np.float64] = ((o.rmag - 2.165 * o.ebv - o.true_r) / o.rerr).to_numpy()
    usual = o.rmag < 23.5
    assert np.std(pull[usual & (np.abs(pull) < 5)]) == pytest.approx(1.0, abs=0.1)
    medians = [o.rerr[o.rmag.between(r, r + 0.5)].median() for r in (18, 20, 22, 23, 24)]
    assert medians == sorted(medians)
    assert medians[-1] > 0.08


def test_bright_objects_are_in_short_exposures_only_and_faint_ones_in_long_ones(field: Tables):
    o = field["object"]
    assert set(o.depthflag) == {1, 2, 3}
    assert (o.depthflag[o.rmag < 16] == 1).mean() > 0.9
    assert (o.depthflag[o.rmag.between(23, 24)] == 2).all()
