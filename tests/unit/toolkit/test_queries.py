"""A query gives the same rows in every format, with what is known about them."""

from __future__ import annotations

import subprocess
import sys
import warnings

import datalab_toolkit as dl
import numpy as np
import pandas as pd
import pytest
from datalab_process import DatalabProcess
from interrupts import interrupted
from small_sky import ENDLESS, STARS
from tap_only_service import BIG_ID

pytestmark = pytest.mark.usefixtures("small_lab")

ADQL = "SELECT TOP 300 * FROM small.stars ORDER BY source_id"
IDS = 2**60 + 7 * np.arange(300, dtype=np.int64)


def test_pandas_keeps_64_bits_and_tells_missing_numbers() -> None:
    stars = dl.query(ADQL)
    assert isinstance(stars, pd.DataFrame)
    assert stars.source_id.dtype == np.int64
    assert np.array_equal(stars.source_id, IDS)
    assert stars.gmag.dtype == np.float32
    # Null and NaN are both NaN in a float column; test_arrow_… tells them apart.
    assert stars.pmra.isna().sum() == 30 + 20
    assert str(stars.variable.dtype) == "boolean"
    assert stars.variable.isna().sum() == len(range(0, 300, 11))
    assert stars.name.isna().sum() == len(range(0, 300, 13))
    assert stars.name[50] == 'β "1" <a>&b,\n'
    assert stars.seen[0] == pd.Timestamp("2014-07-25T10:30:00")


def test_an_integer_that_is_missing_keeps_the_others_exact() -> None:
    found = dl.query(
        "SELECT a.source_id, b.source_id AS other FROM small.stars AS a "
        "LEFT JOIN small.stars AS b ON a.source_id = b.source_id AND b.gmag < 14 "
        "WHERE a.source_id < 1152921504606847500 ORDER BY a.source_id"
    )
    assert found.source_id.dtype == np.int64
    assert str(found.other.dtype) == "Int64"
    assert found.other.isna().any()
    known = found.dropna()
    assert (known.other == known.source_id).all()


def test_units_and_credit_come_with_the_frame() -> None:
    told = dl.query(ADQL).attrs
    assert told["units"]["ra"] == "deg"
    assert told["units"]["pmra"] == "mas.yr-1"
    assert "source_id" not in told["units"]
    assert told["ucds"]["ra"] == "pos.eq.ra;meta.main"
    assert told["descriptions"]["gmag"] == "G < 21 & brighter."
    assert told["credit"] == "Made up for the tests <nobody>."
    assert told["simulated"] is True
    assert told["truncated"] is False
    assert told["query"] == ADQL


def test_astropy_has_units_masks_and_metadata() -> None:
    table = dl.query(ADQL, fmt="table")
    assert table["pmra"].unit == "mas / yr"
    assert table["ra"].unit == "deg"
    assert table["ra"].meta["ucd"] == "pos.eq.ra;meta.main"
    assert table["gmag"].description == "G < 21 & brighter."
    assert np.array_equal(table["source_id"], IDS)
    assert table["pmra"].mask.sum() == 30
    assert np.isnan(table["pmra"].filled(0)).sum() == 20
    assert table["name"].mask.sum() == len(range(0, 300, 13))
    assert table["seen"][0] == np.datetime64("2014-07-25T10:30:00")
    assert table.meta["credit"] == "Made up for the tests <nobody>."
    assert table.meta["simulated"] is True


def test_arrow_tells_null_from_nan_and_keeps_metadata() -> None:
    rows = dl.query(ADQL, fmt="arrow")
    assert rows["pmra"].null_count == 30
    assert np.isnan(rows["pmra"].drop_null().to_numpy()).sum() == 20
    assert rows.schema.field("ra").metadata[b"unit"] == b"deg"
    assert rows.schema.metadata[b"query"] == ADQL.encode()


def test_polars_has_the_same_rows() -> None:
    frame = dl.query(ADQL, fmt="polars")
    assert frame["source_id"].to_list() == IDS.tolist()
    assert frame["pmra"].null_count() == 30


def test_a_service_that_is_no_data_lab_is_queried_the_same_way(observatory: str) -> None:
    adql = "SELECT name, vmag, object_id FROM messier.objects WHERE number = 31"
    found = dl.query(adql, service=observatory)
    assert found.name[0] == "Andromeda Galaxy"
    assert found.object_id[0] == BIG_ID + 3
    assert found.attrs["units"] == {"vmag": "mag"}
    assert found.attrs["service"] == observatory
    assert dl.query(adql, fmt="table", service=observatory)["vmag"].unit == "mag"


def test_a_result_that_was_cut_short_says_so() -> None:
    with pytest.warns(dl.TruncatedResultWarning, match="the first 10 rows"):
        found = dl.query("SELECT ra FROM small.stars", maxrec=10)
    assert len(found) == 10
    assert found.attrs["truncated"] is True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(dl.query("SELECT TOP 10 ra FROM small.stars")) == 10
        assert len(dl.query("SELECT ra FROM small.stars", maxrec=STARS)) == STARS


def test_a_wrong_name_has_a_caret_and_a_suggestion() -> None:
    with pytest.raises(dl.QueryError) as caught:
        dl.query("SELECT source_id,\n       gmga\nFROM small.stars")
    error = caught.value
    assert (error.line, error.column) == (2, 8)
    lines = str(error).splitlines()
    assert "gmga" in lines[0]
    at = lines.index("  line 2:        gmga")
    assert lines[at + 1].index("^") == lines[at].index("gmga")
    assert "gmag" in lines[-1]


def test_sql_as_astro_data_labs_users_write_it_is_a_language_of_its_own() -> None:
    sql = "SELECT source_id FROM small.stars ORDER BY source_id LIMIT 5;"
    assert dl.query(sql, language="SQL").source_id.tolist() == IDS[:5].tolist()
    assert len(dl.query(sql, language="sql", async_=True).result()) == 5
    with pytest.raises(dl.QueryError, match="LIMIT"):
        dl.query(sql)
    with pytest.raises(dl.DatalabError, match="The languages are ADQL, SQL"):
        dl.query(sql, language="PQL")


def test_an_error_has_no_traceback_in_ipython() -> None:
    with pytest.raises(dl.QueryError) as caught:
        dl.query("DROP TABLE small.stars")
    (text,) = caught.value._render_traceback_()
    assert text.startswith("QueryError: ")
    assert "Traceback" not in text
    assert "  line 1: DROP TABLE small.stars\n" in text


def test_an_unknown_format_or_service_is_said_before_anything_runs() -> None:
    with pytest.raises(dl.DatalabError, match="The formats are pandas, table, arrow, polars"):
        dl.query("SELECT 1", fmt="excel")  # type: ignore[call-overload]
    with pytest.raises(dl.DatalabError, match="A query is text, and not of type int"):
        dl.query(5)  # type: ignore[call-overload]
    with pytest.raises(dl.NotFoundError, match="add_service"):
        dl.query("SELECT 1", service="nowhere")


def test_a_service_that_is_away_says_what_to_do() -> None:
    dl.add_service("away", "http://127.0.0.1:9/tap")
    with pytest.raises(dl.ServiceUnavailableError, match="cannot be reached"):
        dl.query("SELECT 1 AS one FROM t", service="away")


def test_interrupting_the_kernel_cancels_the_query(small_lab: DatalabProcess) -> None:
    import polars  # noqa: F401 - its handler of SIGINT makes the system go on with a read

    with pytest.raises(KeyboardInterrupt):
        interrupted(dl.query, ENDLESS)
    # The next query finds the service as it was.
    assert dl.query("SELECT COUNT(*) AS n FROM small.stars").n[0] == STARS


def test_the_import_does_nothing_but_import() -> None:
    code = (
        "import socket, subprocess, sys, pathlib\n"
        "def refuse(*a, **k): raise AssertionError('not at import')\n"
        "socket.socket.connect = subprocess.Popen.__init__ = refuse\n"
        "import datalab_toolkit as dl\n"
        "heavy = {'pandas', 'holoviews', 'datashader', 'bokeh', 'anywidget', 'ipywidgets',"
        " 'astropy', 'IPython'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from datalab_toolkit.registry import find\n"
        "import datalab_toolkit.maps.sources, datalab_toolkit.cli\n"
        "assert callable(dl.services) and callable(dl.query) and callable(dl.density)\n"
        "assert dl.services() == {'datalab': 'Data Lab'}\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
