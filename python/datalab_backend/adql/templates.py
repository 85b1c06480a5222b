"""Expressions of an engine that are long to build: read once from a text, then filled in."""

from __future__ import annotations

from functools import cache

from sqlglot import exp, parse_one


def filled(text: str, **values: exp.Expression) -> exp.Expression:
    """The stock sqlglot nodes of a text of ours, with values in the place of ``:name``."""

    def fill(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Placeholder):
            return exp.Paren(this=values[node.name].copy())
        return node

    return _parsed(text).copy().transform(fill)


def named(value: str, name: str, text: str) -> str:
    """A text in which a value has a name, and is computed once."""
    return f"LIST_TRANSFORM([{value}], LAMBDA {name} : {text})[1]"


@cache
def _parsed(text: str) -> exp.Expression:
    return exp.Paren(this=parse_one(text, read="duckdb"))
