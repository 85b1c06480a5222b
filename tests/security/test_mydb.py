"""Nobody sees, or changes, anybody else's tables, except as their owner says."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from jobs_client import reach, run, submit
from small_sky import copy_small_sky
from two_users import GROUP, Users, serving_users, sql

SECRET = "bright_dwarf_candidates"
ROWS = "ra,dec,mag\n1,2,15.5\n3,4,16.5\n"


@pytest.fixture(scope="module")
def users(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    """A Data Lab with users."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("users") / "data")
    with serving_users(data) as running:
        yield running


@pytest.fixture
def alice(users: Users) -> Iterator[httpx.Client]:
    """A user with a table that is nobody's business."""
    with users.client("alice") as client:
        made = client.put(f"/mydb/{SECRET}?replace=true", content=ROWS)
        assert made.status_code == 201, made.text
        yield client
        for table in client.get("/mydb").json():
            client.delete(f"/mydb/{table['name']}")


@pytest.fixture(params=["bob", None, "owner"])
def other(request: pytest.FixtureRequest, users: Users) -> Iterator[httpx.Client]:
    """Anybody else: another user, nobody who is known, and whoever runs the server."""
    if request.param == "owner":
        with users.running.client(headers=users.running.as_owner) as client:
            yield client
    else:
        with users.client(request.param) as client:
            yield client


def _share(client: httpx.Client, *names: str) -> httpx.Response:
    return client.post(f"/mydb/{SECRET}", data={"ACTION": "share", "WITH": list(names)})


def _count(client: httpx.Client, schema: str) -> int | None:
    answer = sql(client, f"SELECT count(*) FROM {schema}.{SECRET}")
    return int(answer.text.split()[1]) if answer.status_code == 200 else None


@pytest.mark.parametrize(
    "name",
    [f"mydb.{SECRET}", f"mydb_alice.{SECRET}", f"mydb://{SECRET}", f'"mydb_alice"."{SECRET}"'],
)
def test_a_table_of_another_user_is_not_there(alice: httpx.Client, other: httpx.Client, name: str):
    there = sql(other, f"SELECT * FROM {name}")
    never = sql(other, f"SELECT * FROM {name.replace(SECRET, 'never_was')}")
    assert (there.status_code, never.status_code) == (400, 400)
    assert there.text.replace(SECRET, "never_was").replace("col", "") == never.text.replace(
        "col", ""
    )


def test_nothing_that_lists_tables_tells_of_one(alice: httpx.Client, other: httpx.Client):
    told = [
        other.get("/tap/tables").text,
        other.get("/hips/list").text,
        other.get("/").text,
        other.get("/tap/examples").text,
        sql(other, "SELECT * FROM TAP_SCHEMA.tables").text,
        sql(other, "SELECT * FROM TAP_SCHEMA.columns").text,
        sql(other, "SELECT * FROM TAP_SCHEMA.schemas").text,
        sql(other, "SELECT * FROM information_schema.tables").text,
        sql(other, "SELECT * FROM information_schema.columns").text,
        sql(other, "SELECT * FROM tbl_stat").text,
    ]
    assert all("small" in page for page in told)
    assert not [page for page in told if SECRET in page or "mydb" in page]
    assert SECRET in sql(alice, "SELECT * FROM tbl_stat").text


def test_no_hint_names_one(alice: httpx.Client, other: httpx.Client):
    almost = SECRET[:-1]
    for name in (almost, f"mydb.{almost}", f"mydb_alice.{almost}", f"public.{SECRET}"):
        refused = sql(other, f"SELECT * FROM {name}")
        assert refused.status_code == 400
        assert "mydb_alice." + SECRET not in refused.text.replace(name, "")
        assert SECRET not in refused.text.replace(name, "")
    assert SECRET in sql(alice, f"SELECT * FROM mydb.{almost}").text


@pytest.mark.parametrize(
    "path",
    [
        "/statistics/{}",
        "/density/{}",
        "/histogram/{}?x=ra&y=dec",
        "/hips/density/{}/properties",
        "/hips/density/{}/Norder3/Allsky.fits",
        "/hips/catalogue/{}/properties",
        "/moc/{}",
        "/tap/tables/{}",
    ],
)
def test_what_is_asked_by_name_is_not_there(alice: httpx.Client, other: httpx.Client, path: str):
    assert alice.get(path.format(f"mydb.{SECRET}")).status_code == 200
    for name in (f"mydb.{SECRET}", f"mydb_alice.{SECRET}"):
        assert other.get(path.format(name)).status_code == 404
        never = other.get(path.format(name.replace(SECRET, "never_was")))
        assert never.status_code == 404


def test_an_answer_that_was_kept_is_given_to_nobody_else(alice: httpx.Client, other: httpx.Client):
    path = f"/hips/density/mydb.{SECRET}/properties"
    mine = alice.get(path)
    assert mine.headers["Cache-Control"] == "private, no-cache"
    tag = {"If-None-Match": mine.headers["ETag"]}
    assert alice.get(path, headers=tag).status_code == 304
    assert other.get(path, headers=tag).status_code == 404
    query = {"query": f"SELECT ra, dec FROM mydb.{SECRET}", "width": 20, "height": 10}
    seen = alice.get("/density", params=query)
    assert (seen.status_code, seen.headers["Cache-Control"]) == (200, "private, no-cache")
    assert other.get("/density", params=query).status_code == 400
    for page in (f"/density/mydb.{SECRET}", f"/statistics/mydb.{SECRET}", "/tap/tables", "/"):
        assert "private" in alice.get(page).headers["Cache-Control"]


def test_a_table_of_another_user_cannot_be_changed(alice: httpx.Client, other: httpx.Client):
    for name in (SECRET, f"mydb_alice.{SECRET}", f"..%2Fmydb%2F{SECRET}"):
        assert other.delete(f"/mydb/{name}").status_code in (400, 401, 404)
        for action in ("rename", "copy", "truncate", "share", "describe"):
            form = {"ACTION": action, "TO": "mine", "WITH": "public", "DESCRIPTION": "x"}
            assert other.post(f"/mydb/{name}", data=form).status_code in (400, 401, 404)
        assert other.put(f"/mydb/{name}?append=true", content=ROWS).status_code in (400, 401, 404)
    assert _count(alice, "mydb") == 2
    assert alice.get(f"/mydb/{SECRET}").json()["description"] != "x"


def test_what_is_shared_with_a_user_is_read_and_not_written(users: Users, alice: httpx.Client):
    assert _share(alice, "bob").json()["shared_with"] == ["bob"]
    with users.client("bob") as bob, users.client("carol") as carol, users.client() as nobody:
        assert _count(bob, "mydb_alice") == 2
        assert _count(bob, "mydb") is None
        assert SECRET in bob.get("/tap/tables").text
        assert bob.get(f"/statistics/mydb_alice.{SECRET}").json()["rows"] == 2
        assert bob.get(f"/statistics/mydb_alice.{SECRET}").json()["table"].startswith("mydb_alice")
        assert bob.get(f"/hips/density/mydb_alice.{SECRET}/properties").status_code == 200
        assert bob.delete(f"/mydb/{SECRET}").status_code == 404
        assert bob.put(f"/mydb/mydb_alice.{SECRET}", content=ROWS).status_code == 400
        answer = sql(bob, "SELECT TOP 1 ra FROM small.stars", DEST=f"mydb://mydb_alice.{SECRET}")
        assert answer.status_code == 400
        assert bob.get("/mydb").json() == []
        assert _count(carol, "mydb_alice") is None
        assert _count(nobody, "mydb_alice") is None
    assert _count(alice, "mydb") == 2


def test_what_is_shared_with_a_group_is_there_for_its_members(users: Users, alice: httpx.Client):
    _share(alice, GROUP)
    with users.client("bob") as bob, users.client("carol") as carol:
        assert (_count(bob, "mydb_alice"), _count(carol, "mydb_alice")) == (2, None)
        users.accounts.change_members(GROUP, add=["carol"], remove=["bob"])
        try:
            assert (_count(bob, "mydb_alice"), _count(carol, "mydb_alice")) == (None, 2)
        finally:
            users.accounts.change_members(GROUP, add=["bob"], remove=["carol"])


def test_what_is_shared_with_the_public_is_there_for_all(users: Users, alice: httpx.Client):
    _share(alice, "public")
    with users.client("carol") as carol, users.client() as nobody:
        assert (_count(carol, "mydb_alice"), _count(nobody, "mydb_alice")) == (2, 2)
        assert f"mydb_alice.{SECRET}" in nobody.get("/hips/list").text


def test_what_is_no_longer_shared_is_gone_at_once(users: Users, alice: httpx.Client):
    with users.client("bob") as bob:
        _share(alice, "bob", "carol")
        assert _count(bob, "mydb_alice") == 2
        assert _share(alice).json()["shared_with"] == []
        assert _count(bob, "mydb_alice") is None
        _share(alice, "bob")
        assert _count(bob, "mydb_alice") == 2
        alice.delete(f"/mydb/{SECRET}")
        assert _count(bob, "mydb_alice") is None
        alice.put(f"/mydb/{SECRET}", content=ROWS)  # another table of the same name
        assert _count(bob, "mydb_alice") is None


def test_a_new_version_of_a_shared_table_is_shared_too(users: Users, alice: httpx.Client):
    _share(alice, "bob")
    alice.put(f"/mydb/{SECRET}?append=true", content=ROWS)
    with users.client("bob") as bob:
        assert _count(bob, "mydb_alice") == 4
        alice.post(f"/mydb/{SECRET}", data={"ACTION": "rename", "TO": "other"})
        assert _count(bob, "mydb_alice") is None
        renamed = sql(bob, "SELECT count(*) FROM mydb_alice.other")
        assert renamed.text.split()[1] == "4"
        alice.post("/mydb/other", data={"ACTION": "copy", "TO": "third"})
        assert alice.get("/mydb/third").json()["shared_with"] == []
        assert sql(bob, "SELECT count(*) FROM mydb_alice.third").status_code == 400


def test_a_table_cannot_be_shared_with_a_name_that_somebody_may_take_later(alice: httpx.Client):
    assert _share(alice, "nobody-yet").status_code == 404
    assert alice.get(f"/mydb/{SECRET}").json()["shared_with"] == []


def test_a_job_reads_what_its_owner_may_read_when_it_runs(users: Users, alice: httpx.Client):
    _share(alice, "bob")
    query = f"SELECT count(*) FROM mydb_alice.{SECRET}"
    with users.client("bob") as bob:
        first, second = (submit(bob, query, FORMAT="csv") for _ in range(2))
        bob.post(f"{first}/phase", data={"PHASE": "RUN"})
        reach(bob, first, "COMPLETED")
        assert bob.get(f"{first}/results/result").text.split()[1] == "2"
        _share(alice)
        bob.post(f"{second}/phase", data={"PHASE": "RUN"})
        reach(bob, second, "ERROR")
        assert "There is no table" in bob.get(f"{second}/error").text


def test_a_job_of_nobody_reads_and_keeps_nothing_of_anybody(users: Users, alice: httpx.Client):
    with users.client() as nobody:
        for query, dest in (
            (f"SELECT * FROM mydb.{SECRET}", ""),
            ("SELECT TOP 1 ra FROM small.stars", "mydb://t"),
        ):
            reach(nobody, run(nobody, query, DEST=dest), "ERROR")


def test_the_tables_of_a_survey_cannot_look_like_personal_ones(users: Users, tmp_path: Path):
    from datalab_backend.catalogues.ingest import check_full_name
    from datalab_backend.errors import UsageError
    from datalab_backend.metadata import Table

    for schema in ("mydb", "MYDB", "mydb_alice", "MyDB_x"):
        with pytest.raises(UsageError):
            check_full_name(Table(schema, "t", ()))


def test_the_files_of_users_are_for_nobody_else_on_the_machine(users: Users, alice: httpx.Client):
    directory = users.running.data / "users"
    assert list(directory.glob("*/mydb/catalogues/mydb/*.json"))
    assert directory.stat().st_mode & 0o077 == 0


def test_changes_that_wait_for_an_import_hold_up_nobody_else(users: Users, alice: httpx.Client):
    """More of them than the server has threads for all that is quick."""
    account = users.accounts.find("alice")
    assert account is not None
    held = users.running.data / f"users/{account.caller.uid}/mydb/catalogues/writer.lock"

    def change(number: int) -> int:
        path = "/query/delete?table=none_" if number % 2 else "/query/truncate?table=none_"
        return alice.get(f"{path}{number}").status_code

    with ThreadPoolExecutor(60) as pool:
        with held.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as an import does that writes its rows
            changes = [pool.submit(change, number) for number in range(60)]
            with users.client("bob") as bob:
                for _ in range(20):
                    assert bob.get("/mydb").json() == []
                assert bob.put("/mydb/quick", content=ROWS).status_code == 201
                assert bob.delete("/mydb/quick").status_code == 204
            assert not any(done.done() for done in changes)
        assert {done.result() for done in changes} == {404}
