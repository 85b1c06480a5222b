"""Keeps sign-ins, so that every later call and process on this machine is known by them.

One file a Data Lab, beside Jupyter's connection files, readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

from datalab_toolkit.connection import read_private
from datalab_toolkit.errors import DatalabError


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signed in, and the token that they are known by.

    Attributes
    ----------
    user
        The name of the account.
    token
        The token, which is shown nowhere.
    """

    user: str
    token: str = field(repr=False)


def kept(place: str) -> SignIn | None:
    """The sign-in that is kept for a Data Lab; None when there is none.

    Parameters
    ----------
    place
        What the Data Lab is known by: its address; the data directory of the embedded one, whose
        address another server may have tomorrow.

    Raises
    ------
    ServiceUnavailableError
        The file that keeps it can be read by others.
    """
    text = read_private(_file(place))
    try:
        found = json.loads(text or "{}")
        return SignIn(found["user"], found["token"])
    except (ValueError, KeyError, TypeError):
        return None


def keep(place: str, sign_in: SignIn) -> None:
    """Keep a sign-in in the place of the one that was kept before."""
    path = _file(place)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"place": place, "user": sign_in.user, "token": sign_in.token}, file)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise DatalabError(
            f"The sign-in cannot be kept in {path.parent}: {error.strerror}.",
            "See that there is room and the right to write.",
        ) from error


def forget(place: str) -> None:
    """Remove the sign-in that is kept for a Data Lab, if there is one."""
    _file(place).unlink(missing_ok=True)


def _file(place: str) -> Path:
    digest = hashlib.sha256(place.encode()).hexdigest()[:16]
    return Path(jupyter_runtime_dir()) / f"datalab-sign-in-{digest}.json"
