"""The query builder as the browser speaks with it, and as Python code sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datalab_toolkit as dl
import ipywidgets
import pandas as pd
import pytest
import traitlets
from datalab_process import PATIENCE_S, DatalabProcess, serving
from datalab_toolkit.builder.form import Compare, Cone, Form, Match, Output, Range
from datalab_toolkit.widgets.builder import QueryBuilder
from small_sky import ENDLESS, STARS


class Browser:
    """Speaks with a builder as its browser does, and waits for what it says."""

    def __init__(self, builder: QueryBuilder, patch: pytest.MonkeyPatch) -> None:
        self.builder = builder
        self.sent: list[dict[str, Any]] = []
        self._news = threading.Condition()
        patch.setattr(builder, "send", self._hear)
        builder.observe(lambda change: self._hear({}), traitlets.All)

    def _hear(self, content: dict[str, Any], buffers: object = None) -> None:
        with self._news:
            self.sent.append(content)
            self._news.notify_all()

    def say(self, kind: str, **content: object) -> None:
        """Send a message."""
        self.builder._handle_custom_msg({"kind": kind, **content}, [])

    def until(self, seen: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Wait until something is so, and return it."""
        with self._news:
            assert self._news.wait_for(lambda: seen(), timeout=PATIENCE_S)
        return seen()

    def told(self, kind: str) -> dict[str, Any]:
        """Wait for a message of a kind."""
        return self.until(lambda: next((m for m in self.sent if m.get("kind") == kind), None))

    def change(self, **patch: object) -> None:
        """Change some of the form."""
        self.say("form", form={**self.builder._form, **patch})


@pytest.fixture
def browser(datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch) -> Browser:
    dl.add_service("small", datalab.url)
    return Browser(dl.query_builder("small.stars", service="small"), monkeypatch)


def test_a_table_is_found_and_chosen(
    datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    dl.add_service("small", datalab.url)
    browser = Browser(dl.query_builder(service="small"), monkeypatch)
    builder = browser.builder
    assert (builder.adql, builder.form) == ("", None)
    browser.say("search", words="stars epochs")
    told = browser.told("tables")
    assert [t["name"] for t in told["tables"]] == ["small.stars"]
    assert told["tables"][0]["rows"] == STARS
    browser.say("table", name="small.stars")
    browser.until(lambda: builder._table.get("columns"))
    assert builder.adql == "SELECT TOP 1000 source_id\nFROM small.stars"
    columns = {c["name"]: c for c in builder._table["columns"]}
    assert (columns["gmag"]["kind"], columns["gmag"]["unit"]) == ("number", "mag")
    assert columns["gmag"]["min"] < columns["gmag"]["max"]
    assert sum(columns["gmag"]["histogram"]["counts"]) > 0
    assert (columns["name"]["kind"], columns["seen"]["kind"]) == ("text", "time")
    assert dict(columns["field"]["common"])[0] == pytest.approx(STARS / 7, rel=0.01)
    browser.say("table", name="small.star")
    assert "small.stars" in browser.until(lambda: builder._table.get("hint"))


def test_tables_whose_names_have_the_words_come_first(
    observatory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(dl.query_builder(service=observatory), monkeypatch)
    browser.say("search", words="Clusters")
    found = [table["name"] for table in browser.told("tables")["tables"]]
    assert found == ["messier.open_clusters", "messier.objects"]


def test_what_is_filled_in_becomes_the_query_and_its_rows_are_counted(browser: Browser) -> None:
    builder = browser.builder
    browser.change(
        outputs=[{"value": "ra", "name": ""}, {"value": "gmag - 5", "name": "m"}],
        conditions=[
            {"kind": "range", "value": "gmag", "low": 9, "high": 12.5},
            {"kind": "one_of", "value": "field", "constants": [1, 3], "negated": False},
            {"kind": "range", "value": "ra", "low": None, "high": 3},  # not finished
            {"kind": "written", "text": "epochs > 3 AND pmra IS NOT NULL"},
        ],
        limit=50,
    )
    assert builder.adql.splitlines() == [
        "SELECT TOP 50 ra, gmag - 5 AS m",
        "FROM small.stars",
        "WHERE gmag BETWEEN 9 AND 12.5",
        "  AND field IN (1, 3)",
        "  AND epochs > 3",
        "  AND pmra IS NOT NULL",
    ]
    assert "conditions.2" in builder._notes
    told = browser.until(lambda: builder._counted if builder._counted["how"] == "exact" else None)
    condition = builder.adql.partition("WHERE ")[2]
    assert told["rows"] == dl.Selection("small.stars", condition, service="small").count()
    assert told["limit"] == 50


def test_identifiers_of_64_bits_go_through_the_browser_unharmed(browser: Browser) -> None:
    whole = {"whole": str(2**60 + 7)}
    row = {"kind": "compare", "value": "source_id", "operator": "=", "constant": whole}
    browser.change(conditions=[row])
    assert f"source_id = {2**60 + 7}" in browser.builder.adql
    browser.builder.adql += " AND field = 1"
    assert browser.builder._form["conditions"][0]["constant"] == whole


def test_the_form_follows_the_text(browser: Browser) -> None:
    builder = browser.builder
    builder.adql = "SELECT ra FROM small.stars WHERE gmag < 9 ORDER BY gmag"
    assert builder.form.conditions == (Compare("gmag", "<", 9),)
    assert builder._form["order"] == {"value": "gmag", "descending": False}
    builder.adql = "SELECT field, COUNT(*) AS n\nFROM small.stars\nGROUP BY field"
    assert builder._problem["message"] == "GROUP BY cannot be shown in the form; line 3."
    assert builder._form["order"] is not None  # it shows what it showed
    builder.adql = "SELECT label FROM small.fields"
    assert builder._problem == {}
    browser.until(lambda: builder._table.get("name") == "small.fields")
    builder.adql = "SELECT label FROM small.feelds"
    assert "Did you mean" in browser.until(lambda: builder._table.get("hint"))


def test_what_the_service_refuses_is_told_beside_the_text(browser: Browser) -> None:
    browser.builder.adql = "SELECT ra FROM small.stars WHERE gmaag < 9"
    told = browser.until(lambda: browser.builder._problem.get("message"))
    assert told == "There is no column 'gmaag'."


def test_what_the_service_refuses_is_put_right_in_the_form(browser: Browser) -> None:
    builder = browser.builder
    browser.change(outputs=[{"value": "gmag -", "name": "m"}])  # as somebody types on
    told = browser.until(lambda: builder._problem)
    assert (told["message"][:16], told["in_form"]) == ("Expected a value", True)
    browser.change(outputs=[{"value": "gmag - 5", "name": "m"}])
    browser.until(lambda: builder._counted["how"] == "exact")
    assert builder._problem == {}
    builder.adql = "SELECT gmaag, COUNT(*) AS n FROM small.stars GROUP BY gmaag"
    told = browser.until(lambda: builder._problem if "column" in builder._problem["message"] else 0)
    assert not told["in_form"]


def test_an_expression_that_is_no_whole_is_told_beside_it(browser: Browser) -> None:
    rows = [{"value": "", "name": ""}, {"value": "ra", "name": ""}, {"value": "(gmag", "name": ""}]
    browser.change(outputs=rows)
    assert browser.builder.form.outputs == (Output("ra"),)
    notes = browser.builder._notes
    assert (notes["outputs.0"], bool(notes["outputs.2"])) == ("", True)


def test_a_region_is_found_by_coordinates_and_limits_the_query(browser: Browser) -> None:
    browser.say("resolve", name="01:20:00 -05:00:00")
    told = browser.told("place")
    assert (told["ra"], told["dec"]) == pytest.approx((20, -5))
    cone = {"ra": told["ra"], "dec": told["dec"], "radius_deg": 8, "position": ["ra", "dec"]}
    browser.change(cone=cone)
    assert browser.builder.form.cone == Cone(20, -5, 8)
    browser.change(cone={**cone, "dec": -95})
    assert "-90 to 90" in browser.builder._notes["cone"]


def test_an_expression_gets_a_histogram(browser: Browser) -> None:
    browser.say("values", table="small.stars", value="gmag - epochs / 100.0")
    told = browser.told("values")
    assert sum(told["histogram"]["counts"]) > 0.9 * STARS
    browser.sent.clear()
    browser.say("values", table="small.stars", value="gmag -")
    assert browser.told("values")["histogram"] is None


def test_marks_for_missing_values_do_not_squeeze_a_histogram(browser: Browser) -> None:
    # A seventh of the rows has 99.99 in place of a value, as magnitudes do.
    marked = "gmag + 80 * FLOOR((field + 0.5) / 6)"
    browser.say("values", table="small.stars", value=marked)
    told = browser.told("values")["histogram"]
    assert told["edges"][0] == pytest.approx(8, abs=3)
    assert told["edges"][-1] == pytest.approx(21, abs=3)
    assert sum(told["counts"]) == pytest.approx(STARS * 6 / 7, rel=0.02)


def test_a_second_table_is_matched(browser: Browser) -> None:
    builder = browser.builder
    browser.change(conditions=[{"kind": "range", "value": "gmag", "low": 8, "high": 8.5}])
    browser.say("match", name="small.stars")
    browser.until(lambda: builder.form.match)
    match = Match("small.stars", 1.0)
    assert builder.form.match == match
    assert builder.form.outputs == (
        Output("a.source_id"),
        Output(match.separation, "separation_arcsec"),
    )
    assert builder.form.conditions == (Range("a.gmag", 8, 8.5),)
    builder.run()
    builder.wait()
    assert (builder.result.separation_arcsec <= 1).all()
    assert (
        builder.result.source_id.nunique()
        == dl.Selection("small.stars", "gmag BETWEEN 8 AND 8.5", service="small").count()
    )
    browser.change(match=None)
    assert builder.form.conditions == (Range("gmag", 8, 8.5),)
    assert builder.form.outputs == (Output("source_id"),)


def test_ten_rows_are_shown_before(browser: Browser) -> None:
    browser.builder.adql = "SELECT source_id, pmra, name FROM small.stars"
    browser.say("preview")
    told = browser.until(lambda: browser.builder._preview)
    assert (told["names"], len(told["rows"])) == (["source_id", "pmra", "name"], 10)
    assert told["units"][1] == "mas.yr-1"
    assert told["adql"] == browser.builder.adql
    assert int(told["rows"][0][0]) > 2**53


def test_why_no_rows_are_shown_is_told_of_its_query_alone(browser: Browser) -> None:
    browser.builder.adql = wrong = "SELECT nothing FROM small.stars"
    browser.say("preview")
    told = browser.until(lambda: browser.builder._preview)
    assert (told["message"], told["adql"]) == ("There is no column 'nothing'.", wrong)


@pytest.mark.parametrize("async_", [False, True])
def test_rows_come_at_once_or_by_a_job(browser: Browser, async_: bool) -> None:
    builder = browser.builder
    builder.adql = "SELECT source_id, gmag FROM small.stars WHERE gmag < 9"
    builder.run(async_)
    builder.wait()
    assert builder._run["phase"] == "done"
    assert builder._run["message"] == f"{len(builder.result):,} rows are in .result."
    assert isinstance(builder.result, pd.DataFrame)
    assert (builder.result.gmag < 9).all()
    assert builder.result.source_id.min() > 2**53


@pytest.mark.parametrize("async_", [False, True])
def test_rows_are_kept_at_the_data_lab(
    small_sky_copy: Path, monkeypatch: pytest.MonkeyPatch, async_: bool
) -> None:
    with serving(small_sky_copy) as lab:
        monkeypatch.setenv("DATALAB_DATA", str(lab.data))
        builder = dl.query_builder("small.stars")
        builder.adql = "SELECT source_id, gmag FROM small.stars WHERE gmag < 9"
        for out, kept in (("mydb://bright", "bright"), ("vos://bright.csv", "bright.csv")):
            builder.out = out
            builder.run(async_)
            builder.wait()
            assert builder._run["message"] == f"The rows are in {out}."
            assert builder.result.name == kept
            assert f'out="{out}"' in builder._code
        builder.run(async_)
        builder.wait()
        assert builder._run["phase"] == "failed"
        builder.replace = True
        builder.run(async_)
        builder.wait()
        assert builder._run["phase"] == "done"
        count = dl.query("SELECT COUNT(*) AS n FROM mydb.bright").n[0]
        assert count == dl.Selection("small.stars", "gmag < 9").count()
        builder.out = "somewhere.csv"
        builder.run(async_)
        builder.wait()
        assert "no place where a Data Lab keeps rows" in builder._run["message"]


def test_a_run_is_cancelled_and_the_next_one_goes(browser: Browser) -> None:
    builder = browser.builder
    builder.adql = ENDLESS
    builder.run(async_=True)
    browser.until(lambda: "Job" in builder._run["message"])
    builder.cancel()
    builder.wait()
    assert builder._run["phase"] == "cancelled"
    assert builder.result is None
    builder.adql = "SELECT TOP 3 ra FROM small.stars"
    builder.run()
    builder.wait()
    assert len(builder.result) == 3
    builder.adql = "SELECT COUNT(*) AS n FROM small.stars"
    builder.run()
    builder.wait()
    assert builder._run["message"] == "1 row is in .result."


def test_what_fails_is_a_sentence(browser: Browser) -> None:
    builder = browser.builder
    builder.adql = "SELECT nothing FROM small.stars"
    builder.run()
    builder.wait()
    assert builder._run["phase"] == "failed"
    assert builder._run["message"] == "There is no column 'nothing'."
    builder.name = "no name"
    builder.run()
    assert "no name of a variable" in builder._run["message"]
    builder.name = "for"
    builder.run()
    assert "a word of Python's own" in builder._run["hint"]


def test_it_gives_and_takes_a_selection(browser: Browser) -> None:
    builder = browser.builder
    sky = dl.density("small.stars", service="small")
    ipywidgets.link((sky, "selection"), (builder, "selection"))
    browser.change(
        conditions=[{"kind": "compare", "value": "gmag", "operator": "<", "constant": 12}]
    )
    sky.box = {"ra_min": 350, "ra_max": 10, "dec_min": -20, "dec_max": 20}
    lines = builder.adql.splitlines()
    assert "WHERE gmag < 12" in lines
    assert "  AND (ra >= 350 OR ra <= 10)" in lines
    meant = builder.rows_meant()
    bright = dl.Selection.of("small.stars", "gmag < 12", service="small")
    assert meant.count() == (sky.selection & bright).count()
    sky.box = {"ra_min": 10, "ra_max": 20, "dec_min": -20, "dec_max": 20}
    assert "350" not in builder.adql
    sky.box = None
    assert builder.form.conditions == (Compare("gmag", "<", 12),)


def test_traits_are_observed_linked_and_composed(browser: Browser) -> None:
    text = ipywidgets.Textarea()
    builder = browser.builder
    ipywidgets.link((builder, "adql"), (text, "value"))
    text.value = "SELECT TOP 7 dec FROM small.stars"
    assert builder.form == Form("small.stars", (Output("dec"),), limit=7)
    builder.form = Form("small.stars", (Output("ra"),))
    assert text.value == "SELECT ra\nFROM small.stars"
    assert ipywidgets.HBox([builder]).children == (builder,)
    assert 'service="small"' in builder._code


def test_a_saved_notebook_keeps_the_query(browser: Browser) -> None:
    browser.builder.adql = "SELECT ra FROM small.stars WHERE gmag < 9"
    data, _ = browser.builder._repr_mimebundle_()
    assert data["text/plain"] == browser.builder.adql
    assert "gmag &lt; 9" in data["text/html"]


def test_a_service_that_is_no_data_lab_is_built_for_too(
    observatory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(dl.query_builder("messier.objects", service=observatory), monkeypatch)
    builder = browser.builder
    assert builder._table["position"] is not None
    assert all(c["histogram"] is None for c in builder._table["columns"])
    builder.run()
    builder.wait()
    assert len(builder.result) > 0
