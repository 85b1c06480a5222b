"""SQL as Data Lab users write it: a second front on the tree of ADQL.

It reads what people write for the Data Lab's PostgreSQL with q3c. The tree, the checks and the
list of functions are those of ADQL with a few more; nothing else reaches an engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from datalab_backend.adql.from_clause import FromClause
from datalab_backend.adql.lexer import Kind, Token
from datalab_backend.adql.signatures import declared
from datalab_backend.adql.sql_expressions import SqlExpressions
from datalab_backend.adql.sql_tree import Case, Holds, Truth
from datalab_backend.adql.tree import (
    Aggregate,
    Cast,
    ColumnName,
    CommonTable,
    DerivedTable,
    Identifier,
    Join,
    Number,
    OrderTerm,
    Query,
    Select,
    SelectItem,
    SetOperation,
    Star,
    TableReference,
    Value,
)


def parse_sql(text: str, udfs: Sequence[str] = ()) -> Query:
    """Read a query in the SQL of the Data Lab.

    Parameters
    ----------
    text
        The query.
    udfs
        As for `parse`.

    Returns
    -------
    Query
        The tree.

    Raises
    ------
    AdqlError
        With the place, when the text is not one query.
    """
    functions = map(declared, udfs)
    return SqlParser(text, {function.name: function for function in functions}).whole_query()


class SqlParser(SqlExpressions):
    """Reads queries."""

    join_words: ClassVar[tuple[str, ...]] = (*FromClause.join_words, "CROSS")

    # What follows a query

    def rest_of_query(
        self,
        start: Token,
        body: Select | SetOperation | Query,
        common_tables: tuple[CommonTable, ...],
    ) -> Query:
        """Read ORDER BY, LIMIT and OFFSET."""
        order_by = self.order_by()
        limit, offset = self._limits()
        if self.at_keyword("FOR"):
            raise self.reserved(self.token)
        self.check_clause_order()
        return Query(*start.place, body, order_by, offset, common_tables, limit)

    def _limits(self) -> tuple[int | None, int | None]:
        """Read LIMIT, OFFSET and FETCH, in any order and each once."""
        limit: int | None = None
        offset: int | None = None
        while word := self.accept_keyword("LIMIT", "OFFSET", "FETCH"):
            if (limit if word.text != "OFFSET" else offset) is not None:
                raise self.error(f"{word.text} stands here a second time.", "Delete one.", word)
            if word.text == "OFFSET":
                offset = self.count("OFFSET")
                self.accept_word("ROW", "ROWS") or self.accept_keyword("ROW")
            elif word.text == "LIMIT":
                if not self.accept_keyword("ALL", "NULL"):
                    limit = self.count("LIMIT")
            else:
                limit = self._fetched()
        return limit, offset

    def _fetched(self) -> int:
        """Read the rest of ``FETCH FIRST n ROWS ONLY``."""
        self.accept_word("FIRST", "NEXT")
        count = self.count("FIRST") if self.token.kind is Kind.INTEGER else 1
        self.accept_word("ROWS") or self.accept_keyword("ROW")
        self.expect_keyword("ONLY", "FETCH FIRST n ROWS")
        return count

    def order_term(self) -> OrderTerm:
        """Read a term of ORDER BY."""
        value = self.expression("a column after ORDER BY")
        descending = self.at_keyword("DESC")
        self.accept_keyword("ASC", "DESC")
        # For PostgreSQL, NULL is greater than any value.
        nulls_first = descending
        if self.accept_word("NULLS"):
            word = self.accept_word("FIRST", "LAST")
            if word is None:
                raise self.unexpected("FIRST or LAST after NULLS")
            nulls_first = word.text.upper() == "FIRST"
        return OrderTerm(*value.place, value, descending, nulls_first)

    # SELECT

    def select(self) -> Select:
        """Read SELECT … with its FROM, WHERE, GROUP BY and HAVING."""
        select = super().select()
        groups = tuple(self._group(term, select.items) for term in select.group_by)
        return replace(select, group_by=groups)

    def _group(self, term: Value, items: Sequence[SelectItem | Star]) -> Value:
        """The value that a term of GROUP BY means; a whole number is a position."""
        if not isinstance(term, Number) or isinstance(term.value, float):
            return term
        if any(isinstance(item, Star) for item in items):
            message, hint = "A position counts columns, not what * stands for.", "Write its name."
        elif not 1 <= term.value <= len(items):
            message = f"There is no column {term.value} to group by."
            hint = f"Write a position from 1 to {len(items)}, or a name."
        else:
            item = items[int(term.value) - 1]
            if isinstance(item, SelectItem):
                return item.value
            raise TypeError(item)
        token = Token(Kind.INTEGER, str(term.value), *term.place, str(term.value))
        raise self.error(message, hint, token)

    def item(self) -> SelectItem | Star:
        """Read a column of the result."""
        start = self.token
        if self.at_keyword("ON"):
            raise self.error(
                "DISTINCT ON is not understood.",
                "Use GROUP BY with MIN(x), or LATERAL (SELECT … ORDER BY … LIMIT 1).",
            )
        item = super().item()
        if isinstance(item, SelectItem) and item.alias is None:
            name = _name(item.value, start)
            alias = Identifier(*start.place, name) if name else None
            return replace(item, alias=alias)
        return item

    # FROM

    def join(self, left: TableReference) -> Join:
        """Read a join from its first word on."""
        if word := self.accept_keyword("CROSS"):
            self.expect_keyword("JOIN", "CROSS")
            always = Holds(*word.place, Truth(*word.place, True))
            return Join(*left.place, "INNER", left, self.table(), on=always)
        join = super().join(left)
        if join.kind in ("RIGHT", "FULL") and _is_lateral(join.right):
            raise self.error(
                f"A {join.kind} JOIN cannot be LATERAL.", "Write JOIN or LEFT JOIN.", self.peek(-1)
            )
        return join

    def table(self) -> TableReference:
        """Read a table, or a query that may see those before it."""
        if self.at_keyword("ONLY", "TABLE"):
            raise self.error(f"{self.token.text} cannot stand here.", "Write the table's name.")
        if not self.accept_keyword("LATERAL"):
            return super().table()
        table = self.table_in_parentheses() if self.at_operator("(") else None
        if not isinstance(table, DerivedTable):
            raise self.unexpected("(SELECT …) after LATERAL", "Write LATERAL (SELECT …) AS t.")
        return replace(table, lateral=True)


def _is_lateral(table: TableReference) -> bool:
    return isinstance(table, DerivedTable) and table.lateral


def _name(value: Value, start: Token) -> str:
    """What PostgreSQL calls a column without another name; empty when ADQL calls it so, too."""
    match value:
        case Aggregate():
            return start.text.lower()
        case Case():
            return "case"
        case Cast(operand=ColumnName(parts=parts)):
            return parts[-1].name
    return ""
