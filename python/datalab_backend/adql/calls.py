"""The grammar of calls: functions, aggregates and CAST."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import ClassVar

from datalab_backend.adql.cursor import Cursor
from datalab_backend.adql.functions import AGGREGATES, FUNCTIONS, HABITS, Function
from datalab_backend.adql.lexer import Kind, Token
from datalab_backend.adql.shape_text import named, region, shape
from datalab_backend.adql.tree import Aggregate, Call, Cast, Text, Value
from datalab_backend.adql.types import SHAPES
from datalab_backend.adql.udfs import UDFS
from datalab_backend.adql.words import did_you_mean
from datalab_backend.metadata import DataType

_CAST_TYPES = {
    word: DataType(word)
    for word in (
        *("SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE", "CHAR", "VARCHAR", "TIMESTAMP"),
        *("POINT", "CIRCLE", "POLYGON"),
    )
}


class Calls(Cursor):
    """Reads calls.

    Parameters
    ----------
    text
        The query.
    declared
        The functions that are known besides those of ADQL, by their names in upper case.
    """

    known: ClassVar[Mapping[str, Function]] = {**FUNCTIONS, **UDFS}
    """The allow-list: the functions by their names in upper case."""
    aggregates: ClassVar[Collection[str]] = AGGREGATES
    habits: ClassVar[Mapping[str, str]] = HABITS
    """What people call from habit, and what to write."""

    def __init__(self, text: str, declared: Mapping[str, Function]) -> None:
        super().__init__(text)
        self.functions = {**self.known, **declared} if declared else self.known

    @abstractmethod
    def expression(self, what: str) -> Value:
        """Read a value; `what` says which, should it be missing."""

    def call(self, start: Token) -> Value:
        """Read the arguments of a function whose name has been passed."""
        name = start.text.upper()
        if name == "IVO_STRING_AGG":
            return self.joined(start)
        if name == "IVO_HISTOGRAM":
            return self._histogram(start)
        if name == "IVO_SIMBADPOINT":
            return self._named(start)
        function = self.functions.get(name)
        if function is None:
            known = (*self.functions, *self.aggregates, "CAST")
            hint = self.habits.get(name) or did_you_mean(name, known)
            raise self.error(
                f"There is no function '{start.source}'.",
                hint or "Functions compute from the values of a row; none reads a file or waits.",
                start,
            )
        self.open(name)
        arguments: list[Value] = []
        if not self.at_operator(")"):
            arguments.append(self.expression(f"an argument of {name}"))
            while self.accept_operator(","):
                arguments.append(self.expression(f"an argument of {name} after the comma"))
        self.close()
        self.refuse_window()
        if name == "REGION" and len(arguments) == 1 and isinstance(arguments[0], Text):
            return region(arguments[0])
        return Call(*start.place, function, tuple(arguments))

    def refuse_window(self) -> None:
        """Refuse what would make a call that of a window function."""
        if self.token.kind is Kind.NAME and self.token.text.upper() == "OVER":
            raise self.error(
                "There are no window functions here.", "Use GROUP BY in a derived table."
            )

    def aggregate(self, start: Token) -> Value:
        """Read the argument of COUNT, SUM, AVG, MIN or MAX, whose name has been passed."""
        name = start.text.upper()
        self.open(name)
        distinct = self.accept_keyword("DISTINCT") is not None
        if not distinct:
            self.accept_keyword("ALL")
        argument: Value | None = None
        if self.at_operator("*"):
            if name != "COUNT" or distinct:
                raise self.error(
                    f"{name}({'DISTINCT ' if distinct else ''}*) has no meaning.",
                    f"Name the column: {name}({'DISTINCT ' if distinct else ''}x).",
                )
            self.advance()
        else:
            argument = self.expression(f"a column in {name}(…)")
        if self.at_operator(","):
            raise self.error(f"{name} takes one argument.", "Call it once for each column.")
        self.close()
        self.refuse_window()
        return Aggregate(*start.place, name, argument, distinct)

    def joined(self, start: Token) -> Aggregate:
        """Read ``ivo_string_agg(text, delimiter)`` (udf-catalogue 1.2)."""
        self.open(start.source)
        argument = self.expression(f"a text in {start.source}(…)")
        delimiter = self.advance() if self.accept_operator(",") else self.token
        if delimiter.kind is not Kind.TEXT or not self.at_operator(")"):
            raise self.error(
                f"{start.source} takes a text of each row, and one to put between them.",
                f"Write {start.source}(x, ', ').",
                start,
            )
        self.close()
        text = Text(*delimiter.place, delimiter.text)
        return Aggregate(*start.place, "IVO_STRING_AGG", argument, parameters=(text,))

    def _histogram(self, start: Token) -> Aggregate:
        """Read ``ivo_histogram(x, lower, upper, nbins)`` (udf-catalogue 1.2)."""
        self.open(start.source)
        arguments = [self.expression(f"a number in {start.source}(…)")]
        while self.accept_operator(","):
            arguments.append(self.expression(f"a number in {start.source}(…)"))
        self.close()
        if len(arguments) != 4:
            raise self.error(
                f"{start.source} takes 4 arguments, not {len(arguments)}.",
                f"Write {start.source}(x, lower, upper, nbins).",
                start,
            )
        value, *bins = arguments
        return Aggregate(*start.place, "IVO_HISTOGRAM", value, parameters=tuple(bins))

    def _named(self, start: Token) -> Call:
        """Read ``ivo_simbadpoint('name')`` (udf-catalogue 1.2)."""
        self.open(start.source)
        name = self.advance()
        if name.kind is not Kind.TEXT or not self.at_operator(")"):
            raise self.error(
                f"{start.source} takes the name of one object, as a text.",
                f"Write {start.source}('M 31').",
                start,
            )
        self.close()
        return named(Text(*name.place, name.text))

    def cast(self, start: Token) -> Value:
        """Read ``CAST(value AS type)``, whose first word has been passed."""
        self.open("CAST")
        operand = self.expression("a value in CAST(…)")
        self.expect_keyword("AS", "the value in CAST(…)")
        value = self.converted(start.place, operand)
        self.close()
        return value

    def converted(self, place: tuple[int, int], operand: Value) -> Value:
        """Read a type; the value as one of it."""
        datatype, length = self.datatype()
        if datatype in SHAPES and isinstance(operand, Text):
            return shape(operand, datatype)
        return Cast(*place, operand, datatype, length)

    def datatype(self) -> tuple[DataType, int | None]:
        """Read a type, and how many characters it has at most."""
        token = self.token
        datatype = _CAST_TYPES.get(token.text.upper())
        if datatype is None:
            raise self.error(
                f"A value cannot be cast to {token}.",
                "The types are SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, CHAR(n), "
                "VARCHAR(n), TIMESTAMP, POINT, CIRCLE and POLYGON.",
            )
        self.advance()
        length: int | None = None
        if datatype is DataType.DOUBLE:
            self.expect_keyword("PRECISION", "DOUBLE")
        elif datatype in (DataType.CHAR, DataType.VARCHAR) and self.at_operator("("):
            length = self.length(token)
        return datatype, length

    def length(self, of: Token) -> int:
        """Read the number of characters of a type, in parentheses."""
        self.open(of.text)
        token = self.token
        if token.kind is not Kind.INTEGER or len(token.text) > 9 or int(token.text) == 0:
            raise self.unexpected(f"a number of characters in {of.text}(…)")
        self.advance()
        self.close()
        return int(token.text)
