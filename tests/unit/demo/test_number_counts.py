"""How many stars and galaxies the simulated sky has, against real surveys."""

import numpy as np
import pandas as pd
import pytest
from datalab_backend.catalogues.demo.simulation import pixels
from datalab_backend.catalogues.demo.simulation.sky import sky
from datalab_backend.catalogues.demo.simulation.things import CLASSES
from datalab_backend.catalogues.demo.surveys import PATCH_DEC, PATCH_RA, simulate

EDGES = np.arange(17, 23)
SDSS_STARS = (261, 403, 603, 973, 1188)
SDSS_GALAXIES = (75, 210, 663, 1877, 4878)
PIXELS = 50


@pytest.fixture(scope="module")
def patch() -> pd.DataFrame:
    """More than ten square degrees around the Extended Groth Strip."""
    assert PIXELS * pixels.AREA_DEG2 > 10
    frames = []
    for pixel in pixels.nearest(PATCH_RA, PATCH_DEC, PIXELS):
        tables = simulate("sim_ls", pixels.ORDER, int(pixel))
        truth = tables["sim_ls.truth"].select(["ls_id", "class", "true_r"])
        frames.append(tables["sim_ls.tractor"].to_pandas().merge(truth.to_pandas(), on="ls_id"))
    return pd.concat(frames)


@pytest.mark.parametrize(
    ("kind", "sdss"), [("STAR", SDSS_STARS), ("GALAXY", SDSS_GALAXIES)], ids=["stars", "galaxies"]
)
@pytest.mark.parametrize("magnitude", ["dered_mag_r", "true_r"])
def test_counts_at_the_extended_groth_strip_agree_with_the_sdss(
    patch: pd.DataFrame, kind: str, sdss: tuple[float, ...], magnitude: str
):
    found = np.histogram(patch[magnitude][patch["class"] == kind], EDGES)[0]
    per_deg2 = found / (PIXELS * pixels.AREA_DEG2)
    assert per_deg2 == pytest.approx(sdss, rel=0.2)


def test_more_than_half_of_the_faint_stars_are_red_dwarfs_as_in_the_sdss(patch: pd.DataFrame):
    stars = patch[(patch["class"] == "STAR") & patch.dered_mag_r.between(19, 21)]
    colour = stars.dered_mag_g - stars.dered_mag_r
    assert np.mean(colour > 1.1) == pytest.approx(0.56, abs=0.1)
    # The metal-poor halo is what makes the blue edge of the field stars.
    assert np.percentile(colour, 5) == pytest.approx(0.25, abs=0.08)


def test_galaxies_are_as_red_as_in_the_sdss_and_bluer_when_faint(patch: pd.DataFrame):
    galaxies = patch[patch["class"] == "GALAXY"]
    colour = galaxies.dered_mag_g - galaxies.dered_mag_r
    median = [colour[galaxies.dered_mag_r.between(r, r + 1)].median() for r in (18, 19, 20, 21, 22)]
    assert median == pytest.approx((1.0, 1.05, 1.0, 0.85, 0.65), abs=0.12)


def test_faint_galaxies_are_as_many_as_in_deep_fields():
    counts = np.zeros(2)
    wanted = pixels.around(185.0, -31.5, 0.4)
    for pixel in wanted:
        things = sky(int(pixel), deep=True)
        galaxies = things.take(things.kind == CLASSES.index("GALAXY"))
        counts += np.histogram(galaxies.band("r"), [23, 24, 25])[0]
    assert counts / (len(wanted) * pixels.AREA_DEG2) == pytest.approx((3e4, 6e4), rel=0.1)


def test_there_are_more_stars_towards_the_disc_and_the_centre_of_the_galaxy():
    def stars(ra: float, dec: float) -> int:
        (pixel, *_) = pixels.around(ra, dec, 0.01)
        return int((sky(int(pixel), deep=False).kind == CLASSES.index("STAR")).sum())

    pole = stars(192.86, 27.13)
    centre_30 = stars(246.5, -9.0)  # l = 4, b = 27
    anticentre_30 = stars(118.0, 37.0)  # l = 184, b = 27
    disc_12 = stars(100.0, 45.0)  # l = 170, b = 17
    assert pole < anticentre_30 < disc_12
    assert centre_30 > 1.5 * anticentre_30
