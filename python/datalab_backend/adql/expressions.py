"""The grammar of values and conditions (ADQL 2.1, appendix A)."""

from __future__ import annotations

import math
from abc import abstractmethod

from datalab_backend.adql.calls import Calls
from datalab_backend.adql.functions import AGGREGATES
from datalab_backend.adql.lexer import Kind
from datalab_backend.adql.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    ColumnName,
    Comparison,
    Concatenation,
    Condition,
    Exists,
    Expression,
    InList,
    InQuery,
    IsNull,
    Like,
    Negative,
    Not,
    Null,
    Number,
    Or,
    Query,
    Subquery,
    Text,
    Value,
)
from datalab_backend.adql.words import word_set
from datalab_backend.errors import AdqlError

# How tightly operators bind; NOT stands between AND and the predicates.
_OR, _AND, _NOT, _PREDICATE, _CONCATENATION, _SUM, _PRODUCT, _SIGN = range(1, 9)
_OPERATORS = {
    **dict.fromkeys(("=", "<>", "!=", "<", "<=", ">", ">="), _PREDICATE),
    "||": _CONCATENATION,
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/"), _PRODUCT),
}
_KEYWORDS = {
    "OR": _OR,
    "AND": _AND,
    **dict.fromkeys(("NOT", "BETWEEN", "IN", "LIKE", "ILIKE", "IS"), _PREDICATE),
}
_LARGEST_BIGINT = 2**63 - 1
_MAX_CHAIN = 100


class Expressions(Calls):
    """Reads values and conditions."""

    @abstractmethod
    def query(self) -> Query:
        """Read a query up to its closing parenthesis."""

    @abstractmethod
    def at_query(self) -> bool:
        """Whether a query begins here."""

    @abstractmethod
    def continue_query(self, first: Query) -> Query:
        """Read what follows a query in parentheses that is part of a larger one."""

    def value(self, what: str = "a value", level: int = _CONCATENATION) -> Value:
        """Read a value, of operators that bind as tightly as `level` or more."""
        start = self.token
        node = self._climb(level, what)
        if isinstance(node, Value):
            return node
        raise self.error("A condition stands where a value is expected.", "", start)

    def condition(self, after: str) -> Condition:
        """Read a condition; `after` is the word before it."""
        start = self.token
        node = self._climb(_OR, f"a condition after {after}")
        if isinstance(node, Condition):
            return node
        raise self.error(
            f"{after} needs a condition, and this is only a value.", _comparing(node), start
        )

    # Operators. A chain of operators is read in a loop and AND and OR hold any number of
    # conditions, so that the recursion is as deep as the parentheses and no deeper.

    def _climb(self, level: int, what: str) -> Expression:
        left = self._operand(level, what)
        chain = 0
        while (binding := self._binding()) >= level:
            if binding in (_OR, _AND):
                left = self._connection(left, binding)
                continue
            if binding == _PREDICATE:
                left = self._predicate(self._as_value(left))
                continue
            chain += 1
            if chain > _MAX_CHAIN:
                raise self.error(
                    f"More than {_MAX_CHAIN} operators stand in a row.",
                    "Compute parts of the expression in a derived table.",
                )
            operator = self.advance()
            value = self._as_value(left)
            right = self.value(f"a value after {operator}", binding + 1)
            if binding == _CONCATENATION:
                left = Concatenation(*value.place, value, right)
            else:
                left = Arithmetic(*value.place, operator.text, value, right)
        return left

    def _binding(self) -> int:
        if self.token.kind is Kind.OPERATOR:
            return _OPERATORS.get(self.token.text, 0)
        if self.token.kind is Kind.KEYWORD:
            return _KEYWORDS.get(self.token.text, 0)
        return 0

    def _as_value(self, node: Expression) -> Value:
        if isinstance(node, Value):
            return node
        if self._binding() == _PREDICATE:
            raise self.error(
                f"A condition cannot be compared, as {self.token} does here.",
                "Join two conditions with AND, for instance a < b AND b < c.",
            )
        raise self.error(f"{self.token} needs values, and a condition stands before it.")

    def _as_condition(self, node: Expression, word: str) -> Condition:
        if isinstance(node, Condition):
            return node
        raise AdqlError(
            f"{word} needs a condition, and this is only a value.", *node.place, _comparing(node)
        )

    def _connection(self, left: Expression, binding: int) -> Condition:
        word = self.token.text
        operands = [self._as_condition(left, word)]
        while self.accept_keyword(word):
            right = self._climb(binding + 1, f"a condition after {word}")
            operands.append(self._as_condition(right, word))
        node = And if binding == _AND else Or
        return node(*operands[0].place, tuple(operands))

    # Predicates

    def _predicate(self, left: Value) -> Condition:
        if self.token.kind is Kind.OPERATOR:
            return self._comparison(left)
        if self.accept_keyword("IS"):
            negated = self.accept_keyword("NOT") is not None
            if not self.accept_keyword("NULL"):
                raise self.error(
                    f"IS is followed by NULL or NOT NULL, not by {self.token}.",
                    "Compare values with =.",
                )
            return IsNull(*left.place, left, negated)
        negated = self.accept_keyword("NOT") is not None
        if self.accept_keyword("BETWEEN"):
            low = self.value("a value after BETWEEN")
            self.expect_keyword("AND", "the lower limit of BETWEEN")
            return Between(*left.place, left, low, self.value("a value after AND"), negated)
        if self.accept_keyword("IN"):
            return self._membership(left, negated)
        if word := self.accept_keyword("LIKE", "ILIKE"):
            pattern = self.value(f"a pattern after {word.text}")
            if self.at_keyword("ESCAPE"):
                raise self.reserved(self.token)
            return Like(*left.place, left, pattern, word.text == "ILIKE", negated)
        raise self.unexpected("BETWEEN, IN, LIKE or ILIKE after NOT")

    def _comparison(self, left: Value) -> Condition:
        operator = self.advance()
        if self.at_operator("="):
            raise self.error("'==' is no operator.", "ADQL compares with a single =.", operator)
        if operator.text == "=" and (self.at_operator(">") or self.at_operator("<")):
            sign = self.token.text
            raise self.error(f"'={sign}' is no operator.", f"Write {sign}=.", operator)
        right = self.value(f"a value after {operator}")
        sign = "<>" if operator.text == "!=" else operator.text
        for side in (left, right):
            if isinstance(side, Null):
                raise AdqlError(
                    "A comparison with NULL is never true.",
                    *side.place,
                    "Write IS NULL or IS NOT NULL.",
                )
        return Comparison(*left.place, sign, left, right)

    def _membership(self, left: Value, negated: bool) -> Condition:
        self.open("IN")
        if self.at_query():
            query = self._nested_query()
            self.close()
            return InQuery(*left.place, left, query, negated)
        items = [self.value("a value or a query in IN (…)")]
        if isinstance(items[0], Subquery) and self.at_keyword("UNION", "EXCEPT", "INTERSECT"):
            query = self.continue_query(items[0].query)
            self.close()
            return InQuery(*left.place, left, query, negated)
        while self.accept_operator(","):
            items.append(self.value("a value after the comma"))
        self.close()
        return InList(*left.place, left, tuple(items), negated)

    # Operands

    def _operand(self, level: int, what: str) -> Expression:
        token = self.token
        if token.kind is Kind.OPERATOR and token.text in "+-":
            self.advance()
            if self.at_operator("-") or self.at_operator("+"):
                raise self.error(
                    "Two signs stand in a row.", "Put the second in parentheses: -(-x)."
                )
            operand = self.value(f"a value after {token}", _SIGN)
            return Negative(*token.place, operand) if token.text == "-" else operand
        if token.kind is Kind.KEYWORD and level <= _NOT:
            if self.accept_keyword("NOT"):
                self.descend(token)
                condition = self._climb(_NOT, "a condition after NOT")
                self.ascend()
                return Not(*token.place, self._as_condition(condition, "NOT"))
            if self.accept_keyword("EXISTS"):
                self.open("EXISTS")
                if not self.at_query():
                    raise self.unexpected("SELECT after EXISTS (")
                query = self._nested_query()
                self.close()
                return Exists(*token.place, query)
        return self._primary(what)

    def _primary(self, what: str) -> Expression:
        token = self.token
        if token.kind is Kind.NAME or token.kind is Kind.QUOTED_NAME:
            return self._column_or_call()
        if token.kind is Kind.INTEGER or token.kind is Kind.DECIMAL:
            return self._number()
        if token.kind is Kind.TEXT:
            self.advance()
            if self.token.kind is Kind.TEXT:
                raise self.error("Two texts stand in a row.", "Join them with ||, or add a comma.")
            return Text(*token.place, token.text)
        if token.kind is Kind.OPERATOR and token.text == "(":
            return self._parenthesis(what)
        if token.kind is Kind.KEYWORD:
            return self._keyword(what)
        if token.kind is Kind.OPERATOR and token.text == "*":
            raise self.error("'*' cannot stand here.", "Write COUNT(*), or list the columns.")
        raise self.unexpected(what)

    def _parenthesis(self, what: str) -> Expression:
        start = self.open("")
        node: Expression
        if self.at_query():
            node = Subquery(*start.place, self._nested_query())
        else:
            node = self._climb(_OR, what)
            if isinstance(node, Subquery) and self.at_keyword("UNION", "EXCEPT", "INTERSECT"):
                node = Subquery(*start.place, self.continue_query(node.query))
            if self.at_operator(","):
                raise self.error(
                    "A list of values cannot stand here.", "Compare one value at a time."
                )
        self.close()
        return node

    def _nested_query(self) -> Query:
        self.descend(self.token, 4)
        query = self.query()
        self.ascend(4)
        return query

    def _number(self) -> Number:
        token = self.advance()
        if token.kind is Kind.DECIMAL:
            value = float(token.text)
            if math.isinf(value):
                raise self.error(
                    "This number is too large.", "The largest is about 1.8E308.", token
                )
            return Number(*token.place, value)
        digits = token.text.lstrip("0") or "0"
        if len(digits) > 19 or int(digits) > _LARGEST_BIGINT:
            raise self.error(
                f"{token} does not fit in 64 bits.", "Write it with a decimal point.", token
            )
        return Number(*token.place, int(digits))

    def _column_or_call(self) -> Value:
        start = self.token
        parts = self.dotted_name("a column")
        if self.at_operator("("):
            if len(parts) > 1:
                raise self.error(
                    f"There is no function '{'.'.join(map(str, parts))}'.",
                    "The functions of ADQL have no schema.",
                    start,
                )
            if not parts[0].is_quoted:
                return self.call(start)
        if len(parts) > 4:
            raise self.error(
                "This name has too many parts.", "Write schema.table.column or alias.column.", start
            )
        return ColumnName(*start.place, parts)

    def _keyword(self, what: str) -> Value:
        token = self.token
        if token.text == "NULL":
            self.advance()
            return Null(*token.place)
        if self.peek().text == "(" and self.peek().kind is Kind.OPERATOR:
            if token.text in AGGREGATES:
                return self.aggregate()
            if token.text == "CAST":
                return self.cast()
            if token.text in self.functions or token.text not in _NO_FUNCTION_NAMES:
                self.advance()
                return self.call(token)
        if token.text in ("DATE", "TIME", "TIMESTAMP") and self.peek().kind is Kind.TEXT:
            raise self.error(
                f"A timestamp is written without {token.text}.",
                "Write only the text: '2026-01-31T12:00:00'.",
            )
        if token.text in _CLAUSE_WORDS:
            raise self.unexpected(what)
        raise self.reserved(token)


def _comparing(value: Expression) -> str:
    if isinstance(value, Call) and value.function.name in ("CONTAINS", "INTERSECTS"):
        name = value.function.name
        return f"{name} gives 1 or 0: write 1 = {name}(…)."
    return "Compare it with something, for instance x > 0 or x IS NOT NULL."


# Keywords before a parenthesis that are not meant as functions.
_NO_FUNCTION_NAMES = word_set(
    "ALL AND ANY AS BETWEEN BY CASE EXCEPT EXISTS FROM GROUP HAVING IN INTERSECT IS JOIN LIKE "
    "ILIKE NOT ON OR ORDER SELECT SOME THEN UNION USING VALUES WHERE WITH"
)
_CLAUSE_WORDS = word_set(
    "FROM WHERE GROUP HAVING ORDER OFFSET UNION EXCEPT INTERSECT ON USING JOIN INNER LEFT RIGHT "
    "FULL NATURAL AS AND OR BETWEEN IN IS LIKE ILIKE ASC DESC SELECT DISTINCT TOP EXISTS NOT"
)
