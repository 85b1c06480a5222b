"""The queries that the Data Lab's makers show in their talks run as they are printed.

The surveys are the simulated ones; nothing but the names of tables is changed.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from datalab_backend import adql
from datalab_backend.catalogues.demo.simulation import (
    legacy_tables,
    pixels,
    smash,
    smash_rows,
    smash_tables,
)
from datalab_backend.catalogues.demo.surveys import PATCH_DEC, PATCH_RA, simulate
from datalab_backend.metadata import Schema, Tables

from .conftest import relation

TABLES = Tables(
    (Schema("sim_ls"), Schema("sim_smash")), (legacy_tables.TRACTOR, smash_tables.OBJECT)
)

COLOURS = """SELECT dered_mag_g as gmag, dered_mag_r as rmag,
       dered_mag_z as zmag,
       dered_mag_w1 as w1mag, dered_mag_w2 as w2mag, type,
       snr_g, snr_r, snr_z, ra, dec
FROM sim_ls.tractor
WHERE (snr_g>3 and snr_r>3 and snr_z>3)
LIMIT 200000"""

# The slide fills the numbers in with %d.
BLUE_STARS = """SELECT ra,dec,gmag,rmag,imag FROM sim_smash.object
WHERE fieldid = '169' AND
depthflag > 1 AND
abs(sharp) < 0.5 AND
gmag BETWEEN 9 AND 25 AND
(gmag-rmag) BETWEEN -0.4 AND 0.4"""

ROWS_OF_A_FIELD = "SELECT id,ra,dec,gmag,rmag FROM sim_smash.object WHERE fieldid=169 LIMIT 100"


@pytest.fixture(scope="module")
def surveys() -> duckdb.DuckDBPyConnection:
    """A piece of each survey."""
    (patch,) = pixels.nearest(PATCH_RA, PATCH_DEC, 1)
    inner = list(smash.pixels_of_field())
    field = inner[len(inner) // 2]
    made = {
        "sim_ls": simulate("sim_ls", pixels.ORDER, int(patch))["sim_ls.tractor"],
        "sim_smash": smash_rows.tables(int(field), smash.FIELD)["sim_smash.object"],
    }
    connection = duckdb.connect()
    for schema, rows in made.items():
        name = "tractor" if schema == "sim_ls" else "object"
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.register("rows", rows)
        connection.execute(f"CREATE TABLE {schema}.{name} AS SELECT * FROM rows")
        connection.unregister("rows")
    return connection


def run(surveys: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    checked = adql.check(adql.parse_sql(query), TABLES)
    sql = adql.translate(checked, relation, None, "duckdb").sql("duckdb")
    return surveys.sql(sql).to_arrow_table()


def test_the_colours_of_the_legacy_survey(surveys: duckdb.DuckDBPyConnection):
    rows = run(surveys, COLOURS)
    assert rows.num_rows > 100
    assert rows.column_names[:5] == ["gmag", "rmag", "zmag", "w1mag", "w2mag"]
    assert min(rows["snr_z"].to_pylist()) > 3
    assert "PSF" in rows["type"].to_pylist()


def test_the_blue_stars_of_a_field(surveys: duckdb.DuckDBPyConnection):
    rows = run(surveys, BLUE_STARS).to_pandas()
    assert len(rows) > 3
    assert rows.gmag.between(9, 25).all()
    assert (rows.gmag - rows.rmag).between(-0.4001, 0.4001).all()


def test_a_hundred_rows_of_a_field(surveys: duckdb.DuckDBPyConnection):
    rows = run(surveys, ROWS_OF_A_FIELD)
    assert rows.column_names == ["id", "ra", "dec", "gmag", "rmag"]
    assert rows.num_rows == 100
    assert all(identifier.startswith("169.") for identifier in rows["id"].to_pylist())


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("select ra,dec,mag_g,mag_r,mag_z from sim_ls.tractor limit 1000", 1000),
        ("select * from sim_smash.object limit 10", 10),
        ("select * from sim_smash.object limit 1000", 1000),
        ("SELECT TOP 1000 * FROM sim_ls.tractor", 1000),
    ],
)
def test_what_is_typed_into_the_web_page_and_the_command(
    surveys: duckdb.DuckDBPyConnection, query: str, count: int
):
    assert run(surveys, query).num_rows == count


def test_a_sample_of_one_in_ten(surveys: duckdb.DuckDBPyConnection):
    every = run(surveys, "SELECT COUNT(*) FROM sim_ls.tractor")["count"][0].as_py()
    some = run(surveys, "SELECT ra FROM sim_ls.tractor WHERE random_id < 10").num_rows
    assert 0.07 < some / every < 0.13
