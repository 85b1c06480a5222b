"""The grammar of values and conditions in SQL, where each may stand for the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from datalab_backend.adql.expressions import Expressions
from datalab_backend.adql.lexer import Kind, Token
from datalab_backend.adql.literals import is_truth, truth
from datalab_backend.adql.precedence import (
    CONCATENATION,
    OR,
    POWER,
    PREDICATE,
    PRODUCT,
    SUM,
)
from datalab_backend.adql.sql_calls import SqlCalls
from datalab_backend.adql.sql_functions import SQL_FUNCTIONS
from datalab_backend.adql.sql_tree import (
    Answer,
    BitNot,
    BitOperation,
    Case,
    Distinct,
    Holds,
    SqlArithmetic,
    SqlInList,
    SqlLike,
    Truth,
    When,
)
from datalab_backend.adql.tree import (
    Arithmetic,
    Call,
    Cast,
    Comparison,
    Condition,
    Expression,
    InList,
    InQuery,
    IsNull,
    Like,
    Not,
    Number,
    Text,
    Value,
)
from datalab_backend.adql.words import word_set

# PostgreSQL 15, section 4.1.6: all operators without a place of their own bind like ||.
_OPERATORS = {
    **Expressions.operators,
    **dict.fromkeys(("&", "|", "#", "<<", ">>"), CONCATENATION),
    "%": PRODUCT,
    "^": POWER,
    "~": PREDICATE,
}
_CALLED = {"%": "MOD", "^": "POWER"}
_FUNCTION_WORDS = word_set("LEFT RIGHT")


class SqlExpressions(SqlCalls):
    """Reads values and conditions."""

    arithmetic_node: ClassVar[type[Arithmetic]] = SqlArithmetic
    like_node: ClassVar[type[Like]] = SqlLike
    list_node: ClassVar[type[InList]] = SqlInList
    operators: ClassVar[Mapping[str, int]] = _OPERATORS

    # Values for conditions, conditions for values

    def expression(self, what: str) -> Value:
        """Read a value, or a condition for its value."""
        return self._answer(self.climb(OR, what))

    def value(self, what: str = "a value", level: int = CONCATENATION) -> Value:
        """Read a value, of operators that bind as tightly as `level` or more."""
        return self._answer(self.climb(level, what))

    def condition(self, after: str) -> Condition:
        """Read a condition, or a value that is true or false."""
        return self.as_condition(self.climb(OR, f"a condition after {after}"), after)

    def _answer(self, node: Expression) -> Value:
        if isinstance(node, Value):
            return node
        return Answer(*node.place, _condition(node))

    def as_value(self, node: Expression) -> Value:
        """What stands before the operator that is here."""
        if self.at_keyword("IS"):
            return self._answer(node)
        return super().as_value(node)

    def as_condition(self, node: Expression, word: str) -> Condition:
        """What stands before or after a word that joins conditions."""
        return _condition(node)

    def parenthesis(self, what: str) -> Expression:
        """Read an expression or a query in parentheses."""
        # As a value, so that (a < b) = (c < d) is not taken for a < b = c < d.
        return self._answer(super().parenthesis(what))

    # Operators

    def combined(self, operator: Token, left: Value, right: Value) -> Value:
        """The value that an operator makes of two."""
        if name := _CALLED.get(operator.text):
            return Call(*left.place, SQL_FUNCTIONS[name], (left, right))
        if operator.text in ("&", "|", "#", "<<", ">>"):
            return BitOperation(*left.place, operator.text, left, right)
        return super().combined(operator, left, right)

    def predicate(self, left: Value) -> Condition:
        """Read what makes a condition of a value."""
        if self.at_keyword("IS") and self.peek().text != "NULL":
            return self._is(left)
        if self.at_operator("~"):
            raise self.error(
                "Regular expressions are not understood.", "Write LIKE 'a%' or ILIKE 'a%'."
            )
        return super().predicate(left)

    def _is(self, left: Value) -> Condition:
        """Read ``IS [NOT] NULL``, TRUE, FALSE, UNKNOWN or DISTINCT FROM."""
        self.advance()
        negated = self.accept_keyword("NOT") is not None
        if self.accept_keyword("NULL"):
            return IsNull(*left.place, left, negated)
        if word := self.accept_keyword("TRUE", "FALSE"):
            true = Truth(*word.place, word.text == "TRUE")
            return Distinct(*left.place, left, true, not negated)
        if self.accept_word("UNKNOWN"):
            return IsNull(*left.place, left, negated)
        if self.accept_keyword("DISTINCT"):
            self.expect_keyword("FROM", "IS DISTINCT")
            right = self.value("a value after IS DISTINCT FROM")
            return Distinct(*left.place, left, right, negated)
        raise self.error(
            f"IS is followed by NULL, TRUE, FALSE or DISTINCT FROM, not by {self.token}.",
            "Compare values with =.",
        )

    def comparison(self, left: Value) -> Condition:
        """Read a comparison from its operator on."""
        if self.peek().text in ("ANY", "SOME") and self.token.text == "=":
            return self._any(left)
        node = super().comparison(left)
        if not isinstance(node, Comparison) or node.operator not in ("=", "<>"):
            return node
        # 't' = q3c_radial_query(…) is the condition itself, of which an engine can make more.
        for answer, literal in ((node.left, node.right), (node.right, node.left)):
            if isinstance(answer, Answer) and (true := _truth(literal)) is not None:
                if true == (node.operator == "="):
                    return answer.condition
                return Not(*node.place, answer.condition)
        return node

    def _any(self, left: Value) -> Condition:
        """Read ``= ANY (query)`` or ``= ANY (ARRAY[…])``, which is IN."""
        self.advance()
        word = self.advance()
        self.open(word.text)
        if self.at_query():
            query = self.query()
            self.close()
            return InQuery(*left.place, left, query)
        if not self.accept_keyword("ARRAY") or not self.accept_operator("["):
            raise self.unexpected(f"SELECT or ARRAY[…] after {word.text} (")
        items = [self.value("a value in ARRAY[…]")]
        while self.accept_operator(","):
            items.append(self.value("a value in ARRAY[…]"))
        if not self.accept_operator("]"):
            raise self.unexpected("] after the values of the array")
        self.close()
        return InList(*left.place, left, tuple(items))

    # Operands

    def primary(self, what: str) -> Expression:
        """Read an operand without signs, and the casts after it."""
        token = self.token
        if token.kind is Kind.TEXT:
            self.advance()
            if self.token.kind is Kind.TEXT:
                raise self.error("Two texts stand in a row.", "Join them with ||, or add a comma.")
            node: Expression = Text(*token.place, token.text, untyped=True)
        elif self.accept_operator("~"):
            self.descend(token)
            node = BitNot(*token.place, self.value("a whole number after ~", SUM))
            self.ascend()
        elif token.kind is Kind.KEYWORD and token.text in ("CASE", "TRUE", "FALSE", "CAST"):
            self.advance()
            if token.text == "CAST":
                node = self.cast(token)
            elif token.text == "CASE":
                node = self._case(token)
            else:
                node = Truth(*token.place, token.text == "TRUE")
        elif token.kind is Kind.NAME and self.peek().kind is Kind.TEXT and self._is_typed(token):
            datatype, _ = self.datatype()
            text = self.advance()
            node = Cast(*token.place, Text(*text.place, text.text), datatype)
        else:
            node = super().primary(what)
        while self.at_operator("::"):
            self.descend(self.advance())
            node = self.converted(node.place, self._answer(node))
            self.ascend()
        return node

    def _is_typed(self, token: Token) -> bool:
        """Whether a text of a type comes: ``date '2016-01-01'``."""
        return token.text.upper() in ("DATE", "TIMESTAMP")

    def keyword(self, what: str) -> Value:
        """Read an operand that begins with a keyword."""
        # LEFT and RIGHT join tables and cut texts.
        if self.token.text in _FUNCTION_WORDS and self.peek().text == "(":
            return self.call(self.advance())
        return super().keyword(what)

    def _case(self, start: Token) -> Case:
        self.descend(start, 2)
        operand = None if self.at_keyword("WHEN") else self.expression("a value after CASE")
        whens: list[When] = []
        while word := self.accept_keyword("WHEN"):
            test: Expression = (
                self.expression("a value after WHEN") if operand else self.condition("WHEN")
            )
            self.expect_keyword("THEN", "WHEN …")
            whens.append(When(*word.place, test, self.expression("a value after THEN")))
        if not whens:
            raise self.unexpected("WHEN after CASE")
        otherwise = self.expression("a value after ELSE") if self.accept_keyword("ELSE") else None
        self.expect_keyword("END", "the cases of CASE")
        self.ascend(2)
        return Case(*start.place, tuple(whens), operand, otherwise)


def _condition(node: Expression) -> Condition:
    """A condition, or a value as one; the checker finds out whether it is true or false."""
    if isinstance(node, Condition):
        return node
    if isinstance(node, Answer):
        return node.condition
    if isinstance(node, Value):
        return Holds(*node.place, node)
    raise TypeError(node)


def _truth(value: Value) -> bool | None:
    """What a literal says of a condition that it is compared with."""
    if isinstance(value, Truth):
        return value.value
    if isinstance(value, Text | Number) and is_truth(value):
        return truth(value)
    return None
