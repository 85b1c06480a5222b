"""Which table a column is of: the letters before names, put there, changed and taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from datalab_toolkit.builder.form import (
    Condition,
    Form,
    Match,
    Order,
    Output,
    Written,
)
from datalab_toolkit.metadata import is_reserved, unquoted
from datalab_toolkit.tokens import Token, tokens, written

_Valued = TypeVar("_Valued", Output, Order)


def requalified(text: str, found: Sequence[Token], letters: Mapping[str, str]) -> str:
    """A text with other words before its columns.

    Parameters
    ----------
    text, found
        The text and its pieces.
    letters
        What each word before a dot becomes, by the word in lower case and without quotes; an empty
        word for columns that have none, and an empty value for none.
    """
    out: list[str] = []
    end = found[0].start if found else 0
    i = 0
    while i < len(found):
        token = found[i]
        if token.start > end:
            out.append(" ")
        names = _dotted(found, i)
        if names:
            column = found[i + names - 1]
            before = ".".join(unquoted(t.text).casefold() for t in found[i : i + names - 1 : 2])
            is_column = names > 1 or not (
                _opens(found, i) or (token.kind == "word" and is_reserved(token.text))
            )
            if is_column and before in letters:
                letter = letters[before]
                out.append(f"{letter}.{column.text}" if letter else column.text)
            else:
                out.append(written(text, found[i : i + names]))
            i += names
        else:
            out.append(token.text)
            i += 1
        end = found[i - 1].end
    return "".join(out)


def _dotted(found: Sequence[Token], i: int) -> int:
    """How many pieces a name with its dots has; 0 when there is none."""
    if not found[i].is_name:
        return 0
    n = 1
    while i + n + 1 < len(found) and found[i + n].is_sign("."):
        if not (found[i + n + 1].is_name or found[i + n + 1].is_sign("*")):
            break
        n += 2
    return n


def _opens(found: Sequence[Token], i: int) -> bool:
    return i + 1 < len(found) and found[i + 1].is_sign("(")


def with_match(form: Form, match: Match) -> Form:
    """The form with a second table; what it says is about the first."""
    if form.match is not None:
        return replace(form, match=match)
    renamed = _renamed(form, {"": "a"})
    return replace(renamed, match=match)


def without_match(form: Form) -> Form:
    """The form without the second table and all that is said about it."""
    if form.match is None:
        return form
    outputs = tuple(o for o in form.outputs if not _names(o.value, "b") and o.value != "a.*")
    kept = replace(
        form,
        match=None,
        outputs=outputs,
        conditions=tuple(c for c in form.conditions if not _names(_text(c), "b")),
        order=None if form.order and _names(form.order.value, "b") else form.order,
    )
    return _renamed(kept, {"a": ""})


def _text(condition: Condition) -> str:
    return condition.text if isinstance(condition, Written) else condition.value


def _names(text: str, letter: str) -> bool:
    """Whether a text has a column of a table."""
    found = tokens(text)
    return any(
        token.is_name and token.text == letter and after.is_sign(".")
        for token, after in pairwise(found)
    )


def _renamed(form: Form, letters: Mapping[str, str]) -> Form:
    def value(of: _Valued) -> _Valued:
        return replace(of, value=requalified(of.value, tokens(of.value), letters))

    def condition(of: Condition) -> Condition:
        if isinstance(of, Written):
            return Written(requalified(of.text, tokens(of.text), letters))
        return replace(of, value=requalified(of.value, tokens(of.value), letters))

    return replace(
        form,
        outputs=tuple(map(value, form.outputs)),
        conditions=tuple(map(condition, form.conditions)),
        order=value(form.order) if form.order else None,
    )
