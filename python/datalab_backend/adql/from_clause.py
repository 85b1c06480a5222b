"""The grammar of FROM: tables, joins and queries in parentheses."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from datalab_backend.adql.expressions import Expressions
from datalab_backend.adql.lexer import Kind, Token
from datalab_backend.adql.tree import (
    DerivedTable,
    Identifier,
    Join,
    TableName,
    TableReference,
)

_SET_OPERATORS = ("UNION", "EXCEPT", "INTERSECT")
_JOIN_WORDS = ("NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "JOIN")
_OWN = "MYDB://"
_MAX_COMBINED = 50
"""Joins and set operations in one query; each lies one level deeper in the tree."""


class FromClause(Expressions):
    """Reads what stands in FROM."""

    join_words: ClassVar[tuple[str, ...]] = _JOIN_WORDS
    _combined = 0

    def combine(self, what: str) -> None:
        """Count a join or a set operation, and refuse one too many."""
        self._combined += 1
        if self._combined > _MAX_COMBINED:
            raise self.error(f"More than {_MAX_COMBINED} {what}.", "Take fewer.")

    def alias(self, of: str) -> Identifier | None:
        """Read the name that a column or table is given, if there is one."""
        if self.accept_keyword("AS"):
            return self.identifier(f"the name of the {of} after AS")
        if self.token.kind is Kind.QUOTED_NAME:
            return self.identifier(f"the name of the {of}")
        if self.token.kind is Kind.NAME and not self._at_limit():
            return self.identifier(f"the name of the {of}")
        return None

    def _at_limit(self) -> bool:
        return self.token.text.upper() == "LIMIT" and self.peek().kind is Kind.INTEGER

    def table_reference(self) -> TableReference:
        """Read a table with all that is joined to it."""
        left = self.table()
        while self.at_keyword(*self.join_words):
            self.combine("tables are joined")
            left = self.join(left)
        if self.at_keyword("CROSS"):
            raise self.reserved(self.token)
        return left

    def join(self, left: TableReference) -> Join:
        """Read a join from its first word on."""
        natural = self.accept_keyword("NATURAL") is not None
        kind = "INNER"
        if word := self.accept_keyword("INNER", "LEFT", "RIGHT", "FULL"):
            kind = word.text
            if kind != "INNER":
                self.accept_keyword("OUTER")
        start = self.token
        if not self.accept_keyword("JOIN"):
            raise self.unexpected("JOIN")
        right = self.table()
        if natural:
            if self.at_keyword("ON", "USING"):
                raise self.error(
                    f"A NATURAL JOIN has no {self.token.text}.", "Delete one of the two."
                )
            return Join(*left.place, kind, left, right, natural=True)
        if self.accept_keyword("ON"):
            return Join(*left.place, kind, left, right, on=self.condition("ON"))
        if self.accept_keyword("USING"):
            self.open("USING")
            using = [self.identifier("a column in USING (…)")]
            while self.accept_operator(","):
                using.append(self.identifier("a column in USING (…)"))
            self.close()
            return Join(*left.place, kind, left, right, using=tuple(using))
        raise self.error(
            "This JOIN does not say which rows belong together.",
            "Add ON a.x = b.x, USING (x), or begin it with NATURAL.",
            start,
        )

    def table(self) -> TableReference:
        """Read a table, or what stands for one in parentheses."""
        token = self.token
        if token.kind is Kind.NAME and token.text.upper() == _OWN:
            return self._own_table(self.advance())
        if self.at_operator("("):
            return self.table_in_parentheses()
        if token.kind is Kind.TEXT:
            raise self.error(
                f"A table is expected here, and {token} is a text.",
                "A query reads tables of this service, never files.",
            )
        parts = self.dotted_name("a table")
        if self.at_operator("("):
            raise self.error(
                f"There is no table function '{'.'.join(map(str, parts))}'.",
                "Only tables of this service and queries in parentheses can stand in FROM.",
                token,
            )
        if len(parts) > 3:
            raise self.error("This name has too many parts.", "Write schema.table.", token)
        return TableName(*token.place, parts, self.alias("table"))

    def _own_table(self, start: Token) -> TableReference:
        """Read the rest of ``mydb://name``, which is the table of that name in one's own schema.

        Data Lab users write it in both languages; ADQL itself has no such names.
        """
        table = self.table()
        if not isinstance(table, TableName) or len(table.parts) > 1:
            raise self.error("A name follows mydb://.", "Write mydb://my_table.", start)
        return replace(table, parts=(Identifier(*start.place, "mydb"), *table.parts))

    def table_in_parentheses(self) -> TableReference:
        """Read a query or a join in parentheses."""
        start = self.open("FROM", 5)
        if not self.at_query() and not self._at_set_operation():
            table = self.table_reference()
            if self.at_operator(","):
                raise self.error(
                    "A list of tables cannot stand in parentheses.", "Join them, with ON."
                )
            self.close(5)
            return table
        query = self.query()
        self.close(5)
        alias = self.alias("table")
        if alias is None:
            raise self.error(
                "A query in FROM needs a name.", "Write one after it: (SELECT …) AS t.", start
            )
        return DerivedTable(*start.place, query, alias)

    def _at_set_operation(self) -> bool:
        """Whether a query in parentheses comes that is the first part of a larger one."""
        ahead = 0
        while self.peek(ahead).text == "(":
            ahead += 1
        if not ahead or self.peek(ahead).text != "SELECT":
            return False
        depth, ahead = 1, 1
        while depth and self.peek(ahead).kind is not Kind.END:
            if self.peek(ahead).kind is Kind.OPERATOR:
                depth += (self.peek(ahead).text == "(") - (self.peek(ahead).text == ")")
            ahead += 1
        return self.peek(ahead).text in (*_SET_OPERATORS, "ORDER", "OFFSET")
