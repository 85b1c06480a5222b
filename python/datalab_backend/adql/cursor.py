"""A place in the tokens of a query, and the sentences for what should not stand there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from datalab_backend.adql.lexer import ADQL, Kind, Lexicon, Token, tokenize
from datalab_backend.adql.tree import Identifier
from datalab_backend.adql.words import did_you_mean
from datalab_backend.errors import AdqlError

_MISPLACED = {
    "ALL": "ADQL has no ALL(…): compare with (SELECT MAX(x) …) or (SELECT MIN(x) …).",
    "ANY": "ADQL has no ANY(…): write x IN (SELECT …).",
    "CASE": "ADQL has no CASE: select the cases in separate queries.",
    "CROSS": "ADQL has no CROSS JOIN: write a comma between the tables.",
    "CURRENT_DATE": "ADQL has no clock: write the date as '2026-01-31T00:00:00'.",
    "CURRENT_TIMESTAMP": "ADQL has no clock: write the time as '2026-01-31T12:00:00'.",
    "ESCAPE": "LIKE has no ESCAPE in ADQL.",
    "FALSE": "ADQL has no FALSE: compare with 0.",
    "FETCH": "ADQL has TOP: write SELECT TOP 10 …",
    "INTO": "A query only reads. Save its result from the notebook.",
    "SOME": "ADQL has no SOME(…): write x IN (SELECT …).",
    "TRUE": "ADQL has no TRUE: compare with 1.",
}
_CLAUSES = ("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "OFFSET")


class Cursor:
    """Reads tokens one after the other.

    Parameters
    ----------
    text
        The query.
    """

    lexicon: ClassVar[Lexicon] = ADQL
    misplaced: ClassVar[Mapping[str, str]] = _MISPLACED
    """The words that are no expression, and what to do instead of writing them."""
    deepest: ClassVar[int] = 100
    """Levels of parentheses, calls and queries inside one another (a query counts for five)."""

    most_queries: ClassVar[int] = 24
    """Queries in the whole text: to plan many that depend on one another takes an engine minutes in
    which nothing stops it."""

    def __init__(self, text: str) -> None:
        self._tokens = tokenize(text, self.lexicon)
        self._index = 0
        self._depth = 0
        self._queries = 0
        self._open: list[Token] = []
        self.token = self._tokens[0]

    # Moving

    def peek(self, ahead: int = 1) -> Token:
        """The token after this one, or the one `ahead` of it; the end stays the end."""
        return self._tokens[min(self._index + ahead, len(self._tokens) - 1)]

    def advance(self) -> Token:
        """Go to the next token and return the one that was here."""
        token = self.token
        self._index += 1
        self.token = self._tokens[min(self._index, len(self._tokens) - 1)]
        return token

    def at_keyword(self, *words: str) -> bool:
        """Whether one of the keywords is here."""
        return self.token.kind is Kind.KEYWORD and self.token.text in words

    def at_operator(self, sign: str) -> bool:
        """Whether the operator is here."""
        return self.token.kind is Kind.OPERATOR and self.token.text == sign

    def accept_keyword(self, *words: str) -> Token | None:
        """Pass one of the keywords if it is here."""
        return self.advance() if self.at_keyword(*words) else None

    def accept_operator(self, sign: str) -> Token | None:
        """Pass the operator if it is here."""
        return self.advance() if self.at_operator(sign) else None

    def expect_keyword(self, word: str, after: str) -> Token:
        """Pass a keyword that has to be here."""
        if not self.at_keyword(word):
            raise self.unexpected(f"{word} after {after}", f"Write {word} here.")
        return self.advance()

    def open(self, after: str, cost: int = 1) -> Token:
        """Pass an opening parenthesis and go down a level."""
        token = self.token
        if not self.accept_operator("("):
            raise self.unexpected(f"( after {after}")
        self.descend(token, cost)
        self._open.append(token)
        return token

    def close(self, cost: int = 1) -> None:
        """Pass the closing parenthesis of `open` and come up again."""
        if not self.at_operator(")"):
            if self.at_keyword(*_CLAUSES) or self.at_operator(";"):
                raise self._not_closed()
            if self.begins_operand():
                raise self.error(
                    f"A comma or an operator is missing before {self.token}.",
                    "Parts of a list are separated by commas.",
                )
            raise self.unexpected(")")
        self.advance()
        self._open.pop()
        self._depth -= cost

    def descend(self, token: Token, cost: int = 1) -> None:
        """Count a level, and refuse one too many."""
        self._depth += cost
        if self._depth > self.deepest:
            raise self.error(
                "The query is nested too deeply here.",
                "Take the inner parts apart, for instance into a derived table.",
                token,
            )

    def count_query(self, token: Token) -> None:
        """Count a query, and refuse one too many."""
        self._queries += 1
        if self._queries > self.most_queries:
            raise self.error(
                f"There are more than {self.most_queries} queries in this one.",
                "Join derived tables instead, or run parts of it on their own.",
                token,
            )

    def ascend(self, cost: int = 1) -> None:
        """Come up from a level that had no parentheses."""
        self._depth -= cost

    # Names

    def at_name(self) -> bool:
        """Whether a name is here."""
        return self.token.kind in (Kind.NAME, Kind.QUOTED_NAME)

    def identifier(self, what: str) -> Identifier:
        """Pass a name that has to be here; `what` says whose."""
        token = self.token
        if not self.at_name():
            if token.kind is Kind.TEXT and what.startswith("the name"):
                raise self.error(
                    f"T{what[1:]} is expected here, not the text {token}.",
                    "Put names in double quotes, texts in single ones.",
                )
            if token.kind is Kind.KEYWORD and token.text not in _CLAUSES:
                raise self.reserved(token)
            raise self.unexpected(what)
        self.advance()
        return Identifier(*token.place, token.text, token.kind is Kind.QUOTED_NAME)

    def dotted_name(self, what: str) -> tuple[Identifier, ...]:
        """Pass a name with those before it: ``a.b.c``."""
        parts = [self.identifier(what)]
        while self.at_operator(".") and not (
            self.peek().kind is Kind.OPERATOR and self.peek().text == "*"
        ):
            self.advance()
            parts.append(self.identifier(f"a name after '{parts[-1]}.'"))
        return tuple(parts)

    # Refusing

    def error(self, message: str, hint: str = "", token: Token | None = None) -> AdqlError:
        """What is wrong at a token, by default the one that is here."""
        return AdqlError(message, *(token or self.token).place, hint)

    def reserved(self, token: Token) -> AdqlError:
        """What is wrong with a reserved word where a name is expected."""
        if token.text in self.misplaced:
            return self.error(f"{token.text} cannot stand here.", self.misplaced[token.text], token)
        return self.error(
            f"'{token.source}' is a reserved word of {self.lexicon.language}.",
            f'If it is a name, quote it: "{token.source}".',
            token,
        )

    def _not_closed(self) -> AdqlError:
        return self.error(
            "The parenthesis that opens here is not closed.", "Add a ).", self._open[-1]
        )

    def begins_operand(self) -> bool:
        """Whether a name, a number or a text is here."""
        return self.token.kind in (
            Kind.NAME,
            Kind.QUOTED_NAME,
            Kind.INTEGER,
            Kind.DECIMAL,
            Kind.TEXT,
        )

    def unexpected(self, expected: str, hint: str = "") -> AdqlError:
        """What is wrong with the token here: what was expected, and what may have been meant."""
        token, word = self.token, self.token.text.upper()
        if token.kind is Kind.NAME and word == "LIMIT":
            number = self.peek().source if self.peek().kind is Kind.INTEGER else "10"
            return self.error("ADQL has no LIMIT.", f"ADQL has TOP: write SELECT TOP {number} …")
        if token.kind is Kind.END and self._open:
            return self._not_closed()
        if token.kind is Kind.OPERATOR and token.text == ")" and not self._open:
            return self.error("This ) closes nothing.", "Delete it, or open a ( before.")
        if token.kind is Kind.OPERATOR and token.text == ";" and self.peek().kind is not Kind.END:
            return self.error(
                "Only one query can be run, and a second statement begins here.",
                "Send them one after the other.",
                self.peek(),
            )
        if token.kind is Kind.KEYWORD and token.text in self.misplaced:
            return self.reserved(token)
        if misspelt := self.misspelt():
            return misspelt
        return self.error(f"Expected {expected}, found {token}.", hint or self._guess())

    def misspelt(self) -> AdqlError | None:
        """A keyword that was taken for a name because of a slip of the keyboard."""
        for token, after in ((self.peek(-1), self.token), (self.token, self.peek())):
            if token.kind is not Kind.NAME or after.kind is not Kind.KEYWORD:
                continue
            if after.text == "BY" and (hint := did_you_mean(token.text, ("GROUP", "ORDER"))):
                return self.error(f"{token} is not expected here.", hint, token)
        for token in (self.peek(-1), self.token):
            if token.kind is Kind.NAME and (hint := did_you_mean(token.text, _KEYWORDS, 0.7)):
                return self.error(f"{token} is not expected here.", hint, token)
        return None

    def _guess(self) -> str:
        if self.token.kind is Kind.END:
            return "Complete the query."
        if self.begins_operand():
            return "A comma, an operator, AND or OR may be missing before it."
        return "Something may be missing before it, or it does not belong here."


_KEYWORDS = (
    *("SELECT", "FROM", "WHERE", "HAVING", "DISTINCT", "BETWEEN", "LIKE"),
    *("JOIN", "INNER JOIN", "LEFT JOIN", "NATURAL", "UNION", "INTERSECT", "EXCEPT", "EXISTS"),
)
