"""A stretch of network before a server that breaks off, as real ones do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class CuttingRelay:
    """Hands requests on to a server, and breaks off long answers.

    Parameters
    ----------
    url
        The server.

    Attributes
    ----------
    url
        The address that goes through here.
    cut_bytes
        After how many bytes of an answer to break off.
    cuts
        How many connections are still to be broken off.
    passed_bytes
        How much the server has sent.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_bytes = 1_000_000
        self.cuts = 0
        self.passed_bytes = 0

    def run(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                for way in (self._up, self._down):
                    threading.Thread(target=way, args=(client, server), daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(65_536):
                server.sendall(piece)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while piece := server.recv(65_536):
                client.sendall(piece)
                passed += len(piece)
                self.passed_bytes += len(piece)
                if self.cuts and passed > self.cut_bytes:
                    self.cuts -= 1
                    break
        for side in (client, server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)  # which also ends what waits in `_up`
            side.close()


@contextmanager
def relaying(url: str) -> Iterator[CuttingRelay]:
    """Run a relay until the block ends."""
    relay = CuttingRelay(url)
    threading.Thread(target=relay.run, daemon=True).start()
    try:
        yield relay
    finally:
        relay.close()
