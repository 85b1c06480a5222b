"""Text → tokens.

The first wall: whatever is not a word, a number, a text or an operator of the language ends here,
with its place and, when it comes from another dialect, with the way to say it in this one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from datalab_backend.adql.words import RESERVED
from datalab_backend.errors import AdqlError

_LONGEST = 250_000  # enough for a list of twelve thousand 19-digit identifiers


class Kind(Enum):
    """What a token is."""

    KEYWORD = auto()
    NAME = auto()
    QUOTED_NAME = auto()
    INTEGER = auto()
    DECIMAL = auto()
    TEXT = auto()
    OPERATOR = auto()
    END = auto()


class Token(NamedTuple):
    """A word of a query and its place.

    Attributes
    ----------
    kind
        What it is.
    text
        A keyword or operator (in upper case), a name, a number as written, or the content of a
        quoted name or text.
    line, column
        Where it begins, both counted from 1.
    source
        What the query has there.
    """

    kind: Kind
    text: str
    line: int
    column: int
    source: str

    @property
    def place(self) -> tuple[int, int]:
        """The line and the column."""
        return self.line, self.column

    def __str__(self) -> str:
        if self.kind is Kind.END:
            return "the end of the query"
        shown = self.source if len(self.source) <= 40 else f"{self.source[:37]}…"
        return shown if shown[0] in "'\"" else f"'{shown}'"


_ADQL_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n\f\v]+|--[^\r\n]*)
  | (?P<word>(?i:mydb://)|[A-Za-z][A-Za-z0-9_]*)
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<text>'[^']*(?:''[^']*)*')
  | (?P<quoted>"[^"]*(?:""[^"]*)*")
  | (?P<operator><>|!=|<=|>=|\|\||/(?!\*)|[-+*=<>(),.;])
    """,
    re.VERBOSE,
)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")

# What other dialects write, and what ADQL has instead.
_ADQL_FOREIGN = (
    ("::", "ADQL has no '::'.", "Write CAST(x AS TYPE)."),
    ("/*", "ADQL has no /* comments */.", "Begin a comment with -- and end it with the line."),
    ("#", "ADQL has no comments with '#'.", "Begin a comment with --."),
    ("`", "Names are not quoted with ` in ADQL.", 'Use double quotes: "name".'),
    ("[", "ADQL has no brackets.", 'Quote a name with double quotes: "name".'),
    ("“", "“ is a typographic quote.", "Use straight quotes: 'text' or \"name\"."),
    ("”", "” is a typographic quote.", "Use straight quotes: 'text' or \"name\"."),
    ("‘", "‘ is a typographic quote.", "Use straight quotes: 'text' or \"name\"."),
    ("’", "’ is a typographic quote.", "Use straight quotes: 'text' or \"name\"."),
    ("−", "− is a typographic minus sign.", "Use the hyphen of the keyboard: -."),
    ("–", "– is a dash, and no minus sign.", "Use the hyphen of the keyboard: -."),
    ("×", "× is a typographic sign.", "Write *."),
    ("≤", "≤ is a typographic sign.", "Write <=."),
    ("≥", "≥ is a typographic sign.", "Write >=."),
    ("≠", "≠ is a typographic sign.", "Write <>."),
    ("\u00a0", "A no-break space stands here.", "Replace it by a plain space."),
    ("%", "ADQL has no operator '%'.", "Write MOD(x, y)."),
    ("&", "ADQL has no operator '&'.", "Combine conditions with AND; ADQL has no bit operations."),
    ("|", "ADQL has no operator '|'.", "Combine conditions with OR; join texts with ||."),
    ("^", "ADQL has no operator '^'.", "Write POWER(x, y)."),
    ("~", "ADQL has no operator '~'.", "Compare texts with LIKE or ILIKE."),
    ("!", "ADQL has no operator '!'.", "Write NOT before a condition, or <> for 'differs from'."),
    ("?", "A query has no parameters.", "Write the value itself in the place of '?'."),
    ("$", "A query has no parameters.", "Write the value itself in the place of '$'."),
    (":", "A query has no parameters.", "Write the value itself in the place of ':'."),
    ("_", "A name cannot begin with '_'.", "Put it in double quotes."),
    ("\\", "ADQL has no '\\'.", "In a text, double a quote to have one: 'it''s'."),
)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the texts of a language are made of.

    Attributes
    ----------
    language
        Its name.
    reserved
        The words that are no names, in upper case.
    token
        The pattern of a token; its groups are space, word, number, text, quoted and operator.
    foreign
        The signs of other dialects that it does not have, with a sentence and a hint for each.
    longest
        The most characters of a query.
    """

    language: str
    reserved: frozenset[str]
    token: re.Pattern[str]
    foreign: tuple[tuple[str, str, str], ...]
    longest: int = _LONGEST


ADQL = Lexicon("ADQL", RESERVED, _ADQL_TOKEN, _ADQL_FOREIGN)


def tokenize(text: str, lexicon: Lexicon = ADQL) -> list[Token]:
    """Cut a query into tokens; the last one is the end.

    Raises
    ------
    AdqlError
        For anything that is no token of the language.
    """
    if len(text) > lexicon.longest:
        raise AdqlError(
            f"The query has {len(text):,} characters; at most {lexicon.longest:,} are read.",
            1,
            1,
            "Shorten it, for instance by joining with a table in place of a long IN list.",
        )
    next_token, reserved = lexicon.token.match, lexicon.reserved
    tokens: list[Token] = []
    position, line, line_start = 0, 1, 0
    if unprintable := _UNPRINTABLE.search(text):
        raise _invisible(text, unprintable.start())
    while position < len(text):
        match = next_token(text, position)
        column = position - line_start + 1
        if match is None:
            raise _unreadable(lexicon, text, position, line, column)
        source, group = match[0], match.lastgroup
        position = match.end()
        if source == " ":
            continue
        if group == "word":
            upper = source.upper()
            if upper in reserved:
                tokens.append(Token(Kind.KEYWORD, upper, line, column, source))
            else:
                tokens.append(Token(Kind.NAME, source, line, column, source))
        elif group == "operator":
            tokens.append(Token(Kind.OPERATOR, source, line, column, source))
        elif group == "number":
            tokens.append(_number(text, source, position, line, column))
        elif group != "space":
            tokens.append(_quotation(source, line, column))
        if group in ("space", "text", "quoted") and (
            newlines := [match.start() + n.end() for n in _NEWLINE.finditer(source)]
        ):
            line += len(newlines)
            line_start = newlines[-1]
    tokens.append(Token(Kind.END, "", line, position - line_start + 1, ""))
    return tokens


def _invisible(text: str, position: int) -> AdqlError:
    newlines = [n.end() for n in _NEWLINE.finditer(text, 0, position)]
    return AdqlError(
        f"The character U+{ord(text[position]):04X} cannot stand in a query.",
        len(newlines) + 1,
        position - (newlines[-1] if newlines else 0) + 1,
        "It is invisible: delete what stands here and type it again.",
    )


def _number(text: str, source: str, end: int, line: int, column: int) -> Token:
    if end < len(text) and (text[end].isalnum() or text[end] in "_."):
        tail = re.compile(r"[\w.]*").match(text, end)
        written = source + (tail[0] if tail else "")
        hint = "Put a name that begins with a digit in double quotes."
        if written[:2] in ("0x", "0X"):
            hint = "There are no hexadecimal numbers: write it in decimal."
        raise AdqlError(f"'{written}' is no number.", line, column, hint)
    kind = Kind.INTEGER if source.isdigit() else Kind.DECIMAL
    return Token(kind, source, line, column, source)


def _quotation(source: str, line: int, column: int) -> Token:
    quote = source[0]
    content = source[1:-1].replace(quote * 2, quote)
    if quote == "'":
        return Token(Kind.TEXT, content, line, column, source)
    if not content:
        raise AdqlError('A name is missing between "".', line, column, 'Write it: "name".')
    return Token(Kind.QUOTED_NAME, content, line, column, source)


def _unreadable(lexicon: Lexicon, text: str, position: int, line: int, column: int) -> AdqlError:
    rest = text[position : position + 2]
    if rest[0] == "'":
        return AdqlError(
            "The text that begins here does not end.",
            line,
            column,
            "Close it with '; a quote inside a text is doubled: 'it''s'.",
        )
    if rest[0] == '"':
        return AdqlError(
            "The name that begins here does not end.", line, column, 'Close it with ".'
        )
    for sign, message, hint in lexicon.foreign:
        if rest.startswith(sign):
            return AdqlError(message, line, column, hint)
    if rest[0].isalpha():
        return AdqlError(
            f"'{rest[0]}' cannot stand in a plain name, which has only the letters A to Z.",
            line,
            column,
            "Put the whole name in double quotes.",
        )
    return AdqlError(
        f"'{rest[0]}' (U+{ord(rest[0]):04X}) has no meaning in {lexicon.language}.",
        line,
        column,
        "Delete it, or put it in quotes if it belongs to a name or a text.",
    )
