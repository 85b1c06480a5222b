"""The documentation of the SQL front names what there is, and its examples are understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from datalab_backend import adql
from datalab_backend.adql.functions import FUNCTIONS
from datalab_backend.adql.sql_functions import AGGREGATES, Q3C_USAGE, SQL_FUNCTIONS
from datalab_backend.adql.udfs import UDFS
from datalab_backend.catalogues.demo import gaia, openngc
from datalab_backend.catalogues.demo.simulation import smash_tables
from datalab_backend.metadata import Tables

PAGE = (Path(__file__).parents[3] / "docs" / "adql.md").read_text(encoding="utf-8")
ADQL, _, SQL = PAGE.partition("## SQL as Data Lab users write it")
TABLES = Tables((), (gaia.TABLE, openngc.TABLE, smash_tables.OBJECT))


def examples(text: str) -> list[str]:
    return re.findall(r"```sql\n(.*?)```", text, re.DOTALL)


def test_each_function_is_told():
    own = {name for name in SQL_FUNCTIONS if name not in FUNCTIONS or name == "LOG"} - set(UDFS)
    named = {name.upper() for name in re.findall(r"`([a-zA-Z_0-9]+)[`(]", PAGE)}
    assert own | set(AGGREGATES) | set(Q3C_USAGE) <= named


@pytest.mark.parametrize("query", examples(ADQL))
def test_an_example_of_adql_is_understood(query: str):
    assert adql.check(adql.parse(query), TABLES).columns


@pytest.mark.parametrize("query", examples(SQL))
def test_an_example_of_sql_is_understood(query: str):
    assert adql.check(adql.parse_sql(query), TABLES).columns
