"""``datalab login`` and others: who one is, and errors that are told."""

from __future__ import annotations

import io

import pytest
from datalab_toolkit.cli import main
from two_users import Users

PASSWORD = "correct horse battery"


def test_a_password_may_come_on_standard_input(
    nobody: Users, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["login", "demo00"]) == 0
    assert main(["whoami"]) == 0
    assert main(["status"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "Welcome to the Data Lab, demo00",
        "demo00",
        "User demo00 is logged into the Data Lab",
    ]
    assert any(line.startswith("Files: ") for line in said)


def ended(line: list[str]) -> int:
    """How the command ends, also when it is misused."""
    try:
        return main(line)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        (["login", "user=demo00", "password=wrong"], 1, "The name or the password is wrong."),
        (["login"], 2, "login needs user=…"),
        (["login", "demo00", "passwort=x"], 2, "there is no parameter 'passwort'"),
        (["mydb_list"], 1, "`datalab login`"),
        (["ls"], 1, "`datalab login`"),
        (["put"], 2, "put needs fr=…"),
        ([], 2, "`datalab --help` tells more."),
        (["query", "SELECT 1", "again"], 2, "`datalab --help` tells more."),
        (["ls", "format=fancy"], 2, "`datalab ls --help` tells more."),
        (["tables", "--output", "x.foo"], 2, "x.foo ends with .foo, which is no format."),
        (["tables", "--service", "nope"], 1, "in the variable DATALAB_SERVICES"),
        (["schema", "nope"], 1, "`datalab schema` lists all."),
        (["schema", "small.stars.nope"], 1, "`datalab schema small.stars` lists its columns."),
        (["jobs", "--phase", "DREAMING"], 2, "There is no phase 'DREAMING'."),
        (["jobs", "--after", "tomorrow"], 2, "after is not a time: 'tomorrow'."),
        (["job", "nope"], 1, "`datalab jobs` lists those there are."),
        (["job", "\udcff"], 2, "not UTF-8 text"),
        (["query", "\udcff"], 2, "The query is not UTF-8 text."),
        (["query", "sql=nope.sql"], 2, "There is no file nope.sql."),
        (["mydb_create", "mine", "nope.txt"], 1, "the file nope.txt cannot be read"),
        (["mydb_create", "my table", "id,int"], 2, "A table cannot be called 'my table'."),
        (["mydb_index", "mine"], 2, "mydb_index needs column=…"),
    ],
)
def test_what_went_wrong_is_told_and_in_the_exit_status(
    nobody: Users,
    capsys: pytest.CaptureFixture[str],
    line: list[str],
    status: int,
    told: str,
) -> None:
    assert ended(line) == status
    said, said_wrong = capsys.readouterr()
    assert said == ""
    assert told in said_wrong
    assert "dl." not in said_wrong


def test_a_sign_in_without_a_password_says_so(
    nobody: Users, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["login", "user=alice"]) == 2
    assert "There is no password on standard input." in capsys.readouterr().err


def test_what_there_is_is_told(alice: Users, capsys: pytest.CaptureFixture[str]) -> None:
    root = alice.running.url
    for line, told in (
        (["whoami"], "alice\n"),
        (["svc_urls"], f"     Query Mgr:  {root}/tap\n"),
        (["services"], f"vos   Data Lab, {root}/vospace\n"),
        (["profiles"], f"default   Data Lab at {root}\n"),
        (["version"], "Task Version:  "),
        (["schema"], "A small made-up sky"),
        (["tables", "format=table"], "Columns of one: datalab describe schema.table\n"),
        (["jobs", "format=table"], "One of them: datalab job ID\n"),
        (["schema", "val=small.stars"], "Right ascension (ICRS). [deg]"),
        (["schema", "small.stars.ra"], "unit   deg\n"),
    ):
        assert main(line) == 0
        assert told in capsys.readouterr().out
    assert main(["schema", "small.nope"]) == 1
    assert "has no table small.nope" in capsys.readouterr().err
