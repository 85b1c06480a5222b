"""pyvo, as astronomers use it, on our service."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import pyvo
from datalab_process import DatalabProcess
from small_sky import STARS, STARS_TABLE

QUERY = "SELECT source_id, ra, dec, gmag, epochs, field FROM small.stars WHERE epochs > 150"


@pytest.fixture
def tap(datalab: DatalabProcess) -> pyvo.dal.TAPService:
    """The service as pyvo sees it."""
    return pyvo.dal.TAPService(f"{datalab.url}/tap")


def test_a_search_gives_the_rows(tap: pyvo.dal.TAPService, datalab: DatalabProcess):
    table = tap.search(QUERY).to_table()
    arrow = pa.ipc.open_stream(datalab.query(QUERY, FORMAT="arrow").content).read_all()
    assert len(table) == arrow.num_rows > 0
    for name in arrow.column_names:
        np.testing.assert_array_equal(np.asarray(table[name]), arrow[name].to_numpy())
    assert str(table["ra"].unit) == "deg"


def test_a_search_gives_text_times_and_nulls_as_they_are(tap: pyvo.dal.TAPService):
    table = tap.search(
        "SELECT TOP 400 source_id, name, variable, seen, pmra FROM small.stars ORDER BY source_id"
    ).to_table()
    assert table["name"][50] == 'β "1" <a>&b,\n'
    assert table["seen"][0].startswith("2014-07-25T10:30:00")
    assert table["variable"].mask[11]
    assert bool(table["variable"][3])
    assert table["pmra"].mask[10] or np.isnan(table["pmra"][10])


def test_the_tables_are_listed_with_their_columns(tap: pyvo.dal.TAPService):
    assert set(tap.tables.keys()) >= {"small.stars", "small.fields", "TAP_SCHEMA.tables"}
    stars = tap.tables["small.stars"]
    assert stars.description == STARS_TABLE.description
    assert [c.name for c in stars.columns] == [c.name for c in STARS_TABLE.columns]
    assert stars.columns[1].unit == "deg"


def test_the_service_tells_its_limits_and_languages(tap: pyvo.dal.TAPService):
    assert tap.available
    assert tap.maxrec > 0
    assert tap.hardlimit >= tap.maxrec
    tap_capability = tap.get_tap_capability()
    assert tap_capability.get_adql().get_feature(
        "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo", "CONTAINS"
    )


def test_a_table_that_was_cut_says_so(tap: pyvo.dal.TAPService):
    cut = tap.search("SELECT ra FROM small.stars", maxrec=5)
    assert cut.status[0] == "OVERFLOW"
    assert len(cut) == 5
    assert tap.search("SELECT TOP 5 ra FROM small.stars", maxrec=10).status[0] == "OK"


def test_an_error_reaches_the_user_as_our_sentence(tap: pyvo.dal.TAPService):
    with pytest.raises(pyvo.dal.DALQueryError, match="gmga"):
        tap.search("SELECT gmga FROM small.stars")


def test_a_cone_gives_what_the_positions_say(tap: pyvo.dal.TAPService):
    cone = tap.search(
        "SELECT source_id, DISTANCE(POINT(ra, dec), POINT(0, 0)) AS d FROM small.stars "
        "WHERE CONTAINS(POINT(ra, dec), CIRCLE(POINT(0, 0), 5)) = 1"
    ).to_table()
    every = tap.search("SELECT source_id, ra, dec FROM small.stars").to_table()
    assert len(every) == STARS
    lon, lat = np.radians(every["ra"]), np.radians(every["dec"])
    near = np.degrees(np.arccos(np.clip(np.cos(lat) * np.cos(lon), -1, 1))) < 5
    assert set(cone["source_id"]) == set(every["source_id"][near])
    assert (cone["d"] < 5).all()


def test_the_examples_are_there_to_be_run(demo: DatalabProcess):
    examples = pyvo.dal.TAPService(f"{demo.url}/tap").examples
    assert len(examples) >= 9
    for example in examples:
        if "TAP_UPLOAD" not in example["QUERY"]:
            assert len(example.execute()) > 0, example["QUERY"]
