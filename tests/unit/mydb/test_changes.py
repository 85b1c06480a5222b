"""No change of one table costs another its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest
from datalab_backend.catalogues.files import Source
from datalab_backend.catalogues.staging import Staging
from datalab_backend.errors import ConflictError
from datalab_backend.metadata import Table
from datalab_backend.mydb import arrivals
from datalab_backend.mydb.arrivals import Arrival
from datalab_backend.mydb.columns import read_columns
from datalab_backend.mydb.personal import PersonalTables
from pyarrow import parquet
from tables_of_alice import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Tables in this process."""
    lab = Lab(tmp_path / "data")
    yield lab
    lab.accounts.close()


def test_a_renamed_table_is_copied_back_to_its_first_name(lab: Lab):
    lab.put("seen", "n\n1\n2\n")
    lab.mydb.rename(lab.alice, "seen", "later")
    lab.mydb.copy(lab.alice, "later", "seen")
    assert lab.names() == ["later", "seen"]
    assert (lab.count("seen"), lab.count("later")) == (2, 2)
    lab.mydb.drop(lab.alice, "later")
    assert lab.count("seen") == 2


def _meanwhile(patch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Have something else happen when the file of the next import has been read."""
    keep = Staging.keep

    def keep_and_change(
        self: Staging, source: Source, fresh: Path, document: dict[str, Any]
    ) -> None:
        keep(self, source, fresh, document)
        patch.undo()
        change()

    patch.setattr(Staging, "keep", keep_and_change)


def test_an_import_takes_no_name_that_a_renamed_table_has_got_meanwhile(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    lab.put("precious", "n\n1\n2\n")
    _meanwhile(monkeypatch, lambda: lab.mydb.rename(lab.alice, "precious", "wanted"))
    with pytest.raises(ConflictError, match="was made while the files were read"):
        lab.put("wanted", "n\n7\n")
    assert lab.names() == ["wanted"]
    assert lab.count("wanted") == 2


def test_rows_are_added_to_no_table_that_took_the_place_of_the_one_meant(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    lab.put("meant", "n\n1\n")

    def swap() -> None:
        lab.mydb.rename(lab.alice, "meant", "elsewhere")
        lab.mydb.create(lab.alice, "meant", read_columns("n,bigint"))

    _meanwhile(monkeypatch, swap)
    with pytest.raises(ConflictError):
        lab.put("meant", "n\n2\n", appends=True)
    assert (lab.count("meant"), lab.count("elsewhere")) == (0, 1)


def test_a_replaced_table_is_read_by_nobody_who_could_not_read_the_one_meant(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    lab.put("private", "n\n1\n")
    lab.put("open", "n\n2\n")
    lab.mydb.share(lab.alice, "open", ["public"])

    def swap() -> None:
        lab.mydb.drop(lab.alice, "private")
        lab.mydb.rename(lab.alice, "open", "private")

    _meanwhile(monkeypatch, swap)
    with pytest.raises(ConflictError, match="is another table by now, which public may read"):
        lab.put("private", "n\n3\n", replaces=True)
    assert lab.names() == ["private"]
    lab.put("private", "n\n3\n4\n", replaces=True)  # which says that this one is meant
    assert lab.count("private") == 2
    assert lab.mydb.table(lab.alice, "private").shared_with == ("public",)


def test_a_number_that_is_too_large_is_told_and_never_another_one(lab: Lab, tmp_path: Path):
    largest = 2**63 - 1
    ids = pa.table({"id": pa.array([1, largest, largest + 1, 2**64 - 1], pa.uint64())})
    with lab.mydb.receiving(lab.alice, "ids.parquet") as path:
        parquet.write_table(ids, path)
        report = lab.mydb.import_file(lab.alice, "ids", path)
    assert report.table.rows == 2
    assert report.rejected == 2
    (told,) = report.problems.sentences()
    assert told.startswith("2 rows: not readable, and not in the table (ids.parquet row 3")
    assert lab.count("ids") == 2


def test_an_empty_table_takes_no_name_that_another_has_got_meanwhile(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    lab.put("precious", "n\n1\n2\n")
    check = arrivals._check

    def check_and_rename(tables: PersonalTables, arrival: Arrival) -> None:
        check(tables, arrival)
        monkeypatch.undo()
        lab.mydb.rename(lab.alice, "precious", "wanted")

    monkeypatch.setattr(arrivals, "_check", check_and_rename)
    with pytest.raises(ConflictError):
        lab.mydb.create(lab.alice, "wanted", read_columns("n,int"))
    assert lab.count("wanted") == 2


def test_emptying_a_table_never_empties_another_that_takes_its_name(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    lab.put("old", "n\n1\n")
    lab.put("precious", "n\n1\n2\n")
    find = PersonalTables.find
    swapping: list[Thread] = []

    def swap() -> None:
        lab.mydb.drop(lab.alice, "old")
        lab.mydb.rename(lab.alice, "precious", "old")

    def find_and_swap(self: PersonalTables, name: str) -> Table:
        found = find(self, name)
        monkeypatch.undo()
        swapping.append(Thread(target=swap))
        swapping[0].start()
        swapping[0].join(0.2)  # it waits for the one who empties
        return found

    monkeypatch.setattr(PersonalTables, "find", find_and_swap)
    lab.mydb.truncate(lab.alice, "old")
    swapping[0].join()
    assert lab.names() == ["old"]
    assert lab.count("old") == 2


def test_a_second_import_of_a_name_is_refused_and_costs_the_first_nothing(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    def put_too() -> None:
        with pytest.raises(ConflictError, match="is already being ingested"):
            lab.put("wanted", "n\n7\n")

    _meanwhile(monkeypatch, put_too)
    lab.put("wanted", "n\n1\n2\n")
    assert lab.count("wanted") == 2
    assert not [name for name in lab.files() if "/ingest/" in name]
