"""What a command shows on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Sequence


def shown_by(command: Sequence[str], stream: str) -> tuple[int, str]:
    """Run a command with a stream of its own, ``stdout`` or ``stderr``, on a terminal.

    Returns
    -------
    returncode, text
        How it ended, and all that the terminal got.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, **{stream: theirs}) as run:
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other end was closed
                break
            if not piece:
                break
            text += piece
    os.close(ours)
    return run.returncode, text.decode()
