"""Virtual storage mounted as a file system by the CADC's vofs, unmodified, over https."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from client_environments import environment
from datalab_process import PATIENCE_S
from storage_lab import StorageLab


def _mountable() -> bool:
    with suppress(OSError):
        os.close(os.open("/dev/fuse", os.O_RDWR))
        return True
    return False


@pytest.fixture
def mounted(
    cadc: dict[str, str], https_lab: StorageLab, tmp_path: Path
) -> Iterator[tuple[Path, list[str]]]:
    """The storage of alice as a directory, until the test unmounts it; and how to do so."""
    if not _mountable():
        pytest.skip("This machine lets nobody mount file systems: /dev/fuse does not open.")
    # It forgets to say that it needs six.
    tools = environment("vofs-client", "vofs==3.1", "vos==3.7", "six") / "bin"
    place = tmp_path / "storage"
    place.mkdir()
    command = [tools / "mountvofs", "--token", https_lab.tokens["alice"], "--vospace", "lab:alice"]
    command += ["--mountpoint", place, "--cache_dir", tmp_path / "cache", "--foreground"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--log", tmp_path / "vofs.log"],
            env=cadc,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    unmount = ["fusermount3", "-u", str(place)]
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not place.is_mount():
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, "it is not mounted"
            time.sleep(0.05)
        yield place, unmount
        if not place.is_mount():
            assert process.wait(PATIENCE_S) == 0
    finally:
        if place.is_mount():
            subprocess.run([*unmount, "-z"], check=False)
        process.kill()


def test_storage_is_a_directory_like_any_other(
    mounted: tuple[Path, list[str]], alice: httpx.Client
):
    place, unmount = mounted
    assert {"public", "tmp"} <= {entry.name for entry in place.iterdir()}
    (place / "run").mkdir()
    content = os.urandom(300_000)
    (place / "run" / "a.bin").write_bytes(content)
    assert alice.get("/files/alice/run/a.bin").content == content
    assert (place / "run" / "a.bin").read_bytes() == content
    assert (place / "run" / "a.bin").stat().st_size == len(content)

    # What came in another way is there, too, and is read from any place on.
    alice.put("/files/alice/run/b.bin", content=content)
    with (place / "run" / "b.bin").open("rb") as file:
        file.seek(200_000)
        assert file.read(50) == content[200_000:200_050]

    # vofs 3.1 takes the answer of vos 3.7 the wrong way round: what it moved it says it did not.
    with suppress(PermissionError):
        (place / "run" / "a.bin").rename(place / "run" / "c.bin")
    names = [child["name"] for child in alice.get("/nodes/alice/run").json()["children"]]
    assert names == ["b.bin", "c.bin"]

    (place / "run" / "c.bin").unlink()
    (place / "run" / "b.bin").unlink()
    (place / "run").rmdir()
    assert alice.get("/nodes/alice/run").status_code == 404
    with pytest.raises(FileNotFoundError):
        (place / "nowhere" / "a.txt").read_bytes()
    subprocess.run(unmount, check=True)
    assert list(place.iterdir()) == []
