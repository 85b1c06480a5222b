"""The query builder: a form in the browser, with the query that it makes beside it.

The browser sends the form as it is being filled in; the kernel writes the query, and reads it back
when its text was edited. What takes time runs in threads, so that the kernel stays free.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from html import escape
from typing import Any

import anywidget
import traitlets as t

from datalab_toolkit.answers import QueryResult
from datalab_toolkit.builder.document import document
from datalab_toolkit.builder.form import Form, Match, Output
from datalab_toolkit.builder.model import QueryModel, shown_rows
from datalab_toolkit.builder.names import with_match
from datalab_toolkit.builder.tables import main_range
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.maps.planes import plane
from datalab_toolkit.naming import resolve
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.selection import Selection
from datalab_toolkit.snippets import python_query
from datalab_toolkit.widgets.modules import BROWSER, joined
from datalab_toolkit.widgets.running import Run

_BINS = 50
_MATCH_ARCSEC = 1.0


class QueryBuilder(anywidget.AnyWidget):
    """A form that makes a query; `datalab_toolkit.query_builder` makes one.

    Attributes
    ----------
    adql
        The query. Assign another, and the form follows.
    form
        What the form says, a `datalab_toolkit.builder.form.Form`. Assign one, and the query
        follows.
    selection
        A `Selection` to whose rows the query keeps, or None; link it with a map's.
    name
        The variable that gets the rows.
    out
        Where a Data Lab keeps the rows: ``mydb://name`` or ``vos://file.csv``; empty for the
        variable.
    replace
        Whether a table or file that is there makes room.
    result
        The rows of the last run, or the table or file that was made of them; None before.
    """

    _esm = joined("builder.mjs")
    _css = BROWSER / "builder.css"

    adql = t.Unicode().tag(sync=True)
    name = t.Unicode("rows").tag(sync=True)
    out = t.Unicode().tag(sync=True)
    replace = t.Bool(False).tag(sync=True)
    form = t.Instance(Form, allow_none=True, default_value=None)
    selection = t.Instance(Selection, allow_none=True, default_value=None)
    result = t.Any(None)

    _service = t.Unicode().tag(sync=True)
    _form: t.Dict[str, Any] = t.Dict().tag(sync=True)
    _table: t.Dict[str, Any] = t.Dict().tag(sync=True)
    _second: t.Dict[str, Any] = t.Dict().tag(sync=True)
    _problem: t.Dict[str, Any] = t.Dict().tag(sync=True)
    _notes: t.Dict[str, Any] = t.Dict().tag(sync=True)
    _counted: t.Dict[str, Any] = t.Dict({"how": ""}).tag(sync=True)
    _preview: t.Dict[str, Any] = t.Dict().tag(sync=True)
    _run: t.Dict[str, Any] = t.Dict({"phase": "idle"}).tag(sync=True)
    _code = t.Unicode().tag(sync=True)

    def __init__(self, table: str = "", service: str = DEFAULT, **traits: Any) -> None:  # noqa: ANN401
        self._model = QueryModel(service)
        self._pool = ThreadPoolExecutor(2, "query-builder")
        self._numbers: dict[str, int] = {}
        self._is_telling = False
        self._running: Run | None = None
        super().__init__(_service=find(service).title, **traits)
        self.on_msg(self._receive)
        if table and not self.adql:
            self._table = self._model.choose(table)
            self._tell(form_too=True)

    @property
    def service(self) -> str:
        """The name of the service that runs the query."""
        return self._model.service_name

    def rows_meant(self) -> Selection:
        """The rows of the table that meet the conditions, as a `Selection`."""
        return self._model.selection()

    def __repr__(self) -> str:
        return f"QueryBuilder({self.adql!r})"

    # ---- traits ----------------------------------------------------------------------------------

    @t.observe("adql")
    def _follow_text(self, change: t.Bunch) -> None:
        self._write_code()
        if not self._is_telling:
            self._model.write(self.adql)
            self._tell(form_too=True)

    @t.observe("name", "out")
    def _follow_name(self, change: t.Bunch) -> None:
        self._write_code()

    def _write_code(self) -> None:
        self._code = python_query(self.adql, self.service, self.name or "rows", self.out)

    @t.observe("form")
    def _follow_form(self, change: t.Bunch) -> None:
        if not self._is_telling and self.form is not None:
            self._model.fill(self.form)
            self._tell(form_too=True)

    @t.observe("selection")
    def _follow_selection(self, change: t.Bunch) -> None:
        self._model.take(self.selection)
        self._tell(form_too=True)

    def _tell(self, form_too: bool) -> None:
        """Show what the model says; the browser's own form is left to it unless asked."""
        model = self._model
        self._is_telling = True
        try:
            with self.hold_sync():
                self.form = model.form
                self.adql = model.text
                self._problem = asdict(model.problem) if model.problem else {}
                self._notes = dict(model.notes)
                if form_too and model.form is not None:
                    self._form = document(model.form)
        finally:
            self._is_telling = False
        self._look_at_tables()
        self._count()

    # ---- what the browser asks -------------------------------------------------------------------

    def _receive(self, _widget: object, content: dict[str, Any], _buffers: list[Any]) -> None:
        match content.get("kind"):
            case "form":
                self._edit(content["form"])
            case "search":
                words = content["words"]
                self._later("search", lambda: self._model.search(words), self._send_tables)
            case "table":
                self._choose(content["name"])
            case "match":
                self._match(content["name"])
            case "resolve":
                self._later("resolve", lambda: _place(content["name"]), self._send_place)
            case "values":
                self._values(content["table"], content["value"])
            case "preview":
                self._preview_rows()
            case "run":
                self.run(content.get("how") == "async")
            case "cancel":
                self.cancel()

    def _edit(self, told: dict[str, Any]) -> None:
        had = self.form is not None and self.form.match is not None
        self._model.edit(told)
        has = self._model.form is not None and self._model.form.match is not None
        self._tell(form_too=had != has)

    def _choose(self, name: str) -> None:
        self._table = {"loading": True}

        def done(told: dict[str, Any] | DatalabError) -> None:
            if isinstance(told, DatalabError):
                self._table = _refusal(told)
                return
            self._table, self._second, self._preview = told, {}, {}
            self._tell(form_too=True)

        self._later("table", lambda: self._model.choose(name), done)

    def _match(self, name: str) -> None:
        def done(told: dict[str, Any] | DatalabError) -> None:
            form = self._model.form
            first = self._table.get("position")
            if isinstance(told, DatalabError):
                self._notes = {**self._notes, "match": told.message}
            elif not told["position"] or not first or form is None:
                self._notes = {**self._notes, "match": f"{told['name']} has no position."}
            else:
                self._second = told
                kept = form.match.radius_arcsec if form.match else _MATCH_ARCSEC
                match = Match(
                    told["query_name"],
                    kept,
                    position=(first[0], first[1]),
                    other_position=told["position"],
                )
                matched = with_match(form, match)
                if form.match is None and matched.outputs:
                    separation = Output(match.separation, "separation_arcsec")
                    outputs = (*matched.outputs, separation)
                    matched = replace(matched, outputs=outputs)
                self._model.fill(matched)
                self._tell(form_too=True)

        self._later("match", lambda: self._model.describe(name), done)

    def _look_at_tables(self) -> None:
        """Read the columns of the tables that the form names, when it has not."""
        form = self._model.form
        if form is None or self._model.problem is not None:
            return
        if self._table.get("query_name", "").casefold() != form.table.casefold():
            self._describe("_table", form.table)
        other = form.match.table if form.match else ""
        if other and self._second.get("query_name", "").casefold() != other.casefold():
            self._describe("_second", other)

    def _describe(self, trait: str, name: str) -> None:
        def done(told: dict[str, Any] | DatalabError) -> None:
            setattr(self, trait, _refusal(told) if isinstance(told, DatalabError) else told)

        self._later(trait, lambda: self._model.describe(name), done)

    def _values(self, table: str, value: str) -> None:
        """Count the values of an expression, for the picture behind its range."""

        def count() -> dict[str, Any]:
            source = plane(table, value, value, service=self.service)
            found = source.histogram((_BINS, 1), None, None)
            main = main_range(found.counts[0], found.x.edges)
            if main is not None:
                found = source.histogram((_BINS, 1), main, main)
            return {"edges": found.x.edges.tolist(), "counts": found.counts[0].tolist()}

        def done(told: dict[str, Any] | DatalabError) -> None:
            histogram = None if isinstance(told, DatalabError) else told
            self.send({"kind": "values", "value": value, "histogram": histogram})

        self._later(f"values {value}", count, done)

    def _send_tables(self, told: dict[str, Any] | DatalabError) -> None:
        if isinstance(told, DatalabError):
            told = {"tables": [], "total": 0, "message": f"{told.message} {told.hint}".strip()}
        self.send({"kind": "tables", **told})

    def _send_place(self, told: dict[str, Any] | DatalabError) -> None:
        if isinstance(told, DatalabError):
            told = {"ra": None, "dec": None, "message": f"{told.message} {told.hint}".strip()}
        self.send({"kind": "place", **told})

    def _preview_rows(self) -> None:
        text = self._model.text

        def done(told: QueryResult | DatalabError) -> None:
            shown = _refusal(told) if isinstance(told, DatalabError) else shown_rows(told)
            self._preview = {"adql": text, **shown}

        self._later("preview", lambda: self._model.preview(text), done)

    def _count(self) -> None:
        form = self._model.form
        limit = form.limit if form else None
        self._counted = {"how": "counting"}

        def done(told: tuple[int | None, str] | DatalabError) -> None:
            if isinstance(told, DatalabError):
                self._counted = {"how": "failed"}
                # The form may say it well: it stays usable, so that it can be put right there.
                in_form = self._model.problem is None
                self._problem = {**_refusal(told), "is_query": True, "in_form": in_form}
            else:
                self._counted = {"rows": told[0], "how": told[1], "limit": limit}

        self._later("count", self._model.count, done)

    def _later(
        self, kind: str, task: Callable[[], Any], done: Callable[[Any], None]
    ) -> Future[None]:
        """Do something in a thread; of several of a kind only the last is told."""
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1

        def work() -> None:
            try:
                found = task() if self._numbers[kind] == number else None
            except DatalabError as error:
                found = error
            if self._numbers[kind] == number:
                done(found)

        return self._pool.submit(work)

    # ---- runs ------------------------------------------------------------------------------------

    def run(self, async_: bool = False) -> None:
        """Run the query, as the button does; `result` and the variable get its rows.

        Parameters
        ----------
        async_
            Whether to run it as a job, which tells how far it is.
        """
        if self._running is not None and self._running.is_alive():
            return
        is_word_of_python = keyword.iskeyword(self.name)
        if not self.name.isidentifier() or is_word_of_python:
            hint = "Write letters, digits and _, and no digit first."
            if is_word_of_python:
                hint = "It is a word of Python's own: choose another."
            self._run = {
                "phase": "failed",
                "message": f"{self.name!r} is no name of a variable.",
                "hint": hint,
            }
            return
        self._run = {"phase": "running", "progress": None, "message": "Running …"}
        self._running = Run(
            self.adql,
            self.service,
            self.name,
            async_,
            self._show_run,
            self._keep,
            self.out,
            self.replace,
        )
        self._running.start()

    def cancel(self) -> None:
        """Cancel the query that runs."""
        if self._running is not None:
            self._running.cancel()

    def _show_run(self, **told: object) -> None:
        self._run = told

    def _keep(self, rows: object) -> None:
        self.result = rows

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until the query that runs has ended."""
        if self._running is not None:
            self._running.join(timeout_s)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:  # noqa: ANN401 - as IPython has it
        """Add the query as it was, for where no kernel runs: a saved notebook, a web page."""
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        data["text/plain"] = self.adql or "An empty query builder"
        data["text/html"] = (
            f"<p>A query of {escape(self._service)}</p><pre>{escape(self.adql)}</pre>"
        )
        return data, metadata


def _place(name: str) -> dict[str, Any]:
    place = resolve(name)
    # To a thousandth of an arcsecond: sums of minutes and seconds have long tails.
    ra, dec = round(float(place.ra.deg), 7), round(float(place.dec.deg), 7)
    return {"ra": ra, "dec": dec, "message": f"{name.strip()}: {ra:.5f} {dec:+.5f}"}


def _refusal(error: DatalabError) -> dict[str, Any]:
    return {"message": error.message, "hint": error.hint}
