"""The grammar of values and conditions (ADQL 2.1, appendix A)."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from datalab_backend.adql.calls import Calls
from datalab_backend.adql.lexer import Kind, Token
from datalab_backend.adql.literals import comparing
from datalab_backend.adql.precedence import (
    AND,
    CONCATENATION,
    NOT,
    OR,
    PREDICATE,
    PRODUCT,
    SIGN,
    SUM,
)
from datalab_backend.adql.tree import (
    And,
    Arithmetic,
    Between,
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

_OPERATORS = {
    **dict.fromkeys(("=", "<>", "!=", "<", "<=", ">", ">="), PREDICATE),
    "||": CONCATENATION,
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), PRODUCT),
}
_KEYWORDS = {
    "OR": OR,
    "AND": AND,
    **dict.fromkeys(("NOT", "BETWEEN", "IN", "LIKE", "ILIKE", "IS"), PREDICATE),
}
_LARGEST_BIGINT = 2**63 - 1
_MAX_CHAIN = 100


class Expressions(Calls):
    """Reads values and conditions."""

    arithmetic_node: ClassVar[type[Arithmetic]] = Arithmetic
    like_node: ClassVar[type[Like]] = Like
    list_node: ClassVar[type[InList]] = InList
    operators: ClassVar[Mapping[str, int]] = _OPERATORS
    """How tightly each of them binds."""

    @abstractmethod
    def query(self) -> Query:
        """Read a query up to its closing parenthesis."""

    @abstractmethod
    def at_query(self) -> bool:
        """Whether a query begins here."""

    @abstractmethod
    def continue_query(self, first: Query) -> Query:
        """Read what follows a query in parentheses that is part of a larger one."""

    def expression(self, what: str) -> Value:
        """Read a whole value, where nothing but a value can stand."""
        start = self.token
        return self._valued(self.climb(CONCATENATION, what), start)

    def value(self, what: str = "a value", level: int = CONCATENATION) -> Value:
        """Read a value, of operators that bind as tightly as `level` or more."""
        start = self.token
        return self._valued(self.climb(level, what), start)

    def _valued(self, node: Expression, start: Token) -> Value:
        if isinstance(node, Value):
            return node
        raise self.error("A condition stands where a value is expected.", "", start)

    def condition(self, after: str) -> Condition:
        """Read a condition; `after` is the word before it."""
        start = self.token
        node = self.climb(OR, f"a condition after {after}")
        if isinstance(node, Condition):
            return node
        raise self.error(
            f"{after} needs a condition, and this is only a value.", comparing(node), start
        )

    # Operators. A chain of operators is read in a loop and AND and OR hold any number of
    # conditions, so that the recursion is as deep as the parentheses and no deeper.

    def climb(self, level: int, what: str) -> Expression:
        """Read operands and the operators between them that bind as tightly as `level`."""
        left = self.operand(level, what)
        chain = 0
        while (binding := self.binding()) >= level:
            if binding in (OR, AND):
                left = self._connection(left, binding)
                continue
            if binding == PREDICATE:
                left = self.predicate(self.as_value(left))
                continue
            chain += 1
            if chain > _MAX_CHAIN:
                raise self.error(
                    f"More than {_MAX_CHAIN} operators stand in a row.",
                    "Compute parts of the expression in a derived table.",
                )
            operator = self.advance()
            value = self.as_value(left)
            right = self.value(f"a value after {operator}", binding + 1)
            left = self.combined(operator, value, right)
        return left

    def combined(self, operator: Token, left: Value, right: Value) -> Value:
        """The value that an operator makes of two."""
        if operator.text == "||":
            return Concatenation(*left.place, left, right)
        return self.arithmetic_node(*left.place, operator.text, left, right)

    def binding(self) -> int:
        """How tightly the operator that is here binds, 0 when there is none."""
        if self.token.kind is Kind.OPERATOR:
            return self.operators.get(self.token.text, 0)
        if self.token.kind is Kind.KEYWORD:
            return _KEYWORDS.get(self.token.text, 0)
        return 0

    def as_value(self, node: Expression) -> Value:
        """What stands before the operator that is here."""
        if isinstance(node, Value):
            return node
        if self.binding() == PREDICATE:
            raise self.error(
                f"A condition cannot be compared, as {self.token} does here.",
                "Join two conditions with AND, for instance a < b AND b < c.",
            )
        raise self.error(f"{self.token} needs values, and a condition stands before it.")

    def as_condition(self, node: Expression, word: str) -> Condition:
        """What stands before or after a word that joins conditions."""
        if isinstance(node, Condition):
            return node
        raise AdqlError(
            f"{word} needs a condition, and this is only a value.", *node.place, comparing(node)
        )

    def _connection(self, left: Expression, binding: int) -> Condition:
        word = self.token.text
        operands = [self.as_condition(left, word)]
        while self.accept_keyword(word):
            right = self.climb(binding + 1, f"a condition after {word}")
            operands.append(self.as_condition(right, word))
        node = And if binding == AND else Or
        return node(*operands[0].place, tuple(operands))

    # Predicates

    def predicate(self, left: Value) -> Condition:
        """Read what makes a condition of a value."""
        if self.token.kind is Kind.OPERATOR:
            return self.comparison(left)
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
            return self.like_node(*left.place, left, pattern, word.text == "ILIKE", negated)
        raise self.unexpected("BETWEEN, IN, LIKE or ILIKE after NOT")

    def comparison(self, left: Value) -> Condition:
        """Read a comparison from its operator on."""
        operator = self.advance()
        if self.at_operator("="):
            raise self.error("'==' is no operator.", "Compare values with a single =.", operator)
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
        return self.list_node(*left.place, left, tuple(items), negated)

    # Operands

    def operand(self, level: int, what: str) -> Expression:
        """Read what stands between two operators, with the signs before it."""
        token = self.token
        if token.kind is Kind.OPERATOR and token.text in "+-":
            self.advance()
            if self.at_operator("-") or self.at_operator("+"):
                raise self.error(
                    "Two signs stand in a row.", "Put the second in parentheses: -(-x)."
                )
            operand = self.value(f"a value after {token}", SIGN)
            return Negative(*token.place, operand) if token.text == "-" else operand
        if token.kind is Kind.KEYWORD and level <= NOT:
            if self.accept_keyword("NOT"):
                self.descend(token)
                condition = self.climb(NOT, "a condition after NOT")
                self.ascend()
                return Not(*token.place, self.as_condition(condition, "NOT"))
            if self.accept_keyword("EXISTS"):
                self.open("EXISTS")
                if not self.at_query():
                    raise self.unexpected("SELECT after EXISTS (")
                query = self._nested_query()
                self.close()
                return Exists(*token.place, query)
        return self.primary(what)

    def primary(self, what: str) -> Expression:
        """Read an operand without signs."""
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
            return self.parenthesis(what)
        if token.kind is Kind.KEYWORD:
            return self.keyword(what)
        if token.kind is Kind.OPERATOR and token.text == "*":
            raise self.error("'*' cannot stand here.", "Write COUNT(*), or list the columns.")
        raise self.unexpected(what)

    def parenthesis(self, what: str) -> Expression:
        """Read an expression or a query in parentheses."""
        start = self.open("")
        node: Expression
        if self.at_query():
            node = Subquery(*start.place, self._nested_query())
        else:
            node = self.climb(OR, what)
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
                    "Functions have no schema: write the name alone.",
                    start,
                )
            if not parts[0].is_quoted:
                return self.call(start)
        if len(parts) > 4:
            raise self.error(
                "This name has too many parts.", "Write schema.table.column or alias.column.", start
            )
        return ColumnName(*start.place, parts)

    def keyword(self, what: str) -> Value:
        """Read an operand that begins with a keyword."""
        token = self.token
        if token.text == "NULL":
            self.advance()
            return Null(*token.place)
        if self.peek().text == "(" and self.peek().kind is Kind.OPERATOR:
            if token.text in self.aggregates:
                return self.aggregate(self.advance())
            if token.text == "CAST":
                return self.cast(self.advance())
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


# Keywords before a parenthesis that are not meant as functions.
_NO_FUNCTION_NAMES = word_set(
    "ALL AND ANY AS BETWEEN BY CASE EXCEPT EXISTS FROM GROUP HAVING IN INTERSECT IS JOIN LIKE "
    "ILIKE NOT ON OR ORDER SELECT SOME THEN UNION USING VALUES WHERE WITH"
)
_CLAUSE_WORDS = word_set(
    "FROM WHERE GROUP HAVING ORDER OFFSET UNION EXCEPT INTERSECT ON USING JOIN INNER LEFT RIGHT "
    "FULL NATURAL AS AND OR BETWEEN IN IS LIKE ILIKE ASC DESC SELECT DISTINCT TOP EXISTS NOT"
)
