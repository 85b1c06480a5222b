"""Each caller sees the surveys and what is theirs, through few engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from datalab_backend.accounts.callers import ANONYMOUS, Caller
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import AdqlError
from datalab_backend.jobs import query
from datalab_backend.mydb.service import MyDB
from datalab_backend.mydb.views import MOST_ENGINES


class Lab:
    """Personal tables in this process.

    Parameters
    ----------
    data
        The data directory, with `small_sky` in it.
    """

    def __init__(self, data: Path) -> None:
        self.users = data / "users"
        self.accounts = Accounts(data)
        self.catalogues = LiveCatalogues(CatalogueStore(data))
        self.mydb = self.opened()

    def opened(self) -> MyDB:
        """The tables, as a server that starts finds them."""
        return MyDB(self.users, self.catalogues, self.accounts)

    def caller(self, name: str) -> Caller:
        """A user, made when there is none."""
        return (self.accounts.find(name) or self.accounts.add(name)).caller

    def put(self, caller: Caller, name: str, rows: int) -> None:
        """Give somebody a table."""
        with self.mydb.receiving(caller, f"{name}.csv") as path:
            path.write_text("n\n" + "1\n" * rows)
            self.mydb.import_file(caller, name, path, replaces=True)


@pytest.fixture
def lab(small_sky_copy: Path) -> Iterator[Lab]:
    """Tables in this process."""
    lab = Lab(small_sky_copy)
    yield lab
    lab.accounts.close()


def _count(now: Snapshot, table: str) -> int:
    with query.run(f"SELECT n FROM {table}", now.tables, now.engine, 1000) as rows:
        return sum(batch.num_rows for batch in rows)


def test_who_has_no_tables_has_the_engine_of_the_surveys(lab: Lab):
    surveys = lab.catalogues.now()
    assert lab.mydb.snapshot(ANONYMOUS) is surveys
    assert lab.mydb.snapshot(lab.caller("alice")) is surveys
    lab.put(lab.caller("alice"), "t", 1)
    assert lab.mydb.snapshot(lab.caller("bob")) is surveys
    mine = lab.mydb.snapshot(lab.caller("alice"))
    assert mine is not surveys
    assert lab.mydb.snapshot(lab.caller("alice")) is mine
    lab.mydb.drop(lab.caller("alice"), "t")
    assert lab.mydb.snapshot(lab.caller("alice")) is surveys


def test_all_who_see_the_same_public_tables_have_one_engine(lab: Lab):
    lab.put(lab.caller("alice"), "t", 3)
    lab.mydb.share(lab.caller("alice"), "t", ["public"])
    seen = lab.mydb.snapshot(ANONYMOUS)
    assert _count(seen, "mydb_alice.t") == 3
    assert lab.mydb.snapshot(lab.caller("bob")) is seen
    assert lab.mydb.snapshot(lab.caller("alice")) is not seen


def test_few_engines_are_kept_and_each_caller_sees_their_own(lab: Lab):
    users = [lab.caller(f"user{number}") for number in range(MOST_ENGINES + 2)]
    for number, user in enumerate(users, 1):
        lab.put(user, "mine", number)
    for _ in range(2):
        for number, user in enumerate(users, 1):
            assert _count(lab.mydb.snapshot(user), "mydb.mine") == number
    assert len(lab.mydb.views) == MOST_ENGINES


def test_a_change_is_seen_by_the_next_query_and_a_running_one_keeps_what_it_read(lab: Lab):
    alice = lab.caller("alice")
    lab.put(alice, "t", 1)
    before = lab.mydb.snapshot(alice)
    lab.put(alice, "t", 2)
    assert _count(lab.mydb.snapshot(alice), "mydb.t") == 2
    assert _count(before, "mydb.t") == 1
    lab.mydb.drop(alice, "t")
    assert _count(before, "mydb.t") == 1
    with pytest.raises(AdqlError, match=r"There is no table 'mydb\.t'"):
        _count(lab.mydb.snapshot(alice), "mydb.t")


def test_what_is_shared_is_still_shared_after_a_start_of_the_server(lab: Lab):
    alice, bob = lab.caller("alice"), lab.caller("bob")
    lab.put(alice, "t", 2)
    lab.mydb.share(alice, "t", ["bob"])
    again = lab.opened()
    assert _count(again.snapshot(bob), "mydb_alice.t") == 2
    assert _count(again.snapshot(alice), "mydb.t") == 2
    assert again.snapshot(lab.caller("carol")) is lab.catalogues.now()
