"""Whatever is sent in either language, a query reads the tables that it may read, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import QueryTimeoutError
from datalab_backend.jobs import query as queries
from datalab_process import DatalabProcess

LANGUAGES = ("ADQL", "SQL")


class Attempt(NamedTuple):
    """A query that does more than read.

    Attributes
    ----------
    query
        The query.
    says
        Words of the refusal.
    """

    query: str
    says: str


def _statement(text: str) -> Attempt:
    return Attempt(text, "Only SELECT can be run here")


def _stacked(text: str) -> Attempt:
    return Attempt(text, "Only one query can be run")


STATEMENTS = (
    _statement("INSERT INTO small.stars VALUES (1)"),
    _statement("UPDATE small.stars SET ra = 0"),
    _statement("DELETE FROM small.stars"),
    _statement("DROP TABLE small.stars"),
    _statement("CREATE TABLE small.mine AS SELECT * FROM small.stars"),
    _statement("ALTER TABLE small.stars ADD COLUMN x INTEGER"),
    _statement("TRUNCATE TABLE small.stars"),
    _statement("COPY small.stars TO '/tmp/stars.csv'"),
    _statement("ATTACH '/tmp/other.duckdb' AS other"),
    _statement("PRAGMA database_list"),
    _statement("SET enable_external_access = true"),
    _statement("CALL pragma_version()"),
)
STACKED = (
    _stacked("SELECT ra FROM small.stars; DROP TABLE small.stars"),
    _stacked("SELECT ra FROM small.stars;DELETE FROM small.stars;"),
    _stacked("SELECT ra FROM small.stars; -- and then\nDROP TABLE small.stars"),
    _stacked("SELECT ra FROM small.stars;; SELECT ra FROM small.stars"),
    _stacked("SELECT name FROM small.stars WHERE name = 'a'';' ; COPY small.stars TO '/tmp/x'"),
    Attempt("SELECT ra FROM small.stars /* */; /* */ DROP TABLE small.stars", ""),
)
FUNCTIONS = (
    Attempt("SELECT * FROM read_csv('/etc/passwd')", "There is no table function 'read_csv'"),
    Attempt("SELECT * FROM read_parquet('/tmp/*')", "There is no table function 'read_parquet'"),
    Attempt("SELECT read_text('/etc/passwd') FROM small.stars", "no function 'read_text'"),
    Attempt("SELECT read_blob('/etc/passwd') FROM small.stars", "no function 'read_blob'"),
    Attempt("SELECT * FROM sniff_csv('/etc/passwd')", "There is no table function 'sniff_csv'"),
    Attempt("SELECT * FROM glob('/*')", "There is no table function 'glob'"),
    Attempt("SELECT getenv('HOME') FROM small.stars", "There is no function 'getenv'"),
    Attempt("SELECT pg_read_file('/etc/passwd') FROM small.stars", "no function 'pg_read_file'"),
    Attempt("SELECT lo_import('/etc/passwd') FROM small.stars", "no function 'lo_import'"),
    Attempt("SELECT * FROM dblink('host=x', 'SELECT 1')", "There is no table function 'dblink'"),
)
REPLACEMENT_SCANS = (
    Attempt("SELECT * FROM '/etc/passwd.csv'", "A table is expected here"),
    Attempt('SELECT * FROM "stars.parquet"', "There is no table '\"stars.parquet\"'"),
    Attempt("SELECT * FROM 'https://example.org/x.parquet'", "A table is expected here"),
    Attempt("SELECT * FROM stored", "There is no table 'stored'"),
)
CATALOGUES = (
    Attempt("SELECT * FROM duckdb_settings()", "no table function 'duckdb_settings'"),
    Attempt("SELECT * FROM information_schema.schemata", "no table 'information_schema.schemata'"),
    Attempt("SELECT * FROM pg_catalog.pg_tables", "There is no table 'pg_catalog.pg_tables'"),
    Attempt("SELECT * FROM mydb_somebody.secrets", "There is no table 'mydb_somebody.secrets'"),
)
BOMBS = (
    Attempt(
        "WITH RECURSIVE w AS (SELECT 1 AS n FROM small.fields UNION ALL SELECT n + 1 FROM w) "
        "SELECT COUNT(*) FROM w",
        "There are no recursive queries here",
    ),
    Attempt("SELECT * FROM generate_series(1, 1000000000000)", "function 'generate_series'"),
    Attempt("SELECT REPEAT('x', 1000000000) FROM small.stars", "There is no function 'REPEAT'"),
    Attempt("SELECT pg_sleep(3600) FROM small.stars", "There is no function 'pg_sleep'"),
)
ATTEMPTS = (*STATEMENTS, *STACKED, *FUNCTIONS, *REPLACEMENT_SCANS, *CATALOGUES, *BOMBS)

ENDLESS = "SELECT COUNT(*) FROM {} WHERE SIN(a.ra) * SIN(b.ra) * SIN(c.ra) > 2"


@pytest.fixture(scope="module")
def catalogues(small_sky: Path) -> Snapshot:
    """The small sky in a real engine."""
    return LiveCatalogues(CatalogueStore(small_sky)).now()


def test_there_are_forty_attempts():
    assert len(set(ATTEMPTS)) == 40


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda a: a.query[:50])
def test_an_attempt_is_refused_in_words(client: httpx.Client, attempt: Attempt, language: str):
    answer = client.post("/tap/sync", data={"LANG": language, "QUERY": attempt.query})
    assert answer.status_code == 400
    said = answer.text.replace("&#39;", "'").replace("&quot;", '"')
    assert attempt.says in said
    assert "(line " in said
    for name in ("duckdb_", "Catalog Error", "Parser Error", "Traceback", ".py"):
        assert name not in said.replace(attempt.query, "").replace(attempt.says, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_attempt_reaches_the_engine(
    datalab: DatalabProcess, client: httpx.Client, language: str
):
    for attempt in ATTEMPTS:
        client.post("/tap/sync", data={"LANG": language, "QUERY": attempt.query})
    last = f"SELECT COUNT(*) FROM small.stars WHERE name = '{language} is done'"
    answer = client.post("/tap/sync", data={"LANG": language, "QUERY": last, "FORMAT": "csv"})
    assert answer.text.splitlines()[1] == "0"
    datalab.logged(message="query", adql=last)
    ran = {line["adql"] for line in datalab.log if line["message"] == "query"}
    assert not ran & {attempt.query for attempt in ATTEMPTS}


@pytest.mark.parametrize(
    ("language", "tables"),
    [
        ("ADQL", "small.stars AS a, small.stars AS b, small.stars AS c"),
        ("SQL", "small.stars a CROSS JOIN small.stars b CROSS JOIN small.stars c"),
        ("SQL", "small.stars a, LATERAL (SELECT ra FROM small.stars) b, small.stars c"),
    ],
)
def test_a_join_of_everything_with_everything_ends_in_time(
    catalogues: Snapshot, language: str, tables: str
):
    with (
        queries.run(
            ENDLESS.format(tables),
            catalogues.tables,
            catalogues.engine,
            maxrec=10,
            timeout_s=0.5,
            language=language,
        ) as result,
        pytest.raises(QueryTimeoutError),
    ):
        result.start()


@pytest.mark.parametrize("table", ["tbl_stat", "information_schema.tables"])
def test_what_tells_of_tables_tells_of_nothing_else(client: httpx.Client, table: str):
    query = {"LANG": "SQL", "QUERY": f"SELECT * FROM {table}", "FORMAT": "csv"}
    answer = client.post("/tap/sync", data=query)
    assert answer.status_code == 200
    assert {"stars", "fields"} <= set(answer.text.replace("\n", ",").split(","))
    for hidden in ("duckdb", "pg_", "main", "temp", "rows"):
        assert hidden not in answer.text.partition("\n")[2]
    # ADQL has TAP_SCHEMA for that.
    assert client.post("/tap/sync", data={**query, "LANG": "ADQL"}).status_code == 400
