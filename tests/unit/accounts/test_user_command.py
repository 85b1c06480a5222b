"""``datalab-server user``: what whoever runs a Data Lab does for its users."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from datalab_backend.accounts.service import Accounts
from datalab_backend.cli import main
from datalab_process import PATIENCE_S, serving

PASSWORD = "correct horse battery"

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A new data directory."""
    return tmp_path / "data"


@pytest.fixture
def user(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run ``datalab-server user …``: its exit code, what it printed, and what it complained of."""

    def run(*words: str, stdin: str = "") -> tuple[int, str, str]:
        piped = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", piped)
        code = main(["user", *words, "--data", str(data)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def accounts(data: Path) -> Iterator[Accounts]:
    """The accounts as the server sees them."""
    accounts = Accounts(data)
    yield accounts
    accounts.close()


def test_a_user_who_is_added_signs_in_at_a_server_that_runs(user: Command, data: Path):
    with serving(data) as datalab, datalab.client() as client:
        form = {"username": "alice", "password": PASSWORD}
        assert client.post("/auth/login", data=form).status_code == 401
        code, said, _ = user("add", "alice", "--password-stdin", stdin=f"{PASSWORD}\n")
        assert (code, said) == (0, "alice has the account number 1000.\n")
        headers = {
            "Authorization": f"Bearer {client.post('/auth/login', data=form).json()['token']}"
        }
        assert client.get("/accounts/me", headers=headers).json()["name"] == "alice"
        user("quota", "alice", "--storage-quota", "5MB")
        user("group", "create", "smash")
        user("group", "add", "smash", "alice")
        me = client.get("/accounts/me", headers=headers).json()
        assert (me["storage"]["quota_bytes"], me["groups"]) == (5_000_000, ["smash"])
        user("disable", "alice")
        assert client.get("/accounts/me", headers=headers).status_code == 401
        assert client.post("/auth/login", data=form).status_code == 401
        user("enable", "alice")
        assert client.get("/accounts/me", headers=headers).status_code == 401
        assert client.post("/auth/login", data=form).status_code == 200


def test_a_password_is_read_as_it_is_but_for_the_end_of_the_line(user: Command, accounts: Accounts):
    user("add", "alice", "--password-stdin", stdin=" blanks and ümlauts \r\nand another line")
    accounts.login("alice", " blanks and u\N{COMBINING DIAERESIS}mlauts ")


def test_a_password_is_asked_for_at_a_terminal_and_not_shown(data: Path, accounts: Accounts):
    command = [sys.executable, "-m", "datalab_backend.cli", "user", "add", "alice"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [*command, "--data", str(data)])
    shown = b""
    for question in (b"Password for alice: ", b"The same again: "):
        while question not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, f"{PASSWORD}\n".encode())
    with suppress(OSError):  # the other end was closed
        while piece := os.read(terminal, 4096):
            shown += piece
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"alice has the account number 1000." in shown
    assert PASSWORD.encode() not in shown
    accounts.login("alice", PASSWORD)


def test_without_a_terminal_a_password_comes_from_standard_input_or_not_at_all(user: Command):
    code, _, complaint = user("add", "alice")
    assert code == 1
    assert "Send it to standard input, with --password-stdin." in complaint


def test_no_password_can_be_given_on_the_command_line(user: Command):
    for words in (("--password", PASSWORD), (f"--password={PASSWORD}",), (PASSWORD,)):
        with pytest.raises(SystemExit) as end:
            user("add", "alice", *words)
        assert end.value.code == 2


def test_a_new_password_signs_out_the_old(user: Command, accounts: Accounts):
    user("add", "alice", "--password-stdin", stdin=PASSWORD)
    token = accounts.login("alice", PASSWORD).text
    code, said, _ = user("password", "alice", "--password-stdin", stdin="another password")
    assert code == 0
    assert said == "alice has a new password, and is signed out everywhere.\n"
    assert accounts.identify(token) is None
    accounts.login("alice", "another password")


def test_the_list_shows_who_there_is_and_no_password(user: Command):
    assert user("list")[0] == 1
    user("add", "alice", "--password-stdin", stdin=PASSWORD)
    user("add", "bob", "--no-password", "--hub-name", "Bob@Lab", "--mydb-quota", "none")
    user("disable", "bob")
    user("group", "create", "smash")
    user("group", "add", "smash", "alice", "bob")
    _, said, _ = user("list")
    heads, alice, bob = (line.split() for line in said.splitlines())
    assert heads[0] == "NAME"
    assert alice == ["alice", "1000", "active", "password", "1", "TB", "100", "GB", "smash"]
    assert " ".join(bob) == "bob 1001 disabled hub (Bob@Lab) 1 TB any amount smash"
    assert "argon2" not in said


def test_groups_are_made_filled_and_deleted(user: Command):
    user("add", "alice", "--no-password")
    user("add", "bob", "--no-password")
    assert user("group", "list")[1] == "There are no groups yet.\n"
    assert user("group", "create", "smash")[0] == 0
    assert user("group", "add", "smash", "alice", "bob")[1] == "smash: alice, bob.\n"
    assert user("group", "remove", "smash", "alice")[1] == "smash: bob.\n"
    assert user("group", "list")[1].split() == ["GROUP", "MEMBERS", "smash", "bob"]
    assert user("group", "delete", "smash")[0] == 0
    assert user("group", "list")[1] == "There are no groups yet.\n"


def test_one_who_is_not_there_leaves_all_others_out_of_the_group(user: Command):
    user("add", "alice", "--no-password")
    user("group", "create", "smash")
    code, _, complaint = user("group", "add", "smash", "alice", "bob")
    assert code == 1
    assert "There is no user “bob”." in complaint
    assert user("group", "list")[1].split() == ["GROUP", "MEMBERS", "smash"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("disable", "bob"), "There is no user “bob”."),
        (("enable", "bob"), "There is no user “bob”."),
        (("quota", "bob"), "There is no user “bob”."),
        (("password", "bob", "--password-stdin"), "There is no user “bob”."),
        (("hub", "bob", "x"), "There is no user “bob”."),
        (("group", "add", "smash", "alice"), "There is no group “smash”."),
        (("group", "delete", "smash"), "There is no group “smash”."),
        (("add", "alice", "--no-password"), "There is a user “alice” already."),
        (("add", "owner", "--no-password"), "cannot be called “owner”"),
        (("add", "Bob", "--no-password"), "cannot be called “Bob”"),
        (("add", "bob", "--password-stdin"), "The password has 0 characters."),
        (("add", "bob", "--no-password", "--password-stdin"), "exclude each other"),
        (("add", "bob", "--no-password", "--hub-name", "al"), "has another account"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    user: Command, words: tuple[str, ...], complaint: str
):
    user("add", "alice", "--no-password", "--hub-name", "al")
    code, said, complained = user(*words)
    assert (code, said) == (1, "")
    assert complaint in complained
    assert complained.startswith("datalab-server: ")


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [("5", 5), ("5kB", 5000), ("1.5TB", 1.5e12), ("2 GiB", 2**31), ("0", 0), ("none", None)],
)
def test_quotas_are_sizes_as_people_write_them(
    user: Command, accounts: Accounts, text: str, size_bytes: int | None
):
    user("add", "alice", "--no-password")
    assert user("quota", "alice", "--mydb-quota", text)[0] == 0
    assert accounts.known("alice").mydb_quota_bytes == size_bytes


@pytest.mark.parametrize("text", ["", "-1", "much", "1XB", "1e9", "٣MB", "9" * 15 + "TB"])
def test_a_quota_that_is_no_size_is_refused(user: Command, text: str):
    with pytest.raises(SystemExit) as end:
        user("quota", "alice", f"--mydb-quota={text}")
    assert end.value.code == 2


def test_commands_at_the_same_time_all_count(data: Path, accounts: Accounts):
    accounts.add_group("smash")
    command = [sys.executable, "-m", "datalab_backend.cli", "user"]
    runs = [
        subprocess.Popen([*command, "add", f"user{n}", "--no-password", "--data", str(data)])
        for n in range(4)
    ]
    assert [run.wait(PATIENCE_S) for run in runs] == [0] * 4
    assert sorted(user.name for user in accounts.users()) == [f"user{n}" for n in range(4)]
    assert [user.uid for user in accounts.users()] == [1000, 1001, 1002, 1003]


def test_a_user_who_is_removed_is_gone_for_good_with_or_without_what_they_keep(
    user: Command, data: Path, accounts: Accounts
):
    for name in ("alice", "bob"):
        user("add", name, "--no-password")
    tokens = {name: accounts.mint(accounts.known(name)).text for name in ("alice", "bob")}
    user("group", "create", "team")
    user("group", "add", "team", "alice", "bob")

    def as_(name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens[name]}"}

    with serving(data) as datalab, datalab.client() as client:
        for name in ("alice", "bob"):
            put = {"headers": as_(name), "content": b"n\n1\n"}
            assert client.put(f"/vospace/files/{name}/public/f.csv", **put).status_code == 201
            assert client.put("/mydb/mine", **put).status_code == 201
            share = {"ACTION": "share", "WITH": "public"}
            assert client.post("/mydb/mine", headers=as_(name), data=share).status_code == 200
        code, _, complaint = user("remove", "alice", "--delete-data")
        assert (code, "A server has this data directory." in complaint) == (1, True)
        assert client.get("/accounts/me", headers=as_("alice")).status_code == 200
        code, said, _ = user("remove", "bob", "--keep-data")
        assert (code, said.startswith("bob is removed.")) == (0, True)
        assert client.get("/accounts/me", headers=as_("bob")).status_code == 401
        assert client.get("/vospace/files/bob/public/f.csv").text == "n\n1\n"
        assert datalab.query("SELECT n FROM mydb_bob.mine").status_code == 200

    code, said, _ = user("remove", "alice", "--delete-data")
    assert code == 0
    assert said.startswith("Deleted 4 files and folders, 0 jobs, and all tables of alice.")
    assert user("remove", "bob", "--delete-data")[0] == 0  # later, too
    assert accounts.users() == []
    assert accounts.groups() == {"team": []}
    for name in ("alice", "bob"):
        code, _, complaint = user("add", name, "--no-password")
        assert (code, "never given again" in complaint) == (1, True)
    user("add", "carol", "--no-password")
    assert accounts.known("carol").uid == 1002
    with serving(data) as datalab, datalab.client() as client:
        assert client.get("/vospace/files/alice/public/f.csv").status_code == 401
        assert datalab.query("SELECT n FROM mydb_bob.mine").status_code == 400
    assert main(["check", "--data", str(data)]) == 0
    assert not list(data.glob("storage/contents/*/*"))
    assert not list(data.glob("users/*"))


def test_what_becomes_of_the_data_has_to_be_said(user: Command):
    with pytest.raises(SystemExit):
        user("remove", "alice")
