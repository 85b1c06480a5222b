"""The CADC's file system for fsspec, vosfs, unmodified, over https."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from client_environments import environment
from datalab_backend.storage import NodeType, StoragePath
from datalab_backend.storage.store import NodeStore
from datalab_process import PATIENCE_S
from storage_lab import StorageLab

# What is the same in all scripts: the file system of a user, and what the script found.
_BEFORE = """
import io, json, os, sys
import fsspec
url, here = sys.argv[1:]
fs = fsspec.filesystem("vos", endpoint_url=f"{url}/vospace")
found = {}
def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except Exception as error:
        return type(error).__name__
    return None
"""
_AFTER = """
fs.close()
print(json.dumps(found))
"""

Script = Callable[..., dict[str, object]]


@pytest.fixture
def script(authority: trustme.CA, https_lab: StorageLab, tmp_path: Path) -> Script:
    """Runs Python where vosfs is, as a user or nobody; what it put into ``found``."""
    python = environment("vosfs-client", "vosfs==0.12.0", "pandas") / "bin" / "python"
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def run(body: str, user: str | None = "alice") -> dict[str, object]:
        token = {} if user is None else {"VOSFS_TOKEN": https_lab.tokens[user]}
        program = _BEFORE + textwrap.dedent(body) + _AFTER
        done = subprocess.run(
            [python, "-c", program, https_lab.server.url, tmp_path],
            env={"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(tmp_path / "ca.pem"), **token},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_files_are_written_listed_and_read(script: Script, tmp_path: Path):
    (tmp_path / "sky.bin").write_bytes(os.urandom(3_000_000))
    found = script("""
        fs.makedirs("/alice/fs/deep/er")
        fs.pipe_file("/alice/fs/a b%.txt", b"0123456789")
        fs.put(f"{here}/sky.bin", "/alice/fs/deep/sky.bin")
        with fs.open("vos://alice/fs/w.txt", "wb") as file:
            file.write(b"written")
        found["names"] = sorted(fs.ls("/alice/fs", detail=False))
        found["found"] = sorted(fs.find("/alice/fs"))
        found["glob"] = fs.glob("/alice/fs/*.txt")
        info = fs.info("/alice/fs/w.txt")
        found["info"] = [info["type"], info["size"], info["md5"], info["owner"]]
        found["slice"] = fs.cat_file("/alice/fs/a b%.txt", 2, 5).decode()
        found["end"] = fs.cat_file("/alice/fs/a b%.txt", -3).decode()
        with fs.open("/alice/fs/deep/sky.bin", "rb", block_size=65536) as file:
            file.seek(1_000_000)
            found["middle"] = file.read(16).hex()
        fs.get("/alice/fs/deep/sky.bin", f"{here}/back.bin")
        fs.pipe_file("/alice/fs/w.txt", b"")
        found["emptied"] = fs.info("/alice/fs/w.txt")["size"]
        found["du"] = fs.du("/alice/fs")
    """)
    assert found["names"] == ["/alice/fs/a b%.txt", "/alice/fs/deep", "/alice/fs/w.txt"]
    assert found["found"] == ["/alice/fs/a b%.txt", "/alice/fs/deep/sky.bin", "/alice/fs/w.txt"]
    assert sorted(found["glob"]) == ["/alice/fs/a b%.txt", "/alice/fs/w.txt"]
    assert found["info"] == ["file", 7, hashlib.md5(b"written").hexdigest(), "alice"]
    assert (found["slice"], found["end"]) == ("234", "789")
    sky = (tmp_path / "sky.bin").read_bytes()
    assert found["middle"] == sky[1_000_000:1_000_016].hex()
    assert (tmp_path / "back.bin").read_bytes() == sky
    assert found["emptied"] == 0
    assert found["du"] == 3_000_010


def test_nodes_are_copied_moved_and_removed(script: Script):
    found = script("""
        fs.makedirs("/alice/mv/one")
        fs.pipe_file("/alice/mv/one/a.txt", b"a")
        fs.cp("/alice/mv/one/a.txt", "/alice/mv/b.txt")
        fs.mv("/alice/mv/one", "/alice/mv/two")
        fs.mv("/alice/mv/b.txt", "/alice/mv/two/b.txt")
        found["moved"] = sorted(fs.find("/alice/mv"))
        found["there"] = fs.exists("/alice/mv/one")
        found["onto"] = refused(fs.mv, "/alice/mv/two/a.txt", "/alice/mv/two/b.txt")
        found["full"] = refused(fs.rm, "/alice/mv/two")
        fs.rm("/alice/mv/two/a.txt")
        found["left"] = fs.ls("/alice/mv/two", detail=False)
        fs.rm("/alice/mv", recursive=True)
        found["gone"] = fs.exists("/alice/mv")
        found["missing"] = refused(fs.cat_file, "/alice/mv/a.txt")
        found["again"] = refused(fs.mkdir, "/alice/public")
    """)
    assert found == {
        "moved": ["/alice/mv/two/a.txt", "/alice/mv/two/b.txt"],
        "there": False,
        "onto": "FileExistsError",
        "full": "OSError",
        "left": ["/alice/mv/two/b.txt"],
        "gone": False,
        "missing": "FileNotFoundError",
        "again": "FileExistsError",
    }


def test_a_container_is_listed_page_after_page(script: Script, https_lab: StorageLab):
    # A page of this client is of 2,000 nodes: none is left out at its end, none is told twice.
    script('fs.makedirs("/alice/many")')
    with closing(NodeStore(https_lab.data / "storage" / "nodes.sqlite")) as store:
        many = store.find(StoragePath.of("alice", "many"))
        assert many is not None
        with store.changing():
            for number in range(2003):
                store.add(many, f"{number:04}.txt", NodeType.DATA, creator="alice")
    found = script("""
        found["names"] = [name[-8:-4] for name in fs.ls("/alice/many", detail=False)]
    """)
    assert found["names"] == [f"{n:04}" for n in range(2003)]


def test_pandas_reads_and_writes_through_it(script: Script):
    found = script("""
        import pandas
        options = {"endpoint_url": f"{url}/vospace"}
        frame = pandas.DataFrame({"ra": [1.5, 2.5], "name": ["a", "b"]})
        frame.to_csv("vos://alice/frame.csv", index=False, storage_options=options)
        back = pandas.read_csv("vos://alice/frame.csv", storage_options=options)
        found["same"] = bool(back.equals(frame))
    """)
    assert found == {"same": True}


def test_others_find_what_is_public_and_nothing_else(script: Script):
    script("""
        fs.pipe_file("/alice/public/open.txt", b"for all")
        fs.pipe_file("/alice/closed.txt", b"for none")
    """)
    asked = """
        found["open"] = fs.cat_file("/alice/public/open.txt").decode()
        found["closed"] = refused(fs.cat_file, "/alice/closed.txt")
        found["write"] = refused(fs.pipe_file, "/alice/public/mine.txt", b"x")
    """
    assert script(asked, "bob") == {
        "open": "for all",
        "closed": "FileNotFoundError",
        "write": "PermissionError",
    }
    assert script(asked, None) == {
        "open": "for all",
        "closed": "PermissionError",
        "write": "PermissionError",
    }
