"""The names of nodes.

A path never touches the disk: contents are kept under random names. What is refused here are names
that look like others, or that break in a shell, a browser or on another machine.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from datalab_backend.storage.faults import InvalidUriError

AUTHORITY = "jupyterlab-datalab~vospace"
"""Who has the nodes, in their URIs (VOSpace 2.1, section 2.1)."""

AUTO = ".auto"
"""The name that stands for any new one (VOSpace 2.1, section 2.1)."""

_LONGEST_NAME_BYTES = 255
_LONGEST_PATH_BYTES = 4096
_DEEPEST = 64
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+_.-]*)://(.*)", re.DOTALL)
_CONTROL_OR_HALF_A_CHARACTER = ("Cc", "Cs")
_TURNS_TEXT_AROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, order=True)
class StoragePath:
    """Where a node is, from the root of all users down.

    Attributes
    ----------
    parts
        The names on the way, the user's first; none for the root.
    """

    parts: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``/alice/a/b.csv``; slashes at both ends may be left out.

        Raises
        ------
        InvalidUriError
            When a name on the way is none.
        """
        inner = text.removeprefix("/").removesuffix("/")
        return cls.of(*inner.split("/")) if inner else cls()

    @classmethod
    def of(cls, *names: str) -> Self:
        """Check names one by one, and write their accents in one way (Unicode's NFC)."""
        parts = tuple(_checked(name) for name in names)
        length = len("/".join(parts).encode())
        if len(parts) > _DEEPEST or length > _LONGEST_PATH_BYTES:
            raise InvalidUriError(
                f"The path is longer than {_LONGEST_PATH_BYTES:,} bytes or more than {_DEEPEST} "
                "containers deep.",
                "Use shorter names, or fewer containers in each other.",
            )
        return cls(parts)

    @property
    def name(self) -> str:
        """The last name; empty for the root."""
        return self.parts[-1] if self.parts else ""

    @property
    def owner(self) -> str:
        """Whose tree it is in; empty for the root."""
        return self.parts[0] if self.parts else ""

    @property
    def parent(self) -> StoragePath:
        """The container that it is in; the root for the root."""
        return StoragePath(self.parts[:-1])

    @property
    def uri(self) -> str:
        """Its VOSpace URI."""
        return f"vos://{AUTHORITY}{self}"

    def written_by(self, user: str) -> str:
        """As Data Lab users write it, see `resolve`: ``vos://a.csv`` for what is their own."""
        scheme = "vos" if self.owner == user else self.owner
        return f"{scheme}://{'/'.join(self.parts[1:])}"

    def __truediv__(self, name: str) -> StoragePath:
        """What has this name in it."""
        return StoragePath.of(*self.parts, name)

    def __str__(self) -> str:
        return "/" + "/".join(self.parts)

    def is_within(self, other: StoragePath) -> bool:
        """Whether it is the other or somewhere in it."""
        return self.parts[: len(other.parts)] == other.parts


def resolve(text: str, user: str) -> StoragePath:
    """Read what people write for a node.

    Parameters
    ----------
    text
        ``/alice/a.csv``; the URI of VOSpace, ``vos://jupyterlab-datalab~vospace/alice/a.csv``, with
        ``~`` or ``!``; or as Data Lab users have it, ``vos://a.csv`` for what is one's own and
        ``alice://public/a.csv`` for another's.
    user
        Whose ``vos://`` is meant.

    Raises
    ------
    InvalidUriError
        When it is none of these.
    """
    match = _URI.fullmatch(text)
    if match is None:
        if text.startswith("/"):
            return StoragePath.parse(text)
        raise InvalidUriError(
            f"“{text[:80]}” is not a place in virtual storage.",
            "Write vos://file for your own, user://public/file for another's, or /user/file.",
        )
    scheme, rest = match.groups()
    authority, _, path = rest.partition("/")
    if authority.replace("!", "~") == AUTHORITY and scheme.lower() == "vos":
        return StoragePath.parse(path)
    if "~" in authority or "!" in authority:
        raise InvalidUriError(
            f"“{authority[:80]}” is another service's.", f"This one is {AUTHORITY}."
        )
    if scheme.lower() in ("http", "https", "ftp", "file", "ivo", "mydb"):
        raise InvalidUriError(
            f"“{text[:80]}” is not a place in virtual storage.", "Write vos://file."
        )
    start = StoragePath.of(user if scheme.lower() == "vos" else scheme)
    below = rest.strip("/")
    return StoragePath.of(*start.parts, *below.split("/")) if below else start


def _checked(name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    if name in ("", ".", ".."):
        raise InvalidUriError(
            f"The path has “{name}” for a name in it." if name else "The path has an empty name.",
            "Write each container on the way by its name, with one slash between them.",
        )
    bad = next((c for c in name if _is_refused(c)), None)
    if bad is not None:
        raise InvalidUriError(
            f"The name “{_shown(name)}” has the character U+{ord(bad):04X} in it.",
            "Leave slashes, backslashes and characters that cannot be seen out of names.",
        )
    if name[0].isspace() or name[-1].isspace() or name[-1] == ".":
        raise InvalidUriError(
            f"The name “{_shown(name)}” begins or ends with a blank, or ends with a full stop.",
            "Other systems cut these off, and take the name for another one.",
        )
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        raise InvalidUriError(
            f"The name “{_shown(name)}” is longer than {_LONGEST_NAME_BYTES} bytes.",
            "Use a shorter one.",
        )
    return name


def _is_refused(character: str) -> bool:
    return (
        character in "/\\\ufffd"  # the last stands for bytes that were no UTF-8
        or character in _TURNS_TEXT_AROUND
        or unicodedata.category(character) in _CONTROL_OR_HALF_A_CHARACTER
    )


def _shown(name: str) -> str:
    """A name as it can be shown."""
    seen = "".join("�" if _is_refused(c) else c for c in name)
    return seen if len(seen) <= 60 else f"{seen[:60]}…"
