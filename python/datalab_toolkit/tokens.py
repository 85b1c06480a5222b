"""Cuts ADQL text into the pieces that carry meaning, each with its place.

No grammar: only what one needs to find where a clause or a condition begins and ends. What is right
and what is wrong is for the service to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datalab_toolkit.errors import DatalabError

_PIECE = re.compile(
    r"""
      (?P<blank>\s+|--[^\n]*)
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign><>|<=|>=|!=|\|\||[-+*/%=<>(),.;&|^~:?\[\]])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query.

    Attributes
    ----------
    kind
        ``word``, ``quoted`` (a name in quotes), ``number``, ``text`` (in apostrophes) or ``sign``.
    text
        As it is written.
    start, end
        Where it is in the query.
    """

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of some words, in any case."""
        return self.kind == "word" and self.text.upper() in words

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of some signs."""
        return self.kind == "sign" and self.text in signs

    @property
    def is_name(self) -> bool:
        """Whether it may be a name."""
        return self.kind in ("word", "quoted")


def tokens(text: str) -> list[Token]:
    """Cut a text into its pieces, without blanks and comments.

    Raises
    ------
    DatalabError
        A text or a name in quotes does not end, a sign belongs to no query, or a parenthesis is
        not closed.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise DatalabError(_nothing(text, at), place(text, at))
        if piece.lastgroup != "blank":
            found.append(Token(str(piece.lastgroup), piece.group(), at, piece.end()))
        at = piece.end()
    _check_balance(text, found)
    return found


def _nothing(text: str, at: int) -> str:
    if text[at] == "'":
        return "A text that begins with ' does not end."
    if text[at] == '"':
        return 'A name that begins with " does not end.'
    return f"{text[at]!r} has no meaning in a query."


def _check_balance(text: str, found: Sequence[Token]) -> None:
    opened: list[Token] = []
    for token in found:
        if token.is_sign("("):
            opened.append(token)
        elif token.is_sign(")"):
            if not opened:
                raise DatalabError(
                    "A parenthesis is closed that was not opened.", place(text, token.start)
                )
            opened.pop()
    if opened:
        raise DatalabError("A parenthesis is not closed.", place(text, opened[-1].start))


def place(text: str, at: int) -> str:
    """Where in a text something is, in words."""
    line, column = position(text, at)
    return f"See line {line}, column {column}."


def position(text: str, at: int) -> tuple[int, int]:
    """Line and column of a place in a text, both from 1."""
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def at_top(found: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """The pieces that are in no parentheses, with their index; parentheses are left out."""
    depth = 0
    for i, token in enumerate(found):
        if token.is_sign("("):
            depth += 1
        elif token.is_sign(")"):
            depth -= 1
        elif depth == 0:
            yield i, token


def split(found: Sequence[Token], *separators: str) -> list[Sequence[Token]]:
    """Cut pieces at words or signs that are in no parentheses; the AND of BETWEEN is none of them.

    Parameters
    ----------
    found
        The pieces.
    *separators
        Words in upper case, or signs.
    """
    parts: list[Sequence[Token]] = []
    begin, betweens = 0, 0
    for i, token in at_top(found):
        if token.is_word("BETWEEN"):
            betweens += 1
        elif token.is_word("AND") and betweens:
            betweens -= 1
        elif token.is_word(*separators) or token.is_sign(*separators):
            parts.append(found[begin:i])
            begin = i + 1
    return [*parts, found[begin:]]


def without_parentheses(found: Sequence[Token]) -> Sequence[Token]:
    """The pieces without parentheses that are around all of them."""
    while len(found) > 2 and found[0].is_sign("(") and _closing(found, 0) == len(found) - 1:
        found = found[1:-1]
    return found


def _closing(found: Sequence[Token], opening: int) -> int:
    depth = 0
    for i in range(opening, len(found)):
        depth += found[i].is_sign("(") - found[i].is_sign(")")
        if depth == 0:
            return i
    return len(found)


def inside(found: Sequence[Token], opening: int) -> tuple[Sequence[Token], int]:
    """The pieces in the parentheses that open at an index, and the index of what follows them."""
    closes = _closing(found, opening)
    return found[opening + 1 : closes], closes + 1


def written(text: str, found: Sequence[Token]) -> str:
    """The pieces as they are in a text, in one line and without comments."""
    out: list[str] = []
    end = found[0].start if found else 0
    for token in found:
        if token.start > end:
            out.append(" ")
        out.append(token.text)
        end = token.end
    return "".join(out)
