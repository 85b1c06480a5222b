"""Names of files and folders in the virtual storage, as people and protocols write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from datalab_toolkit.errors import DatalabError

_SPACE = re.compile(r"(vos(?=:)|[A-Za-z0-9_.@-]+(?=://)):(?://)?(.*)", re.DOTALL)
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class VosName:
    """A name as it was written: ``vos://a/b``, ``alice://public/x``, or ``a/b`` for short.

    Attributes
    ----------
    space
        Whose files; empty for the caller's own.
    parts
        The names of the folders and of the file.
    is_folder
        Whether it ends with a slash, and so means a folder.
    """

    space: str
    parts: tuple[str, ...]
    is_folder: bool = False

    @property
    def name(self) -> str:
        """The last of its parts; empty for the root."""
        return self.parts[-1] if self.parts else ""

    @property
    def parent(self) -> VosName:
        """The folder that it is in."""
        return VosName(self.space, self.parts[:-1], True)

    @property
    def is_pattern(self) -> bool:
        """Whether it has the wildcards of shells, ``*``, ``?`` or ``[…]``."""
        return any(map(_GLOB.search, self.parts))

    def joined(self, *names: str) -> VosName:
        """A name in this folder."""
        return VosName(self.space, (*self.parts, *names))

    def path(self, own: str) -> str:
        """The path at the server: ``/alice/a/b``.

        Parameters
        ----------
        own
            The name of the caller's account.
        """
        return "/" + "/".join((self.space or own, *self.parts))

    def __str__(self) -> str:
        return f"{self.space or 'vos'}://{'/'.join(self.parts)}"


def parse(text: str) -> VosName:
    """Read a name in the virtual storage.

    ``vos://a/b``, ``vos:a/b`` and ``a/b`` are files of one's own, ``alice://public/x`` is one of
    alice's, which may be written ``vos://~alice/public/x``; ``vos://authority!vospace/alice/x`` is
    written as the standard does (VOSpace 2.1, section 3.1).

    Raises
    ------
    DatalabError
        It climbs with ``..``, or has a character that no name may have.
    """
    space, rest = "", unicodedata.normalize("NFC", text)
    if found := _SPACE.fullmatch(rest):
        space, rest = found.groups()
        space = "" if space == "vos" else space
    parts = [part for part in rest.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise DatalabError(
            f"{text} climbs out of a folder with “..”.", "Write the name from the root: vos://…"
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in rest):
        raise DatalabError(f"{text!r} has a control character in it.", "Leave it out.")
    if parts and not space and parts[0].startswith("~"):
        space, parts = parts[0][1:], parts[1:]
    elif parts and not space and ("!" in parts[0] or "~" in parts[0]):
        space, parts = (parts[1] if len(parts) > 1 else ""), parts[2:]
    return VosName(space, tuple(parts), not parts or rest.endswith("/"))


def is_name(text: object) -> bool:
    """Whether something is written as a name in the virtual storage: ``vos://…``, ``bob://…``.

    Addresses of the web are not, nor are names of tables and paths on a disk.
    """
    if not isinstance(text, str) or "://" not in text:
        return False
    space = text.partition("://")[0]
    return bool(_SPACE.fullmatch(f"{space}://")) and space not in (
        "mydb", "file", "http", "https", "ftp", "s3", "ivo",
    )  # fmt: skip
