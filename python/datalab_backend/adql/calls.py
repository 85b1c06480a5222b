"""The grammar of calls: functions, aggregates and CAST."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from datalab_backend.adql.cursor import Cursor
from datalab_backend.adql.functions import AGGREGATES, FUNCTIONS, HABITS, Function
from datalab_backend.adql.lexer import Kind, Token
from datalab_backend.adql.shape_text import region, shape
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

    def __init__(self, text: str, declared: Mapping[str, Function]) -> None:
        super().__init__(text)
        self.functions = {**FUNCTIONS, **UDFS, **declared}

    @abstractmethod
    def value(self, what: str = "a value") -> Value:
        """Read a value; `what` says which, should it be missing."""

    def call(self, start: Token) -> Value:
        """Read the arguments of a function whose name has been passed."""
        name = start.text.upper()
        if name == "IVO_STRING_AGG":
            return self._joined(start)
        function = self.functions.get(name)
        if function is None:
            hint = HABITS.get(name) or did_you_mean(name, (*self.functions, *AGGREGATES, "CAST"))
            raise self.error(
                f"There is no function '{start.source}'.",
                hint or "Only the functions of ADQL can be called: they compute, and read no file.",
                start,
            )
        self.open(name)
        arguments: list[Value] = []
        if not self.at_operator(")"):
            arguments.append(self.value(f"an argument of {name}"))
            while self.accept_operator(","):
                arguments.append(self.value(f"an argument of {name} after the comma"))
        self.close()
        if self.token.kind is Kind.NAME and self.token.text.upper() == "OVER":
            raise self.error("ADQL has no window functions.", "Use GROUP BY in a derived table.")
        if name == "REGION" and len(arguments) == 1 and isinstance(arguments[0], Text):
            return region(arguments[0])
        return Call(*start.place, function, tuple(arguments))

    def aggregate(self) -> Aggregate:
        """Read COUNT, SUM, AVG, MIN or MAX."""
        start = self.advance()
        name = start.text
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
            argument = self.value(f"a column in {name}(…)")
        if self.at_operator(","):
            raise self.error(f"{name} takes one argument.", "Call it once for each column.")
        self.close()
        if self.token.kind is Kind.NAME and self.token.text.upper() == "OVER":
            raise self.error("ADQL has no window functions.", "Use GROUP BY in a derived table.")
        return Aggregate(*start.place, name, argument, distinct)

    def _joined(self, start: Token) -> Aggregate:
        """Read ``ivo_string_agg(text, delimiter)`` (udf-catalogue 1.2)."""
        self.open(start.source)
        argument = self.value(f"a text in {start.source}(…)")
        delimiter = self.advance() if self.accept_operator(",") else self.token
        if delimiter.kind is not Kind.TEXT or not self.at_operator(")"):
            raise self.error(
                f"{start.source} takes a text of each row, and one to put between them.",
                f"Write {start.source}(x, ', ').",
                start,
            )
        self.close()
        text = Text(*delimiter.place, delimiter.text)
        return Aggregate(*start.place, "IVO_STRING_AGG", argument, delimiter=text)

    def cast(self) -> Value:
        """Read ``CAST(value AS type)``."""
        start = self.advance()
        self.open("CAST")
        operand = self.value("a value in CAST(…)")
        self.expect_keyword("AS", "the value in CAST(…)")
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
            length = self._length(token)
        self.close()
        if datatype in SHAPES and isinstance(operand, Text):
            return shape(operand, datatype)
        return Cast(*start.place, operand, datatype, length)

    def _length(self, of: Token) -> int:
        self.open(of.text)
        token = self.token
        if token.kind is not Kind.INTEGER or len(token.text) > 9 or int(token.text) == 0:
            raise self.unexpected(f"a number of characters in {of.text}(…)")
        self.advance()
        self.close()
        return int(token.text)
