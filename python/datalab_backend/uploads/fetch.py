"""Fetches what is at the URL that a stranger gave us, or sends a file there.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import BinaryIO
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

# Files may take long, as long as they come: what comes more slowly is given up.
_LONGEST_S = 86_400.0
_SLOWEST_BYTES_PER_S = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is fetched, and what it may cost.

    Attributes
    ----------
    what
        What it is, for messages.
    instead
        What to do when it cannot be fetched, for messages.
    limits
        How large it may be, how long it may take, and which hosts are allowed although they are
        not public.
    """

    what: str
    instead: str
    limits: UploadLimits

    def refused(self, reason: str, hint: str) -> UsageError:
        """What to say when it cannot be fetched."""
        return UsageError(f"{self.what} cannot be fetched: {reason}", hint)


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
    wanted = Wanted(f"The upload “{name}”", "Send the table with the query instead.", limits)
    deadline = time.monotonic() + limits.fetch_s
    with _telling(wanted, url, deadline), _answering(wanted, url, deadline) as answer:
        body = _body(wanted, name, answer)
        if time.monotonic() >= deadline:  # what looks like its end may be our hanging up
            raise TimeoutError
        return body, answer.headers.get("Content-Type") or ""


def fetch_into(wanted: Wanted, url: str, write: Callable[[bytes], object]) -> str:
    """Fetch a file of any size, a piece at a time; its media type.

    Parameters
    ----------
    wanted
        What is fetched; of its limits, ``fetch_s`` is the time in which it has to begin.
    url
        Where it is.
    write
        Takes the pieces, and refuses by raising when there are too many.

    Raises
    ------
    UsageError
        When the URL is not one to be fetched, or does not give the file.
    """
    begun = time.monotonic()
    begin_by = begun + wanted.limits.fetch_s
    with _telling(wanted, url, begin_by), _answering(wanted, url, begin_by, True) as answer:
        if answer.status != 200:
            raise wanted.refused(f"its host answered {answer.status}.", "Try the URL in a browser.")
        size = 0
        while piece := answer.read1(_PIECE_BYTES):
            size += len(piece)
            write(piece)
            # A host that sends drop by drop is left.
            allowed_s = wanted.limits.fetch_s + size / _SLOWEST_BYTES_PER_S
            if time.monotonic() > begun + min(allowed_s, _LONGEST_S):
                raise TimeoutError("It came too slowly.")
        if answer.length:  # http.client says nothing when an answer ends too early
            raise ConnectionError("The answer was cut short.")
        return answer.headers.get("Content-Type") or ""


def send(wanted: Wanted, url: str, file: BinaryIO, size_bytes: int) -> None:
    """Send a file to where a URL says, by PUT.

    Raises
    ------
    UsageError
        When the URL is not one to send to, or does not take the file.
    """
    deadline = time.monotonic() + _LONGEST_S
    with _telling(wanted, url, deadline):
        target = _checked(wanted, url)
        with _opened(wanted, target, deadline, sent=(file, size_bytes)) as answer:
            if not 200 <= answer.status < 300:
                raise wanted.refused(f"its host answered {answer.status}.", "Look at the URL.")


@contextmanager
def _answering(
    wanted: Wanted, url: str, deadline: float, head_only: bool = False
) -> Iterator[http.client.HTTPResponse]:
    """The answer of a host, or of the one that it sends us to."""
    for _ in range(_MOST_REDIRECTIONS + 1):
        target = _checked(wanted, url)
        with _opened(wanted, target, deadline, head_only) as answer:
            if answer.status not in _REDIRECTIONS:
                yield answer
                return
            url = urljoin(url, answer.headers.get("Location", ""))
    raise wanted.refused(
        f"it was redirected more than {_MOST_REDIRECTIONS} times.",
        "Give the URL of what is wanted itself.",
    )


@contextmanager
def _telling(wanted: Wanted, url: str, deadline: float) -> Iterator[None]:
    """Say of what goes wrong with a host no more than a stranger may learn."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Without its query string, where a token could be.
        where = url.partition("?")[0][:_LONGEST_URL]
        log.info("%s could not be fetched: %s", wanted.what, error, extra={"url": where})
        if time.monotonic() >= deadline:
            raise wanted.refused(
                f"its host did not send it within {wanted.limits.fetch_s:g} seconds.",
                wanted.instead,
            ) from None
        raise wanted.refused(
            "its host cannot be reached, or does not speak HTTP.",
            f"Try the URL in a browser. {wanted.instead}",
        ) from None


def _checked(wanted: Wanted, url: str) -> SplitResult:
    """The parts of a URL that is one to be fetched."""
    hint = "Write it like https://example.org/table.vot."
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise wanted.refused("its URL is too long, or has characters that no URL has.", hint)
    try:
        target = urlsplit(url)
        port_is_right = target.port != 0
    except ValueError:
        raise wanted.refused("its URL is not well-formed.", hint) from None
    if target.scheme.lower() not in ("http", "https"):
        raise wanted.refused("only http and https URLs are fetched.", hint)
    if "@" in target.netloc or "\\" in url:
        raise wanted.refused("its URL has a user name or a backslash in it.", hint)
    if not target.hostname or not port_is_right:
        raise wanted.refused("its URL has no host.", hint)
    return target


@contextmanager
def _opened(
    wanted: Wanted,
    target: SplitResult,
    deadline: float,
    head_only: bool = False,
    sent: tuple[BinaryIO, int] | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """Ask a host for what it has, or send it a file of a size; hang up when the time is over.

    With ``head_only`` the time is that of the head of the answer alone.
    """
    host = target.hostname or ""
    secure = target.scheme.lower() == "https"
    port = target.port or (443 if secure else 80)
    addresses = resolve(host, port)
    allowed = {known.casefold() for known in wanted.limits.hosts}
    if host.rstrip(".").casefold() not in allowed and not all(map(is_public, addresses)):
        raise wanted.refused(
            "its host is not on the public internet.",
            f"{wanted.instead} Whoever runs this Data Lab can allow a host with --upload-host.",
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
            "GET" if sent is None else "PUT",
            f"{path}?{target.query}" if target.query else path,
            body=None if sent is None else sent[0],
            headers={
                "User-Agent": f"jupyterlab-datalab/{version()}",
                "Accept": "application/x-votable+xml, */*;q=0.5",
                "Connection": "close",
                **({} if sent is None else {"Content-Length": str(sent[1])}),
            },
        )
        answer = connection.getresponse()
        if head_only:
            clock.cancel()
        yield answer
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


def _body(wanted: Wanted, name: str, answer: http.client.HTTPResponse) -> bytes:
    limits = wanted.limits
    if answer.status != 200:
        raise wanted.refused(f"its host answered {answer.status}.", "Try the URL in a browser.")
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
