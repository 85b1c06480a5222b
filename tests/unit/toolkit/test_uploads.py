"""Tables of one's own come through a query as they went in."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import astropy.units as u
import datalab_toolkit as dl
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import MaskedColumn, QTable, Table
from astropy.time import Time
from datalab_toolkit import votable, votwriter
from datalab_toolkit.vosi import Capabilities
from old_job_service import serving_app
from pyarrow import csv, parquet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

pytestmark = pytest.mark.usefixtures("small_lab")

ALL = "SELECT * FROM TAP_UPLOAD.mine"
BIG = 2**62 + 1

EVERYTHING = {
    "id": pa.array([BIG, None, -BIG], pa.int64()),
    "small": pa.array([-7, None, 7], pa.int8()),
    "medium": pa.array([2**16 - 1, None, 0], pa.uint16()),
    "large": pa.array([2**32 - 1, None, 0], pa.uint32()),
    "flux": pa.array([1.1, float("nan"), None], pa.float64()),
    "mag": pa.array([np.inf, float("nan"), None], pa.float32()),
    "good": pa.array([True, False, None]),
    "name": pa.array(["star", "", None]),
    "greek": pa.array(["α <&> “β” 𝛾", None, "\n"]),
    "seen": pa.array([datetime.datetime(2026, 1, 31, 12, 0, 0, 250000), None, None]),
    "pair": pa.array([[1.5, 2.5], [3.0, 4.0], [5.0, 6.0]], pa.list_(pa.float64())),
    "many": pa.array([[1, 2, 3], [], None], pa.list_(pa.int32())),
}


def sent(table: object, query: str = ALL) -> pa.Table:
    """What a query finds of a table that it brought along."""
    return dl.query(query, "arrow", uploads={"mine": table})


@pytest.mark.parametrize("as_job", [False, True])
def test_every_value_comes_back_as_it_went(as_job: bool) -> None:
    there = pa.table(EVERYTHING)
    back = dl.query(ALL, "arrow", uploads={"mine": there}, async_=as_job)
    back = back.result() if as_job else back
    assert back.column_names == there.column_names
    for name in there.column_names:
        ours, theirs = there[name].to_pylist(), back[name].to_pylist()
        np.testing.assert_equal(theirs, ours, name)
    assert back.schema.field("id").type == pa.int64()
    assert back.schema.field("mag").type == pa.float32()
    assert back.schema.field("seen").type == pa.timestamp("us")


def test_a_data_frame_keeps_its_kinds_of_missing_values() -> None:
    frame = pd.DataFrame(
        {
            "id": pd.array([BIG, None], "Int64"),
            "count": np.array([3, 4], np.int16),
            "ra": [10.5, np.nan],
            "maybe": pd.array([True, None], "boolean"),
            "kind": pd.Categorical(["RR Lyrae", None]),
            "name": ["star", None],
            "when": pd.to_datetime(["2026-01-31T12:00:00.25", None]),
            "aware": pd.to_datetime(["2026-01-31T13:00:00+01:00", None]),
        }
    )
    frame.attrs["units"] = {"ra": "deg"}
    back = dl.query(ALL, uploads={"mine": frame})
    assert back.id.tolist() == [BIG, pd.NA]
    assert back["count"].tolist() == [3, 4]
    assert back.kind[0] == "RR Lyrae"
    assert back.isna().iloc[1].tolist() == [name != "count" for name in frame]
    assert back.when[0] == back.aware[0] + pd.Timedelta("0.25s")
    assert back.attrs["units"] == {"ra": "deg"}
    # NaN in a numpy column is how pandas writes null.
    assert sent(frame, "SELECT id FROM TAP_UPLOAD.mine WHERE ra IS NULL").num_rows == 1


def test_an_index_with_a_name_comes_along_and_one_without_does_not() -> None:
    frame = pd.DataFrame({"id": [5, 6], "ra": [1.0, 2.0]})
    assert sent(frame.set_index("id")).column_names == ["id", "ra"]
    assert sent(frame[frame.id > 5]).column_names == ["id", "ra"]


def test_an_astropy_table_keeps_units_descriptions_and_masks() -> None:
    table = Table(
        {
            "id": MaskedColumn([BIG, 1], mask=[False, True]),
            "flux": MaskedColumn([np.nan, 2.0], mask=[False, True], unit="mJy"),
            "pm": [[1.0, 2.0], [3.0, 4.0]] * u.mas / u.yr,
            "name": ["α", "b"],
            "label": np.array([b"x", b"y"]),
            "swapped": np.array([1, 2], ">i4"),
        }
    )
    table["flux"].description = "Flux density"
    table["flux"].meta["ucd"] = "phot.flux.density"
    back = dl.query(ALL, "table", uploads={"mine": table})
    assert back["id"].tolist() == [BIG, None]
    assert np.isnan(back["flux"][0])
    assert back["flux"].mask.tolist() == [False, True]
    assert back["flux"].unit == u.mJy
    assert back["flux"].description == "Flux density"
    assert back["flux"].meta["ucd"] == "phot.flux.density"
    assert back["pm"].unit == u.mas / u.yr
    assert back["name"].tolist() == ["α", "b"]
    assert back["label"].tolist() == ["x", "y"]
    assert back["swapped"].tolist() == [1, 2]


def test_times_and_positions_of_astropy_become_columns() -> None:
    table = QTable(
        {
            "when": Time(["2026-01-31T12:00:00.25"]),
            "where": SkyCoord([10.0] * u.deg, [-20.0] * u.deg),
            "far": [8.0] * u.kpc,
        }
    )
    back = sent(table)
    assert back.column_names == ["when", "ra", "dec", "far"]
    assert back["when"].to_pylist() == [datetime.datetime(2026, 1, 31, 12, 0, 0, 250000)]
    assert (back["ra"].to_pylist(), back["dec"].to_pylist()) == ([10.0], [-20.0])
    assert back.schema.field("far").metadata[b"unit"] == b"kpc"


def test_polars_and_plain_arrays_are_taken() -> None:
    frame = pl.DataFrame({"id": [BIG, None], "name": ["a", None]})
    assert sent(frame).to_pylist() == frame.to_dicts()
    assert sent({"x": [1, 2], "y": np.array([0.5, 1.5])})["y"].to_pylist() == [0.5, 1.5]
    assert sent({"x": []}).num_rows == 0


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("mine.parquet", lambda t, p: parquet.write_table(t, p)),
        ("mine.csv", lambda t, p: csv.write_csv(t, p)),
        ("mine.fits", lambda t, p: Table(t.to_pydict()).write(p)),
        ("mine.ecsv", lambda t, p: Table(t.to_pydict()).write(p)),
        ("mine.vot", lambda t, p: Table(t.to_pydict()).write(p, format="votable")),
        ("mine.xml", lambda t, p: p.write_bytes(votwriter.write(t))),
        ("mine.arrow", lambda t, p: pa.ipc.new_file(p, t.schema).write_table(t)),
    ],
)
def test_a_file_is_read_by_its_name(tmp_path: Path, name: str, write: object) -> None:
    table = pa.table({"id": [BIG, 2], "ra": [1.5, 2.5], "name": ["a", "bc"]})
    path = tmp_path / name
    if name.endswith(".arrow"):
        with pa.ipc.new_file(path, table.schema) as file:
            file.write_table(table)
    else:
        write(table, path)  # type: ignore[operator]
    assert sent(path).to_pylist() == table.to_pylist()
    assert sent(str(path)).to_pylist() == table.to_pylist()


def test_a_saved_result_can_be_uploaded_again(tmp_path: Path) -> None:
    stars = "SELECT TOP 20 * FROM small.stars ORDER BY source_id"
    job = dl.query(stars, async_=True)
    for name in ("stars.arrow", "stars.parquet", "stars.vot"):
        back = sent(job.save(tmp_path / name), f"{ALL} ORDER BY source_id")
        there = dl.query(stars, "arrow")
        np.testing.assert_equal(back.to_pydict(), there.to_pydict())
        assert back.schema.field("ra").metadata[b"unit"] == b"deg"


def test_targets_are_matched_with_a_catalogue() -> None:
    # The first two of the small sky lie too close to be told apart.
    few = "SELECT source_id, ra, dec FROM small.stars WHERE source_id BETWEEN {} AND {}"
    stars = dl.query(few.format(2**60 + 7 * 10, 2**60 + 7 * 59) + " ORDER BY source_id")
    mine = dl.upload(stars.rename(columns={"source_id": "target"}), "mine")
    found = dl.query(
        "SELECT m.target, s.source_id FROM TAP_UPLOAD.mine AS m JOIN small.stars AS s "
        "ON 1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(m.ra, m.dec, 0.0001))",
        uploads=mine,
    )
    assert sorted(found.target) == stars.source_id.tolist()
    assert (found.target == found.source_id).all()
    # The same upload serves several queries, beside others.
    both = dl.query(
        "SELECT a.target FROM TAP_UPLOAD.mine AS a JOIN TAP_UPLOAD.few AS b ON a.target = b.id",
        uploads=[mine, dl.upload({"id": stars.source_id[:3]}, "few")],
    )
    assert len(both) == 3
    assert len(dl.query(ALL.replace("mine", "other"), uploads={"other": mine})) == 50


def test_columns_that_need_quotes_are_told() -> None:
    mine = dl.upload({"date": [1], "Mag G": [2.0], "ra": [3.0], "RA": [4.0]}, "mine")
    assert repr(mine).endswith('1 row; columns "date", "Mag G", ra, RA')
    assert mine.note.endswith('"date", "Mag G", "ra", "RA".')
    with pytest.raises(dl.QueryError, match='these names need their quotes: "date", "Mag G"'):
        dl.query("SELECT date FROM TAP_UPLOAD.mine", uploads=mine)
    job = dl.query("SELECT date FROM TAP_UPLOAD.mine", uploads=mine, async_=True)
    with pytest.raises(dl.QueryError):
        job.result()
    assert dl.query('SELECT "date", "RA" FROM TAP_UPLOAD.mine', uploads=mine).RA[0] == 4.0
    assert dl.upload({"ra": [1.0]}, "mine").note == ""


@pytest.mark.parametrize(
    ("name", "table", "told"),
    [
        ("my targets", {"x": [1]}, "cannot be called 'my targets'"),
        ("table", {"x": [1]}, "a word of ADQL.*Call it my_table"),
        ("mine", 5, "it is of type int, which is not a table"),
        ("mine", {"x": 1}, "the column 'x' is one value"),
        ("mine", {"x": [1], "y": [1, 2]}, "its columns differ in length"),
        ("mine", {"x": [1, "one"]}, "column 'x' holds values of several kinds"),
        ("mine", {"": [1]}, "has no name"),
        ("mine", {}, "has no columns"),
        ("mine", pd.DataFrame([[1, 2]], columns=["x", "x"]), "2 columns called 'x'"),
        ("mine", "nowhere.csv", "there is no file nowhere.csv"),
        ("mine", "notes.docx", "does not tell a format"),
    ],
)
def test_what_cannot_be_uploaded_is_told_in_a_sentence(name: str, table: object, told: str) -> None:
    with pytest.raises(dl.DatalabError, match=f"(?s){told}"):
        dl.query(f"SELECT * FROM TAP_UPLOAD.{name}", uploads={name: table})


def test_what_votable_cannot_hold_is_told_in_a_sentence() -> None:
    for table, told in (
        ({"x": np.array([2**64 - 1], np.uint64)}, "'x' has an integer of more than 63 bits"),
        ({"x": [{"a": 1}]}, "'x' is of the type struct"),
        ({"x": [[1, None]]}, "'x' has a missing integer"),
    ):
        with pytest.raises(dl.DatalabError, match=told):
            sent(table)


def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    path.write_bytes(b"not parquet")
    with pytest.raises(dl.DatalabError, match=r"mine\.parquet cannot be read"):
        sent(path)


def test_uploads_without_names_and_of_one_name_are_told() -> None:
    with pytest.raises(dl.DatalabError, match="The uploads have no names"):
        dl.query(ALL, uploads=[pd.DataFrame({"x": [1]})])
    with pytest.raises(dl.DatalabError, match="The uploads have no names"):
        dl.query(ALL, uploads=5)  # type: ignore[call-overload]
    mine = dl.upload({"x": [1]}, "mine")
    with pytest.raises(dl.DatalabError, match="Two uploads are called 'mine'"):
        dl.query(ALL, uploads=[mine, mine])


def test_limits_of_the_service_are_told_before_anything_is_sent() -> None:
    mine = dl.upload({"x": list(range(1000))}, "mine")
    features = {"density": "http://d/density"}
    with pytest.raises(dl.DatalabError, match=r"Far away takes\s100 at most"):
        mine.document("Far away", Capabilities(features, upload_bytes=100))
    with pytest.raises(dl.DatalabError, match="Far away takes no uploads"):
        mine.document("Far away", Capabilities(takes_uploads=False))


@pytest.fixture
def uploaded_elsewhere() -> Iterator[list[bytes]]:
    """What a service that is no Data Lab is sent."""
    taken: list[bytes] = []

    async def sync(request: Request) -> Response:
        form = await request.form()
        name, _, part = str(form["UPLOAD"]).partition(",param:")
        assert name == "mine"
        taken.append(await form[part].read())  # type: ignore[union-attr]
        return Response(votwriter.write(pa.table({"n": [1]})), media_type=votable.MEDIA_TYPE)

    with serving_app(Starlette(routes=[Route("/tap/sync", sync, methods=["POST"])])) as url:
        dl.add_service("elsewhere", f"{url}/tap")
        yield taken


def test_other_services_get_what_all_of_them_read(uploaded_elsewhere: list[bytes]) -> None:
    dl.query(ALL, service="elsewhere", uploads={"mine": pa.table(EVERYTHING)})
    (document,) = uploaded_elsewhere
    assert b"<TABLEDATA>" in document
    back, _ = votable.read(document)
    assert back["id"].to_pylist() == [BIG, None, -BIG]
    assert back["flux"].to_pylist()[0] == 1.1
    assert back["mag"].to_pylist()[0] == np.inf
    assert back["good"].to_pylist() == [True, False, None]
    assert back["greek"].to_pylist()[0] == "α <&> “β” 𝛾"
    assert back["many"].to_pylist()[0] == [1, 2, 3]


def test_a_gap_in_an_array_keeps_its_place_at_other_services(
    uploaded_elsewhere: list[bytes],
) -> None:
    arrays = [[1.0, None, 3.0], [None], None]
    dl.query(ALL, service="elsewhere", uploads={"mine": pa.table({"x": arrays})})
    back, _ = votable.read(uploaded_elsewhere[0])
    assert back["x"].to_pylist()[:2] == arrays[:2]
    with pytest.raises(dl.DatalabError, match="'n' has a missing integer"):
        dl.query(ALL, service="elsewhere", uploads={"mine": {"n": [[1, None]]}})
