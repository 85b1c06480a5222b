"""Reads ADQL into a form, or says which part of it a form cannot show.

Only what the form shows is told apart; values and other conditions are taken as they are written.
Whether they are right is for the service to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from datalab_toolkit.builder.form import (
    OPERATORS,
    Compare,
    Condition,
    Cone,
    Constant,
    Form,
    Like,
    Match,
    Missing,
    OneOf,
    Order,
    Output,
    Range,
    Written,
)
from datalab_toolkit.builder.names import requalified
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.metadata import is_reserved, unquoted
from datalab_toolkit.tokens import (
    Token,
    at_top,
    inside,
    position,
    split,
    tokens,
    without_parentheses,
    written,
)

_CLAUSES = ("FROM", "WHERE", "ORDER")
_NOT_SHOWN = ("GROUP", "HAVING", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "LIMIT")
_WORDS = {"GROUP": "GROUP BY", "ORDER": "ORDER BY"}

Letters = Mapping[str, str]


class NotShownError(DatalabError):
    """A query that the form cannot show.

    Parameters
    ----------
    what
        The part that cannot be shown.
    line
        Where it is, counted from 1.
    """

    def __init__(self, what: str, line: int) -> None:
        super().__init__(
            f"{what} cannot be shown in the form; line {line}.",
            "The text is run as it is.",
        )
        self.line = line


def read(text: str) -> Form:
    """Read a query.

    Raises
    ------
    NotShownError
        A part of it cannot be shown in the form.
    DatalabError
        It is no query.
    """
    return _Reader(text).form()


def read_conditions(text: str) -> tuple[Condition, ...]:
    """Read what may follow WHERE: the conditions that are all met."""
    reader = _Reader(text)
    reader.check_for_queries()
    return tuple(reader.condition(part, {}) for part in _conjuncts(tokens(text)))


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)

    def form(self) -> Form:
        found = self._tokens
        if not found:
            raise DatalabError("There is no query.", "Choose a table, or write SELECT …")
        if found[0].is_word("WITH"):
            raise self._not_shown("WITH", found[0])
        if not found[0].is_word("SELECT"):
            raise DatalabError("A query begins with SELECT.", "Such as SELECT * FROM schema.table")
        self.check_for_queries()
        clauses = self._clauses(found[1:])
        if "FROM" not in clauses:
            raise DatalabError("A query says FROM which table.", "Write FROM schema.table.")
        table, match, letters = self._from(clauses["FROM"])
        limit, items = self._limit(clauses["SELECT"])
        conditions, cone = self._where(clauses.get("WHERE", ()), letters, match is not None)
        return Form(
            table=table,
            outputs=self._outputs(items, letters),
            conditions=conditions,
            cone=cone,
            match=match,
            order=self._order(clauses.get("ORDER", ()), letters),
            limit=limit,
        )

    def check_for_queries(self) -> None:
        """Refuse a query in a query: its names are of other tables."""
        for before, token in pairwise(self._tokens):
            if before.is_sign("(") and token.is_word("SELECT"):
                raise self._not_shown("A query in a query", token)

    def _not_shown(self, what: str, at: Token) -> NotShownError:
        return NotShownError(what, position(self._text, at.start)[0])

    def _clauses(self, found: Sequence[Token]) -> dict[str, Sequence[Token]]:
        """The pieces of each clause by its first word."""
        clauses: dict[str, Sequence[Token]] = {}
        name, begin = "SELECT", 0
        for i, token in at_top(found):
            word = token.text.upper()
            if token.is_word(*_NOT_SHOWN):
                raise self._not_shown(_WORDS.get(word, word), token)
            if token.is_sign(";"):
                raise self._not_shown("A semicolon", token)
            if token.is_word(*_CLAUSES):
                clauses[name] = found[begin:i]
                if word in clauses or word == name:
                    raise DatalabError(f"The query has two times {_WORDS.get(word, word)}.")
                name, begin = word, i + 1
        clauses[name] = found[begin:]
        return clauses

    def _limit(self, found: Sequence[Token]) -> tuple[int | None, Sequence[Token]]:
        if found and found[0].is_word("DISTINCT", "ALL"):
            raise self._not_shown(found[0].text.upper(), found[0])
        if not found or not found[0].is_word("TOP"):
            return None, found
        if len(found) < 2 or not found[1].text.isdigit():
            raise DatalabError("TOP is followed by a number of rows.", "Such as TOP 100.")
        return int(found[1].text), found[2:]

    # ---- SELECT, ORDER BY ------------------------------------------------------------------------

    def _outputs(self, found: Sequence[Token], letters: Letters) -> tuple[Output, ...]:
        if len(found) == 1 and found[0].is_sign("*"):
            return ()
        return tuple(self._output(item, letters) for item in split(found, ","))

    def _output(self, item: Sequence[Token], letters: Letters) -> Output:
        name = ""
        if len(item) > 2 and item[-2].is_word("AS") and item[-1].is_name:
            name, item = item[-1].text, item[:-2]
        elif len(item) > 1 and _is_free(item[-1]) and _ends_a_value(item[-2]):
            name, item = item[-1].text, item[:-1]
        return Output(self._value(item, letters), name)

    def _order(self, found: Sequence[Token], letters: Letters) -> Order | None:
        if not found:
            return None
        if not found[0].is_word("BY"):
            raise DatalabError("ORDER is followed by BY.", "Such as ORDER BY ra.")
        first, *others = split(found[1:], ",")
        if others:
            raise self._not_shown(
                "Sorting by a second value", others[0][0] if others[0] else found[0]
            )
        descending = bool(first) and first[-1].is_word("DESC")
        if first and first[-1].is_word("ASC", "DESC"):
            first = first[:-1]
        return Order(self._value(first, letters), descending)

    def _value(self, found: Sequence[Token], letters: Letters) -> str:
        return requalified(self._text, without_parentheses(found), letters)

    # ---- FROM ------------------------------------------------------------------------------------

    def _from(self, found: Sequence[Token]) -> tuple[str, Match | None, dict[str, str]]:
        if len(lists := split(found, ",")) > 1:
            raise self._not_shown("A list of tables", lists[1][0] if lists[1] else found[0])
        table, alias, rest = self._table(found)
        if not rest:
            return table, None, dict.fromkeys(_names(table, alias), "")
        at = rest[0]
        keep_all = at.is_word("LEFT")
        words = ("LEFT", "OUTER") if keep_all else ("INNER",)
        while rest and rest[0].is_word(*words):
            rest = rest[1:]
        if not rest or not rest[0].is_word("JOIN"):
            raise self._not_shown(f"{at.text.upper()} after the table", at)
        other, second, rest = self._table(rest[1:])
        if not rest or not rest[0].is_word("ON"):
            raise self._not_shown("A join that is not by position", rest[0] if rest else at)
        letters = dict.fromkeys(_names(table, alias)[1:], "a") | dict.fromkeys(
            _names(other, second)[1:], "b"
        )
        if _names(table, alias)[-1] == _names(other, second)[-1]:
            raise DatalabError("Two tables have the same name.", "Write AS a and AS b behind them.")
        return table, self._match(other, keep_all, rest[1:], letters, rest[0]), letters

    def _table(self, found: Sequence[Token]) -> tuple[str, str, Sequence[Token]]:
        """A table's name, its alias, and what follows."""
        if not found:
            raise DatalabError("FROM is followed by the name of a table.")
        n = 1
        while n + 1 < len(found) and found[n].is_sign("."):
            n += 2
        if not all(token.is_name for token in found[:n:2]):
            raise self._not_shown("This table", found[0])
        name, rest = "".join(token.text for token in found[:n]), found[n:]
        if rest and rest[0].is_sign("("):
            raise self._not_shown("A function in place of a table", found[0])
        if len(rest) > 1 and rest[0].is_word("AS") and rest[1].is_name:
            return name, rest[1].text, rest[2:]
        if rest and _is_free(rest[0]):
            return name, rest[0].text, rest[1:]
        return name, "", rest

    def _match(
        self, table: str, keep_all: bool, on: Sequence[Token], letters: Letters, at: Token
    ) -> Match:
        """A join by position: ``[3600 *] DISTANCE(…) <= radius``."""
        text = requalified(self._text, without_parentheses(on), letters)
        found = tokens(text)
        in_arcsec = len(found) > 2 and found[0].text == "3600" and found[1].is_sign("*")
        if in_arcsec:
            found = found[2:]
        if not (len(found) > 2 and found[0].is_word("DISTANCE") and found[1].is_sign("(")):
            raise self._not_shown("A join that is not by DISTANCE", at)
        values, end = inside(found, 1)
        positions = _two_positions(text, values)
        radius = found[end + 1 :]
        limit = _number(radius[:1])
        if limit is not None and len(radius) == 3 and radius[1].is_sign("/"):
            by = _number(radius[2:])
            limit = limit / by if by else None
        elif len(radius) != 1:
            limit = None
        if positions is None or limit is None or not found[end].is_sign("<="):
            raise self._not_shown("This way of joining", at)
        return Match(table, float(limit if in_arcsec else limit * 3600), keep_all, *positions)

    # ---- WHERE -----------------------------------------------------------------------------------

    def _where(
        self, found: Sequence[Token], letters: Letters, matched: bool
    ) -> tuple[tuple[Condition, ...], Cone | None]:
        conditions: list[Condition] = []
        cone: Cone | None = None
        for part in _conjuncts(found):
            region = None if cone else _cone(requalified(self._text, part, letters), matched)
            if region is not None:
                cone = region
            else:
                conditions.append(self.condition(part, letters))
        return tuple(conditions), cone

    def condition(self, part: Sequence[Token], letters: Letters) -> Condition:
        """Tell the kind of a condition."""
        part = without_parentheses(part)
        if not part:
            raise DatalabError("A condition is empty.", "Write one, or remove the AND beside it.")
        text = requalified(self._text, part, letters)
        found = tokens(text)
        if found[0].is_word("NOT", "EXISTS") or len(split(found, "OR", "AND")) > 1:
            return Written(text)
        return _simple(text, found) or Written(text)


def _conjuncts(found: Sequence[Token]) -> list[Sequence[Token]]:
    """The conditions that are all met; one when there is an OR among them."""
    found = without_parentheses(found)
    if not found:
        return []
    if len(split(found, "OR")) > 1:
        return [found]
    parts = split(found, "AND")
    if len(parts) == 1:
        return [found]
    return [inner for part in parts for inner in (_conjuncts(part) or [part])]


def _simple(text: str, found: Sequence[Token]) -> Condition | None:
    """A value and what it is compared with; None when it is anything else."""
    for i, token in at_top(found):
        if i == 0 or not (token.is_sign(*OPERATORS, "!=") or token.kind == "word"):
            continue
        negated = token.is_word("NOT")
        word = found[i + 1] if negated and i + 1 < len(found) else token
        value, rest = written(text, found[:i]), found[i + 1 + negated :]
        if word.is_sign(*OPERATORS, "!="):
            constant = _constant(rest)
            operator = "<>" if word.text == "!=" else word.text
            return None if constant is None else Compare(value, operator, constant)
        if word.is_word("BETWEEN"):
            return None if negated else _range(value, rest)
        if word.is_word("IN"):
            return _one_of(value, rest, negated)
        if word.is_word("LIKE", "ILIKE"):
            pattern = _constant(rest)
            if not isinstance(pattern, str):
                return None
            return Like(value, pattern, word.is_word("ILIKE"), negated)
        if word.is_word("IS"):
            missing = len(rest) == 1
            if not (rest and rest[-1].is_word("NULL") and (missing or rest[0].is_word("NOT"))):
                return None
            is_column = all(t.is_name or t.is_sign(".") for t in found[:i])
            return Missing(value, missing) if is_column else None
    return None


def _range(value: str, rest: Sequence[Token]) -> Range | None:
    places = [i for i, token in enumerate(rest) if token.is_word("AND")]
    if len(places) != 1:
        return None
    low, high = _constant(rest[: places[0]]), _constant(rest[places[0] + 1 :])
    return None if low is None or high is None else Range(value, low, high)


def _one_of(value: str, rest: Sequence[Token], negated: bool) -> OneOf | None:
    if not rest or not rest[0].is_sign("("):
        return None
    listed, end = inside(rest, 0)
    constants = [_constant(part) for part in split(listed, ",")]
    if end != len(rest) or any(constant is None for constant in constants):
        return None
    return OneOf(value, tuple(c for c in constants if c is not None), negated)


def _constant(found: Sequence[Token]) -> Constant | None:
    if len(found) == 1 and found[0].kind == "text":
        return found[0].text[1:-1].replace("''", "'")
    return _number(found)


def _number(found: Sequence[Token]) -> int | float | None:
    sign = 1
    while len(found) > 1 and found[0].is_sign("-", "+"):
        sign = -sign if found[0].text == "-" else sign
        found = found[1:]
    if len(found) != 1 or found[0].kind != "number":
        return None
    text = found[0].text
    value = sign * (int(text) if text.isdigit() else float(text))
    return value if isinstance(value, int) or abs(value) < float("inf") else None


def _cone(text: str, matched: bool) -> Cone | None:
    """A condition that is a region of the sky: ``1 = CONTAINS(POINT(…), CIRCLE(…))``."""
    found = without_parentheses(tokens(text))
    if len(found) > 2 and found[-1].text == "1" and found[-2].is_sign("="):
        found = [*found[-1:], *found[-2:-1], *found[:-2]]
    head = ("1", "=", "CONTAINS", "(")
    if tuple(token.text.upper() for token in found[:4]) != head:
        return None
    values, end = inside(found, 3)
    parts = split(values, ",")
    if end != len(found) or len(parts) != 2:
        return None
    position = _columns(text, parts[0], "a." if matched else "")
    if position is None or not (len(parts[1]) > 2 and parts[1][0].is_word("CIRCLE")):
        return None
    listed, end = inside(parts[1], 1)
    numbers = _without_frame(split(listed, ","))
    if len(numbers) == 2 and numbers[0] and numbers[0][0].is_word("POINT"):
        centre = _without_frame(split(inside(numbers[0], 1)[0], ","))
        numbers = [*centre, numbers[1]]
    values_deg = [_number(number) for number in numbers]
    if end != len(parts[1]) or len(values_deg) != 3 or any(v is None for v in values_deg):
        return None
    ra, dec, radius = (float(v) for v in values_deg if v is not None)
    if not (-90 <= dec <= 90 and 0 < radius <= 180):
        return None
    return Cone(ra, dec, radius, position)


def _columns(text: str, found: Sequence[Token], prefix: str) -> tuple[str, str] | None:
    """The columns of a point, without what stands before them."""
    if not (len(found) > 2 and found[0].is_word("POINT") and found[1].is_sign("(")):
        return None
    values, end = inside(found, 1)
    parts = _without_frame(split(values, ","))
    return _pair(text, parts, prefix) if end == len(found) else None


def _without_frame(parts: list[Sequence[Token]]) -> list[Sequence[Token]]:
    """The arguments of a geometry without the ``'ICRS'`` of ADQL 2.0."""
    first = parts[0]
    if len(first) == 1 and first[0].text.upper() in ("'ICRS'", "''"):
        return parts[1:]
    return parts


def _pair(text: str, parts: Sequence[Sequence[Token]], prefix: str) -> tuple[str, str] | None:
    names = [written(text, part) for part in parts]
    length = 3 if prefix else 1
    if len(parts) != 2 or not all(
        len(part) == length and part[-1].is_name and name.startswith(prefix)
        for part, name in zip(parts, names, strict=True)
    ):
        return None
    return names[0].removeprefix(prefix), names[1].removeprefix(prefix)


def _two_positions(
    text: str, found: Sequence[Token]
) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """The positions of both tables in a DISTANCE, in either order and either form."""
    parts = split(found, ",")
    for first, second, turned in (("a.", "b.", False), ("b.", "a.", True)):
        if len(parts) == 2:
            one, other = _columns(text, parts[0], first), _columns(text, parts[1], second)
        elif len(parts) == 4:
            one, other = _pair(text, parts[:2], first), _pair(text, parts[2:], second)
        else:
            return None
        if one and other:
            return (other, one) if turned else (one, other)
    return None


def _names(table: str, alias: str) -> list[str]:
    """The words that may stand before a column of a table, without quotes; the last is its own."""
    if alias:
        return ["", unquoted(alias).casefold()]
    parts = [unquoted(t.text).casefold() for t in tokens(table) if t.is_name]
    return ["", *(".".join(parts[i:]) for i in range(len(parts)))]


def _is_free(token: Token) -> bool:
    """Whether it is a name that may be given to a column or a table."""
    return token.kind == "quoted" or (token.kind == "word" and not is_reserved(token.text))


def _ends_a_value(token: Token) -> bool:
    return token.kind in ("number", "text") or token.is_sign(")") or _is_free(token)
