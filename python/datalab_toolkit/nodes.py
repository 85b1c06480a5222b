"""Files and folders of the virtual storage, and lists of them that read well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from datalab_toolkit import results
from datalab_toolkit.layout import html_table, text_table
from datalab_toolkit.sizes import in_words

if TYPE_CHECKING:
    import pandas as pd

_HEADER = ("name", "size", "modified (UTC)", "shared with")


@dataclass(frozen=True, slots=True, repr=False)
class Node:
    """A file, folder or link of the virtual storage.

    Attributes
    ----------
    path
        Where it is at the server: ``/alice/a/b.csv``.
    uri
        How the caller writes it: ``vos://a/b.csv``, or ``alice://public/b.csv``.
    type
        ``container`` (a folder), ``data`` (a file) or ``link``.
    size_bytes
        The length of a file; 0 for others.
    md5
        The checksum of a file, in hexadecimal.
    content_type
        The media type of a file.
    modified, created
        When; None when the Data Lab does not say.
    owner
        Whose it is.
    public
        Whether everybody may read it.
    groupread, groupwrite
        The groups that may read and change it.
    target
        Where a link leads.
    writable
        Whether the caller may change it.
    properties
        What else is noted with it, such as tags.
    """

    path: str
    uri: str
    type: str
    size_bytes: int = 0
    md5: str = ""
    content_type: str = ""
    modified: datetime | None = None
    created: datetime | None = None
    owner: str = ""
    public: bool = False
    groupread: tuple[str, ...] = ()
    groupwrite: tuple[str, ...] = ()
    target: str = ""
    writable: bool = False
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.type == "container"

    @property
    def is_link(self) -> bool:
        """Whether it is a link."""
        return self.type == "link"

    @property
    def label(self) -> str:
        """Its name as lists show it: folders end with a slash, links tell where they lead."""
        if self.is_link:
            return f"{self.name} -> {self.target}"
        return f"{self.name}/" if self.is_folder else self.name

    @property
    def shared_with(self) -> str:
        """Who else may read it, in words."""
        return "everybody" if self.public else ", ".join(self.groupread)

    def __repr__(self) -> str:
        parts = [in_words(self.size_bytes)] if self.type == "data" else []
        parts += [self.content_type] if self.content_type else []
        parts += [f"modified {self.modified:%Y-%m-%d %H:%M} UTC"] if self.modified else []
        parts += [f"for {self.shared_with}"] if self.shared_with else []
        ending = "/" if self.is_folder and not self.uri.endswith("/") else ""
        target = f" -> {self.target}" if self.is_link else ""
        return f"{self.uri}{ending}{target}: {', '.join(parts)}"

    def _cells(self) -> list[str]:
        size = in_words(self.size_bytes) if self.type == "data" else ""
        modified = f"{self.modified:%Y-%m-%d %H:%M}" if self.modified else ""
        return [self.label, size, modified, self.shared_with]


class NodeList(Sequence[Node]):
    """Files and folders, to be looked at, gone through, or had as a DataFrame.

    Parameters
    ----------
    nodes
        The files and folders.
    where
        What was listed.
    is_folder
        Whether that is one folder, in which names tell the nodes apart.
    """

    def __init__(self, nodes: Sequence[Node], where: str, is_folder: bool = True) -> None:
        self._nodes = tuple(nodes)
        self.where = where
        self._is_folder = is_folder

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return self._nodes[index]

    def to_arrow(self) -> pa.Table:
        """One row a node: name, type, size, time, checksum, owner."""
        return pa.table(
            {
                "name": pa.array([n.name for n in self], pa.string()),
                "type": pa.array([n.type for n in self], pa.string()),
                "size_bytes": pa.array([n.size_bytes for n in self], pa.int64()),
                "modified": pa.array([n.modified for n in self], pa.timestamp("ms", "UTC")),
                "md5": pa.array([n.md5 or None for n in self], pa.string()),
                "owner": pa.array([n.owner for n in self], pa.string()),
                "public": pa.array([n.public for n in self], pa.bool_()),
                "uri": pa.array([n.uri for n in self], pa.string()),
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """One row a node: name, type, size, time, checksum, owner."""
        return results.to_pandas(self.to_arrow(), {"where": self.where})

    def _summary(self) -> str:
        files = sum(node.type == "data" for node in self)
        size = in_words(sum(node.size_bytes for node in self))
        folders = sum(node.is_folder for node in self)
        parts = [f"{files:,} file{'' if files == 1 else 's'} ({size})"]
        if folders:
            parts.append(f"{folders:,} folder{'' if folders == 1 else 's'}")
        return f"{', '.join(parts)} {'in ' if self._is_folder else ''}{self.where}"

    def _cells(self, node: Node) -> list[str]:
        if self._is_folder:
            return node._cells()
        return [f"{node.uri}/" if node.is_folder else node.uri, *node._cells()[1:]]

    def __repr__(self) -> str:
        return text_table(_HEADER, [self._cells(n) for n in self], {1}, self._summary())

    def _repr_html_(self) -> str:
        return html_table(_HEADER, [self._cells(n) for n in self], {1}, self._summary())


def from_json(told: dict[str, Any], path: str, uri: str) -> Node:
    """Read a node as a Data Lab writes it."""
    return Node(
        path=path,
        uri=uri,
        type=str(told["type"]),
        size_bytes=int(told.get("size") or 0),
        md5=str(told.get("md5") or ""),
        content_type=str(told.get("content_type") or ""),
        modified=time_of(told.get("modified")),
        created=time_of(told.get("created")),
        owner=str(told.get("owner") or ""),
        public=bool(told.get("public")),
        groupread=tuple(told.get("groupread") or ()),
        groupwrite=tuple(told.get("groupwrite") or ()),
        target=str(told.get("target") or ""),
        writable=bool(told.get("writable")),
        properties={str(k): str(v) for k, v in (told.get("properties") or {}).items()},
    )


def time_of(text: object) -> datetime | None:
    """Read a time in ISO 8601; None when it is none."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
