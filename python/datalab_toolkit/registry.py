"""The services that are known, by their names.

``datalab`` is the Data Lab of `datalab_toolkit.connection`; more come from ``$DATALAB_SERVICES``,
which the server extension sets for kernels, and from `add`. Who has signed in to one is known there
by the token that is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from datalab_toolkit import keptsignins
from datalab_toolkit.connection import connect, data_directory
from datalab_toolkit.errors import NotFoundError, ServiceUnavailableError
from datalab_toolkit.service import Service
from datalab_toolkit.wording import suited

DEFAULT = "datalab"

# How $DATALAB_SERVICES is written.
_EXAMPLE = '{"vizier": "https://tapvizier.cds.unistra.fr/TAPVizieR/tap"}'

_lock = threading.Lock()
_known: dict[str, tuple[tuple[str, str | None], Service]] = {}
_added: dict[str, tuple[str, str]] = {}
_sessions: dict[str, tuple[str | None, str | None]] = {}


def names() -> dict[str, str]:
    """The titles of the known services by name, ``datalab`` first.

    Returns
    -------
    dict
        Those that the settings of Jupyter name, and those added by `add_service`. None is asked
        for anything.
    """
    titles = {DEFAULT: "Data Lab"}
    titles |= {name: title for name, (_, title) in _configured().items()}
    return titles


def add(name: str, url: str, title: str = "") -> Service:
    """Make a TAP service known by a name, for this process.

    Parameters
    ----------
    name
        What to call it, as ``service=name`` elsewhere.
    url
        Its address (TAP 1.1): what comes before ``/sync``.
    title
        What to call it in errors and lists; the name when not given.

    Raises
    ------
    ServiceUnavailableError
        The address is none of http or https.

    Examples
    --------
    >>> dl.add_service("simbad", "https://simbad.cds.unistra.fr/simbad/sim-tap", "SIMBAD")
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ServiceUnavailableError(
            f"{url!r} is not an http or https address.",
            "Give the address of the TAP service, which comes before /sync.",
        )
    _added[name] = (url, title or name)
    return find(name)


def find(name: str = DEFAULT) -> Service:
    """A service by its name. Starts the embedded Data Lab when that is asked for and not running.

    Raises
    ------
    NotFoundError
        No service has this name.
    ServiceUnavailableError
        The embedded Data Lab does not start.
    """
    if name in _sessions:
        url, token = _sessions[name]
        return _service(name, url or _located(DEFAULT).url, token, "Data Lab")
    found = _located(name)
    sign_in = keptsignins.kept(found.place)
    return _service(name, found.url, sign_in.token if sign_in else found.token, found.title)


def tap_url(name: str = DEFAULT) -> str:
    """The address of a TAP service, for other clients: TOPCAT, STILTS, pyvo.

    The embedded Data Lab has another one at every start.

    Parameters
    ----------
    name
        The name of the service; `services` lists those that are known.

    Raises
    ------
    NotFoundError
        No service has this name.
    ServiceUnavailableError
        The embedded Data Lab does not start.

    Examples
    --------
    >>> pyvo.dal.TAPService(dl.tap_url())
    """
    return find(name).url


def session(token: str | None, url: str | None = None) -> str:
    """The name by which `find` knows the Data Lab as another caller of this process sees it.

    Parameters
    ----------
    token
        The caller's token; None for who is known by themselves.
    url
        The address of the Data Lab; None for the one that is always meant.
    """
    if token is None and url is None:
        return DEFAULT
    name = hashlib.sha256(f"{token} {url}".encode()).hexdigest()[:12]  # never the token itself
    _sessions[name] = (url, token)
    return name


def place(name: str = DEFAULT) -> str:
    """What the sign-ins to a service are kept under; see `datalab_toolkit.keptsignins`."""
    return _located(name).place


@dataclass(frozen=True, slots=True)
class _Located:
    url: str
    token: str | None = field(repr=False)
    title: str
    place: str


def _located(name: str) -> _Located:
    configured = _configured()
    if name in configured:
        url, title = configured[name]
        return _Located(url, None, title, url.rstrip("/").removesuffix("/tap"))
    if name == DEFAULT:
        connection = connect()
        # The embedded Data Lab has another port at every start.
        place = connection.url if connection.pid is None else str(data_directory())
        return _Located(connection.url, connection.token, "Data Lab", place)
    raise NotFoundError(
        f"No service is known by the name {name!r}.",
        f"Known are: {', '.join(names())}. "
        + suited(
            "`add_service(name, url)` makes another known.",
            f"Others are named in the variable DATALAB_SERVICES: {_EXAMPLE}",
        ),
    )


def _service(name: str, url: str, token: str | None, title: str) -> Service:
    """The service under a name: a new one when it has moved, as a restarted Data Lab has."""
    with _lock:
        before = _known.get(name)
        if before is not None and before[0] == (url, token):
            return before[1]
        if before is not None:
            before[1].close()
        service = Service(name, url, token, title)
        _known[name] = ((url, token), service)
        return service


def _configured() -> dict[str, tuple[str, str]]:
    """Addresses and titles from the environment and from `add`."""
    text = os.environ.get("DATALAB_SERVICES", "")
    try:
        found = {str(name): (str(url), str(name)) for name, url in json.loads(text or "{}").items()}
    except (ValueError, AttributeError) as error:
        raise ServiceUnavailableError(
            "DATALAB_SERVICES is not a JSON object of names and addresses.",
            f"It should look like {_EXAMPLE}",
        ) from error
    return found | _added
