"""The query builder as a plain class: a form and a text that say the same, and what they find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from datalab_toolkit.answers import QueryResult
from datalab_toolkit.builder import tables
from datalab_toolkit.builder.document import Document, form_of, rematched
from datalab_toolkit.builder.form import Condition, Form, Output
from datalab_toolkit.builder.names import with_match
from datalab_toolkit.builder.read import NotShownError, read, read_conditions
from datalab_toolkit.errors import DatalabError, ServiceTimeoutError
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.selection import Selection
from datalab_toolkit.service import Service

FIRST_LIMIT = 1000
PREVIEW_ROWS = 10
_COUNT_TIMEOUT_S = 8.0


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the text, for people.

    Attributes
    ----------
    message, hint
        A sentence, and what to do.
    is_query
        Whether it is a query all the same, which only the form cannot show.
    """

    message: str
    hint: str = ""
    is_query: bool = False


class QueryModel:
    """A query in the making.

    Parameters
    ----------
    service
        The name of the service that will run it.

    Attributes
    ----------
    form
        What the form says; what it said last when it cannot show the text; None at first.
    text
        The query.
    problem
        Why the form does not show the text; None when it does.
    notes
        Why parts of the form are not in the query yet, by their name.
    """

    def __init__(self, service: str = DEFAULT) -> None:
        self.service_name = service
        self.form: Form | None = None
        self.text = ""
        self.problem: Problem | None = None
        self.notes: dict[str, str] = {}
        self._taken: tuple[Condition, ...] = ()

    @property
    def service(self) -> Service:
        """The service that will run it."""
        return find(self.service_name)

    def choose(self, table: str) -> Document:
        """Begin a query of a table; what was said of another is forgotten.

        Returns
        -------
        dict
            The table as `datalab_toolkit.builder.tables.describe` tells it.
        """
        told = tables.describe(self.service, table)
        principal = tuple(Output(c["query_name"]) for c in told["columns"] if c["principal"])
        limit = self.form.limit if self.form else FIRST_LIMIT
        self.fill(Form(told["query_name"], principal, limit=limit))
        return told

    def fill(self, form: Form) -> None:
        """Say what a form says; the text follows."""
        self.form, self.text = form, form.to_adql()
        self.problem, self.notes = None, {}

    def edit(self, told: Document) -> None:
        """Say what the browser's form says, which may be unfinished; the text follows."""
        form, notes = form_of(told)
        self.fill(rematched(form, self.form))
        self.notes = notes

    def write(self, text: str) -> None:
        """Say what a text says; the form follows if it can show it, and else stays as it was."""
        self.text, self.problem, self.notes = text, None, {}
        try:
            self.form = read(text)
        except NotShownError as error:
            self.problem = Problem(error.message, error.hint, is_query=True)
        except DatalabError as error:
            self.problem = Problem(error.message, error.hint)

    def take(self, selection: Selection | None) -> None:
        """Keep to the rows of a selection, in place of one that was taken before.

        Raises
        ------
        DatalabError
            It is of another table, or the text is not in the form.
        """
        if selection is None and self.form is None:
            return
        if self.form is None and selection is not None:
            self.fill(Form(selection.table, tuple(map(Output, selection.columns))))
        form = self._shown()
        kept = tuple(c for c in form.conditions if c not in self._taken)
        self._taken = ()
        if selection is not None:
            Selection(form.table, service=self.service_name) & selection
            plain = Form(form.table, conditions=read_conditions(selection.condition))
            if form.match is not None:
                plain = with_match(plain, form.match)
            self._taken = plain.conditions
        self.fill(replace(form, conditions=(*kept, *self._taken)))

    def selection(self) -> Selection:
        """The rows of the table that meet the conditions of the form."""
        form = self._shown()
        if form.match is not None:
            raise DatalabError(
                "The rows of two tables are no selection of one.", "Take the second table away."
            )
        where = replace(form, outputs=(), order=None, limit=None).to_adql().partition("\nWHERE ")[2]
        columns = tuple(o.value for o in form.outputs if not o.name)
        return Selection(form.table, where, columns=columns, service=self.service_name)

    def _shown(self) -> Form:
        if self.form is None or self.problem is not None:
            told = self.problem.message if self.problem else "No table is chosen."
            raise DatalabError("The form does not show a query.", told)
        return self.form

    def search(self, words: str) -> Document:
        """Tables that match some words."""
        return tables.search(self.service, words)

    def describe(self, table: str) -> Document:
        """A table with its columns."""
        return tables.describe(self.service, table)

    def count(self) -> tuple[int | None, str]:
        """How many rows the query has without regard to its limit, and how that is known.

        Returns
        -------
        int or None
            The rows; None when nobody knows.
        str
            ``exact``, ``slow`` when counting takes too long, or ``unknown``.

        Raises
        ------
        DatalabError
            The service refuses the query.
        """
        if not self.text or (self.problem is not None and not self.problem.is_query):
            return None, "unknown"
        try:
            # A count would not see a wrong column that is only selected.
            self.service.fetch(self.text, maxrec=0, timeout_s=_COUNT_TIMEOUT_S)
            if self.form is None or self.problem is not None:
                return None, "unknown"
            count = (Output("COUNT(*)", "n"),)
            form = replace(self.form, outputs=count, order=None, limit=None)
            found = self.service.fetch(form.to_adql(), maxrec=1, timeout_s=_COUNT_TIMEOUT_S)
        except ServiceTimeoutError:
            return None, "slow"
        rows = int(found.table.column(0)[0].as_py())
        return rows, "exact"

    def preview(self, text: str) -> QueryResult:
        """The first rows of a query."""
        return self.service.fetch(text, maxrec=PREVIEW_ROWS)

    def __repr__(self) -> str:
        return self.text or "QueryModel()"


def shown_rows(result: QueryResult) -> Document:
    """Rows as the browser shows them: names, units and texts."""
    table = result.table

    def cell(value: Any, digits: int) -> str | None:  # noqa: ANN401
        if value is None:
            return None
        return f"{value:.{digits}g}" if isinstance(value, float) else str(value)

    units = [(f.metadata or {}).get(b"unit", b"").decode() for f in table.schema]
    digits = [7 if pa.types.is_float32(field.type) else 10 for field in table.schema]
    columns = [
        [cell(value, n) for value in column.slice(0, PREVIEW_ROWS).to_pylist()]
        for column, n in zip(table.columns, digits, strict=True)
    ]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return {"names": table.column_names, "units": units, "rows": rows}
