"""What personal tables may be called, and how queries name them."""

from __future__ import annotations

import re

from datalab_backend.adql.sql_words import SQL
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Table

SCHEMA = "mydb"
"""The schema in which everybody finds their own tables."""

_SCHEME = f"{SCHEMA}://"
_LONGEST = 63
_SCHEMA_DOCUMENT = "schema"  # the name that `catalogues.store` has taken


def table_name(given: str) -> str:
    """The name of a personal table, from ``name``, ``mydb.name`` or ``mydb://name``.

    Case makes no difference, so it comes out in lower case.

    Raises
    ------
    UsageError
        When no table can be called so.
    """
    name = given.strip().lower()
    name = name.removeprefix(_SCHEME).removeprefix(f"{SCHEMA}.")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or len(name) > _LONGEST:
        raise UsageError(
            f"A table cannot be called “{given[:80]}”.",
            f"Use a letter, then letters, digits and underscores, at most {_LONGEST} in all.",
        )
    # In ADQL, which has more such words than SQL, they are quoted.
    if name.upper() in SQL.reserved or name == _SCHEMA_DOCUMENT:
        raise UsageError(
            f"A table cannot be called “{name}”, which is a word of the query language.",
            f"Call it {name}_1, for example.",
        )
    return name


def shared_schema(owner: str) -> str:
    """The schema in which others find what an owner shares."""
    return f"{SCHEMA}_{owner.lower()}"


def is_personal(table: Table) -> bool:
    """Whether a table is somebody's own, rather than a survey's."""
    schema = table.schema.lower()
    return schema == SCHEMA or schema.startswith(f"{SCHEMA}_")
