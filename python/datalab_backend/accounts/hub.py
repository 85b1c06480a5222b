"""Asks a JupyterHub whose token it is that a caller shows."""

from __future__ import annotations

import json
import re
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datalab_backend.errors import AuthenticationError, ServiceError, UnavailableError, UsageError

if TYPE_CHECKING:
    import httpx

_PATIENCE_S = 10.0
_LONGEST_ANSWER_BYTES = 1_000_000

# What may stand in the header (RFC 6750, section 2.1), and no more of it than a hub's token has.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")


class Hub:
    """The JupyterHub whose users this Data Lab takes.

    Nothing but the caller's own token is needed: `GET /user` of the hub's API tells whose it is.

    Parameters
    ----------
    api_url
        Of the hub's REST API, such as ``http://127.0.0.1:8081/hub/api``.

    Raises
    ------
    UsageError
        It is no such URL.
    """

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"{api_url[:200]} is not the URL of a JupyterHub's API.",
                "It looks like http://127.0.0.1:8081/hub/api.",
            )
        self._url = f"{api_url.rstrip('/')}/user"

    def user_of(self, token: str) -> str:
        """The name of the user whose token it is.

        Raises
        ------
        AuthenticationError
            It is nobody's, or that of a service rather than of a person.
        UnavailableError, ServiceError
            The hub does not answer, or tells nonsense.
        """
        if not _TOKEN.fullmatch(token):
            raise _refused()
        status, content = self._ask(token)
        if status in (401, 403, 404):
            raise _refused()
        try:
            told = json.loads(content) if status == 200 else None
        except ValueError:
            told = None
        if not isinstance(told, dict) or not isinstance(told.get("name"), str):
            raise ServiceError(
                f"The JupyterHub answered with status {status} and told no user.",
                "Check --hub-api: it is the URL of the hub's REST API, which ends in /hub/api.",
            )
        # Services have tokens and names, too; whoever runs one chooses its name.
        if told.get("kind", "user") != "user" or not told["name"]:
            raise _refused()
        return str(told["name"])

    def _ask(self, token: str) -> tuple[int, bytes]:
        import httpx

        try:
            # No redirection is followed: the token is for the hub alone.
            with (
                self._client() as client,
                client.stream("GET", self._url, headers={"Authorization": f"token {token}"}) as got,
            ):
                content = b""
                for piece in got.iter_bytes():
                    content += piece
                    if len(content) > _LONGEST_ANSWER_BYTES:
                        break
                return got.status_code, content
        except httpx.HTTPError as error:
            raise UnavailableError(
                "The JupyterHub does not answer.", "Try again in a moment."
            ) from error

    def _client(self) -> httpx.Client:
        import httpx

        # No proxy of the environment may come between two services of one house; but whom this
        # machine vouches for, $SSL_CERT_FILE included, is believed.
        context = ssl.create_default_context()
        return httpx.Client(timeout=_PATIENCE_S, trust_env=False, verify=context)


def _refused() -> AuthenticationError:
    return AuthenticationError(
        "The token is not one of a user of the JupyterHub.",
        "Send the hub's token, as in $JUPYTERHUB_API_TOKEN, as “Authorization: Bearer …”.",
    )
