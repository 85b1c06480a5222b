"""Makes the demo sky in a process of its own, so that queries are not slowed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Lock

from datalab_backend.catalogues.demo import DemoState, Progress, read_state

_PATIENCE_S = 2.0


class DemoProcess:
    """The generator of the demo sky, as a child of the server.

    What it has done is told by ``demo.json``, which it writes itself; here is known only whether
    it lives. It is in a session of its own and ends with the server, however the server ends: it
    watches a pipe whose other end the server holds.

    Parameters
    ----------
    data
        The data directory.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the child lives."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the generator unless it runs already."""
        with self._lock:
            if self.running:
                return
            command = [sys.executable, "-P", "-m", "datalab_backend.cli", "demo"]
            command += ["--data", str(self._data), "--progress", "json", "--stop-with-stdin"]
            # Its progress lines are JSON, as those of the log are, and go there.
            self._child = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                command, stdin=subprocess.PIPE, stdout=sys.stderr, start_new_session=True
            )

    def state(self) -> DemoState:
        """How far the demo sky has come."""
        alive = self.running
        state = read_state(self._data)
        if alive and state.state is not Progress.RUNNING:
            return DemoState(Progress.RUNNING, 0.0, "Starting …", state.made)
        failed = self._child is not None and not alive and self._child.returncode != 0
        if failed and state.state is Progress.ABSENT:
            sentence = "The generator of the demo sky could not start; see the server's log."
            return replace(state, state=Progress.FAILED, message=sentence, error=sentence)
        return state

    def stop(self) -> None:
        """End the generator and whatever it has started."""
        with self._lock:
            if self._child is None or not self.running:
                return
            group = self._child.pid
            for number in (signal.SIGTERM, signal.SIGKILL):
                os.killpg(group, number)
                try:
                    self._child.wait(_PATIENCE_S)
                except subprocess.TimeoutExpired:
                    continue
                return
