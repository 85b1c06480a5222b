"""Tables of one's own from Python."""

from __future__ import annotations

from pathlib import Path

import datalab_toolkit as dl
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.table import Table
from datalab_toolkit import keptsignins
from two_users import Users

IDS = (2**60 + np.arange(3)).tolist()
FRAME = pd.DataFrame({"id": IDS, "ra": [10.0, 11.0, 12.0], "name": ["a", "b", None]})
TEN = "SELECT TOP 10 * FROM small.stars ORDER BY source_id"


def test_a_frame_becomes_a_table_that_queries_join_with_surveys(alice: Users) -> None:
    made = dl.mydb.put("mine", pd.DataFrame({"source_id": (2**60 + 7 * np.arange(3)).tolist()}))
    assert repr(made).startswith("mydb.mine: 3 rows, 1 column, ")
    adql = "SELECT s.source_id FROM mydb.mine AS m JOIN small.stars AS s USING (source_id)"
    assert sorted(dl.query(adql).source_id) == (2**60 + 7 * np.arange(3)).tolist()
    sql = "select count(*) as n from mydb://mine"
    assert dl.query(sql, language="SQL").n.tolist() == [3]


def test_a_table_is_known_as_soon_as_it_is_there(alice: Users) -> None:
    with pytest.raises(dl.NotFoundError):
        dl.describe("mydb.new")
    dl.mydb.put("new", FRAME.assign(dec=FRAME.ra))
    found = dl.crossmatch("mydb.new", "small.stars", 1, keep_all=True)
    assert sorted(found.id) == IDS
    dl.mydb.rename("new", "newer")
    assert [column.name for column in dl.describe("mydb.newer").columns][:2] == ["id", "ra"]


def table_of(kind: str, tmp_path: Path) -> object:
    """The frame as another library, or as a file."""
    if kind == "arrow":
        return pa.Table.from_pandas(FRAME)
    if kind == "mapping":
        return {"id": IDS, "ra": [10.0, 11.0, 12.0], "name": ["a", "b", None]}
    path = tmp_path / f"rows.{kind}"
    if kind == "csv":
        FRAME.to_csv(path, index=False)
    elif kind == "parquet":
        FRAME.to_parquet(path)
    else:
        formats = {"fits": "fits", "ecsv": "ascii.ecsv", "vot": "votable"}
        rows = Table({"id": IDS, "ra": [10.0, 11.0, 12.0], "name": ["a", "b", "c"]})
        rows.write(path, format=formats[kind])
    return path if kind != "csv" else str(path)


@pytest.mark.parametrize("kind", ["arrow", "mapping", "csv", "parquet", "fits", "ecsv", "vot"])
def test_tables_of_any_library_and_files_are_taken(alice: Users, tmp_path: Path, kind: str) -> None:
    dl.mydb.put("mine", table_of(kind, tmp_path))
    rows = dl.query("SELECT id, ra, name FROM mydb.mine ORDER BY id")
    assert rows.id.tolist() == IDS
    assert rows.ra.tolist() == [10.0, 11.0, 12.0]
    assert rows.name.tolist()[:2] == ["a", "b"]


def test_units_and_descriptions_go_along(alice: Users) -> None:
    table = Table({"flux": [1.0, 2.0]})
    table["flux"].unit = "mJy"
    table["flux"].description = "At 5 GHz"
    dl.mydb.put("mine", table)
    [column] = dl.mydb.describe("mine").columns
    assert (column.unit, column.description) == ("mJy", "At 5 GHz")
    assert "At 5 GHz" in repr(dl.mydb.describe("mydb://mine"))


def test_a_name_that_is_taken_is_only_replaced_when_that_is_said(alice: Users) -> None:
    dl.mydb.put("mine", FRAME)
    with pytest.raises(dl.AlreadyThereError, match="replace=True"):
        dl.mydb.put("mine", FRAME.head(1))
    with pytest.raises(dl.AlreadyThereError, match="replace=True"):
        dl.query(TEN, out="mydb://mine")
    assert dl.mydb.put("mine", FRAME.head(1), replace=True).rows == 1


def test_rows_are_added_counted_shown_and_removed(alice: Users) -> None:
    dl.mydb.create("mine", {"id": "bigint", "ra": "double precision", "name": "text"})
    assert dl.mydb.head("mine").empty
    assert dl.mydb.insert("mine", FRAME).rows == 3
    assert dl.mydb.insert("mine", FRAME).rows == 6
    assert dl.mydb.head("mine", 2).columns.tolist() == ["id", "ra", "name"]
    assert len(dl.mydb.head("mine", 4, fmt="table")) == 4
    dl.mydb.truncate("mine")
    assert dl.mydb.list()[0].rows == 0


def test_the_list_reads_well_and_is_a_frame(alice: Users) -> None:
    dl.mydb.put("b", FRAME)
    dl.mydb.put("a", FRAME)
    listed = dl.mydb.list()
    assert [table.name for table in listed] == ["a", "b"]
    assert listed.to_pandas()[["table", "rows", "columns"]].to_numpy().tolist() == [
        ["a", 3, 3],
        ["b", 3, 3],
    ]
    assert "2 tables (" in repr(listed)
    assert "In a query: mydb.name" in listed._repr_html_()


def test_tables_are_renamed_copied_and_dropped(alice: Users) -> None:
    dl.mydb.put("mine", FRAME)
    assert dl.mydb.copy("mine", "other").name == "other"
    assert dl.mydb.rename("mydb.other", "third").rows == 3
    dl.mydb.drop("mine")
    assert [table.name for table in dl.mydb.list()] == ["third"]
    for call in (dl.mydb.drop, dl.mydb.describe, dl.mydb.truncate):
        with pytest.raises(dl.NotFoundError):
            call("mine")


def test_the_result_of_a_query_is_kept(alice: Users) -> None:
    made = dl.query(TEN, out="mydb://ten")
    assert (made.name, made.rows) == ("ten", 10)
    assert dl.query(TEN, out="mydb://ten", replace=True).rows == 10
    job = dl.query(TEN, out="mydb://by_job", async_=True)
    assert job.result().rows == 10
    with pytest.raises(dl.QueryError, match="nope") as refused:
        dl.query("SELECT nope FROM small.stars", out="mydb://never")
    assert "^" in str(refused.value)
    assert "never" not in [table.name for table in dl.mydb.list()]


def test_the_result_of_a_cross_match_is_kept(alice: Users) -> None:
    dl.query(TEN, out="mydb://ten")
    found = dl.crossmatch("mydb.ten", "small.stars", 1, columns=["a.name"], out="mydb://pairs")
    assert (found.rows, found.columns) == (10, 2)


def test_the_result_of_a_query_is_written_here(alice: Users, tmp_path: Path) -> None:
    path = dl.query(TEN, out=tmp_path / "ten.parquet")
    assert len(pd.read_parquet(path)) == 10


def test_rows_that_cannot_be_read_are_told(alice: Users, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("id,ra\n" + "1,2\n" * 50 + "1,2,3,4\n")
    with pytest.warns(dl.RejectedRowsWarning, match="1 row of mine were left out"):
        assert dl.mydb.put("mine", tmp_path / "odd.csv").rows == 50


def test_what_cannot_be_taken_is_a_sentence(alice: Users, tmp_path: Path) -> None:
    for table, said in (
        (42, "it is of type int, which is not a table"),
        (tmp_path / "nowhere.csv", "cannot be read: no such file"),
        (tmp_path / "rows.xyz", "does not tell its format"),
    ):
        (tmp_path / "rows.xyz").touch()
        with pytest.raises(dl.DatalabError, match=said):
            dl.mydb.put("mine", table)
    with pytest.raises(dl.DatalabError, match="A table cannot be called"):
        dl.mydb.put("not a name", FRAME)
    with pytest.raises(dl.DatalabError, match="There is no type 'colour'"):
        dl.mydb.create("mine", {"id": "colour"})


def test_others_see_a_table_when_it_is_shared_with_them(alice: Users) -> None:
    dl.mydb.put("mine", FRAME)
    query = "SELECT COUNT(*) AS n FROM mydb_alice.mine"

    def as_(name: str) -> None:
        sign_in = keptsignins.SignIn(name, alice.tokens[name])
        keptsignins.keep(alice.running.url, sign_in)

    as_("bob")
    with pytest.raises(dl.QueryError):
        dl.query(query)
    as_("alice")
    dl.mydb.share("mine", "dwarfs")
    assert dl.mydb.list()[0].shared_with == ("dwarfs",)
    as_("bob")
    assert dl.query(query).n.tolist() == [3]
    as_("carol")
    with pytest.raises(dl.QueryError):
        dl.query(query)
    as_("alice")
    dl.mydb.share("mine")
    as_("bob")
    with pytest.raises(dl.QueryError):
        dl.query(query)
