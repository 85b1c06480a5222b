"""STILTS, the command line of TOPCAT, on our service."""

from __future__ import annotations

import subprocess

from datalab_process import PATIENCE_S


def stilts(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a task of STILTS."""
    return subprocess.run(
        ["stilts", *arguments], capture_output=True, text=True, timeout=5 * PATIENCE_S
    )
