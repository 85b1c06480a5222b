"""What users do with their files, and whose files they may do it with.

To a caller who may not read a node it is not there: nobody learns what another user keeps, not even
its names.
"""

from __future__ import annotations

import logging
import mimetypes
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from datalab_backend.accounts.callers import Caller
from datalab_backend.accounts.service import Accounts
from datalab_backend.storage.contents import Contents, Incoming
from datalab_backend.storage.faults import (
    InvalidArgumentError,
    InvalidDataError,
    PermissionDeniedError,
    TypeNotSupportedError,
)
from datalab_backend.storage.node import NO_PROPERTIES, Node, NodeType, Sharing
from datalab_backend.storage.path import AUTO, StoragePath
from datalab_backend.storage.places import (
    Expected,
    Places,
    check_owns,
    checked_target,
    link_found,
)
from datalab_backend.storage.preauth import Signer, Ticket
from datalab_backend.storage.quotas import Quotas
from datalab_backend.storage.store import Content, NodeStore
from datalab_backend.storage.tickets import Tickets
from datalab_backend.storage.trees import Trees

log = logging.getLogger(__name__)

_MEDIA_TYPES = {
    ".arrow": "application/vnd.apache.arrow.file",
    ".ecsv": "text/csv",
    ".fit": "application/fits",
    ".fits": "application/fits",
    ".fz": "application/fits",
    ".ipynb": "application/x-ipynb+json",
    ".parquet": "application/vnd.apache.parquet",
    ".vot": "application/x-votable+xml",
    ".votable": "application/x-votable+xml",
}
_ANY_BYTES = "application/octet-stream"

# Longer than any job waits to be run again.
_ERRANDS_KNOWN = timedelta(days=365)

# So many nodes are looked up at a time: few enough to be forgotten before the next ones.
_PAGE = 500


class Storage:
    """The virtual storage of one Data Lab; any thread may use it.

    Parameters
    ----------
    directory
        Where nodes and contents are kept; made when it is not there.
    accounts
        Whose it is, and how many bytes each may keep.

    Attributes
    ----------
    tickets
        What lets others read or write one file.
    """

    def __init__(self, directory: Path, accounts: Accounts) -> None:
        # Files are nobody else's business.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._contents = Contents(directory)
        self._store = NodeStore(directory / "nodes.sqlite")
        self._accounts = accounts
        self._quotas = Quotas(self.quota_bytes, self._store.used_bytes)
        self._places = Places(self._store)
        self._trees = Trees(self._store, self._places, self._quotas)
        signer = Signer(directory / "signing.key")
        self.tickets = Tickets(self._store, self._places, accounts, signer)

    def start(self) -> None:
        """Remove what a server that died has left half done."""
        for path in self._contents.unfinished():
            path.unlink(missing_ok=True)
        left = self._store.unused(list(self._contents.names()))
        self._contents.remove(left)
        if left:
            log.info("Removed %d contents that no file has.", len(left))

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    # Looking

    def node(self, caller: Caller, path: StoragePath) -> Node:
        """Find a node.

        Raises
        ------
        NodeNotFoundError
            When it is not there, or not for this caller.
        LinkFoundError
            When there is a link on the way to it.
        """
        self._places.welcome(caller)
        return self._places.seen(caller, path)

    def children(self, caller: Caller, path: StoragePath) -> list[Node]:
        """List what a caller sees in a container, by name; in what is none there is nothing."""
        return [child for page in self.pages(caller, self.node(caller, path)) for child in page]

    def pages(
        self, caller: Caller, container: Node, after: str = "", limit: int = -1, first: str = ""
    ) -> Iterator[list[Node]]:
        """List what a caller sees in a container, by name, a page at a time.

        Each page is of the moment in which it is asked for, so that nobody waits for a long list:
        what stays there under its name is told once, whatever happens meanwhile.

        Parameters
        ----------
        caller, container
            Who asks for which container; what is no container has nothing in it.
        after
            Only what comes behind this name.
        limit
            At most so many; negative for all.
        first
            From this name on, itself too, in place of behind another.
        """
        if container.type is not NodeType.CONTAINER:
            return
        if first:
            child = self._store.find(container.path / first)
            if child is not None and limit != 0 and child.readable_by(caller):
                yield [child]
                limit -= 1
            after = first
        # What is shared as a container that the caller may read needs no other look.
        around = container.sharing if container.readable_by(caller) else None
        while limit:
            most = _PAGE if limit < 0 else min(_PAGE, limit)
            found = self._store.children(container, after, most)
            seen = [n for n in found if n.sharing is around or n.readable_by(caller)]
            if seen:
                yield seen
            if len(found) < most:
                return
            after = found[-1].name
            limit -= len(seen) if limit > 0 else 0

    def shared(self, caller: Caller) -> list[Node]:
        """What others have shared with a group of the caller's, but not what is in such nodes.

        What is open to everybody is not among it: it is found by the name of its owner.
        """
        if caller.is_anonymous:
            return []
        found = [
            node
            for *around, node in self._store.shared_with(caller.groups)
            if node.owner != caller.name
            and node.readable_by(caller)
            and not any(each.path.parts and each.readable_by(caller) for each in around)
        ]
        return sorted(found, key=lambda node: node.path)

    def properties_in_use(self, caller: Caller) -> set[str]:
        """The URIs of the properties that a caller gave to nodes."""
        home = None if caller.is_anonymous else self._store.find(StoragePath.of(caller.name))
        return set() if home is None else self._store.property_names(home)

    def seen_below(self, caller: Caller, node: Node) -> list[Node]:
        """All that a caller finds in a node, however deep, from one list to the next."""
        return list(self._store.below(node, caller))

    def followed(self, caller: Caller, path: StoragePath) -> StoragePath:
        """The path behind the first link on the way; see `Places.followed`."""
        self._places.welcome(caller)
        return self._places.followed(caller, path)

    def open(self, caller: Caller, path: StoragePath) -> BinaryIO:
        """Open a file to read; it stays as it is while it is read. One link is followed."""
        return self.reading(caller, path)[1]

    def reading(self, caller: Caller, path: StoragePath) -> tuple[Node, BinaryIO]:
        """Open a file to read, and tell what it is."""
        path = self.followed(caller, path)
        while True:
            node = self.node(caller, path)
            if node.type is NodeType.LINK:
                raise link_found(node)
            if node.content is None:
                raise TypeNotSupportedError(
                    f"{path} is a container, which has no content.", "Name a file in it."
                )
            try:
                return node, self._contents.open(node.content)
            except FileNotFoundError:
                # Replaced or deleted just now: look again. What is lost is no such case.
                if self._store.find(path) == node:
                    raise

    def used_bytes(self, user: str) -> int:
        """The bytes that a user keeps."""
        return self._store.used_bytes(user)

    def quota_bytes(self, user: str) -> int | None:
        """The bytes that a user may keep; None for no end."""
        found = self._accounts.find(user)
        return 0 if found is None else found.storage_quota_bytes

    # Changing

    @contextmanager
    def writing(
        self,
        caller: Caller,
        path: StoragePath,
        size_bytes: int | None = None,
        *,
        content_type: str = "",
        expected: Expected | None = None,
        ticket: Ticket | None = None,
        errand: str = "",
    ) -> Iterator[Incoming]:
        """Give a file to write to, which becomes the node's content when the block ends well.

        Until then, and when the block raises, everybody sees what was there before.

        Parameters
        ----------
        caller, path
            Who writes which file; made when it is not there.
        size_bytes
            How long it will be, when that is known; other lengths are refused.
        content_type
            Its media type; guessed from its name when it is not known.
        expected
            What has to be true, and is looked at when all is written.
        ticket
            What is used up by the file.
        errand
            A name of what is done here, by which `was_done` knows of it from then on.

        Raises
        ------
        ContainerNotFoundError, PermissionDeniedError, DuplicateNodeError, LinkFoundError
            When the file cannot be there.
        QuotaExceededError
            When it is too large.
        PreconditionFailedError, InvalidDataError
            When what was expected is not true.
        """
        expected = expected or Expected()
        self._places.welcome(caller)
        _, old = self._places.place_of_file(caller, path, expected)
        replaced = old.size_bytes if old else 0
        with self._quotas.reserving(path.owner, replaced) as reservation:
            if size_bytes is not None:
                reservation.announce(size_bytes)
            incoming = self._contents.receive(reservation.admit)
            try:
                yield incoming
                _check_bytes(incoming, size_bytes, expected)
                incoming.finish()
                content = Content(
                    incoming.name,
                    incoming.size_bytes,
                    incoming.md5,
                    content_type or _guessed_type(path.name),
                )
                with self._store.changing():
                    if ticket is not None and not self._store.spend(ticket.nonce, ticket.end):
                        raise PermissionDeniedError(
                            "The URL was used already.", "Ask for another one to write again."
                        )
                    if errand:
                        self._store.spend(errand, datetime.now(UTC) + _ERRANDS_KNOWN)
                    container, old = self._places.place_of_file(caller, path, expected)
                    self._quotas.check(
                        path.owner, content.size_bytes - (old.size_bytes if old else 0)
                    )
                    if old is None:
                        self._store.add(
                            container,
                            path.name,
                            NodeType.DATA,
                            creator=caller.name,
                            content=content,
                        )
                    else:
                        self._store.give_content(old, content)
            except BaseException:
                incoming.discard()
                raise
        if old is not None and old.content is not None:
            self._drop([old.content])

    def was_done(self, errand: str) -> bool:
        """Whether a file was written on an errand of that name."""
        return bool(errand) and self._store.is_spent(errand)

    def make_container(
        self,
        caller: Caller,
        path: StoragePath,
        sharing: Sharing | None = None,
        properties: Mapping[str, str] = NO_PROPERTIES,
    ) -> Node:
        """Make a container."""
        with self._changing(caller):
            container = self._places.place(caller, path)
            self._check_sharing(caller, path, sharing, Sharing())
            self._store.add(
                container,
                path.name,
                NodeType.CONTAINER,
                creator=caller.name,
                sharing=sharing,
                properties=properties,
            )
        return self.node(caller, path)

    def link(
        self,
        caller: Caller,
        path: StoragePath,
        target: str,
        sharing: Sharing | None = None,
        properties: Mapping[str, str] = NO_PROPERTIES,
    ) -> Node:
        """Make a link to a node, which need not be there, or to a web page.

        The target is written as `path.resolve` takes it, or is an http or https URL.
        """
        with self._changing(caller):
            container = self._places.place(caller, path)
            self._check_sharing(caller, path, sharing, Sharing())
            self._store.add(
                container,
                path.name,
                NodeType.LINK,
                creator=caller.name,
                target=checked_target(target, caller.name),
                sharing=sharing,
                properties=properties,
            )
        return self.node(caller, path)

    def set_properties(
        self,
        caller: Caller,
        path: StoragePath,
        properties: Mapping[str, str | None] = NO_PROPERTIES,
        sharing: Sharing | None = None,
        content_type: str | None = None,
    ) -> Node:
        """Describe a node; who may read and write it is for its owner to say.

        Parameters
        ----------
        caller, path
            Who describes which node.
        properties
            New values by the URIs of properties; None removes one. Others stay.
        sharing
            All that is said of who may read and write it; None to leave it.
        content_type
            The media type of its content; None to leave it.
        """
        with self._changing(caller):
            node = self._places.writable(caller, path)
            self._check_sharing(caller, path, sharing, node.own_sharing)
            kept = {**node.properties, **properties}
            self._store.describe(
                node,
                node.own_sharing if sharing is None else sharing,
                {name: value for name, value in kept.items() if value is not None},
                node.content_type if content_type is None else content_type,
            )
        return self.node(caller, path)

    def delete(self, caller: Caller, path: StoragePath, recursive: bool = False) -> int:
        """Delete a node; of a link only the link. The number of all that was deleted.

        A container with something in it is deleted with ``recursive`` alone, and not at all when
        something in it is not the caller's to delete.
        """
        with self._changing(caller):
            gone = self._trees.delete(caller, path, recursive)
        self._drop(found.content for found in gone if found.content is not None)
        return len(gone)

    def move(self, caller: Caller, source: StoragePath, target: StoragePath) -> Node:
        """Give a node another name or container; into a container that is there, it goes in.

        Out of other users' trees and into them at most 100,000 nodes go at once.
        """
        with self._changing(caller):
            target = self._trees.move(caller, source, target)
        return self.node(caller, target)

    def copy(self, caller: Caller, source: StoragePath, target: StoragePath) -> Node:
        """Copy a node with all that the caller sees in it; into a container, it goes in.

        The bytes are shared until one of the two is changed. Who may read the copy is as for the
        container that it is put into. At most 100,000 nodes are copied at once.
        """
        with self._changing(caller):
            target = self._trees.copy(caller, source, target)
        return self.node(caller, target)

    def forget(self, user: str) -> int:
        """Delete all that a user keeps, whoever may; the number of files and containers."""
        with self._store.changing():
            home = self._store.find(StoragePath.of(user))
            gone = [] if home is None else [home, *self._store.below(home)]
            self._store.remove(gone)
        self._drop(found.content for found in gone if found.content is not None)
        return len(gone)

    def unnamed(self, path: StoragePath) -> StoragePath:
        """The path with a new name, when it is the one that asks for any (``.auto``)."""
        return path.parent / secrets.token_hex(8) if path.name == AUTO else path

    @contextmanager
    def _changing(self, caller: Caller) -> Iterator[None]:
        self._places.welcome(caller)
        with self._store.changing():
            yield

    def _check_sharing(
        self, caller: Caller, path: StoragePath, sharing: Sharing | None, before: Sharing
    ) -> None:
        """Refuse what is said by others than the owner, or of groups that are none.

        Whoever got the name of such a group later would find the node.
        """
        if sharing is None or sharing == before:
            return
        check_owns(caller, path)
        said = {*(sharing.groupread or ()), *(sharing.groupwrite or ())}
        said -= {*(before.groupread or ()), *(before.groupwrite or ())}
        unknown = sorted(said - self._accounts.groups().keys()) if said else []
        if unknown:
            raise InvalidArgumentError(
                f"There is no group “{unknown[0][:60]}”.", "Give the name of one that there is."
            )

    def _drop(self, contents: Iterator[str] | list[str]) -> None:
        """Remove contents that no node has any more."""
        self._contents.remove(self._store.unused(contents))


def _check_bytes(incoming: Incoming, size_bytes: int | None, expected: Expected) -> None:
    if size_bytes is not None and incoming.size_bytes != size_bytes:
        raise InvalidDataError(
            f"{incoming.size_bytes:,} bytes came where {size_bytes:,} were announced.",
            "Send the file again.",
        )
    if expected.md5 is not None and incoming.md5 != expected.md5:
        raise InvalidDataError(
            f"The MD5 of what came is {incoming.md5}, not {expected.md5}.", "Send the file again."
        )


def _guessed_type(name: str) -> str:
    suffix = Path(name.lower()).suffix
    return _MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or _ANY_BYTES
