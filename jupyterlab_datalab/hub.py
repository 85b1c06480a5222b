"""Signs in at a Data Lab that everybody on a JupyterHub shares, by the hub's own token.

The hub gives each user's Jupyter server a token. It is exchanged for one of the Data Lab's, which
is kept in a file that only the user can read; kernels find the file by ``$DATALAB_TOKEN_FILE``.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from datalab_toolkit.connection import is_loopback
from datalab_toolkit.errors import ServiceUnavailableError
from jupyter_core.paths import jupyter_runtime_dir

TIMEOUT_S = 30.0
FAREWELL_S = 3.0
TOKEN_FILE = "DATALAB_TOKEN_FILE"  # noqa: S105 - the name of a variable
SOONEST_RENEWAL = timedelta(minutes=1)


class HubSignIn:
    """The sign-in of this Jupyter server at the Data Lab of its hub.

    Parameters
    ----------
    url
        The root of the Data Lab.
    hub_token
        The token that the hub gave this server.
    server
        What the hub knows this server by; a user may run several.
    log
        Where to report.

    Attributes
    ----------
    path
        The file with the Data Lab's token.
    """

    def __init__(self, url: str, hub_token: str, server: str, log: logging.Logger) -> None:
        self._url = url.rstrip("/")
        self._hub_token = hub_token
        self._log = log
        self._token: str | None = None
        self._soonest = self._due = datetime.now(UTC)
        digest = hashlib.sha256(f"{server}\n{url}".encode()).hexdigest()[:16]
        self.path = Path(jupyter_runtime_dir()) / f"datalab-token-{digest}"
        # A hub stops its servers by an interrupt, after which Jupyter tells no extension.
        atexit.register(self.close)
        if urlsplit(url).scheme != "https" and not is_loopback(url):
            log.warning("Data Lab: tokens travel in the clear to %s; use https there.", url)

    @classmethod
    def of_environment(
        cls, url: str, environment: Mapping[str, str], log: logging.Logger
    ) -> HubSignIn | None:
        """The sign-in of a server that a JupyterHub started; None when none did.

        A token file that is named already says who calls, and is left alone.
        """
        hub_token = environment.get("JUPYTERHUB_API_TOKEN")
        under_a_hub = hub_token and environment.get("JUPYTERHUB_API_URL")
        if not (url and hub_token and under_a_hub) or environment.get(TOKEN_FILE):
            return None
        return cls(url, hub_token, environment.get("JUPYTERHUB_SERVICE_PREFIX", ""), log)

    @property
    def due_s(self) -> float:
        """Seconds until the token is to be renewed."""
        return max((self._due - datetime.now(UTC)).total_seconds(), 0.0)

    def renew(self) -> None:
        """Exchange the hub's token for a new one of the Data Lab's, and keep that.

        Raises
        ------
        ServiceUnavailableError
            The Data Lab cannot be reached, or does not take the token.
        """
        self._soonest = self._due = datetime.now(UTC) + SOONEST_RENEWAL
        answer = self._post("/auth/hub", self._hub_token)
        if answer.status_code in (404, 405):
            # It has no --hub-api: everybody is anonymous there until they sign in otherwise.
            self._log.info("The Data Lab at %s takes no sign-in from a hub.", self._url)
            os.environ.pop(TOKEN_FILE, None)
            self._due = datetime.max.replace(tzinfo=UTC)
            return
        try:
            told = answer.raise_for_status().json()
            token, expires = str(told["token"]), datetime.fromisoformat(told["expires"])
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError):
            raise ServiceUnavailableError(
                f"The Data Lab does not take the hub's sign-in (HTTP {answer.status_code}).",
                _sentence(answer),
            ) from None
        # The old token stays good: kernels that run have it.
        self._keep(token)
        self._due += (expires - datetime.now(UTC)) / 2

    def hasten(self) -> None:
        """Have the token renewed as soon as may be: the Data Lab does not take it any more."""
        self._due = self._soonest

    def close(self) -> None:
        """Sign out, and remove the file. A second call does nothing."""
        with suppress(FileNotFoundError):
            self.path.unlink()
        token, self._token = self._token, None
        if token:
            with suppress(ServiceUnavailableError):  # it ends by itself
                self._post("/auth/logout", token, FAREWELL_S)

    def _keep(self, token: str) -> None:
        fresh = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(token)
            fresh.replace(self.path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise ServiceUnavailableError(
                f"The token of the Data Lab cannot be kept in {fresh.parent}: {error.strerror}.",
                "See that there is room and the right to write.",
            ) from error
        self._token = token

    def _post(self, path: str, token: str, timeout_s: float = TIMEOUT_S) -> httpx.Response:
        nearby = is_loopback(self._url)
        try:
            return httpx.post(
                f"{self._url}{path}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=timeout_s,
                trust_env=not nearby,
                verify=not nearby,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceUnavailableError(
                "The Data Lab cannot be reached to sign in.", "Try again in a moment."
            ) from error


def _sentence(answer: httpx.Response) -> str:
    """What the Data Lab says of its refusal."""
    with suppress(ValueError, KeyError, TypeError):
        return str(answer.json()["error"]["message"])
    return ""
