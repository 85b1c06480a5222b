"""``datalab-server check`` finds what is wrong with tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.cli import main
from datalab_backend.mydb.service import MyDB


def _check(data: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["check", "--data", str(data)])
    return code, capsys.readouterr().out


def test_tables_without_their_rows_are_told(
    small_sky_copy: Path, capsys: pytest.CaptureFixture[str]
):
    accounts = Accounts(small_sky_copy)
    alice = accounts.add("alice").caller
    mydb = MyDB(small_sky_copy / "users", LiveCatalogues(CatalogueStore(small_sky_copy)), accounts)
    for name in ("good", "lost", "damaged", "cut"):
        with mydb.receiving(alice, f"{name}.csv") as path:
            path.write_text("n\n1\n2\n")
            mydb.import_file(alice, name, path)
    accounts.close()
    assert _check(small_sky_copy, capsys) == (0, "Nothing is wrong.\n")

    directory = next((small_sky_copy / "users").glob("*/mydb/catalogues/mydb"))
    shutil.rmtree(next(directory.glob("lost.*/")))
    (next(directory.glob("damaged.*/")) / "rows.duckdb").write_bytes(b"no database")
    (directory / "cut.json").write_text("{")
    (directory / "left.0123456789ab").mkdir()
    code, told = _check(small_sky_copy, capsys)
    assert code == 1
    assert "The table mydb.lost in" in told
    assert "has lost its rows" in told
    assert "The table mydb.damaged in" in told
    assert "The document of the table mydb.cut in" in told
    assert "good" not in told
