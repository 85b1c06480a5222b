"""Environments of their own for clients that cannot share ours."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from os import environ
from pathlib import Path


def environment(name: str, *packages: str) -> Path:
    """The directory of an environment, which the first test makes and all others find."""
    place = Path(sys.prefix) / name
    done = place / "packages.txt"
    wanted = "\n".join(packages)
    with (Path(sys.prefix) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text() != wanted:
            uv = shutil.which("uv", path=f"{sys.prefix}/bin:{environ['PATH']}")
            assert uv, "make setup installs uv"
            python = place / "bin" / "python"
            options = {"check": True, "timeout": 600, "capture_output": True}
            shutil.rmtree(place, ignore_errors=True)
            versions = ("--no-python-downloads", "--python", ">=3.11,<3.13")
            subprocess.run([uv, "venv", *versions, place], **options)
            subprocess.run([uv, "pip", "install", "--python", python, *packages], **options)
            done.write_text(wanted)
    return place
