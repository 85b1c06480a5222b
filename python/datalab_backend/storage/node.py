"""What there is in virtual storage, as a caller sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from datalab_backend.accounts.callers import Caller
from datalab_backend.storage.path import StoragePath

NO_PROPERTIES: Mapping[str, str] = MappingProxyType({})


class NodeType(StrEnum):
    """What a node is (VOSpace 2.1, section 3.1)."""

    CONTAINER = "container"
    DATA = "data"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who else may read and write a node.

    What is None is as it is for the container around, so that a file that is moved into a public
    container is public there.

    Attributes
    ----------
    public
        Whether everybody may read it.
    groupread, groupwrite
        The groups whose members may read it, and read and write it.
    """

    public: bool | None = None
    groupread: tuple[str, ...] | None = None
    groupwrite: tuple[str, ...] | None = None

    def inside(self, around: Sharing) -> Sharing:
        """The same, with what is not said taken from around."""
        return Sharing(
            around.public if self.public is None else self.public,
            around.groupread if self.groupread is None else self.groupread,
            around.groupwrite if self.groupwrite is None else self.groupwrite,
        )


class Node(NamedTuple):
    """A container, a file or a link.

    A tuple, which is made in a third of the time: lists have a hundred thousand of them.

    Attributes
    ----------
    id
        Its number; it keeps it when it is moved or given other content.
    path
        Where it is.
    type
        What it is.
    sharing
        Who may read and write it in the end, with all that it has from the containers around.
    own_sharing
        What was said of the node itself.
    creator
        Who made it.
    created_text, modified_text
        When it was made, and when it or its content was last changed, in UTC, ISO 8601.
    size_bytes
        The length of its content; 0 for what has none.
    md5
        The MD5 of its content as hexadecimal digits; None for what has none.
    content
        The name of its content among the `Contents`.
    content_type
        The media type of its content.
    target
        Where a link points to.
    properties
        What else was said of it, by the URI of each property.
    """

    id: int
    path: StoragePath
    type: NodeType
    sharing: Sharing
    created_text: str
    modified_text: str
    own_sharing: Sharing = Sharing()
    creator: str = ""
    size_bytes: int = 0
    md5: str | None = None
    content: str | None = None
    content_type: str = ""
    target: str | None = None
    properties: Mapping[str, str] = NO_PROPERTIES

    @property
    def created(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.created_text)

    @property
    def modified(self) -> datetime:
        """When it or its content was last changed."""
        return datetime.fromisoformat(self.modified_text)

    @property
    def name(self) -> str:
        """Its name in its container."""
        return self.path.name

    @property
    def owner(self) -> str:
        """Whose it is: always the user in whose tree it lies, and who pays for it."""
        return self.path.owner

    @property
    def etag(self) -> str | None:
        """The tag of its content, as HTTP has it."""
        return None if self.md5 is None else f'"{self.md5}"'

    def readable_by(self, caller: Caller) -> bool:
        """Whether a caller may know of it."""
        if not self.path.parts or self.sharing.public:
            return True
        groups = (*(self.sharing.groupread or ()), *(self.sharing.groupwrite or ()))
        return self._owned_by(caller) or _in_one_of(groups, caller)

    def writable_by(self, caller: Caller) -> bool:
        """Whether a caller may change it."""
        return self._owned_by(caller) or (
            bool(self.path.parts) and _in_one_of(self.sharing.groupwrite or (), caller)
        )

    def _owned_by(self, caller: Caller) -> bool:
        return not caller.is_anonymous and self.owner == caller.name


def _in_one_of(groups: tuple[str, ...], caller: Caller) -> bool:
    return not caller.is_anonymous and not caller.groups.isdisjoint(groups)
