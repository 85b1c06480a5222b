"""No user keeps more than they may, and what does not fit leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from datalab_backend.errors import AuthenticationError, ConflictError, DatalabError, QuotaError
from datalab_backend.jobs import query
from tables_of_alice import Lab

SMALL = "n\n1\n"


@pytest.fixture
def lab(small_sky_copy: Path) -> Iterator[Lab]:
    """Tables in this process."""
    lab = Lab(small_sky_copy)
    yield lab
    lab.accounts.close()


def _limit(lab: Lab, more_bytes: int) -> None:
    used = lab.mydb.used_bytes(lab.alice)
    lab.accounts.set_quotas("alice", mydb_quota_bytes=used + more_bytes)


def test_a_file_that_does_not_fit_leaves_nothing(lab: Lab):
    lab.put("there", SMALL)
    _limit(lab, 10_000)
    before = lab.files()
    with pytest.raises(QuotaError, match=r"mydb\.more takes .* only 10 kB are left"):
        lab.put("more", SMALL)
    assert lab.names() == ["there"]
    assert lab.files() == before
    _limit(lab, 500_000)
    lab.put("there", "n\n2\n3\n", replaces=True)  # takes the place of what is there
    assert lab.mydb.table(lab.alice, "there").table.rows == 2


def test_a_result_that_does_not_fit_leaves_nothing(lab: Lab):
    lab.put("there", SMALL)
    _limit(lab, 200_000)
    before = lab.files()
    with pytest.raises(QuotaError, match="nothing was kept"):
        lab.keep("more", "SELECT * FROM small.stars")
    assert lab.names() == ["there"]
    assert lab.files() == before


def test_a_result_that_is_far_too_large_is_not_written_to_its_end(lab: Lab):
    lab.put("there", SMALL)
    _limit(lab, 1000)
    endless = "SELECT a.ra, b.dec, a.pmra FROM small.stars AS a, small.stars AS b"  # 10 GB
    with pytest.raises(QuotaError, match="does not fit into your quota"):
        lab.keep("more", endless)
    assert lab.names() == ["there"]


def test_copies_count_and_are_refused_when_there_is_no_room(lab: Lab):
    lab.put("a", SMALL)
    size = lab.mydb.used_bytes(lab.alice)
    lab.mydb.copy(lab.alice, "a", "b")
    assert lab.mydb.used_bytes(lab.alice) == 2 * size
    _limit(lab, size - 1)
    with pytest.raises(QuotaError):
        lab.mydb.copy(lab.alice, "a", "c")
    assert lab.names() == ["a", "b"]
    lab.mydb.drop(lab.alice, "a")
    assert lab.mydb.used_bytes(lab.alice) == size
    lab.mydb.copy(lab.alice, "b", "c")
    lab.mydb.drop(lab.alice, "b")
    now = lab.mydb.snapshot(lab.alice)
    with query.run("SELECT n FROM mydb.c", now.tables, now.engine, 10) as rows:
        assert sum(batch.num_rows for batch in rows) == 1


def test_many_writers_at_once_never_pass_the_quota(lab: Lab):
    lab.put("one", SMALL)
    size = lab.mydb.used_bytes(lab.alice)
    _limit(lab, 3 * size + size // 2)
    quota = lab.mydb.quota_bytes(lab.alice)
    assert quota is not None

    def write(number: int) -> bool:
        try:
            lab.put(f"t{number}", SMALL)
        except DatalabError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        kept = list(pool.map(write, range(8)))
    assert kept.count(True) == 3
    assert len(lab.names()) == 4
    assert lab.mydb.used_bytes(lab.alice) <= quota


def test_of_many_who_want_one_name_one_has_it(lab: Lab):
    def write(number: int) -> bool:
        try:
            lab.keep("wanted", f"SELECT TOP {number + 1} ra FROM small.stars")
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(write, range(4)))
    assert kept.count(True) == 1
    assert lab.mydb.table(lab.alice, "wanted").table.rows == kept.index(True) + 1


def test_who_may_keep_nothing_keeps_nothing(lab: Lab):
    demo = lab.accounts.find("dldemo")
    assert demo is not None
    with pytest.raises(AuthenticationError):
        lab.mydb.scratch(demo.caller)
    assert lab.mydb.tables(demo.caller) == []
    lab.accounts.set_quotas("alice", mydb_quota_bytes=0)
    with pytest.raises(QuotaError):
        lab.put("t", SMALL)
    assert lab.names() == []
