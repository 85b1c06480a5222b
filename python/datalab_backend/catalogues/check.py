"""Whether a catalogue store fits together: each document with its rows, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from datalab_backend.catalogues import documents


def broken_tables(data: Path) -> Iterator[str]:
    """Say what is wrong with tables, a sentence for each.

    Parameters
    ----------
    data
        The directory of the store; nothing in it is changed.
    """
    for path in _documents(data):
        name = f"{path.parent.name}.{path.stem}"
        try:
            stored = documents.read_table(path)
        except FileNotFoundError:
            continue  # dropped this very moment
        except (OSError, ValueError, KeyError, TypeError):
            yield f"The document of the table {name} in {data} is damaged."
            continue
        directory = path.parent / stored.data
        wrong = _wrong(directory, stored.table.rows)
        # A running server may just have replaced the table.
        if wrong and path.exists() and documents.read_table(path) == stored:
            yield f"The table {name} in {data} {wrong}."


def left_over(data: Path) -> int:
    """The number of directories with rows that no document has, such as a killed import leaves."""
    count = 0
    for schema in (data / "catalogues").glob("*/"):
        used = set()
        for path in _documents(data):
            if path.parent == schema:
                try:
                    used.add(documents.read_table(path).data)
                except (OSError, ValueError, KeyError, TypeError):
                    return 0  # what a damaged document has is not known
        count += sum(path.is_dir() and path.name not in used for path in schema.iterdir())
    return count


def _documents(data: Path) -> list[Path]:
    found = sorted((data / "catalogues").glob("*/*.json"))
    return [path for path in found if path.name != "schema.json"]


def _wrong(directory: Path, rows: int | None) -> str:
    file = directory / "rows.duckdb"
    if not file.exists():
        return "has lost its rows"
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            ((count,),) = connection.execute("SELECT count(*) FROM rows").fetchall()
    except duckdb.Error:
        return "has rows that cannot be read"
    return "" if rows is None or count == rows else f"has {count:,} rows in the place of {rows:,}"
