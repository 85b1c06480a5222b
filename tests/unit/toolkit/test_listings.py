"""What `dl.tables()` and `dl.describe()` show."""

from __future__ import annotations

import datalab_toolkit as dl
import pytest
from datalab_toolkit.layout import text_table
from datalab_toolkit.listings import TableList
from datalab_toolkit.metadata import Table

pytestmark = pytest.mark.usefixtures("small_lab")


def test_tables_are_listed_with_their_rows() -> None:
    found = dl.tables()
    names = [table.full_name for table in found]
    assert names[:2] == ["small.fields", "small.stars"]
    frame = found.to_pandas().set_index("table")
    assert frame.rows["small.stars"] == 20_000
    assert frame.simulated["small.stars"]
    assert "small.stars" in repr(found)
    assert "20,000" in repr(found)


def test_tables_are_found_by_a_word_about_their_columns() -> None:
    assert [table.full_name for table in dl.tables("brighter")] == ["small.stars"]
    nothing = dl.tables("no such word")
    assert len(nothing) == 0
    assert "0 tables" in repr(nothing)


def test_a_table_is_described_with_units_and_credit() -> None:
    described = dl.describe("small.stars")
    by_name = {column.name: column for column in described.columns}
    assert by_name["pmra"].unit == "mas.yr-1"
    text = repr(described)
    for words in ("pos.eq.ra;meta.main", "20,000 rows", "Credit: Made up", "Simulated"):
        assert words in text
    frame = described.to_pandas().set_index("column")
    assert frame.index.tolist()[:2] == ["source_id", "ra"]
    assert frame.type[["source_id", "name"]].tolist() == ["long", "text"]


def test_a_data_lab_tells_the_range_of_each_column() -> None:
    described = dl.describe("small.stars")
    frame = described.to_pandas().set_index("column")
    assert 0 <= float(frame["min"]["ra"]) < 1
    assert 359 < float(frame["max"]["ra"]) <= 360
    quantiles = described.statistics["ra"]["quantiles"]
    assert float(frame["median"]["ra"]) == pytest.approx(quantiles["0.5"], rel=1e-5)
    assert " nulls " in repr(described)
    assert "max" not in repr(dl.describe("TAP_SCHEMA.tables"))


def test_the_values_of_each_column_are_drawn_in_a_notebook() -> None:
    described = dl.describe("small.stars")
    drawn = described._distribution("dec")  # few stars are near the poles of a sphere
    middle = len(drawn) // 2
    assert drawn[0] < drawn[2] < drawn[middle] > drawn[-3] > drawn[-1]
    assert "█" in drawn
    assert f'aria-hidden="true">{drawn}</td>' in described._repr_html_()
    assert "distribution" not in dl.describe("TAP_SCHEMA.tables")._repr_html_()


def test_what_a_service_says_is_text_in_html() -> None:
    html = dl.describe("small.stars")._repr_html_()
    assert "“quotes”, &lt;tags&gt;, λ." in html
    assert "<tags>" not in html
    assert "<table>" in html
    assert "Made up for the tests &lt;nobody&gt;" in html
    assert "<tags>" not in dl.tables()._repr_html_()


def test_a_simulated_table_says_so_even_when_its_words_do_not() -> None:
    table = Table("s", "t", "s.t", "Galaxies.", 3, simulated=True)
    assert "Galaxies. (simulated, not observed)" in repr(TableList([table], 1, "far"))


def test_a_wrong_table_name_is_answered_with_a_like_one() -> None:
    with pytest.raises(dl.NotFoundError, match=r"small\.stars"):
        dl.describe("small.star")


def test_a_service_that_is_no_data_lab_is_described_too(observatory: str) -> None:
    assert "messier.objects" in repr(dl.tables("comets", service=observatory))
    described = dl.describe("messier.objects", service=observatory)
    assert described.to_pandas().set_index("column").unit["vmag"] == "mag"


def test_columns_stand_under_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    text = text_table(
        ["name", "n", "about"], [["a", "10", "one two three four five six"]], {1}, wrap=True
    )
    assert text.splitlines() == [
        "name   n  about",
        "----  --  --------------------",
        "a     10  one two three four",
        "          five six",
    ]
