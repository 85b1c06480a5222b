"""Expressions of an engine that are long to build: read once from a text, then filled in."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sqlglot import exp, parse_one

_KEPT = 1024
"""Texts; ours are about a hundred, and more when names in them avoid those of columns."""


def filled(text: str, **values: exp.Expression) -> exp.Expression:
    """The stock sqlglot nodes of a text of ours, with values in the place of ``:name``."""

    def fill(node: exp.Expression) -> exp.Expression | None:
        if isinstance(node, exp.Placeholder):
            return exp.Paren(this=values[node.name].copy())
        return None

    return replaced(text, fill)


def replaced(text: str, fill: Callable[[exp.Expression], exp.Expression | None]) -> exp.Expression:
    """The stock sqlglot nodes of a text of ours, in parentheses, with others in place of some.

    Parameters
    ----------
    text
        The text, in the dialect of DuckDB.
    fill
        What stands in the place of a node, None for the node itself.
    """
    return _copy(_parsed(text), fill)


def named(value: str, name: str, text: str) -> str:
    """A text in which a value has a name, and is computed once."""
    return f"LIST_TRANSFORM([{value}], LAMBDA {name} : {text})[1]"


@lru_cache(maxsize=_KEPT)
def _parsed(text: str) -> exp.Expression:
    return exp.Paren(this=parse_one(text, read="duckdb"))


def _copy(
    node: exp.Expression, fill: Callable[[exp.Expression], exp.Expression | None]
) -> exp.Expression:
    # Copies of sqlglot keep where in the text each node was, which takes most of their time.
    found = fill(node)
    if found is not None:
        return found
    arguments = {}
    for name, value in node.args.items():
        if isinstance(value, exp.Expression):
            value = _copy(value, fill)
        elif isinstance(value, list):
            value = [_copy(v, fill) if isinstance(v, exp.Expression) else v for v in value]
        arguments[name] = value
    return type(node)(**arguments)
