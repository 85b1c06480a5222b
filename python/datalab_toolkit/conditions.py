"""Joins ADQL conditions, and turns them round.

In SQL a condition on a missing value is neither true nor false, so that NOT leaves out the rows
without a value. To select "all others" they must come along: `opposite` writes them down.
"""

from __future__ import annotations

from collections.abc import Sequence

from datalab_toolkit.metadata import is_reserved
from datalab_toolkit.tokens import Token, inside, split, tokens, without_parentheses, written


def both(a: str, b: str) -> str:
    """A condition that is true where two are; either may be empty, which is true everywhere."""
    if not a or not b:
        return a or b
    return f"{_factor(a)}\n  AND {_factor(b)}"


def either(a: str, b: str) -> str:
    """A condition that is true where one of two is; either may be empty, true everywhere."""
    if not a or not b:
        return ""
    return f"({a})\n  OR ({b})"


def opposite(condition: str) -> str:
    """A condition that is true in all rows in which another is not: it is false, or unknown.

    Parameters
    ----------
    condition
        Not empty. Its values may be missing only where a column is: a root of a negative number is
        taken for a value.
    """
    return _Text(condition).not_true(tokens(condition))


def _factor(condition: str) -> str:
    """A condition that AND can follow."""
    return f"({condition})" if len(split(tokens(condition), "OR")) > 1 else condition


class _Text:
    """Writes conditions made of the parts of one."""

    def __init__(self, text: str) -> None:
        self._text = text

    def not_true(self, part: Sequence[Token]) -> str:
        """What is true where a part is false or unknown."""
        part = without_parentheses(part)
        if len(parts := split(part, "OR")) > 1:
            return " AND ".join(f"({self.not_true(p)})" for p in parts)
        if len(parts := split(part, "AND")) > 1:
            return " OR ".join(f"({self.not_true(p)})" for p in parts)
        if part[0].is_word("NOT"):
            return self.not_false(part[1:])
        return " OR ".join([self._turned(part), *self._unknown(part)])

    def not_false(self, part: Sequence[Token]) -> str:
        """What is true where a part is true or unknown."""
        part = without_parentheses(part)
        if len(parts := split(part, "OR")) > 1:
            return " OR ".join(f"({self.not_false(p)})" for p in parts)
        if len(parts := split(part, "AND")) > 1:
            return " AND ".join(f"({self.not_false(p)})" for p in parts)
        if part[0].is_word("NOT"):
            return self.not_true(part[1:])
        return " OR ".join([written(self._text, part), *self._unknown(part)])

    def _turned(self, predicate: Sequence[Token]) -> str:
        text = written(self._text, predicate)
        if predicate[-1].is_word("NULL") and len(predicate) > 2:
            if predicate[-2].is_word("IS"):
                return f"{written(self._text, predicate[:-1])} NOT NULL"
            if predicate[-2].is_word("NOT"):
                return f"{written(self._text, predicate[:-2])} NULL"
        return f"NOT ({text})"

    def _unknown(self, part: Sequence[Token]) -> list[str]:
        """In which cases a predicate or a value is unknown: a column of it is missing."""
        if part and part[-1].is_word("NULL"):
            return []
        found: list[str] = []
        i = 0
        while i < len(part):
            token = part[i]
            opens = i + 1 < len(part) and part[i + 1].is_sign("(")
            if token.is_word("EXISTS") and opens:
                _, i = inside(part, i + 1)
            elif token.is_word("COALESCE") and opens:
                values, i = inside(part, i + 1)
                found += self._all_unknown(values)
            elif token.is_sign("(") and i + 1 < len(part) and part[i + 1].is_word("SELECT"):
                _, i = inside(part, i)  # its columns are of other rows
            elif token.is_name and not opens and not _is_keyword(token):
                begin = i
                while i + 2 < len(part) and part[i + 1].is_sign("."):
                    i += 2
                found.append(f"{written(self._text, part[begin : i + 1])} IS NULL")
                i += 1
            else:
                i += 1
        return list(dict.fromkeys(found))

    def _all_unknown(self, values: Sequence[Token]) -> list[str]:
        cases = [self._unknown(value) for value in split(values, ",")]
        if not all(cases):
            return []
        return ["(" + " AND ".join(f"({' OR '.join(case)})" for case in cases) + ")"]


def _is_keyword(token: Token) -> bool:
    return token.kind == "word" and is_reserved(token.text)
