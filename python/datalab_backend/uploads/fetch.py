"""Fetches an uploaded table from the URL that a stranger gave us.

The request leaves from inside: what it could reach is not always what the stranger could. So each
URL on the way, the first and every redirection, is resolved once, judged by its addresses, and then
connected to at exactly such an address. No name is looked up a second time, no proxy or credential
of this machine is used, and no answer is repeated in a message.
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from urllib.parse import SplitResult, urljoin, urlsplit

from datalab_backend.errors import UsageError
from datalab_backend.uploads.addresses import is_public, resolve
from datalab_backend.uploads.limits import UploadLimits
from datalab_backend.uploads.upload import too_large
from datalab_backend.version import version

log = logging.getLogger(__name__)

_MOST_REDIRECTIONS = 5
_REDIRECTIONS = (301, 302, 303, 307, 308)
_LONGEST_URL = 2000
_PIECE_BYTES = 65_536
_CONNECT_S = 10.0


def fetch(name: str, url: str, limits: UploadLimits) -> tuple[bytes, str]:
    """Fetch a table.

    Parameters
    ----------
    name
        What the query calls it, for messages.
    url
        Where it is.
    limits
        How large it may be, how long it may take, and which hosts are allowed although they are
        not public.

    Returns
    -------
    tuple
        The bytes and their media type.

    Raises
    ------
    UsageError
        When the URL is not one to be fetched, or does not give the table.
    """
    deadline = time.monotonic() + limits.fetch_s
    try:
        for _ in range(_MOST_REDIRECTIONS + 1):
            target = _checked(name, url)
            with _opened(name, target, limits, deadline) as answer:
                if answer.status not in _REDIRECTIONS:
                    body = _body(name, answer, limits)
                    if (
                        time.monotonic() >= deadline
                    ):  # what looks like its end may be our hanging up
                        raise TimeoutError
                    return body, answer.headers.get("Content-Type") or ""
                url = urljoin(url, answer.headers.get("Location", ""))
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Without its query string, where a token could be.
        where = url.partition("?")[0][:_LONGEST_URL]
        log.info("An upload could not be fetched: %s", error, extra={"url": where})
        if time.monotonic() >= deadline:
            raise _refused(
                name,
                f"its host did not send it within {limits.fetch_s:g} seconds.",
                "Download the table and send it with the query.",
            ) from None
        raise _refused(
            name,
            "its host cannot be reached, or does not speak HTTP.",
            "Try the URL in a browser, or send the table with the query.",
        ) from None
    raise _refused(
        name,
        f"it was redirected more than {_MOST_REDIRECTIONS} times.",
        "Give the URL of the table itself.",
    )


def _checked(name: str, url: str) -> SplitResult:
    """The parts of a URL that is one to be fetched."""
    hint = "Write it like https://example.org/table.vot."
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise _refused(name, "its URL is too long, or has characters that no URL has.", hint)
    try:
        target = urlsplit(url)
        port_is_right = target.port != 0
    except ValueError:
        raise _refused(name, "its URL is not well-formed.", hint) from None
    if target.scheme.lower() not in ("http", "https"):
        raise _refused(name, "only http and https URLs are fetched.", hint)
    if "@" in target.netloc or "\\" in url:
        raise _refused(name, "its URL has a user name or a backslash in it.", hint)
    if not target.hostname or not port_is_right:
        raise _refused(name, "its URL has no host.", hint)
    return target


@contextmanager
def _opened(
    name: str, target: SplitResult, limits: UploadLimits, deadline: float
) -> Iterator[http.client.HTTPResponse]:
    """Ask a host for what it has, and hang up when the time is over."""
    host = target.hostname or ""
    secure = target.scheme.lower() == "https"
    port = target.port or (443 if secure else 80)
    addresses = resolve(host, port)
    allowed = {known.casefold() for known in limits.hosts}
    if host.rstrip(".").casefold() not in allowed and not all(map(is_public, addresses)):
        raise _refused(
            name,
            "its host is not on the public internet.",
            "Send the table with the query. Whoever runs this Data Lab can allow a host with "
            "--upload-host.",
        )
    connection = _Connection(host, port, _connect(addresses, port, deadline), secure)
    # A timeout of the socket starts anew with each byte; this one does not.
    clock = Timer(max(0.0, deadline - time.monotonic()), connection.hang_up)
    clock.daemon = True
    clock.start()
    try:
        connection.begin()
        path = target.path or "/"
        connection.request(
            "GET",
            f"{path}?{target.query}" if target.query else path,
            headers={
                "User-Agent": f"jupyterlab-datalab/{version()}",
                "Accept": "application/x-votable+xml, */*;q=0.5",
                "Connection": "close",
            },
        )
        yield connection.getresponse()
    finally:
        clock.cancel()
        connection.close()


def _connect(addresses: list[str], port: int, deadline: float) -> socket.socket:
    last: OSError = OSError("no address")
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection((address, port), timeout=min(left, _CONNECT_S))
        except OSError as error:
            last = error
    raise last


class _Connection(http.client.HTTPConnection):
    """An HTTP connection over a socket that is connected already."""

    def __init__(self, host: str, port: int, connected: socket.socket, secure: bool) -> None:
        super().__init__(host, port)
        self.default_port = 443 if secure else 80
        self._secure = secure
        self.sock = connected
        # http.client lets go of a socket that only the answer still reads.
        self._line: socket.socket = connected

    def begin(self) -> None:
        """Speak TLS where it is wanted."""
        if self._secure:
            context = ssl.create_default_context()
            wrapped = context.wrap_socket(
                self._line, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = self._line = wrapped  # from here on it can be hung up
            wrapped.do_handshake()

    def connect(self) -> None:
        """Never connect anew: the address would be looked up again."""
        raise ConnectionError("The connection is closed.")

    def hang_up(self) -> None:
        """End the connection from another thread, so that a read of it fails."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)


def _body(name: str, answer: http.client.HTTPResponse, limits: UploadLimits) -> bytes:
    if answer.status != 200:
        raise _refused(name, f"its host answered {answer.status}.", "Try the URL in a browser.")
    if answer.length is not None and answer.length > limits.bytes:
        raise too_large(name, limits)
    pieces, size = [], 0
    while piece := answer.read(_PIECE_BYTES):
        size += len(piece)
        if size > limits.bytes:
            raise too_large(name, limits)
        pieces.append(piece)
    if answer.length:  # http.client says nothing when an answer ends too early
        raise ConnectionError("The answer was cut short.")
    return b"".join(pieces)


def _refused(name: str, reason: str, hint: str) -> UsageError:
    return UsageError(f"The upload “{name}” cannot be fetched: {reason}", hint)
