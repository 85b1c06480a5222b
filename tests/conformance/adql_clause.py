"""A clause of the grammar of ADQL 2.1 (appendix A), with what it allows and what it does not."""

from __future__ import annotations

from typing import NamedTuple

QUERY = "{}"
VALUE = "SELECT TOP 3 {} AS x FROM small.stars"
CONDITION = "SELECT TOP 3 source_id FROM small.stars WHERE {}"


class Clause(NamedTuple):
    """A clause.

    Attributes
    ----------
    name
        As the standard calls it.
    query
        The query that the examples stand in, over the tables of `small_sky`.
    valid
        What runs.
    invalid
        What is refused, each with words of the sentence that says why.
    """

    name: str
    query: str
    valid: tuple[str, ...]
    invalid: tuple[tuple[str, str], ...]
