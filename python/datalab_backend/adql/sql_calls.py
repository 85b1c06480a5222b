"""The grammar of calls in SQL: q3c, PostgreSQL's functions and its types."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from datalab_backend.adql.functions import Function
from datalab_backend.adql.lexer import Kind, Lexicon, Token
from datalab_backend.adql.literals import number_of
from datalab_backend.adql.parser import Parser
from datalab_backend.adql.sql_functions import (
    AGGREGATES,
    DATE_PARTS,
    Q3C_USAGE,
    SQL_FUNCTIONS,
    SQL_HABITS,
    TRUNCATED_PARTS,
    q3c,
)
from datalab_backend.adql.sql_tree import Answer, Case, When
from datalab_backend.adql.sql_words import MISPLACED, SQL, TYPES_HINT
from datalab_backend.adql.tree import (
    Aggregate,
    Call,
    Cast,
    Comparison,
    Negative,
    Null,
    Number,
    Text,
    Value,
)
from datalab_backend.metadata import DataType

_TYPES = {
    **dict.fromkeys(("SMALLINT", "INT2"), DataType.SMALLINT),
    **dict.fromkeys(("INTEGER", "INT", "INT4"), DataType.INTEGER),
    **dict.fromkeys(("BIGINT", "INT8"), DataType.BIGINT),
    **dict.fromkeys(("REAL", "FLOAT4"), DataType.REAL),
    **dict.fromkeys(("DOUBLE", "FLOAT", "FLOAT8", "NUMERIC", "DECIMAL"), DataType.DOUBLE),
    **dict.fromkeys(("VARCHAR", "TEXT", "CHAR", "CHARACTER", "BPCHAR"), DataType.VARCHAR),
    **dict.fromkeys(("BOOLEAN", "BOOL"), DataType.BOOLEAN),
    **dict.fromkeys(("TIMESTAMP", "DATE"), DataType.TIMESTAMP),
}


class SqlCalls(Parser):
    """Reads calls."""

    lexicon: ClassVar[Lexicon] = SQL
    misplaced: ClassVar[Mapping[str, str]] = MISPLACED
    known: ClassVar[Mapping[str, Function]] = SQL_FUNCTIONS
    aggregates: ClassVar[Collection[str]] = AGGREGATES
    habits: ClassVar[Mapping[str, str]] = SQL_HABITS
    # A level takes more of Python's stack than in ADQL.
    deepest: ClassVar[int] = 70

    def at_word(self, *words: str) -> bool:
        """Whether one of the words is here that are reserved in no place but this."""
        return self.token.kind is Kind.NAME and self.token.text.upper() in words

    def accept_word(self, *words: str) -> Token | None:
        """Pass such a word if it is here."""
        return self.advance() if self.at_word(*words) else None

    def call(self, start: Token) -> Value:
        """Read a call whose name has been passed."""
        name = start.text.upper()
        if name in self.aggregates:
            return self.aggregate(start)
        if name in Q3C_USAGE:
            return self._q3c(name, start)
        match name:
            case "STRING_AGG":
                return self.joined(start)
            case "EXTRACT":
                return self._extract(start)
            case "SUBSTRING" | "POSITION" | "TRIM":
                return self._with_words(name, start)
        value = super().call(start)
        if name in ("DATE_PART", "DATE_TRUNC") and isinstance(value, Call):
            self._check_date_part(start, value.arguments[:1])
        return value

    def aggregate(self, start: Token) -> Value:
        """Read an aggregate whose name has been passed, with the FILTER that may follow."""
        read = super().aggregate(start)
        if not isinstance(read, Aggregate):
            return read
        aggregate = replace(read, name=AGGREGATES[read.name])
        if not self.accept_word("FILTER"):
            return aggregate
        # Rows that are left out count as NULL, which no aggregate sees.
        self.open("FILTER")
        self.expect_keyword("WHERE", "FILTER (")
        condition = self.condition("WHERE")
        self.close()
        kept = aggregate.argument or Number(*start.place, 1)
        return replace(
            aggregate, argument=Case(*start.place, (When(*start.place, condition, kept),))
        )

    def converted(self, place: tuple[int, int], operand: Value) -> Value:
        """Read a type; the value as one of it."""
        is_date = self.at_word("DATE")
        value = super().converted(place, operand)
        if is_date:
            return Call(*place, SQL_FUNCTIONS["DATE_TRUNC"], (Text(*place, "day"), value))
        if (
            isinstance(value, Cast)
            and value.datatype is DataType.DOUBLE
            and value.length is not None
        ):
            decimals = Number(*place, value.length)
            whole = replace(value, length=None)
            return Call(*place, SQL_FUNCTIONS["ROUND"], (whole, decimals))
        return value

    def datatype(self) -> tuple[DataType, int | None]:
        """Read a type by the names that PostgreSQL has for it."""
        token = self.token
        found = _TYPES.get(token.text.upper()) if token.kind is Kind.NAME else None
        if found is None:
            raise self.error(f"A value cannot be cast to {token}.", TYPES_HINT)
        self.advance()
        word, size = token.text.upper(), None
        is_exact = word in ("NUMERIC", "DECIMAL")
        if word == "DOUBLE" and not self.accept_word("PRECISION"):
            raise self.unexpected("PRECISION after DOUBLE", "Write DOUBLE PRECISION.")
        if word == "CHARACTER":
            self.accept_word("VARYING")
        if self.at_operator("("):
            size = self._size(token, is_exact)
        if word == "TIMESTAMP" and self.accept_keyword("WITH"):
            raise self.unexpected("no time zone", "Times are UTC here: write timestamp.")
        if word == "TIMESTAMP" and self.accept_word("WITHOUT"):
            self.accept_word("TIME")
            self.accept_word("ZONE")
        return found, size if is_exact or found is DataType.VARCHAR else None

    def _size(self, of: Token, decimals: bool) -> int:
        """Read the size of a type: the characters of a text, or the decimals of a number."""
        self.open(of.text)
        token = self.token
        if token.kind is not Kind.INTEGER or len(token.text) > 9 or int(token.text) == 0:
            raise self.unexpected(f"a number in {of.text}(…)")
        size = int(self.advance().text)
        if decimals:
            size = 0
            if self.accept_operator(","):
                size = self.count("the decimals of a number")
        self.close()
        return size

    # Calls with words between their arguments

    def _extract(self, start: Token) -> Value:
        self.open("EXTRACT")
        part = self.token
        if part.kind not in (Kind.NAME, Kind.TEXT) or self.peek().text != "FROM":
            raise self.unexpected("EXTRACT(part FROM time)", "Write EXTRACT(YEAR FROM time).")
        self.advance()
        self.advance()
        time = self.expression("a time after FROM")
        self.close()
        text = Text(*part.place, part.text.lower())
        self._check_date_part(start, (text,))
        return Call(*start.place, SQL_FUNCTIONS["DATE_PART"], (text, time))

    def _check_date_part(self, start: Token, parts: Sequence[Value]) -> None:
        known = TRUNCATED_PARTS if start.text.upper() == "DATE_TRUNC" else DATE_PARTS
        for part in parts:
            if not isinstance(part, Text) or part.value.lower() not in known:
                raise self.error(
                    f"{start.source} takes one of the parts of a time.",
                    f"They are {', '.join(sorted(known))}.",
                    start,
                )

    def _with_words(self, name: str, start: Token) -> Value:
        """Read SUBSTRING(x FROM a FOR n), POSITION(part IN x) or TRIM(x), or with commas."""
        self.open(name)
        if name == "TRIM" and self.at_keyword("BOTH", "LEADING", "TRAILING"):
            raise self.error("TRIM takes blanks from both ends here.", "Write TRIM(x).")
        arguments = [self.value(f"an argument of {name}")]
        while self.accept_operator(",") or self.accept_keyword(
            *(("FROM", "FOR") if name == "SUBSTRING" else ("IN",) if name == "POSITION" else ())
        ):
            arguments.append(self.value(f"an argument of {name}"))
        self.close()
        if name == "POSITION":
            return Call(*start.place, SQL_FUNCTIONS["STRPOS"], tuple(reversed(arguments)))
        return Call(*start.place, SQL_FUNCTIONS[name], tuple(arguments))

    # The functions of q3c (Koposov & Bartunov 2006, ASPC 351, 735), as the geometry of ADQL

    def _q3c(self, name: str, start: Token) -> Value:
        place, usage = start.place, Q3C_USAGE[name]
        self.open(start.text)
        arguments: list[Value] = []
        corners: tuple[Value, ...] | None = None
        while True:
            if name == "Q3C_POLY_QUERY" and len(arguments) == 2:
                corners = self._corners(usage)
                break
            arguments.append(self.expression(f"an argument of {start.text}"))
            if not self.accept_operator(","):
                break
        self.close()
        wanted = {"Q3C_DIST": 4, "Q3C_POLY_QUERY": 3}.get(name, 5)
        given = len(arguments) + (corners is not None)
        if given != wanted:
            raise self.error(
                f"{start.text} takes {wanted} arguments, not {given}.", f"Write {usage}.", start
            )
        if corners is not None:
            point = Call(*place, q3c(name, "POINT"), tuple(arguments))
            polygon = Call(*place, q3c(name, "POLYGON"), corners)
            inside = Call(*place, q3c(name, "CONTAINS"), (point, polygon))
            return Answer(*place, Comparison(*place, "=", inside, Number(*place, 1)))
        distance = Call(*place, q3c(name, "DISTANCE"), tuple(arguments[:4]))
        if name == "Q3C_DIST":
            return distance
        return Answer(*place, Comparison(*place, "<", distance, arguments[4]))

    def _corners(self, usage: str) -> tuple[Value, ...]:
        """Read ``ARRAY[…]``, or an array in a text: ``'{…}'``."""
        start = self.token
        corners: list[Value] = []
        if self.accept_keyword("ARRAY"):
            if not self.accept_operator("["):
                raise self.unexpected("[ after ARRAY")
            corners.append(self.expression("a number in ARRAY[…]"))
            while self.accept_operator(","):
                corners.append(self.expression("a number in ARRAY[…]"))
            if not self.accept_operator("]"):
                raise self.unexpected("] after the numbers of the array")
        elif start.kind is Kind.TEXT and re.fullmatch(r"\s*[{(].*[})]\s*", start.text, re.DOTALL):
            self.advance()
            if self.accept_operator("::"):
                self.advance()
            for part in re.sub(r"[{}()]", " ", start.text).split(","):
                found = number_of(Text(*start.place, part, untyped=True))
                if found is None:
                    raise self.error(f"{start} is no array of numbers.", f"Write {usage}.", start)
                number = Number(*start.place, abs(found))
                corners.append(Negative(*start.place, number) if found < 0 else number)
        else:
            raise self.unexpected("an array of numbers", f"Write {usage}.")
        if any(isinstance(corner, Null) for corner in corners):
            raise self.error("A polygon has no corner at NULL.", f"Write {usage}.", start)
        return tuple(corners)
