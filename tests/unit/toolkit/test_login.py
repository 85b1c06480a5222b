"""Signing in from Python: kept for later sessions, shown to nobody."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import datalab_toolkit as dl
import pytest
from datalab_process import DatalabProcess
from datalab_toolkit import keptsignins, registry
from two_users import Users

PASSWORD = "correct horse battery"


def test_the_owner_of_the_embedded_data_lab_needs_no_sign_in(small_lab: DatalabProcess) -> None:
    known = dl.whoami()
    assert (known.name, known.is_owner, known.is_anonymous) == ("owner", True, False)
    with pytest.raises(dl.SignInError, match="Nobody is signed in"):
        dl.logout()


def test_whoever_has_not_signed_in_is_anonymous_and_told_how_to(nobody: Users) -> None:
    assert dl.whoami().is_anonymous
    assert repr(dl.whoami()) == "anonymous: not signed in"
    for call in (dl.mydb.list, dl.storage.ls):
        with pytest.raises(dl.SignInError, match=r"dl\.login\('name'\)"):
            call()


def test_a_sign_in_holds_for_later_calls_and_other_processes(nobody: Users) -> None:
    known = dl.login("demo00", PASSWORD)
    assert (known.name, known.is_owner) == ("demo00", False)
    assert known.expires is not None
    assert dl.whoami().name == "demo00"
    code = "import datalab_toolkit as dl; print(dl.whoami().name)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ
    )
    assert run.stdout == "demo00\n", run.stderr


def test_a_sign_in_is_asked_for_its_password(
    nobody: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(
        "datalab_toolkit.signin.getpass", lambda question: asked.append(question) or PASSWORD
    )
    assert dl.login("demo00").name == "demo00"
    assert asked == ["Password of demo00: "]


def test_where_nobody_can_be_asked_for_a_password_a_sentence_says_so() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import datalab_toolkit as dl; dl.login('demo00')"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        start_new_session=True,  # without a terminal
        env={**os.environ, "DATALAB_URL": "http://127.0.0.1:9"},
    )
    assert "The password of demo00 cannot be asked for: nobody is there to type it." in run.stderr
    assert "`datalab login`" in run.stderr
    assert "EOFError" not in run.stderr


def test_a_wrong_password_and_a_wrong_name_look_the_same_and_keep_nothing(nobody: Users) -> None:
    said = []
    for name in ("demo00", "nobody-of-that-name"):
        with pytest.raises(dl.SignInError) as refused:
            dl.login(name, "wrong")
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert "The name or the password is wrong." in said[0]
    assert dl.whoami().is_anonymous


def test_the_token_is_in_a_file_of_ones_own_and_shown_nowhere(
    nobody: Users, tmp_path: Path
) -> None:
    dl.login("demo00", PASSWORD)
    token = keptsignins.kept(registry.place()).token
    [file] = (tmp_path / "runtime").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token in file.read_text()
    service = registry.find()
    for thing in (dl.whoami(), service, service.lab, service.storage, service.mydb):
        assert token not in f"{thing!r} {thing}"
    assert token not in repr(keptsignins.kept(registry.place()))
    assert token not in repr(registry._located("datalab"))


def test_a_file_that_others_can_read_is_not_believed(nobody: Users, tmp_path: Path) -> None:
    dl.login("demo00", PASSWORD)
    [file] = (tmp_path / "runtime").iterdir()
    file.chmod(0o644)
    with pytest.raises(dl.ServiceUnavailableError, match="can be read by others"):
        dl.whoami()


def test_signing_out_ends_the_token_at_the_data_lab_too(nobody: Users) -> None:
    dl.login("demo00", PASSWORD)
    token = keptsignins.kept(registry.place()).token
    with nobody.running.client(headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.get("/accounts/me").status_code == 200
        dl.logout()
        assert client.get("/accounts/me").status_code == 401
    assert dl.whoami().is_anonymous


def test_a_sign_in_that_has_ended_says_so_and_does_not_become_anonymous(nobody: Users) -> None:
    dl.login("demo00", PASSWORD)
    token = keptsignins.kept(registry.place()).token
    with nobody.running.client(headers={"Authorization": f"Bearer {token}"}) as client:
        client.post("/auth/logout")
    with pytest.raises(dl.SignInError, match=r"dl\.login"):
        dl.whoami()
    with pytest.raises(dl.SignInError):
        dl.query("SELECT TOP 1 ra FROM small.stars")
    dl.logout()  # which only forgets it
    assert dl.whoami().is_anonymous


def test_each_data_lab_has_a_sign_in_of_its_own(
    nobody: Users, datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    dl.login("demo00", PASSWORD)
    monkeypatch.setenv("DATALAB_URL", datalab.url)
    assert dl.whoami().is_anonymous
    monkeypatch.setenv("DATALAB_URL", nobody.running.url)
    assert dl.whoami().name == "demo00"


def test_whom_anybody_may_be_needs_no_password(nobody: Users) -> None:
    known = dl.login("dldemo")
    assert (known.name, known.is_anonymous) == ("dldemo", True)
    assert "whom anybody may be" in repr(known)
