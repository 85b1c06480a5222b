"""``datalab ls``, ``get``, ``put`` and others, with what the official command leaves unsaid."""

from __future__ import annotations

import json
from pathlib import Path

import datalab_toolkit as dl
import pytest
from datalab_toolkit.cli import main
from two_users import Users


def test_files_are_sent_listed_moved_fetched_and_removed(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    for line, wanted in (
        (["mkdir", "name=vos://d"], ""),
        (
            ["put", f"fr={tmp_path}/*.txt", "to=vos://d"],
            f"(1 / 2) {tmp_path}/a.txt -> vos://d/a.txt\n"
            f"(2 / 2) {tmp_path}/b.txt -> vos://d/b.txt\n",
        ),
        (["put", f"{tmp_path}/a.txt", "vos://", "verbose=false"], ""),
        (["ls"], "a.txt,d,public,tmp\n"),
        (["ls", "vos://d/*.txt", "format=raw"], "vos://d/a.txt\nvos://d/b.txt\n"),
        (["cp", "fr=vos://a.txt", "to=vos://c.txt"], ""),
        (["mv", "vos://c.txt", "vos://d"], ""),
        (["ln", "fr=vos://l", "to=vos://a.txt"], ""),
        (["tag", "name=vos://a.txt", "tag=fine"], ""),
        (["ls", "d"], "a.txt,b.txt,c.txt\n"),
        (
            ["get", "fr=vos://d", f"to={tmp_path}/got"],
            "(1/3) [====================] [     5B] d/a.txt\n"
            "(2/3) [====================] [     5B] d/b.txt\n"
            "(3/3) [====================] [     5B] d/c.txt\n",
        ),
        (["rm", "vos://d/*.txt", "vos://l"], ""),
        (["rmdir", "name=vos://d"], ""),
        (["ls"], "a.txt,public,tmp\n"),
    ):
        status = main(line)
        said, told = capsys.readouterr()
        assert (status, said, told) == (0, wanted, ""), line
    assert (tmp_path / "got" / "c.txt").read_text() == "a.txt"
    assert main(["ls", "format=json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["size"] == 5


def test_a_folder_is_sent_with_its_empty_folders_and_without_what_it_links_to_outside(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret").write_text("secret")
    run = tmp_path / "run"
    (run / "empty").mkdir(parents=True)
    (run / "a.txt").write_text("a")
    (run / "same").symlink_to("a.txt")
    (run / "out").symlink_to(tmp_path / "secret")
    (run / "round").symlink_to(run)
    assert main(["put", str(run), "vos://", "verbose=false"]) == 0
    told = capsys.readouterr().err
    assert [line.split()[1] for line in told.splitlines()] == [f"{run}/out", f"{run}/round"]
    assert "is not sent: it is a link" in told
    assert [node.name for node in dl.storage.ls("vos://run")] == ["a.txt", "empty", "same"]
    assert dl.storage.read("vos://run/same") == b"a"


@pytest.mark.parametrize("bad", ["ends.", "a\\b", "line\nend"])
def test_nothing_is_sent_when_the_storage_does_not_take_one_name(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: str
) -> None:
    run = tmp_path / "run"
    (run / "deep").mkdir(parents=True)
    (run / "a.txt").write_text("a")
    (run / "deep" / bad).write_text("b")
    assert main(["put", str(run), "vos://"]) == 1
    told = capsys.readouterr().err
    assert f"{run}/deep/{bad} cannot be sent: " in told
    assert "Nothing was sent." in told
    assert not dl.storage.exists("vos://run")


@pytest.mark.parametrize("command", ["rm", "rmdir"])
def test_a_full_folder_is_removed_only_when_that_is_said(
    alice: Users, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    dl.storage.mkdir("vos://d")
    dl.storage.write("vos://d/a.txt", "a")
    assert main([command, "vos://d"]) == 1
    assert capsys.readouterr().err == (
        "datalab: vos://d is not empty.\n"
        "Remove it with all that is in it: datalab rm vos://d recursive=true\n"
    )
    assert dl.storage.read("vos://d/a.txt") == b"a"
    assert main([command, "vos://d", "recursive=true"]) == 0
    assert not dl.storage.exists("vos://d")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["get", "fr=vos://nope"], "There is no vos://nope."),
        (["get", "vos://*", "nowhere"], "nowhere is not a folder"),
        (["put", "fr=nowhere.txt", "to=vos://"], "There is no file nowhere.txt."),
        (["cp", "vos://nope", "vos://x"], "There is no vos://nope."),
        (["mv", "vos://nope", "vos://x"], "There is no vos://nope."),
        (["rm", "vos://nope"], "There is no vos://nope."),
        (["rm", "vos://public"], "every account has it"),
        (["rmdir", "vos://nope"], "There is no vos://nope."),
        (["mkdir", "vos://public"], "is there already"),
        (["tag", "vos://nope", "x"], "There is no vos://nope."),
        (["ls", "vos://nope"], "There is no vos://nope."),
        (["ls", "bob://"], "Nothing in bob:// is there for you."),
        (["cp", "vos://public", "vos://no/where"], "There is no folder vos://no."),
    ],
)
def test_where_the_official_command_prints_nothing_a_sentence_is_told(
    alice: Users, capsys: pytest.CaptureFixture[str], line: list[str], told: str
) -> None:
    assert main(line) == 1
    said, said_wrong = capsys.readouterr()
    assert said == ""
    assert said_wrong.startswith("datalab: ")
    assert told in said_wrong
