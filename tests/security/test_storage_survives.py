"""What users keep survives kill -9: it is old or new, never half."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from datalab_backend.accounts.service import Accounts
from datalab_process import PATIENCE_S, serving
from storage_lab import StorageLab, make_users, storage_lab

OLD = b"old" * 100_000
COMMAND = [sys.executable, "-m", "datalab_backend.cli"]


def check(data: Path, *options: str) -> tuple[int, str]:
    """What `datalab-server check` says."""
    done = subprocess.run(
        [*COMMAND, "check", "--data", str(data), *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_put_that_is_killed_leaves_the_old_file(tmp_path: Path):
    with storage_lab(tmp_path / "data") as lab:
        with lab.client("alice") as alice:
            alice.put("/files/alice/f", content=OLD)
        target = urlsplit(lab.server.url)
        with socket.create_connection((target.hostname, target.port)) as connection:
            connection.sendall(
                f"PUT /vospace/files/alice/f HTTP/1.1\r\nHost: {target.netloc}\r\n"
                f"Authorization: Bearer {lab.tokens['alice']}\r\n"
                "Content-Length: 9000000\r\n\r\n".encode()
                + b"n" * 4_000_000
            )
            incoming = lab.data / "storage" / "incoming"
            deadline = time.monotonic() + PATIENCE_S
            while not any(f.stat().st_size for f in incoming.iterdir()):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            lab.server.kill()
        code, told = check(lab.data, "--deep")
        assert (code, told.splitlines()[-1]) == (0, "Nothing is wrong.")
        with serving(lab.data) as server:
            again = StorageLab(server, lab.tokens)
            assert not list(incoming.iterdir())
            with again.client("alice") as alice:
                assert alice.get("/files/alice/f").content == OLD
                assert alice.get("/nodes/alice").json()["used_bytes"] == len(OLD)
    assert check(lab.data, "--deep") == (0, "Nothing is wrong.\n")


def test_puts_copies_and_moves_are_whole_or_absent_whenever_the_server_is_killed(tmp_path: Path):
    data = tmp_path / "data"
    tokens = make_users(data)
    contents = {letter: letter.encode() * 700_000 for letter in "abcd"}
    chance = random.Random(5)

    # Each worker has names of its own: what is copied to a container that is there goes into it.
    def work(lab: StorageLab, stop: threading.Event, worker: str) -> None:
        number = 0
        with lab.client("alice") as alice:
            while not stop.is_set():
                number += 1
                letter = "abcd"[number % 4]
                copy, moved = f"/alice/copy-{worker}{number}", f"/alice/moved-{worker}{number}"
                try:
                    alice.put("/files/alice/f", content=contents[letter])
                    form = {"TARGET": "/alice/tree", "DIRECTION": copy, "KEEPBYTES": "true"}
                    alice.post("/synctrans", data=form)
                    alice.post("/synctrans", data={"TARGET": copy, "DIRECTION": moved})
                    alice.delete(f"/nodes{moved}", params={"recursive": "true"})
                except httpx.HTTPError:
                    return

    for turn in range(2):
        with serving(data) as server:
            lab = StorageLab(server, tokens)
            with lab.client("alice") as alice:
                if turn == 0:
                    alice.put("/files/alice/f", content=contents["a"])
                    alice.put("/nodes/alice/tree", json={"type": "container"})
                    for name in "wxyz":
                        alice.put(f"/files/alice/tree/{name}", content=name.encode() * 1000)
                else:
                    assert alice.get("/files/alice/f").content in contents.values()
                    for child in alice.get("/nodes/alice").json()["children"]:
                        if child["name"].startswith(("copy", "moved", "tree")):
                            inside = alice.get(f"/nodes/alice/{child['name']}").json()["children"]
                            assert [c["name"] for c in inside] == list("wxyz")
            stop = threading.Event()
            workers = [threading.Thread(target=work, args=(lab, stop, name)) for name in "pq"]
            for worker in workers:
                worker.start()
            time.sleep(0.3 + chance.random())
            server.kill()
            stop.set()
            for worker in workers:
                worker.join()
        code, told = check(data, "--deep")
        assert (code, told.splitlines()[-1]) == (0, "Nothing is wrong."), told


def test_a_quota_that_was_being_changed_is_the_old_or_the_new_one(tmp_path: Path):
    data = tmp_path / "data"
    make_users(data, alice=1_000_000_000)
    quota = 1_000_000_000
    for turn in range(4):
        fresh = (turn + 2) * 1_000_000_000
        process = subprocess.Popen(
            [
                *COMMAND,
                "user",
                "quota",
                "alice",
                "--storage-quota",
                str(fresh),
                "--data",
                str(data),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.3 * turn)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        accounts = Accounts(data)
        found = accounts.find("alice").storage_quota_bytes
        accounts.close()
        assert found in (quota, fresh)
        quota = found
    assert check(data) == (0, "Nothing is wrong.\n")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A data directory with a file, which nobody serves."""
    with storage_lab(tmp_path / "data") as lab, lab.client("alice") as alice:
        alice.put("/files/alice/f", content=OLD)
        alice.put("/files/alice/g", content=b"g")
        lab.server.stop()
    return lab.data


def contents(data: Path) -> list[Path]:
    return [path for path in (data / "storage" / "contents").rglob("*") if path.is_file()]


def test_what_is_damaged_is_found_and_mended(kept: Path):
    large, small = sorted(contents(kept), key=lambda p: -p.stat().st_size)
    large.write_bytes(b"new" + OLD[3:])
    assert check(kept)[0] == 0  # only a look at all bytes can tell
    code, told = check(kept, "--deep")
    assert (code, "The content of /alice/f has another MD5" in told) == (1, True)
    small.unlink()
    code, told = check(kept)
    assert (code, "The content of /alice/g is lost." in told) == (1, True)
    (large.parent / f"{large.parent.name}{'0' * 30}").write_bytes(b"nobody's")
    assert check(kept, "--deep", "--repair")[0] == 0
    assert check(kept, "--deep") == (0, "Nothing is wrong.\n")
    assert contents(kept) == [large]


def test_nothing_is_mended_under_a_running_server(tmp_path: Path):
    with storage_lab(tmp_path / "data") as lab:
        code, told = check(lab.data, "--repair")
    assert (code, "A server has this data directory." in told) == (1, True)
