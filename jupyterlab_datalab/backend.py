"""Keeps the embedded Data Lab running while Jupyter does.

It is started, or found running, when it is first wanted; started again when it is gone, with
growing pauses when that does not help; and stopped with Jupyter by the Jupyter server that started
it. A second Jupyter server on the same data directory uses the same Data Lab, leaves it alone when
it stops itself, and starts its own when the first takes it away.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from datalab_toolkit.connection import Connection, connect, find_running, spawn, wait_until_ready
from datalab_toolkit.errors import DatalabError, ServiceUnavailableError

from .hub import HubSignIn
from .threads import in_thread

State = Literal["starting", "ready", "down", "error"]

CHILD_CHECK_S = 0.25
NEIGHBOUR_CHECK_S = 2.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
STOP_PATIENCE_S = 10.0


class NotReadyError(ServiceUnavailableError):
    """The Data Lab is starting, down and coming back, or does not start."""


class Backend:
    """The Data Lab that the Jupyter server uses.

    Attributes
    ----------
    state
        ``starting``, ``ready``, ``down`` (it is gone and comes again) or ``error`` (it does not
        start; tried again from time to time).
    message, hint
        The state in words, and what to do about it.
    restarts
        How many times it was gone.

    Parameters
    ----------
    data
        The data directory; None for the Data Lab that ``$DATALAB_URL`` names, which is only
        connected to.
    start
        Whether to start one when none is running.
    log
        Where to report.
    hub
        How to be known to the Data Lab of a JupyterHub; None where there is none.
    """

    def __init__(
        self, data: Path | None, start: bool, log: logging.Logger, hub: HubSignIn | None = None
    ) -> None:
        self.state: State = "starting"
        self.message = "The Data Lab is starting."
        self.hint = ""
        self.restarts = 0
        self._data = data
        self._start = start
        self._log = log
        self._hub = hub
        self._hastened = asyncio.Event()
        self._connection: Connection | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._lock = threading.Lock()
        self._stopping = False

    def wake(self) -> None:
        """See to it that the Data Lab runs. Returns at once."""
        if self._task is None and not self._stopping:
            self._task = asyncio.get_running_loop().create_task(self._keep_running())

    async def connection(self, patience_s: float) -> Connection:
        """Where the Data Lab is, once it is ready.

        Raises
        ------
        NotReadyError
            It is not ready after `patience_s` seconds, or does not start.
        """
        self.wake()
        with suppress(asyncio.TimeoutError):
            async with asyncio.timeout(patience_s):
                while self._connection is None and self.state != "error":
                    await self._changed.wait()
        if self._connection is None:
            raise NotReadyError(self.message, self.hint)
        return self._connection

    def place(self, connection: Connection) -> str:
        """What sign-ins are kept under, as kernels have it; see `datalab_toolkit.keptsignins`."""
        embedded = connection.pid is not None and self._data is not None
        return str(self._data) if embedded else connection.url

    def sign_in_refused(self) -> None:
        """Take note that the Data Lab does not take the hub's sign-in any more: sign in anew."""
        if self._hub is not None:
            self._hub.hasten()
            self._hastened.set()

    def stop(self) -> None:
        """Stop what was started here, and start nothing any more. Waits until it is gone."""
        with self._lock:
            self._stopping = True
            child, self._child = self._child, None
        if self._task is not None:
            with suppress(RuntimeError):  # its event loop may be closed by now
                self._task.cancel()
        if self._hub is not None:
            self._hub.close()
        if child is None:
            return
        child.terminate()
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    async def _keep_running(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                connection = await in_thread(self._attach_or_start)
            except DatalabError as error:
                self._tell("error", error.message, error.hint)
                self._log.warning("Data Lab: %s %s", error.message, error.hint)
            else:
                since = time.monotonic()
                self._connection = connection
                self._tell("ready", "")
                self._log.info("Data Lab is ready at %s", connection.url)
                await self._until_gone(connection)
                self._connection = None
                self.restarts += 1
                self._tell("down", "The Data Lab has stopped and is being started again.")
                self._log.warning("The Data Lab at %s is gone.", connection.url)
                if time.monotonic() - since > STEADY_S:
                    pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _attach_or_start(self) -> Connection:
        if self._hub is not None:
            self._hub.renew()
        if self._data is None or not self._start:
            return connect(self._data, start=False)
        running = find_running(self._data)
        if running is not None:
            return running
        with self._lock:
            if self._stopping:
                raise ServiceUnavailableError("The Jupyter server is stopping.")
            child = self._child = spawn(self._data, stop_with_stdin=True)
        try:
            connection = wait_until_ready(child, self._data)
        except DatalabError:
            self._forget(child)
            raise
        if not connection.started_by_us:
            self._forget(child)  # another was quicker, and ours has ended by itself
        return connection

    def _forget(self, child: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if self._child is child:
                self._child = None
        if child.stdin is not None:
            child.stdin.close()

    async def _until_gone(self, connection: Connection) -> None:
        child = self._child
        if child is not None:
            while child.poll() is None:
                await asyncio.sleep(CHILD_CHECK_S)
            self._forget(child)
            return
        while connection.pid is None:  # elsewhere, and not ours to watch
            await self._renew()
        while await in_thread(self._find_running) == connection:
            await asyncio.sleep(NEIGHBOUR_CHECK_S)

    async def _renew(self) -> None:
        """Wait until the sign-in is to be renewed, and renew it."""
        if self._hub is None:
            await asyncio.Event().wait()
            return
        with suppress(asyncio.TimeoutError):
            async with asyncio.timeout(self._hub.due_s):
                await self._hastened.wait()
        self._hastened.clear()
        if self._hub.due_s > 0:
            return
        try:
            self._connection = await in_thread(self._attach_or_start)
        except DatalabError as error:
            self._log.warning("Data Lab: %s %s", error.message, error.hint)

    def _find_running(self) -> Connection | None:
        with suppress(DatalabError):
            return connect(self._data, start=False)
        return None

    def _tell(self, state: State, message: str, hint: str = "") -> None:
        self.state, self.message, self.hint = state, message, hint
        self._changed.set()
        self._changed = asyncio.Event()
