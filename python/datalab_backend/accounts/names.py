"""What users and groups may be called."""

from __future__ import annotations

import re

from datalab_backend.errors import UsageError

LONGEST = 32

# A name is part of tokens, which dots divide, of paths and of the names of schemas.
_NAME = re.compile(rf"[a-z][a-z0-9_-]{{0,{LONGEST - 1}}}")

# Names that mean something else, here or in the official Data Lab.
_TAKEN = frozenset(
    (
        *("admin", "all", "anonymous", "auth", "authenticated", "datalab", "default", "dldemo"),
        *("dltest", "everybody", "everyone", "false", "group", "groups", "guest", "ivoa", "me"),
        *("mydb", "nobody", "none", "null", "owner", "public", "root", "shared", "storage"),
        *("system", "tap_schema", "tap_upload", "tmp", "true", "user", "users", "vos", "vospace"),
    )
)


def is_name(text: str) -> bool:
    """Whether a user or group may be called so."""
    return _NAME.fullmatch(text) is not None and text not in _TAKEN


def check(text: str, what: str) -> None:
    """Refuse a name that a user or group may not have.

    Parameters
    ----------
    text
        The name.
    what
        ``user`` or ``group``, for the error.

    Raises
    ------
    UsageError
        It is not a name, or taken for something else.
    """
    if _NAME.fullmatch(text) is None:
        raise UsageError(
            f"A {what} cannot be called “{text[:40]}”.",
            f"A name begins with a lower-case letter and goes on with lower-case letters, digits, "
            f"“_” and “-”, {LONGEST} characters at most.",
        )
    if text in _TAKEN:
        raise UsageError(
            f"A {what} cannot be called “{text}”, which means something else here.",
            "Choose another name.",
        )


def made_of(text: str) -> str:
    """Make a name of one that another system gave, such as an address of electronic mail."""
    letters = re.sub(r"[^a-z0-9_-]", "_", text.casefold())[: LONGEST - 6].rstrip("_-")
    name = letters if letters[:1].isalpha() and letters[:1].isascii() else f"u_{letters}"
    return f"{name}_" if name in _TAKEN else name
