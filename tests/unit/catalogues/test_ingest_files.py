"""Ingest from the command line: what files say arrives, what is wrong is told, nothing is lost."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import astropy.units as u
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn
from astropy.table import Table as AstropyTable
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.cli import main
from datalab_backend.metadata import Table
from datalab_process import PATIENCE_S, serving

Ingest = Callable[..., int]
Stars = Callable[..., pa.Table]


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    """Run the command as a user does, for the table sky.stars."""

    def run(*arguments: object) -> int:
        line = ["ingest", *map(str, arguments), "--data", str(tmp_path / "data")]
        return main([*line, *([] if "--table" in line else ["--table", "sky.stars"])])

    return run


def table_of(store: CatalogueStore, name: str = "sky.stars") -> Table:
    found = CatalogueStore(store.data).tables().find(name)
    assert found is not None
    return found


def rows_of(store: CatalogueStore, name: str = "sky.stars") -> pa.Table:
    with duckdb.connect(str(store.files(table_of(store, name)).rows), read_only=True) as connection:
        return connection.sql("SELECT * FROM rows").to_arrow_table()


def described() -> AstropyTable:
    """Five stars with everything that a format may carry."""
    table = AstropyTable(
        {
            "source": np.arange(5) + 2**60,
            "ra": np.array([10.5, 359.9, 0.0, 180.0, 90.0]) * u.deg,
            "dec": np.array([-89.5, 0.0, 12.5, 45.0, 89.9]) * u.deg,
            "g": np.array([10, 11, 12, 13, 14], np.float32) * u.mag,
            "name": ["a", "b", "c", "d", "e"],
            "ok": [True, False, True, False, True],
            "flux": np.arange(10, dtype=np.float64).reshape(5, 2),
        }
    )
    table["n"] = MaskedColumn([1, 2, 3, 4, 5], mask=[0, 1, 0, 0, 0], dtype=np.int32)
    table["g"].info.description = "Magnitude in G"
    table["g"].info.meta = {"ucd": "phot.mag;em.opt"}
    return table


def write_fits(path: Path) -> None:
    table = described()
    table.write(path, format="fits")
    with fits.open(path, mode="update") as file:
        number = table.colnames.index("g") + 1
        file[1].header[f"TUCD{number}"] = "phot.mag;em.opt"
        file[1].header[f"TCOMM{number}"] = "Magnitude in G"


FORMATS: dict[str, Callable[[Path], None]] = {
    "stars.fits": write_fits,
    "stars.vot": lambda path: described().write(path, format="votable"),
    "stars.xml": lambda path: described().write(path, format="votable", tabledata_format="binary2"),
    "stars.ecsv": lambda path: described().write(path, format="ascii.ecsv"),
    "masked.ecsv": lambda path: described().write(
        path, format="ascii.ecsv", serialize_method="data_mask"
    ),
    "stars.parquet": lambda path: described().write(path, format="parquet"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMATS)
def test_each_format_arrives_with_its_values_and_metadata(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, name: str, packed: bool
):
    path = tmp_path / name
    FORMATS[name](path)
    if packed:
        path = path.with_name(f"{name}.gz")
        path.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    assert ingest(path) == 0
    table = table_of(store)
    assert (table.position, table.rows) == (("ra", "dec"), 5)
    assert {c.name: c.datatype.value for c in table.columns} == {
        "source": "BIGINT",
        "ra": "DOUBLE",
        "dec": "DOUBLE",
        "g": "REAL",
        "name": "CHAR",
        "ok": "BOOLEAN",
        "flux": "DOUBLE",
        "n": "INTEGER",
    }
    g, ra, source = (table.column(name) for name in ("g", "ra", "source"))
    assert g is not None
    assert ra is not None
    assert source is not None
    assert (g.unit, ra.unit, ra.ucd) == ("mag", "deg", "pos.eq.ra;meta.main")
    assert source.ucd == "" or source.ucd == "meta.id;meta.main"
    if name != "stars.vot" and name != "stars.xml":
        assert (g.description, g.ucd) == ("Magnitude in G", "phot.mag;em.opt")
    rows = rows_of(store).sort_by("source").to_pydict()
    assert rows["source"] == [2**60 + i for i in range(5)]
    assert rows["name"] == ["a", "b", "c", "d", "e"]
    assert rows["ok"] == [True, False, True, False, True]
    assert rows["flux"] == [[2.0 * i, 2.0 * i + 1] for i in range(5)]
    assert rows["n"] == [1, None, 3, 4, 5]
    assert rows["ra"] == [10.5, 359.9, 0.0, 180.0, 90.0]


def test_parquet_and_arrow_keep_types_units_and_descriptions(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path
):
    told = {"unit": "mag", "ucd": "phot.mag", "description": "Magnitude"}
    rows = pa.table(
        {
            "ra": pa.array([1.0, 2.0], pa.float64()),
            "dec": pa.array([1.0, 2.0], pa.float64()),
            "g": pa.array([9.5, None], pa.float32()),
            "flag": pa.array([200, 7], pa.uint8()),
            "kind": pa.array(["é", "star"]).dictionary_encode(),
            "seen": pa.array([0, 1], pa.timestamp("ns", "UTC")),
            "flux": pa.array([[1, 2], [3]], pa.list_(pa.int32())),
            "odd": pa.array([{"a": 1}, {"a": 2}]),
        }
    )
    rows = rows.cast(rows.schema.set(2, pa.field("g", pa.float32(), metadata=told)))
    pq.write_table(rows, tmp_path / "a.parquet")
    feather.write_feather(rows.drop(["odd"]), tmp_path / "b.arrow")
    assert ingest(tmp_path / "a.parquet", tmp_path / "b.arrow") == 0
    table = table_of(store)
    g = table.column("g")
    assert g is not None
    assert (g.unit, g.ucd, g.description) == ("mag", "phot.mag", "Magnitude")
    kinds = {c.name: c.datatype.value for c in table.columns}
    assert kinds["kind"] == "VARCHAR"  # it is not ASCII
    assert (kinds["flag"], kinds["seen"], kinds["flux"]) == ("SMALLINT", "TIMESTAMP", "INTEGER")
    kept = rows_of(store).to_pydict()
    assert kept["flag"] == [200, 200, 7, 7]
    assert kept["flux"] == [[1, 2], [1, 2], [3], [3]]
    assert "odd" not in kept


def test_fits_gives_unsigned_scaled_bit_null_and_variable_columns_their_true_values(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path
):
    bits = np.array([[True, False, True], [False, False, True]])
    column = fits.Column
    columns = [
        column("ra", "D", array=[1.0, 2.0]),
        column("dec", "D", array=[1.0, 2.0]),
        column("u16", "I", bzero=2**15, array=np.array([0, 65535], np.uint16)),
        column("u64", "K", bzero=2**63, array=np.array([5, 6], np.uint64)),
        column("byte", "B", bzero=-128, array=np.array([-3, 3], np.int8)),
        column("scaled", "I", array=[2, 5]),
        column("bits", "3X", array=bits),
        column("nulls", "J", null=-99, array=[-99, 4]),
        column("ragged", "PJ()", array=np.array([[1, 2, 3], [4]], object)),
        column("word", "5A", array=["ab", ""]),
        column("image", "6E", dim="(3,2)", array=np.arange(12.0).reshape(2, 2, 3)),
    ]
    fits.BinTableHDU.from_columns(columns).writeto(tmp_path / "x.fits")
    for key, value in (("TSCAL6", 0.5), ("TZERO6", 10.0)):
        fits.setval(tmp_path / "x.fits", key, value=value, ext=1)
    assert ingest(tmp_path / "x.fits") == 0
    kept = rows_of(store).drop(["_healpix_29"]).sort_by("ra").to_pydict()
    assert kept["u16"] == [0, 65535]
    assert kept["u64"] == [5, 6]
    assert kept["byte"] == [-3, 3]
    assert kept["scaled"] == [11.0, 12.5]
    assert kept["bits"] == bits.tolist()
    assert kept["nulls"] == [None, 4]
    assert kept["ragged"] == [[1, 2, 3], [4]]
    assert kept["word"] == ["ab", None]
    assert kept["image"][1] == [6.0, 7.0, 8.0, 9.0, 10.0, 11.0]
    image = table_of(store).column("image")
    assert image is not None
    assert image.arraysize == "3x2"


def test_tables_of_a_fits_file_go_together_or_one_is_chosen(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def part(name: str, first: str, count: int) -> fits.BinTableHDU:
        values = {first: np.arange(count) + 0.5, "dec": np.arange(count) + 0.5}
        return fits.BinTableHDU(AstropyTable(values), name=name)

    same = fits.HDUList([fits.PrimaryHDU(), part("N", "ra", 3), part("S", "ra", 4)])
    same.writeto(tmp_path / "same.fits")
    assert ingest(tmp_path / "same.fits") == 0
    assert table_of(store).rows == 7
    other = fits.HDUList([fits.PrimaryHDU(), part("N", "ra", 3), part("X", "x", 4)])
    other.writeto(tmp_path / "other.fits")
    assert ingest(tmp_path / "other.fits", "--replace") == 1
    assert "--hdu: 1 N (2 columns), 2 X (2 columns)" in capsys.readouterr().err
    assert ingest(tmp_path / "other.fits", "--replace", "--hdu", "N") == 0
    assert table_of(store).rows == 3


def test_text_is_read_whatever_separates_it_and_no_value_is_lost_to_a_guess(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path
):
    lines = ["id ra dec n kind t"]
    lines += [
        f"{i:03} {i / 7:.4f} {-i / 9:.4f} {i} A 2026-01-01T00:00:{i % 60:02}" for i in range(999)
    ]
    lines.append("999 1.5 +2.5 1.25 B-3 2026-01-02T00:00:00")
    for separator, name in ((",", "a.csv"), ("\t", "a.tsv"), ("   ", "a.dat"), ("|", "a.txt")):
        text = "\n".join(line.replace(" ", separator) for line in lines)
        (tmp_path / name).write_text(text)
        assert ingest(tmp_path / name, "--replace") == 0
        kinds = {c.name: c.datatype.value for c in table_of(store).columns}
        assert kinds == {
            "id": "CHAR",  # 007 is a name
            "ra": "DOUBLE",
            "dec": "DOUBLE",
            "n": "DOUBLE",  # the last row has a fraction
            "kind": "CHAR",
            "t": "TIMESTAMP",
        }
        kept = rows_of(store).sort_by("id").to_pydict()
        assert kept["id"][7] == "007"
        assert (kept["n"][999], kept["kind"][999], kept["dec"][999]) == (1.25, "B-3", 2.5)


def test_a_word_that_makes_text_of_numbers_is_told(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = {5: "seventeen", 6: "eighteen"}
    lines = ["id,name,mag", *(f"{i:03},{i % 9 or 'M'} A,{words.get(i, i / 7)}" for i in range(9))]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    assert ingest(tmp_path / "a.csv") == 0
    assert {c.name: c.datatype.value for c in table_of(store).columns}["mag"] == "CHAR"
    told = capsys.readouterr().out
    assert "mag is text, because “seventeen” is no number" in told
    assert told.count("is text, because") == 1


def test_names_may_stand_in_a_comment_or_be_missing(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "a.dat").write_text("# RR Lyrae stars\n#id  ra dec\n 4 1.5  2.5\n 5 2.5  3.5\n")
    assert ingest(tmp_path / "a.dat") == 0
    assert [c.name for c in table_of(store).columns] == ["id", "ra", "dec"]
    (tmp_path / "b.tab").write_text("2.5 21.1 FM\n2.6 21.2 FO\n")
    assert ingest(tmp_path / "b.tab", "--replace") == 0
    assert [c.name for c in table_of(store).columns] == ["column_1", "column_2", "column_3"]
    assert rows_of(store).num_rows == 2
    assert "no line with names" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [
        '{"metadata": [{"name": "ra"}], "data": [[1.5]]}',
        '[{"ra": 1.5, "dec": 2.5}]',
        "ra   dec  name\n---  ---  ----\n1.5  2.5  M 31\n",
        "ra   dec\ndeg  deg\n---  ---\n1.5  2.5\n",
        "name\n----\nM 31\n",
    ],
)
def test_json_and_text_for_the_eye_are_refused_with_the_formats_that_are_read(
    store: CatalogueStore,
    ingest: Ingest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
):
    for name in ("result.json", "result.txt", "result.csv"):
        (tmp_path / name).write_text(content)
        assert ingest(tmp_path / name) == 1
        told = capsys.readouterr().err
        assert f"{name} is none of the formats that can be read." in told
        assert "CSV, TSV, ECSV, FITS, VOTable, Parquet, Arrow" in told
    assert list(store.tables()) == []


def test_names_in_brackets_and_dashes_for_no_value_are_read(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path
):
    (tmp_path / "a.csv").write_text("[3.6],[Fe/H]\n-,--\n12.5,-1.5\n")
    assert ingest(tmp_path / "a.csv") == 0
    assert rows_of(store).to_pydict() == {"[3.6]": [None, 12.5], "[Fe/H]": [None, -1.5]}


def test_rows_that_cannot_be_read_are_kept_aside_told_and_shown_by_the_exit_code(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    good = "".join(f"{i},{i % 360},{i % 90},star\n" for i in range(200))
    bad = '7,12\n8,1,2,"a",5\n9,1,99.5,low\n10,,3,none\n'
    (tmp_path / "a.csv").write_text(f"id,ra,dec,name\n{good}{bad}")
    assert ingest(tmp_path / "a.csv") == 3
    told = capsys.readouterr()
    assert "2 rows: not readable, and not in the table" in told.err
    assert "a.csv row 202, " in told.err
    assert "1 row: no position" in told.err
    assert "1 row: an impossible position" in told.err
    table = table_of(store)
    assert table.rows == 202
    counts = store.density(table)
    assert counts is not None
    assert counts.total == 200
    kept = store.files(table).rows.with_name("rejected.csv").read_text()
    assert kept.splitlines()[0] == "file,row,reason,content"
    assert "The line has fewer values than there are columns." in kept
    assert '"7,12"' in kept


@pytest.mark.parametrize("name", ["a.csv", "a.ecsv"])
def test_rows_of_text_are_told_by_their_line(
    store: CatalogueStore,
    ingest: Ingest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
):
    types = ("ra, datatype: float64", "dec, datatype: float64", "id, datatype: int64")
    columns = ", ".join(f"{{name: {told}}}" for told in types)
    head = f"# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype: [{columns}]\n"
    good = [f"{i},{i % 90},{i}" for i in range(60)]
    lines = [
        *good[:20],
        "1,2",
        *good[20:40],
        "1,2,99999999999999999999",
        ",3,5",
        *good[40:],
        "3,95,6",
    ]
    start = (
        [*head.splitlines(), "ra,dec,id"] if name == "a.ecsv" else ["# of the night", "ra,dec,id"]
    )
    text = [*start, *lines]
    (tmp_path / name).write_text("\n".join(text) + "\n")
    (tmp_path / "a.yaml").write_text("columns: {id: {type: BIGINT}}\n")
    assert ingest(tmp_path / name, "--sidecar", tmp_path / "a.yaml") == 3
    kept = store.files(table_of(store)).rows.with_name("rejected.csv").read_text()
    told = [line.split(",")[1] for line in kept.splitlines()[1:]]
    assert sorted(told) == sorted(str(text.index(line) + 1) for line in ("1,2", lines[41]))
    told_at_the_end = capsys.readouterr().err
    for without in (",3,5", "3,95,6"):  # a place, but none on the sky
        assert f"({tmp_path / name} row {text.index(without) + 1})" in told_at_the_end


def test_a_table_of_which_a_tenth_cannot_be_read_is_not_made(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    text = "ra,dec\n" + "1,2\n" * 80 + "1\n" * 40
    (tmp_path / "a.csv").write_text(text)
    assert ingest(tmp_path / "a.csv") == 1
    assert "40 of 120 rows cannot be read" in capsys.readouterr().err
    assert list(store.tables()) == []


def test_files_of_other_columns_are_put_together_and_told(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    one = pa.table({"ra": [1.0], "dec": [2.0], "n": pa.array([1], pa.int16())})
    two = pa.table({"RA": [3.0], "dec": [4.0], "n": pa.array([2.5], pa.float64()), "x": ["é"]})
    pq.write_table(one, tmp_path / "1.parquet")
    pq.write_table(two, tmp_path / "2.parquet")
    assert ingest(tmp_path) == 0
    told = capsys.readouterr().out
    assert "The column x is missing in 1 of 2 files; it is null there." in told
    assert "it becomes DOUBLE" in told
    assert rows_of(store).drop(["_healpix_29"]).sort_by("ra").to_pydict() == {
        "ra": [1.0, 3.0],
        "dec": [2.0, 4.0],
        "n": [1.0, 2.5],
        "x": [None, "é"],
    }


def test_files_that_do_not_go_together_are_refused_with_all_that_differs(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    pq.write_table(pa.table({"ra": [1.0], "dec": [1.0], "n": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"ra": ["x"], "dec": [1.0], "n": ["y"]}), tmp_path / "2.parquet")
    assert ingest(tmp_path / "*.parquet") == 1
    told = capsys.readouterr().err
    assert "ra is DOUBLE in" in told
    assert "n is BIGINT in" in told
    assert list(store.tables()) == []


def test_columns_of_one_name_are_told_apart(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "a.csv").write_text("ra,dec,u,U,u\n1,2,3,4,5\n")
    assert ingest(tmp_path / "a.csv") == 0
    assert [c.name for c in table_of(store).columns] == ["ra", "dec", "u", "U_2", "u_3"]
    assert "Two columns are called U; one is now U_2." in capsys.readouterr().out


def test_columns_without_a_name_are_named_by_their_place(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path
):
    rows = pa.Table.from_arrays([pa.array([n]) for n in (1.0, 2.0, 3, 4)], ["ra", "dec", "", " "])
    pq.write_table(rows, tmp_path / "a.parquet")
    feather.write_feather(rows, tmp_path / "a.arrow", compression="uncompressed")
    for name in ("a.parquet", "a.arrow"):
        assert ingest(tmp_path / name, "--replace") == 0
        kept = rows_of(store).drop(["_healpix_29"]).to_pydict()
        assert kept == {"ra": [1.0], "dec": [2.0], "column_3": [3], "column_4": [4]}


@pytest.mark.parametrize(
    ("unit", "factor"), [("h", 15.0), ("rad", 180 / np.pi), ("arcsec", 1 / 3600)]
)
def test_positions_in_other_units_become_degrees_and_it_is_said(
    store: CatalogueStore,
    ingest: Ingest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    unit: str,
    factor: float,
):
    rows = pa.table({"ra": [1.0, 1.5], "dec": [0.5, -0.5]})
    fields = [pa.field("ra", pa.float64(), metadata={"unit": unit}), rows.schema.field("dec")]
    pq.write_table(rows.cast(pa.schema(fields)), tmp_path / "a.parquet")
    assert ingest(tmp_path / "a.parquet") == 0
    assert f"ra was in {unit}; its values are now in degrees." in capsys.readouterr().out
    assert sorted(rows_of(store)["ra"].to_pylist()) == pytest.approx([factor, 1.5 * factor])
    ra = table_of(store).column("ra")
    assert ra is not None
    assert ra.unit == "deg"


def test_positions_that_look_like_hours_or_radians_are_doubted_aloud(
    ingest: Ingest, tmp_path: Path, stars: Stars, capsys: pytest.CaptureFixture[str]
):
    rows = stars(500).to_pandas()
    rows.assign(ra=rows.ra / 15).to_csv(tmp_path / "h.csv", index=False)
    assert ingest(tmp_path / "h.csv") == 0
    assert "if it is in hours" in capsys.readouterr().out
    rows.assign(ra=np.radians(rows.ra), dec=np.radians(rows.dec)).to_csv(
        tmp_path / "r.csv", index=False
    )
    assert ingest(tmp_path / "r.csv", "--replace") == 0
    assert "if they are in radians" in capsys.readouterr().out


def test_a_sidecar_is_started_corrected_and_followed(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "a.csv").write_text("key,l,b,g,junk\n12,1.5,2.5,99.99,x\n13,2.5,3.5,15.5,y\n")
    assert ingest(tmp_path / "a.csv", "--write-sidecar") == 0
    sidecar = tmp_path / "stars.yaml"
    assert "position: []" in sidecar.read_text()
    assert list(store.tables()) == []
    sidecar.write_text(
        "title: Two stars\ndescription: Made up.\ncredit: Nobody\nsimulated: true\n"
        "position: [l, b]\nid: key\ncolumns:\n"
        "  l: {name: ra, unit: deg}\n  b: {name: dec}\n  key: {type: varchar}\n"
        "  g: {unit: mag, null: 99.99, description: Magnitude}\n  junk: {leave_out: true}\n"
    )
    assert ingest(tmp_path / "a.csv") == 0
    table = table_of(store)
    assert (table.description, table.credit, table.simulated) == (
        "Two stars. Made up.",
        "Nobody",
        True,
    )
    assert table.position == ("ra", "dec")
    kept = rows_of(store).drop(["_healpix_29"]).sort_by("key").to_pydict()
    assert kept == {"key": ["12", "13"], "ra": [1.5, 2.5], "dec": [2.5, 3.5], "g": [None, 15.5]}
    assert ingest(tmp_path / "a.csv", "--write-sidecar") == 1
    sidecar.write_text("tilte: Oops\n")
    assert ingest(tmp_path / "a.csv", "--replace") == 1
    assert "Did you mean title?" in capsys.readouterr().err


def test_a_table_is_replaced_or_added_to_only_when_asked(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, stars: Stars
):
    pq.write_table(stars(50), tmp_path / "a.parquet")
    pq.write_table(stars(30, seed=2), tmp_path / "b.parquet")
    assert ingest(tmp_path / "a.parquet", "--description", "Stars") == 0
    assert ingest(tmp_path / "b.parquet") == 1
    assert ingest(tmp_path / "b.parquet", "--append") == 0
    table = table_of(store)
    assert (table.rows, table.description) == (80, "Stars")
    index = rows_of(store)["_healpix_29"].to_numpy()
    assert (np.diff(index) >= 0).all()
    pq.write_table(stars(5).drop(["name"]), tmp_path / "c.parquet")
    assert ingest(tmp_path / "c.parquet", "--append") == 1
    assert ingest(tmp_path / "b.parquet", "--replace") == 0
    assert table_of(store).rows == 30


def test_a_killed_command_leaves_the_catalogue_as_it_was_and_goes_on_when_repeated(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, stars: Stars
):
    (tmp_path / "in").mkdir()
    pq.write_table(stars(10), tmp_path / "before.parquet")
    assert ingest(tmp_path / "before.parquet") == 0
    before = table_of(store)
    for number in range(40):
        pq.write_table(stars(20_000, seed=number), tmp_path / "in" / f"{number:02}.parquet")
    line = [sys.executable, "-m", "datalab_backend.cli", "ingest", str(tmp_path / "in")]
    line += ["--table", "sky.stars", "--replace", "--data", str(store.data), "--progress", "json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for told in child.stdout:
            if "Reading" in told and "(12 of 40)" in told:
                os.kill(child.pid, signal.SIGKILL)
                break
    assert child.wait(PATIENCE_S) == -9
    assert table_of(store) == before
    assert rows_of(store).num_rows == 10

    staged = sorted((store.data / "ingest" / "sky.stars" / "parts").glob("*.json"))
    assert len(staged) >= 11
    again = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert f"{len(staged)} files were read by an earlier command already." in again.stdout
    assert json.loads(again.stdout.splitlines()[0])["progress"] < 0.1
    assert table_of(store).rows == 800_000
    assert rows_of(store).num_rows == 800_000
    assert not (store.data / "ingest" / "sky.stars").exists()


@pytest.mark.parametrize("step", ["order of the sky", "Looking through the columns"])
def test_a_terminated_command_ends_soon_and_leaves_nothing_half_written(
    store: CatalogueStore, tmp_path: Path, stars: Stars, step: str
):
    pq.write_table(stars(1_500_000), tmp_path / "big.parquet")
    line = [sys.executable, "-m", "datalab_backend.cli", "ingest", str(tmp_path / "big.parquet")]
    line += ["--table", "sky.stars", "--data", str(store.data), "--progress", "json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for told in child.stdout:
            if step in told:
                child.terminate()
                break
        started = time.monotonic()
        assert child.wait(PATIENCE_S) == 128 + signal.SIGTERM
    assert time.monotonic() - started < PATIENCE_S
    assert list(store.tables()) == []
    assert list(store.schema_directory("sky").glob("stars*")) == []
    assert list((store.data / "ingest" / "sky.stars" / "parts").glob("*.json"))


def test_a_running_server_shows_a_table_as_soon_as_it_is_whole(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path, stars: Stars
):
    pq.write_table(stars(300), tmp_path / "a.parquet")
    pq.write_table(stars(200, seed=2), tmp_path / "b.parquet")
    query = (
        "SELECT COUNT(*) AS n FROM sky.stars WHERE 1=CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 180))"
    )
    with serving(store.data) as datalab:
        assert datalab.query(query).status_code == 400
        for name, option, rows in (("a", "--replace", 300), ("b", "--append", 500)):
            assert ingest(tmp_path / f"{name}.parquet", option) == 0
            answer = datalab.query(query, RESPONSEFORMAT="csv")
            assert answer.text.split() == ["n", str(rows)]


def test_magnitudes_and_their_errors_are_known_by_name_and_unit(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path
):
    (tmp_path / "a.ecsv").write_text(
        "# %ECSV 1.0\n# ---\n# datatype:\n"
        "# - {name: Jmag, unit: mag, datatype: float32}\n"
        "# - {name: e_Jmag, unit: mag, datatype: float32}\n"
        "# - {name: A_V, unit: mag, datatype: float32}\n"
        "Jmag e_Jmag A_V\n1 0.1 0.3\n"
    )
    assert ingest(tmp_path / "a.ecsv") == 0
    assert [c.ucd for c in table_of(store).columns] == ["phot.mag", "stat.error;phot.mag", ""]


def test_a_changed_file_is_read_again_and_other_wishes_stage_anew(
    store: CatalogueStore, ingest: Ingest, tmp_path: Path
):
    (tmp_path / "a.csv").write_text("ra,dec,x\n1,2,3\n")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    assert ingest(tmp_path / "a.csv", tmp_path / "b.parquet") == 1
    (tmp_path / "a.csv").write_text("ra,dec,x\n1,2,4\n5,6,7\n")
    assert ingest(tmp_path / "a.csv") == 0
    assert sorted(rows_of(store)["x"].to_pylist()) == [4, 7]


NO_TABLES = {
    "empty.csv": (b"", "is empty"),
    "odd.bin": (b"\x00\x01\x02\x03", "none of the formats"),
    "cut.parquet": (b"PAR1....", "not a whole Parquet file"),
    "cut.csv.gz": (gzip.compress(os.urandom(5000))[:200], "cannot be unpacked"),
    "bad.vot": (b"<VOTABLE><TABLE></VOTABLE>", "not well-formed"),
    "image.fits": (b"", "has no table in it"),
    "cut.fits": (b"SIMPLE  =                    T" + b" " * 50, "damaged FITS"),
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_what_is_no_table_is_told_in_a_sentence(
    store: CatalogueStore,
    ingest: Ingest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
):
    content, sentence = NO_TABLES[name]
    path = tmp_path / name
    path.write_bytes(content)
    if name == "image.fits":
        fits.PrimaryHDU(np.zeros((4, 4))).writeto(path, overwrite=True)
    assert ingest(path) == 1
    told = capsys.readouterr().err
    assert sentence in told
    assert str(path) in told
    assert "Traceback" not in told
    assert list(store.tables()) == []
    assert not (store.data / "ingest" / "sky.stars").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--table", "stars"], "not the full name of a table"),
        (["--table", "sky.../../x"], "not the full name of a table"),
        (["--table", "TAP_SCHEMA.x"], "cannot take other tables"),
        (["--ra", "ra"], "Give both --ra and --dec"),
        (["--ra", "x", "--dec", "dec"], "The files have no column x."),
        (["--ra", "name", "--dec", "dec"], "not a number"),
        (["--id", "nobody"], "The files have no column nobody."),
        (["--sidecar", "nowhere.yaml"], "There is no sidecar nowhere.yaml"),
    ],
)
def test_wishes_that_cannot_be_met_are_told(
    store: CatalogueStore,
    ingest: Ingest,
    tmp_path: Path,
    stars: Stars,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
):
    pq.write_table(stars(5), tmp_path / "a.parquet")
    assert ingest(tmp_path / "a.parquet", *arguments) == 1
    assert sentence in capsys.readouterr().err
    assert list(store.tables()) == []


def test_a_missing_file_is_told(ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert ingest(tmp_path / "none*.fits") == 1
    assert "There is no file" in capsys.readouterr().err
