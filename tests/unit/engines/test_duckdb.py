"""The embedded engine: it streams, it stops when told to, and it reaches nothing but its tables."""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread, Timer

import duckdb
import psutil
import pyarrow as pa
import pytest
from datalab_backend.engines.duckdb import DuckDBEngine
from datalab_backend.errors import DatalabError, QueryTimeoutError, ServiceError, UsageError
from datalab_backend.metadata import Column, DataType, Table
from long_waits import LongWaits
from sqlglot import exp, parse_one

STARS = Table("sky", "stars", (Column("id", DataType.BIGINT), Column("name", DataType.VARCHAR)))
NOTES = Table("NOTES", "size", (Column("text", DataType.VARCHAR),))

ENDLESS = "SELECT count(*) FROM range(1000000) a(i), range(1000000) b(j) WHERE sin(i + j) > 2"
ENDLESS_ROWS = "SELECT a.i + b.j FROM range(1000000) a(i), range(1000000) b(j)"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    rows = tmp_path / "it's here.duckdb"
    with duckdb.connect(str(rows)) as connection:
        connection.execute(
            "CREATE TABLE rows AS SELECT i AS id, 'star ' || i AS name FROM range(5) t(i)"
        )
    notes = pa.table({"text": ["é", None]})
    engine = DuckDBEngine({STARS: rows}, {NOTES: notes}, tmp_path / "scratch")
    yield engine
    engine.close()


def read(engine: DuckDBEngine, sql: str | exp.Expression, timeout_s: float | None = None):
    query = parse_one(sql, dialect="duckdb") if isinstance(sql, str) else sql
    with engine.execute(query, timeout_s) as result:
        return pa.Table.from_batches(result, schema=result.schema)


def test_tables_on_disk_and_in_memory_can_be_joined(engine: DuckDBEngine):
    stars, notes = engine.relation(STARS), engine.relation(NOTES)
    query = exp.select("id", "text").from_(stars).join(notes, join_type="cross").order_by("id")
    assert read(engine, query).column("id").to_pylist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_work_in_the_background_reads_the_same_tables(engine: DuckDBEngine):
    twin = engine.in_background()
    assert twin is not engine
    assert engine.in_background() is twin
    for table in (STARS, NOTES):
        everything = exp.select("*").from_(engine.relation(table))
        assert read(twin, everything) == read(engine, everything)


def test_work_in_the_background_does_without_threads_of_its_own_when_a_table_was_replaced(
    engine: DuckDBEngine, tmp_path: Path
):
    (tmp_path / "it's here.duckdb").unlink()
    assert read(engine.in_background(), exp.select("*").from_(engine.relation(STARS))).num_rows == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has threads of several priorities")
def test_threads_in_the_background_give_way_and_no_others_do(engine: DuckDBEngine):
    own = os.getpriority(os.PRIO_PROCESS, os.getpid())

    def nicer() -> set[int]:
        found = set()
        for task in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):  # another test's, which has ended this very moment
                if os.getpriority(os.PRIO_PROCESS, int(task.name)) > own:
                    found.add(int(task.name))
        return found

    before = nicer()
    twin = engine.in_background()
    background = nicer() - before
    assert background
    many = parse_one("SELECT count(*) AS n FROM range(3000000) t(i) WHERE sin(i) > 0")
    assert read(twin, many) == read(engine, many)
    assert nicer() - before <= background


def test_the_first_rows_of_a_range_of_row_numbers_are_found(tmp_path: Path):
    rows = tmp_path / "many.duckdb"
    with duckdb.connect(str(rows)) as connection:
        connection.execute("CREATE TABLE rows AS SELECT i AS id, i AS name FROM range(20000) t(i)")
    many = DuckDBEngine({STARS: rows}, {}, tmp_path / "other-scratch")
    query = exp.select("id").from_(many.relation(STARS)).where("rowid BETWEEN 5 AND 50")
    found = read(many, query.order_by("name DESC").limit(3))
    many.close()
    assert found.column("id").to_pylist() == [50, 49, 48]


def test_an_empty_result_still_has_its_columns(engine: DuckDBEngine):
    query = exp.select("*").from_(engine.relation(STARS)).where("id < 0")
    table = read(engine, query)
    assert table.num_rows == 0
    assert table.schema.names == ["id", "name"]


def test_a_table_that_a_query_brings_along_is_there_for_it_alone(engine: DuckDBEngine):
    mine = Table("TAP_UPLOAD", "mine", (Column("id", DataType.BIGINT),))
    stars, brought = engine.relation(STARS), engine.relation(mine)
    query = exp.select("name").from_(stars).join(brought, using="id")
    rows = pa.table({"id": [1, 3, 9]})
    with engine.execute(query, brought={mine: rows}) as result:
        assert sorted(pa.Table.from_batches(result)["name"].to_pylist()) == ["star 1", "star 3"]
    with pytest.raises(ServiceError):
        read(engine, query)


def test_results_are_read_side_by_side(engine: DuckDBEngine):
    query = exp.select("id").from_(engine.relation(STARS)).order_by("id")
    with engine.execute(query) as first, engine.execute(query) as second:
        pairs = list(zip(first, second, strict=True))
    assert [a.equals(b) for a, b in pairs] == [True]


def test_ten_million_rows_pass_through_a_small_memory(engine: DuckDBEngine):
    process = psutil.Process()
    sql = "SELECT i, i * 0.5e0 a, i * 0.25e0 b, i * 0.125e0 c FROM range(10000000) t(i)"
    rows, size, highest = 0, 0, 0
    with engine.execute(parse_one(sql, dialect="duckdb")) as result:
        before = process.memory_info().rss
        for batch in result:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            highest = max(highest, process.memory_info().rss)
    assert rows == 10_000_000
    assert highest - before < size / 2


@pytest.mark.parametrize("sql", [ENDLESS, ENDLESS_ROWS])
def test_a_query_is_stopped_when_its_time_is_up(engine: DuckDBEngine, sql: str):
    with pytest.raises(QueryTimeoutError, match=r"did not finish within 0\.3 seconds"):
        read(engine, sql, timeout_s=0.3)
    assert read(engine, "SELECT 1 AS one", timeout_s=60).to_pylist() == [{"one": 1}]


def test_the_time_in_which_rows_wait_to_be_taken_does_not_count(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
):
    waits = LongWaits(monkeypatch)
    sql = parse_one("SELECT i FROM range(1000000) t(i)", dialect="duckdb")
    with engine.execute(sql, timeout_s=600) as result:
        batches = iter(result)
        rows = next(batches).num_rows
        with result.paused():
            waits.forward(3600)
            time.sleep(1)  # so that the query is looked after meanwhile
        rows += sum(batch.num_rows for batch in batches)
    assert rows == 1_000_000
    with engine.execute(parse_one(ENDLESS_ROWS, dialect="duckdb"), timeout_s=0.5) as result:
        batches = iter(result)
        with result.paused():
            time.sleep(0.1)
        with pytest.raises(QueryTimeoutError):
            list(batches)


def test_a_query_that_runs_tells_how_far_it_has_come(engine: DuckDBEngine):
    query = parse_one(ENDLESS, dialect="duckdb")
    with engine.execute(query, timeout_s=600, tell_progress=True) as result:
        assert result.progress is None
        seen = [0.0]

        def watch() -> None:
            while not seen[-1]:  # it may get no further: the query never ends
                time.sleep(0.1)
                seen.append(result.progress or 0.0)
            result.cancel()

        watcher = Thread(target=watch)
        watcher.start()
        with pytest.raises(ServiceError, match="cancelled"):
            list(result)
        watcher.join()
    assert sorted(seen) == seen
    assert 0 < seen[-1] < 1


@pytest.mark.parametrize("name", ["memory_limit", "threads", "enable_external_access"])
def test_a_query_can_set_nothing_else(engine: DuckDBEngine, name: str):
    with (
        engine.execute(parse_one("SELECT 1 AS one")) as result,
        pytest.raises(duckdb.InvalidInputException, match="locked"),
    ):
        result._cursor.execute(f"SET {name} = '1'")


@pytest.mark.parametrize("sql", [ENDLESS, ENDLESS_ROWS])
def test_a_query_is_stopped_when_it_is_cancelled(engine: DuckDBEngine, sql: str):
    with engine.execute(parse_one(sql, dialect="duckdb")) as result:
        timer = Timer(0.2, result.cancel)
        timer.start()
        with pytest.raises(ServiceError, match="cancelled"):
            list(result)
        timer.join()


def test_a_query_cancelled_before_it_starts_never_runs(engine: DuckDBEngine):
    with engine.execute(parse_one(ENDLESS, dialect="duckdb")) as result:
        result.cancel()
        with pytest.raises(ServiceError, match="cancelled"):
            list(result)


def test_closing_a_result_stops_the_query_that_another_thread_reads(engine: DuckDBEngine):
    result = engine.execute(parse_one(ENDLESS, dialect="duckdb"))
    timer = Timer(0.2, result.close)
    timer.start()
    with pytest.raises(ServiceError):
        list(result)
    timer.join()


def test_a_result_is_read_once(engine: DuckDBEngine):
    with engine.execute(parse_one("SELECT 1", dialect="duckdb")) as result:
        list(result)
        with pytest.raises(ServiceError):
            list(result)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CAST(name AS INTEGER) FROM stars",
        "SELECT 9223372036854775807 + id FROM stars",
        "SELECT 1 % (id - id) FROM stars",
    ],
)
def test_a_value_that_arithmetic_cannot_take_is_the_users_to_mend(engine: DuckDBEngine, sql: str):
    query = parse_one(sql, dialect="duckdb")
    query.find(exp.Table).replace(engine.relation(STARS))
    with pytest.raises(UsageError, match="cannot take") as caught:
        read(engine, query)
    assert caught.value.hint


def test_a_query_for_one_value_that_gives_several_is_told_apart(engine: DuckDBEngine):
    query = parse_one("SELECT (SELECT x FROM range(2) AS t (x)) AS y", dialect="duckdb")
    with pytest.raises(UsageError, match=r"gave more than one row\. Compare with IN"):
        read(engine, query)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_blob('{secret}')",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM sniff_csv('{secret}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT getenv('HOME')",
        "SELECT * FROM python_variable",
        "COPY (SELECT 1) TO '{folder}/written.csv'",
        "COPY (SELECT 1) TO '{folder}/written.parquet' (FORMAT parquet)",
        "ATTACH '{folder}/other.duckdb' AS other",
        "EXPORT DATABASE '{folder}/export'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '1TB'",
        "RESET lock_configuration",
        "INSERT INTO \"sky.stars\".main.rows VALUES (9, 'x')",
        'DELETE FROM "sky.stars".main.rows',
        'DROP TABLE "sky.stars".main.rows',
        'CREATE TABLE "sky.stars".main.more AS SELECT 1',
    ],
)
def test_sql_that_got_this_far_reaches_no_file_and_changes_nothing(
    engine: DuckDBEngine, tmp_path: Path, sql: str
):
    python_variable = pa.table({"secret": [1]})
    assert python_variable.num_rows == 1
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text("the,secret\n")
    statement = exp.Command(this=sql.format(secret=folder / "secret.csv", folder=folder))
    with pytest.raises(DatalabError):
        read(engine, statement)
    assert [path.name for path in folder.iterdir()] == ["secret.csv"]
    rows = read(engine, exp.select("id").from_(engine.relation(STARS)))
    assert rows.num_rows == 5


def test_the_engines_own_words_go_to_the_log_and_not_to_the_user(
    engine: DuckDBEngine, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.ERROR), pytest.raises(ServiceError) as caught:
        read(engine, "SELECT * FROM no_such_table_here")
    assert "no_such_table_here" in caplog.text
    assert "no_such_table_here" not in str(caught.value)


def test_a_query_beyond_the_memory_and_disk_limits_says_so(tmp_path: Path):
    engine = DuckDBEngine({}, {}, tmp_path, memory_limit="60MB", scratch_limit="10MB", threads=1)
    with pytest.raises(ServiceError, match="more memory or disk"):
        read(engine, "SELECT * FROM range(30000000) t(i) ORDER BY hash(i)")


def test_an_engine_lives_as_long_as_its_last_result(tmp_path: Path):
    engine = DuckDBEngine({}, {}, tmp_path)
    result = engine.execute(parse_one("SELECT * FROM range(1000000)", dialect="duckdb"))
    batches = iter(result)
    next(batches)
    del engine
    gc.collect()
    assert list(tmp_path.iterdir())
    assert sum(b.num_rows for b in batches) > 0
    result.close()
    del result, batches
    gc.collect()
    assert not list(tmp_path.iterdir())
