"""Guesses how much work a query is, to let small ones go first."""

from __future__ import annotations

import math

from datalab_backend import adql
from datalab_backend.errors import DatalabError
from datalab_backend.metadata import Tables


def estimate(text: str, tables: Tables, language: str = "ADQL") -> float:
    """The most combinations of rows that a query could have to look at.

    Only an order: a cone on a great table may well be quicker than a join of two small ones. A
    query that cannot run is no work at all.
    """
    try:
        checked = adql.check(adql.LANGUAGES[language](text), tables)
    except DatalabError:
        return 0.0
    read = (source.table for source in checked.findings.sources.values() if source.table)
    return math.prod(float(table.rows or 1) for table in read)
