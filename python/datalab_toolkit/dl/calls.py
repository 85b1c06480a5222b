"""How the official client's functions are called: with a token in front, behind, or without one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from datalab_toolkit import account, keptsignins, registry
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.service import Service

# user.uid.gid.secret, as Astro Data Lab mints them.
_TOKEN = re.compile(r"[^\s/.]+\.\d+\.\d+\.(\$1\$\S{22,}|\S*_access)")

_url: str | None = None


def is_token(text: object) -> bool:
    """Whether a text is a token of the official kind."""
    return isinstance(text, str) and bool(_TOKEN.fullmatch(text.strip()))


def user_of(token: str) -> str:
    """The name in a token."""
    return token.partition(".")[0]


def bound(
    args: Sequence[Any], names: Sequence[str], given: dict[str, Any], token: str | None = None
) -> tuple[str | None, dict[str, Any]]:
    """Find out which argument without a name is which.

    Parameters
    ----------
    args
        The arguments without names. The first may be a token.
    names
        What they are called in their order, without the token.
    given
        The values of those that came with their names, or else their defaults.
    token
        The token that came with its name.

    Returns
    -------
    token, values
        The token, None when there is none; and all values by their names.
    """
    rest = list(args)
    if rest and (len(rest) > len(names) or rest[0] in (None, "") or is_token(rest[0])):
        token = rest.pop(0)
    if len(rest) > len(names):
        raise TypeError(f"Give at most a token and {', '.join(names) or 'nothing else'}.")
    return token, given | dict(zip(names, rest, strict=False))


def service_name(token: str | None) -> str:
    """The name by which the toolkit knows the Data Lab as the holder of a token sees it.

    Parameters
    ----------
    token
        A token, or the name of a user who has signed in; empty for who is known anyway.
    """
    if not token:
        return registry.session(None, _url)
    if not is_token(token) and re.fullmatch(r"[\w-]{1,64}", token):
        sign_in = keptsignins.kept(registry.place())
        if sign_in is not None and sign_in.user == token:
            token = sign_in.token
        elif token in account.WITHOUT_PASSWORD:
            token = account.WITHOUT_PASSWORD[token]
    return registry.session(token.strip(), _url)


def service(token: str | None) -> Service:
    """The Data Lab as the holder of a token sees it; see `service_name`."""
    return registry.find(service_name(token))


def point_at(url: str) -> None:
    """Mean another Data Lab from now on, in this process."""
    global _url
    if urlsplit(url).scheme not in ("http", "https"):
        raise DatalabError(f"{url!r} is not an http or https address.", "Give that of a Data Lab.")
    root = url.rstrip("/")
    for official in ("/auth", "/query", "/storage", "/res", "/tap"):
        root = root.removesuffix(official)
    _url = root


def address(part: str) -> str:
    """The address of a part of the Data Lab that is meant."""
    return f"{service(None).lab.url}/{part}"


def is_alive(url: str | None, timeout_s: float) -> bool:
    """Whether a Data Lab answers in time."""
    try:
        lab = service(None).lab if url is None else Service("datalab", _root(url)).lab
        return bool(lab.ask("GET", "/tap/availability", timeout_s, {"Accept": "*/*"}).is_success)
    except DatalabError:
        return False


def profiles(profile: str | None, format: str) -> Any:
    """Describe the only profile that there is, this Data Lab."""
    lab = service(None).lab
    known = {"name": "default", "description": f"The Data Lab at {lab.url}", "accessURL": lab.url}
    if profile in (None, "", "None", "default"):
        if profile == "default" or format == "json":
            return known
        return f"{'default':>16}   {known['description']}\n"
    raise DatalabError(f"There is no profile {profile!r}.", "The only one is 'default'.")


def _root(url: str) -> str:
    return re.sub(r"/(auth|query|storage|res|tap)/*$", "", url.rstrip("/"))
