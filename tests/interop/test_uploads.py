"""Tables that pyvo, STILTS and TOPCAT bring along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyvo
from astropy.table import MaskedColumn, Table
from datalab_process import DatalabProcess
from stilts import stilts

MATCH = (
    "SELECT t.id, COUNT(*) AS n FROM TAP_UPLOAD.mine AS t JOIN small.stars AS s "
    "ON DISTANCE(t.ra, t.dec, s.ra, s.dec) < 5 GROUP BY t.id ORDER BY t.id"
)


@pytest.fixture
def mine() -> Table:
    """A table as a user has it."""
    return Table(
        {
            "id": np.array([1, 2**60, 3]),
            "ra": [10.0, 359.9, 200.0],
            "dec": [0.0, 45.0, -90.0],
            "flag": [True, False, True],
            "mag": np.array([1.5, np.nan, 3], "f4"),
            "Name": ["a", "λ & <b>", "c"],
            "epochs": MaskedColumn([1, 2, 3], mask=[False, True, False]),
        }
    )


def _near(datalab: DatalabProcess, table: Table) -> list[tuple[int, int]]:
    """The same counts, asked for one by one."""
    found = []
    for row in table:
        query = (
            "SELECT COUNT(*) AS n FROM small.stars "
            f"WHERE DISTANCE(ra, dec, {row['ra']}, {row['dec']}) < 5"
        )
        count = int(datalab.query(query, FORMAT="csv").text.split()[1])
        found += [(int(row["id"]), count)]
    return sorted(found)


@pytest.mark.parametrize("run", ["run_sync", "run_async"])
def test_pyvo_matches_its_table_with_ours(datalab: DatalabProcess, mine: Table, run: str):
    service = pyvo.dal.TAPService(f"{datalab.url}/tap")
    rows = getattr(service, run)(MATCH, uploads={"mine": mine}).to_table()
    assert [(int(r["id"]), int(r["n"])) for r in rows] == _near(datalab, mine)


def test_pyvo_gets_its_own_table_back(datalab: DatalabProcess, mine: Table):
    service = pyvo.dal.TAPService(f"{datalab.url}/tap")
    back = service.run_sync("SELECT * FROM TAP_UPLOAD.mine", uploads={"mine": mine}).to_table()
    assert back.colnames == mine.colnames
    for name in ("id", "ra", "dec", "flag", "Name"):
        assert list(back[name]) == list(mine[name])
    np.testing.assert_array_equal(np.ma.filled(back["mag"], np.nan), mine["mag"])
    assert back["epochs"].tolist() == [1, None, 3]


def test_pyvo_knows_the_limit(datalab: DatalabProcess):
    service = pyvo.dal.TAPService(f"{datalab.url}/tap")
    assert service.get_tap_capability().uploadlimit.hard.content == 100_000_000
    assert len(service.upload_methods) == 3


@pytest.mark.parametrize("sync", ["true", "false"])
@pytest.mark.parametrize("serialisation", ["TABLEDATA", "BINARY", "BINARY2"])
def test_stilts_gets_its_own_table_back(
    datalab: DatalabProcess, mine: Table, tmp_path: Path, sync: str, serialisation: str
):
    given, back = tmp_path / "given.vot", tmp_path / "back.fits"
    mine.write(given, format="votable")
    done = stilts(
        "tapquery",
        f"tapurl={datalab.url}/tap",
        f"sync={sync}",
        "nupload=1",
        f"upload1={given}",
        "upname1=mine",
        f"upvotformat={serialisation}",
        "adql=SELECT * FROM TAP_UPLOAD.mine WHERE id > 0 ORDER BY id DESC",
        f"out={back}",
    )
    assert done.returncode == 0, done.stderr
    found = Table.read(back)
    assert found["id"].tolist() == [2**60, 3, 1]
    assert found["ra"].tolist() == [359.9, 200.0, 10.0]
    assert found["flag"].tolist() == [False, True, True]
    assert found["epochs"].tolist() == [None, 3, 1]


@pytest.mark.parametrize("sync", ["true", "false"])
@pytest.mark.parametrize("find", ["best", "all"])
def test_tapskymatch_finds_our_stars_near_its_own(
    datalab: DatalabProcess, tmp_path: Path, sync: str, find: str
):
    shift, radius = 1 / 3600, 2 / 3600
    query = "SELECT TOP 500 source_id, ra, dec FROM small.stars WHERE ABS(dec) < 80"
    stars = pyvo.dal.TAPService(f"{datalab.url}/tap").run_sync(query).to_table()
    stars["dec"] += shift
    given, matched = tmp_path / "given.vot", tmp_path / "matched.fits"
    stars.write(given, format="votable")
    done = stilts(
        "tapskymatch",
        f"in={given}",
        "inlon=ra",
        "inlat=dec",
        f"tapurl={datalab.url}/tap",
        "taptable=small.stars",
        "taplon=ra",
        "taplat=dec",
        "tapcols=source_id,dec",
        f"sr={radius}",
        f"find={find}",
        f"sync={sync}",
        "blocksize=200",  # so that it takes several uploads
        f"out={matched}",
    )
    assert done.returncode == 0, done.stderr
    found = Table.read(matched)
    assert set(found["source_id_in"]) == set(stars["source_id"])
    own = found[found["source_id_in"] == found["source_id_tap"]]
    assert len(own) == len(stars)
    np.testing.assert_allclose(own["dec_in"] - own["dec_tap"], shift, rtol=1e-6)
