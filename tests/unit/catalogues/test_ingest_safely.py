"""Ingest from the command line: whatever is given, nobody else's data or service suffers."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from datalab_backend.catalogues import rows
from datalab_backend.catalogues.staging import Staging
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.cli import main
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables
from datalab_backend.web.tableset import write_table, write_tables
from vo_models.vosi.tables import VOSITable, VOSITableSet

Ingest = Callable[..., int]


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    """Run the command as a user does, for two stars and the table sky.stars."""
    file = tmp_path / "stars.csv"
    file.write_text("id,ra,dec\n1,10,20\n2,30,40\n")

    def run(*arguments: object, file: Path | str = file, table: str = "sky.stars") -> int:
        line = ["ingest", str(file), *map(str, arguments)]
        return main([*line, "--table", table, "--data", str(tmp_path / "data")])

    return run


def test_a_name_that_is_a_path_touches_no_directory(
    ingest: Ingest, store: CatalogueStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    mine = tmp_path / "my.survey"
    mine.mkdir()
    (mine / "years of work").write_text("irreplaceable")
    for name in (str(mine), "../my.survey", f"{tmp_path}/new.survey"):
        assert ingest(table=name) == 1
        assert "name of a" in capsys.readouterr().err
    schema, _, name = str(mine).partition(".")
    with pytest.raises(UsageError, match="cannot be the name"):
        Staging(store, Table(schema, name, ()))
    assert (mine / "years of work").read_text() == "irreplaceable"
    assert not (tmp_path / "new.survey").exists()


@pytest.mark.parametrize(
    "schema", ["TAP_SCHEMA", "tap_upload", "Information_Schema", "pg_catalog", "mydb"]
)
def test_schemas_that_the_server_makes_itself_take_no_files(
    ingest: Ingest, store: CatalogueStore, capsys: pytest.CaptureFixture[str], schema: str
):
    assert ingest(table=f"{schema}.tables") == 1
    assert f"The schema {schema} is made by the server" in capsys.readouterr().err
    assert not list(store.tables())


def test_texts_with_control_characters_and_broken_bytes_are_cleaned(
    ingest: Ingest, store: CatalogueStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "odd.csv"
    file.write_text("id,ra,dec,a\x01b\n1,10,20,3\n")
    (tmp_path / "stars.yaml").write_text(
        'title: "My\\x02 stars"\ncolumns: {id: {description: "\\x03", unit: "\\x04"}}\n'
    )
    told = ("--credit", "\udcff team", "--schema-description", "\x05 sky")
    assert ingest(*told, file=file) == 0
    assert "A column is now called a\ufffdb" in capsys.readouterr().out
    tables = store.tables()
    table = tables.find("sky.stars")
    assert table is not None
    assert (table.description, table.credit) == ("My\ufffd stars.", "\ufffd team")
    assert tables.schemas[0].description == "\ufffd sky"
    named = {c.name: (c.description, c.unit) for c in table.columns}
    assert named["id"] == ("\ufffd", "\ufffd")
    assert "a\ufffdb" in named


def test_tables_of_old_with_control_characters_are_listed_for_everybody():
    column = Column("a\x01", DataType.REAL, "\x02", unit="\x03", ucd="\x04", utype="\udcff")
    table = Table("sky", "old", (column,), "bad\x01desc")
    tables = Tables((Schema("sky", "the\x05 sky"),), (table,))
    schemas = VOSITableSet.from_xml(write_tables(tables, with_columns=True)).tableset_schema
    assert schemas[0].description == "the\ufffd sky"
    assert str(VOSITable.from_xml(write_table(table)).description) == "bad\ufffddesc"


@pytest.mark.parametrize("size", ["lots", "1KB", "-1", "4", "80%", "10MB"])
def test_a_size_of_memory_that_is_none_is_a_wrong_command_line(
    ingest: Ingest, capsys: pytest.CaptureFixture[str], size: str
):
    with pytest.raises(SystemExit) as ended:
        ingest(f"--memory={size}")
    assert ended.value.code == 2
    assert "is not a size of 64MB or more" in capsys.readouterr().err


def test_a_size_of_memory_may_be_written_as_people_do(ingest: Ingest):
    for size in ("500MB", "1.5 gib", "1g"):
        assert ingest("--replace", "--memory", size) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("columns: {ra: {null: 2026-01-01}}", "null of the column ra is neither"),
        ("columns: {ra: {null: 1000000000000000000000000000000}}", "null value of ra"),
        ("columns: {ra: {type: POINT}}", "which no file is read as"),
        ("2026-99-99: x", "has a value that cannot be"),
        ("[" * 12_000, "nested too deeply"),
        ("simulated: 'no'", "simulated is “no”, which is neither true nor false"),
        ("columns: {ra: {leave_out: maybe}}", "leave_out of the column ra is “maybe”"),
        ("title: {a: b}", "title is not a text"),
        ("columns: {ra: {unit: [deg]}}", "unit of the column ra is not a text"),
    ],
)
def test_a_sidecar_that_makes_no_sense_is_told_in_a_sentence(
    ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
):
    (tmp_path / "stars.yaml").write_text(text)
    assert ingest() == 1
    assert told in capsys.readouterr().err


def test_the_home_of_nobody_is_told(ingest: Ingest, capsys: pytest.CaptureFixture[str]):
    assert ingest(file="~nosuchuser/x.csv") == 1
    assert "not known here. Write the path in full." in capsys.readouterr().err


def test_rows_are_added_once_by_a_command_that_was_ended_before_its_end_and_repeated(
    ingest: Ingest,
    store: CatalogueStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def end(_: Staging) -> None:
        raise SystemExit(143)

    def count() -> int | None:
        table = store.tables().find("sky.stars")
        return table and table.rows

    assert ingest() == 0
    with monkeypatch.context() as ending:
        ending.setattr(Staging, "clear", end)
        with pytest.raises(SystemExit):
            ingest("--append")
    assert count() == 4
    assert ingest("--append") == 0
    assert count() == 4
    assert "An earlier command has added these rows already" in capsys.readouterr().out
    assert ingest("--append") == 0  # a wish of its own
    assert count() == 6


def test_a_damaged_packed_file_is_named(
    ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "stars.csv.bz2"
    file.write_bytes(b"BZh9" + b"damaged" * 20)
    assert ingest(file=file) == 1
    assert f"{file} cannot be unpacked." in capsys.readouterr().err


def test_a_full_disk_is_told_with_what_to_do(
    ingest: Ingest,
    store: CatalogueStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def stage(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(rows, "stage", stage)
    assert ingest() == 1
    told = capsys.readouterr().err
    assert "The disk is full" in told
    assert f"{store.data / 'ingest'}. Make room there" in told


def test_names_of_files_cannot_steer_the_terminal(
    ingest: Ingest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert ingest(file=tmp_path / "red\x1b[31m\udcff.csv") == 1
    assert r"red\x1b[31m\udcff.csv" in capsys.readouterr().err
    file = tmp_path / "red\x1b[31m.csv"
    file.write_text("id,ra,dec\n1,10,20\n2,10,95\n")
    assert ingest(file=file) == 0
    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert "\x1b" not in text
        assert r"red\x1b[31m.csv" in text
