"""Accounts: who there is, and who may come in."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from datalab_backend.accounts import names, passwords
from datalab_backend.accounts.callers import ANONYMOUS, OWNER, Callers
from datalab_backend.accounts.service import Accounts
from datalab_backend.accounts.throttle import Throttle
from datalab_backend.errors import (
    AuthenticationError,
    AuthorizationError,
    ConflictError,
    NotFoundError,
    SignInError,
    TooManyRequestsError,
    UsageError,
)

PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    """The accounts of a new Data Lab."""
    accounts = Accounts(tmp_path)
    yield accounts
    accounts.close()


def test_users_get_numbers_from_1000_that_are_never_given_again(accounts: Accounts):
    first, second = accounts.add("alice"), accounts.add("bob")
    assert (first.uid, second.uid) == (1000, 1001)
    assert [user.name for user in accounts.users()] == ["alice", "bob"]


@pytest.mark.parametrize(
    "name",
    [
        *("owner", "anonymous", "dldemo", "dltest", "vospace", "mydb", "public", "tmp", "root"),
        *(
            "",
            "Alice",
            "1alice",
            "al ice",
            "al.ice",
            "al/ice",
            "..",
            "älice",
            "a" * 33,
            "a\n",
            "-a",
        ),
    ],
)
def test_a_name_that_is_none_or_means_something_else_is_refused(accounts: Accounts, name: str):
    with pytest.raises(UsageError, match="cannot be called"):
        accounts.add(name)
    with pytest.raises(UsageError, match="cannot be called"):
        accounts.add_group(name)


def test_no_two_users_or_groups_have_one_name(accounts: Accounts):
    accounts.add("alice")
    accounts.add_group("smash")
    for taken in ("alice", "smash"):
        with pytest.raises(ConflictError, match="already"):
            accounts.add(taken)
        with pytest.raises(ConflictError, match="already"):
            accounts.add_group(taken)


def test_what_was_shared_with_a_group_that_is_gone_is_nobodys_who_comes_later(
    accounts: Accounts,
):
    accounts.add_group("smash")
    accounts.remove_group("smash")
    with pytest.raises(ConflictError, match="never given again"):
        accounts.add_group("smash")
    with pytest.raises(ConflictError, match="never given again"):
        accounts.add("smash", PASSWORD)
    assert accounts.hub_login("smash").text.startswith("smash-2.")
    with pytest.raises(NotFoundError):
        accounts.remove_group("smash")


def test_a_password_lets_its_user_in_and_the_token_tells_who_it_is(accounts: Accounts):
    accounts.add("alice", PASSWORD)
    accounts.add_group("smash")
    accounts.change_members("smash", add=["alice"])
    token = accounts.login("alice", PASSWORD)
    name, uid, gid, secret = token.text.split(".")
    assert (name, uid, gid) == ("alice", "1000", "1000")
    assert secret.startswith("$1$")
    assert len(secret) > 22
    assert len(token.text) <= 128
    caller = accounts.identify(token.text)
    assert caller is not None
    assert (caller.name, caller.uid, caller.groups) == ("alice", 1000, {"smash"})
    assert not caller.is_anonymous
    assert not caller.is_owner


def test_the_longest_name_makes_a_token_that_the_official_client_can_read(accounts: Accounts):
    accounts.add("a" * 32, PASSWORD)
    assert len(accounts.login("a" * 32, PASSWORD).text) <= 128


def test_whoever_is_refused_reads_the_same(accounts: Accounts):
    accounts.add("alice", PASSWORD)
    accounts.add("bob", PASSWORD)
    accounts.add("carol")  # has no password
    accounts.set_disabled("bob", True)
    for name, password, reason in (
        ("alice", "wrong password", "password"),
        ("nobody-else", PASSWORD, "unknown"),
        ("bob", PASSWORD, "disabled"),
        ("bob", "wrong password", "password"),
        ("carol", PASSWORD, "password"),
        ("alice", PASSWORD + "\0", "password"),
    ):
        with pytest.raises(SignInError, match=r"^The name or the password is wrong\. ") as refused:
            accounts.login(name, password)
        assert refused.value.reason == reason


def test_passwords_and_tokens_are_not_kept_as_they_are(accounts: Accounts, tmp_path: Path):
    accounts.add("alice", PASSWORD)
    secret = accounts.login("alice", PASSWORD).text.rpartition(".")[2]
    accounts.close()
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert PASSWORD.encode() not in path.read_bytes()
        assert secret.encode() not in path.read_bytes()
        assert b"$argon2id$" in path.read_bytes()


@pytest.mark.parametrize("password", ["", "1234567", "x" * 257])
def test_a_password_that_is_too_short_or_too_long_is_refused(accounts: Accounts, password: str):
    with pytest.raises(UsageError, match=f"has {len(password)} characters"):
        accounts.add("alice", password)
    assert accounts.find("alice") is None


def test_a_token_ends_by_itself(accounts: Accounts):
    alice = accounts.add("alice")
    assert accounts.identify(accounts.mint(alice, timedelta(hours=1)).text) is not None
    assert accounts.identify(accounts.mint(alice, timedelta(seconds=-1)).text) is None


def test_a_logout_revokes_the_one_token_at_once(accounts: Accounts):
    accounts.add("alice", PASSWORD)
    first, second = accounts.login("alice", PASSWORD), accounts.login("alice", PASSWORD)
    assert accounts.logout(first.text)
    assert not accounts.logout(first.text)
    assert accounts.identify(first.text) is None
    assert accounts.identify(second.text) is not None
    assert accounts.is_signed_in("alice")
    accounts.logout(second.text)
    assert not accounts.is_signed_in("alice")


@pytest.mark.parametrize("end", ["disable", "password"])
def test_the_tokens_of_a_user_die_with_the_account_or_the_password(accounts: Accounts, end: str):
    accounts.add("alice", PASSWORD)
    token = accounts.login("alice", PASSWORD).text
    if end == "disable":
        accounts.set_disabled("alice", True)
    else:
        accounts.set_password("alice", "another password")
    assert accounts.identify(token) is None
    accounts.set_disabled("alice", False)
    assert accounts.identify(token) is None


@pytest.mark.parametrize("end", ["disable", "password"])
def test_a_sign_in_that_is_under_way_does_not_outlive_the_account_or_the_password(
    accounts: Accounts, end: str, monkeypatch: pytest.MonkeyPatch
):
    accounts.add("alice", PASSWORD)
    matches = passwords.matches

    def changed_meanwhile(password: str, kept: str | None) -> bool:
        right = matches(password, kept)
        if end == "disable":
            accounts.set_disabled("alice", True)
        else:
            accounts.set_password("alice", "another password")
        return right

    monkeypatch.setattr(passwords, "matches", changed_meanwhile)
    with pytest.raises(SignInError, match=r"^The name or the password is wrong\. "):
        accounts.login("alice", PASSWORD)
    assert not accounts.is_signed_in("alice")


def test_a_hub_lets_nobody_in_whose_account_is_disabled(accounts: Accounts):
    accounts.hub_login("alice")
    accounts.set_disabled("alice", True)
    with pytest.raises(AuthorizationError, match="The account alice is disabled"):
        accounts.hub_login("alice")


def test_whoever_signs_in_without_end_keeps_the_newest_tokens(accounts: Accounts):
    alice = accounts.add("alice")
    minted = [accounts.mint(alice).text for _ in range(105)]
    assert [accounts.identify(text) is not None for text in minted] == [False] * 5 + [True] * 100


def test_a_change_by_another_process_counts_at_once(accounts: Accounts, tmp_path: Path):
    accounts.add("alice", PASSWORD)
    token = accounts.login("alice", PASSWORD).text
    other = Accounts(tmp_path)
    other.set_disabled("alice", True)
    assert accounts.identify(token) is None
    other.close()


def test_quotas_are_set_one_by_one_or_together(accounts: Accounts):
    accounts.add("alice")
    accounts.set_quotas("alice", storage_quota_bytes=5)
    accounts.set_quotas("alice", mydb_quota_bytes=None)
    alice = accounts.find("alice")
    assert alice is not None
    assert (alice.storage_quota_bytes, alice.mydb_quota_bytes) == (5, None)


def test_groups_have_members_and_go(accounts: Accounts):
    accounts.add("alice")
    accounts.add("bob")
    accounts.add_group("smash")
    accounts.change_members("smash", add=["alice", "bob", "alice"])
    accounts.change_members("smash", remove=["bob"])
    assert accounts.groups() == {"smash": ["alice"]}
    accounts.remove_group("smash")
    alice = accounts.find("alice")
    assert alice is not None
    assert alice.groups == frozenset()
    for change in (accounts.remove_group, accounts.change_members):
        with pytest.raises(NotFoundError, match="no group “smash”"):
            change("smash")
    with pytest.raises(NotFoundError, match="no user “carol”"):
        accounts.change_members("smash", add=["carol"])


def test_the_owner_has_no_limits_and_the_demo_users_may_keep_nothing(accounts: Accounts):
    owner, demo = accounts.find("owner"), accounts.find("dldemo")
    assert owner is not None
    assert demo is not None
    assert accounts.caller(owner) == OWNER
    assert (owner.uid, owner.storage_quota_bytes, owner.mydb_quota_bytes) == (1, None, None)
    assert (demo.uid, demo.storage_quota_bytes, demo.mydb_quota_bytes) == (99999, 0, 0)
    assert accounts.caller(demo).is_anonymous


def test_the_tokens_of_the_official_client_are_known(accounts: Accounts):
    callers = Callers("of-the-file", accounts)
    for name, uid, text in (
        ("anonymous", 0, "anonymous.0.0.anon_access"),
        ("dldemo", 99999, "dldemo.99999.99999.demo_access"),
        ("dltest", 99998, "dltest.99998.99998.test_access"),
    ):
        for headers in ({"X-DL-AuthToken": text}, {"Authorization": f"Bearer {text}"}):
            caller = callers.identify(headers)
            assert (caller.name, caller.uid, caller.is_anonymous) == (name, uid, True)
        assert accounts.login(name, "whatever").text == text


def test_callers_are_known_by_either_header_and_by_both_when_they_agree(accounts: Accounts):
    callers = Callers("of-the-file", accounts)
    token = accounts.mint(accounts.add("alice")).text
    assert callers.identify({}) == ANONYMOUS
    assert callers.identify({"Authorization": "bearer of-the-file"}) == OWNER
    both = {"Authorization": f"Bearer {token}", "X-DL-AuthToken": token}
    assert callers.identify(both).name == "alice"
    with pytest.raises(AuthenticationError, match="different users"):
        callers.identify({**both, "X-DL-AuthToken": "of-the-file"})
    with pytest.raises(AuthenticationError, match="not one of this Data Lab's"):
        callers.identify({"X-DL-AuthToken": token[:-1]})


# The throttle


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def _fail(throttle: Throttle, name: str, address: str, most: int = 1000) -> int:
    """How many attempts are let through before one is held up."""
    for number in range(most):
        try:
            throttle.attempt(name, address)
        except TooManyRequestsError as error:
            if not 0 < error.retry_after_s <= 10:
                raise
            return number
    return most


def test_who_fails_too_often_waits_seconds_and_no_longer():
    clock = Clock()
    throttle = Throttle(clock)
    assert _fail(throttle, "alice", "192.0.2.1") == 5
    clock.now += 10
    assert _fail(throttle, "alice", "192.0.2.1") == 1
    clock.now += 1000
    assert _fail(throttle, "alice", "192.0.2.1") == 5


def test_many_addresses_do_not_help_against_one_name():
    throttle = Throttle(Clock())
    assert sum(_fail(throttle, "alice", f"192.0.2.{n}") for n in range(100)) == 20


def test_many_names_do_not_help_from_one_address():
    throttle = Throttle(Clock())
    assert sum(_fail(throttle, f"user{n}", "192.0.2.1") for n in range(100)) == 100
    assert _fail(throttle, "bob", "192.0.2.1") == 0
    assert _fail(throttle, "bob", "198.51.100.1") == 5


def test_the_addresses_of_one_network_of_version_6_are_one():
    throttle = Throttle(Clock())
    assert sum(_fail(throttle, "alice", f"2001:db8::{n:x}") for n in range(1, 100)) == 5


def test_strangers_cannot_hold_up_who_signed_in_from_here_before():
    throttle = Throttle(Clock())
    throttle.attempt("alice", "192.0.2.1")
    throttle.succeeded("alice", "192.0.2.1")
    for n in range(100):
        _fail(throttle, "alice", f"198.51.100.{n}")
    for n in range(100):
        _fail(throttle, f"user{n}", "192.0.2.1")
    throttle.attempt("alice", "192.0.2.1")


def test_programs_of_one_user_may_sign_in_at_the_same_time():
    throttle = Throttle(Clock())
    throttle.attempt("alice", "192.0.2.1")
    throttle.succeeded("alice", "192.0.2.1")
    assert _fail(throttle, "alice", "192.0.2.1") == 20


def test_who_succeeds_is_never_held_up():
    throttle = Throttle(Clock())
    for n in range(100):
        throttle.attempt(f"user{n % 3}", "192.0.2.1")
        throttle.succeeded(f"user{n % 3}", "192.0.2.1")


# Users of a JupyterHub


def test_a_user_of_the_hub_gets_an_account_and_keeps_it(accounts: Accounts):
    first, second = accounts.hub_login("carol"), accounts.hub_login("carol")
    assert accounts.identify(first.text) == accounts.identify(second.text)
    assert [user.name for user in accounts.users()] == ["carol"]
    assert not accounts.users()[0].has_password


@pytest.mark.parametrize(
    ("hub_name", "name"),
    [
        ("Carol@example.org", "carol_example_org"),
        ("owner", "owner_"),
        ("dldemo", "dldemo_"),
        ("42", "u_42"),
        ("../../etc", "u_______etc"),
        ("Ünïcode", "u__n_code"),
        ("x" * 200, "x" * 26),
    ],
)
def test_a_name_of_the_hub_that_is_none_here_becomes_one(
    accounts: Accounts, hub_name: str, name: str
):
    caller = accounts.identify(accounts.hub_login(hub_name).text)
    assert caller is not None
    assert caller.name == name
    assert names.is_name(name)


def test_a_user_of_the_hub_does_not_get_the_account_of_a_namesake(accounts: Accounts):
    accounts.add("alice", PASSWORD)
    caller = accounts.identify(accounts.hub_login("alice").text)
    other = accounts.identify(accounts.hub_login("a.b").text)
    third = accounts.identify(accounts.hub_login("a@b").text)
    assert caller is not None
    assert other is not None
    assert third is not None
    assert (caller.name, other.name, third.name) == ("alice-2", "a_b", "a_b-2")
    assert caller.uid != 1000
