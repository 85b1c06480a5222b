"""Tables of users outlive the server, however it ends: old or new, never half."""

from __future__ import annotations

import gzip
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.jobs import query
from datalab_backend.mydb.service import MyDB
from jobs_client import reach, run
from small_sky import copy_small_sky
from two_users import serving_users, sql

# Does all that changes tables, again and again, until it is killed.
_BUSY = """
import sys
from pathlib import Path
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import DatalabError
from datalab_backend.jobs import query
from datalab_backend.mydb.service import MyDB

data = Path(sys.argv[1])
accounts = Accounts(data)
alice = accounts.find("alice").caller
mydb = MyDB(data / "users", LiveCatalogues(CatalogueStore(data)), accounts)
mydb.clean()

def put(name, rows):
    with mydb.receiving(alice, f"{name}.csv") as path:
        path.write_text("ra,dec\\n" + "1,2\\n" * rows)
        mydb.import_file(alice, name, path, replaces=True)

def keep(name, rows):
    now = mydb.snapshot(alice)
    text = f"SELECT TOP {rows} ra, dec FROM small.stars"
    with query.run(text, now.tables, now.engine, 9999) as r:
        r.start()
        mydb.store(alice, name, r.columns, r, r.status, replaces=True)

for round in range(10**6):
    for change in (
        lambda: put("imported", 100),
        lambda: put("imported", 3000),
        lambda: keep("result", 200),
        lambda: keep("result", 2000),
        lambda: mydb.copy(alice, "imported", "copied"),
        lambda: mydb.rename(alice, "copied", "renamed"),
        lambda: mydb.share(alice, "renamed", ["public"]),
        lambda: mydb.drop(alice, "renamed"),
    ):
        try:
            change()
        except DatalabError:
            pass
    if not round:
        print("ready", flush=True)
"""
_ROWS = {
    "imported": {100, 3000},
    "result": {200, 2000},
    "copied": {100, 3000},
    "renamed": {100, 3000},
}


def test_a_kill_at_any_moment_leaves_tables_old_or_new(small_sky: Path, tmp_path: Path):
    data = copy_small_sky(small_sky, tmp_path / "data")
    accounts = Accounts(data)
    alice = accounts.add("alice").caller
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _BUSY, str(data)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(random.uniform(0, 1))
            process.kill()
        mydb = MyDB(data / "users", LiveCatalogues(CatalogueStore(data)), accounts)
        mydb.clean()
        now = mydb.snapshot(alice)
        for one in mydb.tables(alice):
            name = one.table.name
            with query.run(f"SELECT ra FROM mydb.{name}", now.tables, now.engine, 9999) as rows:
                count = sum(batch.num_rows for batch in rows)
            assert count == one.table.rows
            assert count in _ROWS[name]
        personal = data / "users" / str(alice.uid) / "mydb"
        documents = personal / "catalogues" / "mydb"
        described = [p for p in documents.glob("*.json") if p.name != "schema.json"]
        assert len([p for p in documents.iterdir() if p.is_dir()]) == len(described)
        left = [p for p in (personal / "tmp").iterdir() if not p.name.startswith("duckdb")]
        assert left == []
        assert not (personal / "ingest").exists()
    accounts.close()


def test_a_job_that_keeps_its_result_goes_on_after_a_kill(small_sky: Path, tmp_path: Path):
    data = copy_small_sky(small_sky, tmp_path / "data")
    slow = (
        "SELECT a.field, COUNT(*) AS n FROM small.stars AS a, small.stars AS b "
        "WHERE SIN(a.ra) * SIN(b.ra) > 0.5 GROUP BY a.field"
    )
    with serving_users(data) as first, first.client("alice") as client:
        job = run(client, slow, DEST="mydb://kept")
        reach(client, job, "EXECUTING")
        first.running.kill()
    with serving_users(data) as second, second.client("alice") as client:
        reach(client, job, "COMPLETED")
        rows = sql(client, "SELECT count(*) FROM mydb.kept").text.split()[1]
        assert int(rows) == client.get("/mydb/kept").json()["rows"] > 0


@pytest.mark.parametrize("to", ["mydb://kept", "vos://kept.csv"])
def test_a_kill_between_the_result_and_the_word_of_it_fails_no_job(
    small_sky: Path, tmp_path: Path, to: str
):
    data = copy_small_sky(small_sky, tmp_path / "data")
    with serving_users(data) as first, first.client("alice") as client:
        job = run(client, "SELECT TOP 3 ra FROM small.stars", DEST=to)
        reach(client, job, "COMPLETED")
        first.running.kill()
    # As the jobs are when the server dies in this moment.
    with closing(sqlite3.connect(data / "jobs" / "jobs.sqlite")) as jobs, jobs:
        jobs.execute("UPDATE jobs SET phase = 'EXECUTING', result = NULL, ended = NULL")
    with serving_users(data) as second, second.client("alice") as client:
        reach(client, job, "COMPLETED")
        again = run(client, "SELECT TOP 3 ra FROM small.stars", DEST=to)
        reach(client, again, "ERROR")  # another job may not take its place


def test_a_packed_file_is_not_unpacked_beyond_the_quota(small_sky: Path, tmp_path: Path):
    data = copy_small_sky(small_sky, tmp_path / "data")
    bomb = gzip.compress(b"n\n" + b"1\n" * 50_000_000)
    with serving_users(data) as users, users.client("alice") as client:
        users.accounts.set_quotas("alice", mydb_quota_bytes=1_000_000)
        refused = client.put("/mydb/bomb?format=csv", content=bomb)
        assert refused.status_code == 507, refused.text
        assert "is unpacked to more than" in refused.text
        assert client.get("/mydb").json() == []
