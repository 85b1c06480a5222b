"""The further TAP services that an administrator or user lists."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

DATALAB = "datalab"
# Parts of the extension's own addresses.
RESERVED = frozenset({DATALAB, "account", "mydb", "services", "storage", "vos"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """A TAP service as it is configured.

    Attributes
    ----------
    name
        What queries and addresses call it.
    url
        What comes before ``/sync``.
    title
        What the panel calls it.
    """

    name: str
    url: str
    title: str


def read_services(value: Mapping[str, Any]) -> tuple[ServiceSettings, ...]:
    """Read the ``services`` of the configuration.

    Parameters
    ----------
    value
        By name, a URL or a mapping with ``url`` and ``title``.

    Raises
    ------
    ValueError
        Something in it cannot be used; the message names it and says what is expected.
    """
    return tuple(_read_service(name, given) for name, given in value.items())


def services_of_environment(text: str) -> dict[str, str]:
    """Read ``$DATALAB_SERVICES``, a JSON object of names and URLs.

    Raises
    ------
    ValueError
        It is something else.
    """
    value = json.loads(text or "{}")
    if not isinstance(value, dict):
        raise ValueError("DATALAB_SERVICES is not a JSON object of names and addresses.")
    return {str(name): str(url) for name, url in value.items()}


def _read_service(name: str, given: object) -> ServiceSettings:
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise ValueError(
            f"{name!r} cannot name a service: use letters, digits, '_', '.' and '-', and none of "
            f"{', '.join(sorted(RESERVED))}, which are the Data Lab's own."
        )
    settings = {"url": given} if isinstance(given, str) else given
    if not isinstance(settings, Mapping) or not isinstance(settings.get("url"), str):
        raise ValueError(f"The service {name!r} needs a 'url'.")
    if unknown := set(settings) - {"url", "title"}:
        raise ValueError(
            f"The service {name!r} has unknown settings {', '.join(sorted(map(str, unknown)))}; "
            "'url' and 'title' are known."
        )
    url = settings["url"].rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"The url of the service {name!r} is not an http or https address: {url}")
    if parts.username or parts.password:
        # It is told to kernels and terminals, and would be in everybody's `env`.
        raise ValueError(f"The url of the service {name!r} must not hold a user name or password.")
    return ServiceSettings(name, url, str(settings.get("title") or name))
