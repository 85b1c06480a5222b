"""The grammar of queries: SELECT, FROM, joins, set operations, WITH (ADQL 2.1, appendix A)."""

from __future__ import annotations

from collections.abc import Sequence

from datalab_backend.adql.from_clause import FromClause
from datalab_backend.adql.lexer import Kind, Token
from datalab_backend.adql.signatures import declared
from datalab_backend.adql.tree import (
    CommonTable,
    Identifier,
    OrderTerm,
    Query,
    Select,
    SelectItem,
    SetOperation,
    Star,
    Value,
)
from datalab_backend.adql.words import did_you_mean, word_set

_LARGEST_COUNT = 2**31 - 1
_MOST_COLUMNS = 5000

_OTHER_STATEMENTS = word_set(
    "ALTER ANALYZE ATTACH BEGIN CALL CHECKPOINT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE "
    "DESCRIBE DETACH DROP EXEC EXECUTE EXPLAIN EXPORT FORCE GRANT IMPORT INSERT INSTALL LOAD "
    "MERGE PIVOT PRAGMA PREPARE REPLACE RESET REVOKE ROLLBACK SET SHOW SUMMARIZE TABLE TRUNCATE "
    "UNPIVOT UPDATE USE VACUUM VALUES"
)


def parse(text: str, udfs: Sequence[str] = ()) -> Query:
    """Read an ADQL 2.1 query.

    Parameters
    ----------
    text
        The query.
    udfs
        The signatures of functions that may be called besides those of ADQL, as in
        ``ivo_hasword(haystack VARCHAR, needle VARCHAR) -> INTEGER``.

    Returns
    -------
    Query
        The tree, as it was written.

    Raises
    ------
    AdqlError
        With the place, when the text is not one ADQL query.
    """
    functions = map(declared, udfs)
    return Parser(text, {function.name: function for function in functions}).whole_query()


class Parser(FromClause):
    """Reads queries."""

    def whole_query(self) -> Query:
        """Read the query up to the end of the text."""
        self._expect_select()
        query = self.query()
        self.accept_operator(";")
        if self.token.kind is Kind.END:
            return query
        if self.peek(-1).text == ";":
            raise self.error(
                "Only one query can be run, and a second statement begins here.",
                "Send them one after the other.",
            )
        raise self.unexpected("the end of the query")

    def _expect_select(self) -> None:
        token, word = self.token, self.token.text.upper()
        if token.kind is Kind.END:
            raise self.error(
                "The query is empty.", "Begin with SELECT, for instance SELECT TOP 10 *."
            )
        if self.at_query() or self.at_operator("("):
            return
        if word in _OTHER_STATEMENTS:
            raise self.error(
                f"Only SELECT can be run here, not {word}.",
                "A query reads tables; it cannot change, create or load anything.",
            )
        hint = did_you_mean(word, ("SELECT", "WITH")) if token.kind is Kind.NAME else ""
        raise self.error(
            f"A query begins with SELECT, not with {token}.", hint or "Write SELECT … FROM …"
        )

    def at_query(self) -> bool:
        """Whether SELECT or WITH is here."""
        return self.at_keyword("SELECT", "WITH")

    # Queries

    def query(self) -> Query:
        """Read a query up to its closing parenthesis."""
        start = self.token
        self.count_query(start)
        common_tables = self._common_tables() if self.at_keyword("WITH") else ()
        return self.rest_of_query(start, self._set_operation(), common_tables)

    def continue_query(self, first: Query) -> Query:
        """Read the set operation that begins with a query in parentheses."""
        start = Token(Kind.OPERATOR, "(", first.line, first.column, "(")
        return self.rest_of_query(start, self._set_operation(first), ())

    def rest_of_query(
        self,
        start: Token,
        body: Select | SetOperation | Query,
        common_tables: tuple[CommonTable, ...],
    ) -> Query:
        """Read what follows SELECT … or a set operation."""
        order_by = self.order_by()
        offset: int | None = None
        if self.accept_keyword("OFFSET"):
            offset = self.count("OFFSET")
        self.check_clause_order()
        return Query(*start.place, body, order_by, offset, common_tables)

    def check_clause_order(self) -> None:
        """Refuse a clause after those that it comes before, and a set operation after them."""
        word = self.token.text
        if self.at_keyword("FROM", "WHERE", "GROUP", "HAVING", "ORDER"):
            spelling = f"{word} BY" if word in ("GROUP", "ORDER") else word
            raise self.error(
                f"{spelling} cannot stand here.",
                "The order is SELECT … FROM … WHERE … GROUP BY … HAVING … ORDER BY … OFFSET, "
                "each once.",
            )
        if self.at_keyword("UNION", "EXCEPT", "INTERSECT"):
            raise self.error(
                f"{word} comes before ORDER BY and what follows it.",
                f"Put the query before it in parentheses: (SELECT … ORDER BY …) {word} …",
            )

    def _common_tables(self) -> tuple[CommonTable, ...]:
        self.advance()
        if self.token.kind is Kind.NAME and self.token.text.upper() == "RECURSIVE":
            raise self.error("There are no recursive queries here.", "Delete RECURSIVE.")
        if self._depth:
            raise self.error(
                "WITH stands only at the beginning of the whole query.", "Move it there."
            )
        tables = [self._common_table()]
        while self.accept_operator(","):
            tables.append(self._common_table())
        if not self.at_keyword("SELECT") and not self.at_operator("("):
            raise self.unexpected("SELECT after WITH …")
        return tuple(tables)

    def _common_table(self) -> CommonTable:
        name = self.identifier("the name of a query after WITH")
        if self.at_operator("("):
            raise self.error(
                "A query of WITH has no list of columns.", "Name them in its SELECT: x AS name."
            )
        self.expect_keyword("AS", f"WITH {name}")
        return CommonTable(*name.place, name, self._parenthesised_query("AS"))

    def _parenthesised_query(self, after: str) -> Query:
        self.open(after, 5)
        if not self.at_query() and not self.at_operator("("):
            raise self.unexpected("SELECT after (")
        query = self.query()
        self.close(5)
        return query

    def _set_operation(
        self, first: Select | SetOperation | Query | None = None
    ) -> Select | SetOperation | Query:
        left = self._intersection(first)
        while word := self.accept_keyword("UNION", "EXCEPT"):
            keep = self._keeps_duplicates()
            left = SetOperation(*left.place, word.text, keep, left, self._intersection())
        return left

    def _intersection(
        self, first: Select | SetOperation | Query | None = None
    ) -> Select | SetOperation | Query:
        left = first or self._set_operand()
        while self.accept_keyword("INTERSECT"):
            keep = self._keeps_duplicates()
            left = SetOperation(*left.place, "INTERSECT", keep, left, self._set_operand())
        return left

    def _keeps_duplicates(self) -> bool:
        if self.at_keyword("DISTINCT"):
            raise self.error(
                "DISTINCT cannot stand here.", "It is what happens without ALL: delete it."
            )
        self.combine("queries are combined")
        return self.accept_keyword("ALL") is not None

    def _set_operand(self) -> Select | Query:
        if self.at_operator("("):
            return self._parenthesised_query("")
        return self.select()

    # SELECT

    def select(self) -> Select:
        """Read SELECT … with its FROM, WHERE, GROUP BY and HAVING."""
        start = self.token
        if not self.accept_keyword("SELECT"):
            raise self.unexpected("SELECT")
        distinct = self.accept_keyword("DISTINCT") is not None
        if not distinct:
            self.accept_keyword("ALL")
        top = self.count("TOP") if self.accept_keyword("TOP") else None
        if self.at_keyword("DISTINCT", "ALL") and top is None:
            raise self.error(
                f"{self.token.text} cannot stand here.", "Write one of DISTINCT and ALL, or none."
            )
        if self.at_keyword("DISTINCT", "ALL"):
            raise self.error(
                f"{self.token.text} comes before TOP.", f"Write SELECT {self.token.text} TOP …"
            )
        items = self._items()
        if not self.accept_keyword("FROM"):
            self._no_from()
        tables = [self.table_reference()]
        while self.accept_operator(","):
            tables.append(self.table_reference())
        where = self.condition("WHERE") if self.accept_keyword("WHERE") else None
        group_by = self._group_by() if self.at_keyword("GROUP") else ()
        having = self.condition("HAVING") if self.accept_keyword("HAVING") else None
        return Select(*start.place, items, tuple(tables), distinct, top, where, group_by, having)

    def _no_from(self) -> None:
        if self.begins_operand():
            if misspelt := self.misspelt():
                raise misspelt
            raise self.error(
                f"A comma is missing before {self.token}.",
                "Columns are separated by commas; a column has at most one other name.",
            )
        if self.token.kind is Kind.END or self.at_keyword("WHERE", "GROUP", "ORDER", "HAVING"):
            raise self.error(
                "FROM is missing.", "A query names its tables: SELECT … FROM schema.table."
            )
        if self.token.kind is Kind.KEYWORD and self.peek().text in (",", "FROM"):
            raise self.reserved(self.token)
        raise self.unexpected("a comma or FROM")

    def count(self, word: str) -> int:
        """Read the number of rows after a word."""
        token = self.token
        if token.kind is not Kind.INTEGER:
            raise self.error(
                f"{word} is followed by a whole number, not by {token}.",
                f"Write {word} 10, without parentheses, sign or decimals.",
            )
        self.advance()
        if len(token.text.lstrip("0")) > 10 or int(token.text) > _LARGEST_COUNT:
            raise self.error(f"{word} {token.text} is too large.", f"Leave {word} out.", token)
        return int(token.text)

    def _items(self) -> tuple[SelectItem | Star, ...]:
        if self.at_keyword("FROM"):
            raise self.error("Nothing is selected.", "Name columns, or write * for all of them.")
        items = [self.item()]
        while comma := self.accept_operator(","):
            if self.at_keyword("FROM"):
                raise self.error(
                    "A column is missing after this comma.", "Delete the comma.", comma
                )
            if len(items) == _MOST_COLUMNS:
                raise self.error(
                    f"More than {_MOST_COLUMNS:,} columns are selected.",
                    "Select them in several queries.",
                )
            items.append(self.item())
        return tuple(items)

    def item(self) -> SelectItem | Star:
        """Read a column of the result."""
        start = self.token
        if self.accept_operator("*"):
            return Star(*start.place)
        if qualifier := self._qualified_star():
            return Star(*start.place, qualifier)
        value = self.expression("a column to select")
        return SelectItem(*start.place, value, self.alias("column"))

    def _qualified_star(self) -> tuple[Identifier, ...]:
        """The parts of ``a.b.*`` when that is what comes."""
        ahead = 0
        while self.peek(ahead).kind in (Kind.NAME, Kind.QUOTED_NAME):
            if self.peek(ahead + 1).text != "." or self.peek(ahead + 2).kind is Kind.END:
                return ()
            ahead += 2
        if ahead == 0 or self.peek(ahead).text != "*":
            return ()
        parts = self.dotted_name("a table")
        self.advance()
        self.advance()
        return parts

    def _group_by(self) -> tuple[Value, ...]:
        self.advance()
        self.expect_keyword("BY", "GROUP")
        terms = [self.expression("a column after GROUP BY")]
        while self.accept_operator(","):
            terms.append(self.expression("a column after the comma"))
        return tuple(terms)

    def order_by(self) -> tuple[OrderTerm, ...]:
        """Read ORDER BY, if it is here."""
        if not self.accept_keyword("ORDER"):
            return ()
        self.expect_keyword("BY", "ORDER")
        terms = [self.order_term()]
        while self.accept_operator(","):
            terms.append(self.order_term())
        return tuple(terms)

    def order_term(self) -> OrderTerm:
        """Read a term of ORDER BY."""
        value = self.expression("a column after ORDER BY")
        direction = self.accept_keyword("ASC", "DESC")
        if self.token.kind is Kind.NAME and self.token.text.upper() == "NULLS":
            raise self.error("ADQL has no NULLS FIRST or LAST.", "NULLs come last here.")
        return OrderTerm(*value.place, value, direction is not None and direction.text == "DESC")
