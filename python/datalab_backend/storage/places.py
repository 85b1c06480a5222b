"""What is there for a caller, and what the caller may put where."""

from __future__ import annotations

from dataclasses import dataclass

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import AuthenticationError, DatalabError
from datalab_backend.storage.faults import (
    ContainerNotFoundError,
    DuplicateNodeError,
    InvalidArgumentError,
    LinkFoundError,
    NodeNotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
)
from datalab_backend.storage.node import Node, NodeType, Sharing
from datalab_backend.storage.path import StoragePath, resolve
from datalab_backend.storage.store import NodeStore

# What each user has from the start, and whether everybody may read it.
_FIRST_CONTAINERS = {"public": True, "tmp": False}

_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to be true of a file that is written.

    Attributes
    ----------
    nothing
        There has to be nothing at the path yet.
    unused
        As ``nothing``, for who makes a node rather than writes a file.
    etag
        The content that is there has to have this `Node.etag`.
    md5
        The new content has to have this MD5, as hexadecimal digits.
    """

    nothing: bool = False
    unused: bool = False
    etag: str | None = None
    md5: str | None = None


class Places:
    """Looks at nodes for a caller; refuses what is not there, and what is not allowed.

    Parameters
    ----------
    store
        The nodes.
    """

    def __init__(self, store: NodeStore) -> None:
        self._store = store
        self._at_home: set[str] = set()

    def welcome(self, caller: Caller) -> None:
        """Give a user a root, with what each has from the start, when they first come.

        To be called before a change is begun.
        """
        name = caller.name
        if caller.is_anonymous or name in self._at_home:
            return
        home = StoragePath.of(name)
        if self._store.find(home) is None:
            with self._store.changing():
                root = self._store.along(StoragePath())[0]
                if self._store.find(home) is None:
                    self._store.add(
                        root, home.name, NodeType.CONTAINER, creator=name, sharing=Sharing(False)
                    )
                    made = self._store.along(home)[-1]
                    for first, public in _FIRST_CONTAINERS.items():
                        self._store.add(
                            made,
                            first,
                            NodeType.CONTAINER,
                            creator=name,
                            sharing=Sharing(public),
                        )
        self._at_home.add(name)

    def seen(self, caller: Caller, path: StoragePath) -> Node:
        """A node that the caller may read."""
        along = self._store.along(path)
        found = along[-1]
        if found.path == path and (found.readable_by(caller) or self._shows(caller, found)):
            return found
        if found.type is NodeType.LINK and found.readable_by(caller):
            raise link_found(found)
        if caller.is_anonymous and not _sees_around(caller, along):
            raise AuthenticationError(
                f"{path} is not there for everybody to see.", "Sign in, if it is yours."
            )
        raise NodeNotFoundError(
            f"There is no {path}.", "Look for its name in the list of its container."
        )

    def followed(self, caller: Caller, path: StoragePath) -> StoragePath:
        """The path behind the first link on the way, which may be the node itself.

        One link is followed and no second one (VOSpace 2.1, section 3.1.3).
        """
        found = self._store.along(path)
        link = found[-1]
        if link.type is not NodeType.LINK or not link.readable_by(caller):
            return path
        target = link_target(link)
        return StoragePath.of(*target.parts, *path.parts[len(link.path.parts) :])

    def _shows(self, caller: Caller, node: Node) -> bool:
        """Whether a node is the root of a user in which there is something for another one."""
        return (
            len(node.path.parts) == 1
            and not caller.is_anonymous
            and any(child.readable_by(caller) for child in self._store.shared_children(node))
        )

    def writable(self, caller: Caller, path: StoragePath) -> Node:
        """A node that the caller may change."""
        node = self.seen(caller, path)
        if not node.writable_by(caller):
            raise _denied(caller, path)
        return node

    def movable(self, caller: Caller, path: StoragePath) -> Node:
        """A node that may be taken out of its container."""
        node = self.writable(caller, path)
        if len(path.parts) < 2:
            raise PermissionDeniedError(f"{path} is the root of a user, and stays.")
        if len(path.parts) == 2 and path.name in _FIRST_CONTAINERS:
            raise PermissionDeniedError(f"Each user has {path}: it stays, what is in it need not.")
        if not self._store.along(path.parent)[-1].writable_by(caller):
            raise _denied(caller, path)
        return node

    def _container_for(self, caller: Caller, path: StoragePath) -> Node:
        """The container in which something new may be put at a path."""
        if not path.parts:
            raise DuplicateNodeError("The root of all users is there already.")
        along = self._store.along(path.parent)
        found = along[-1]
        if found.type is NodeType.LINK and found.readable_by(caller):
            raise link_found(found)
        if found.path != path.parent or not found.readable_by(caller):
            if caller.is_anonymous and not _sees_around(caller, along):
                raise AuthenticationError("Only users who are signed in keep files.", "Sign in.")
            raise ContainerNotFoundError(
                f"There is no container {path.parent}.", "Make the container first."
            )
        if found.type is not NodeType.CONTAINER:
            raise ContainerNotFoundError(
                f"{path.parent} is a file, and nothing can be in it.", "Name a container."
            )
        if not found.writable_by(caller):
            raise _denied(caller, path)
        return found

    def place(self, caller: Caller, path: StoragePath) -> Node:
        """The container for something new at a path where nothing is yet."""
        container = self._container_for(caller, path)
        if self._store.find(path) is not None:
            raise _duplicate(path)
        return container

    def place_of_file(
        self, caller: Caller, path: StoragePath, expected: Expected
    ) -> tuple[Node, Node | None]:
        """The container of a file that is written, and the file that was there before."""
        container = self._container_for(caller, path)
        old = self._store.find(path)
        if old is not None:
            if not old.writable_by(caller):
                raise _denied(caller, path)
            if old.type is NodeType.LINK:
                raise link_found(old)
            if old.type is NodeType.CONTAINER:
                raise DuplicateNodeError(
                    f"{path} is a container.", "Write to a file in it, or use another name."
                )
        if expected.unused and old is not None:
            raise _duplicate(path)
        if expected.nothing and old is not None:
            raise PreconditionFailedError(f"{path} is there already.", "Use another name.")
        if expected.etag is not None and (old is None or old.etag != expected.etag):
            raise PreconditionFailedError(
                f"{path} was changed by somebody else.", "Read it again before you write it."
            )
        return container, old

    def destination(self, caller: Caller, source: StoragePath, target: StoragePath) -> StoragePath:
        """Where something is moved or copied to (VOSpace 2.1, sections 3.3.1 and 3.3.2)."""
        there = self._store.find(target)
        if there is not None and there.type is NodeType.CONTAINER and there.readable_by(caller):
            if target == source.parent:
                raise DuplicateNodeError(f"{source} is in {target} already.")
            target = target / source.name
        if target.is_within(source):
            raise InvalidArgumentError(
                f"{source} cannot be put into itself.", "Choose a place outside of it."
            )
        return target


def link_target(link: Node) -> StoragePath:
    """The node that a link points to.

    Raises
    ------
    LinkFoundError
        When it points out of this service, where nobody follows it.
    """
    if not (link.target or "").startswith("vos://"):
        raise link_found(link)
    return resolve(link.target or "", link.owner)


def checked_target(target: str, user: str) -> str:
    """What a link is to point to, as a URI in full.

    Raises
    ------
    InvalidArgumentError, InvalidUriError
        When no link can point there.
    """
    if target.startswith(("http://", "https://")):
        if len(target) < _LONGEST_URL and target.isprintable():
            return target
        raise InvalidArgumentError("The URL that the link is to point to is none.")
    return resolve(target, user).uri


def _sees_around(caller: Caller, along: list[Node]) -> bool:
    """Whether the caller may read any container on the way, so that signing in is no matter."""
    return any(node.readable_by(caller) for node in along[1:])


def check_all_writable(caller: Caller, nodes: list[Node]) -> None:
    """Refuse to take away what is not the caller's to change."""
    for node in nodes:
        if not node.writable_by(caller):
            raise PermissionDeniedError(
                "Something in the container is not yours to delete or to move; nothing was changed."
            )


def _duplicate(path: StoragePath) -> DuplicateNodeError:
    return DuplicateNodeError(
        f"{path} is there already.", "Use another name, or delete that first."
    )


def _denied(caller: Caller, path: StoragePath) -> DatalabError:
    if caller.is_anonymous:
        return AuthenticationError(f"{path} is not for everybody to change.", "Sign in.")
    return PermissionDeniedError(
        f"{path} is not yours to change.", "Ask its owner to share it with a group of yours."
    )


def check_owns(caller: Caller, path: StoragePath) -> None:
    """Refuse others than the owner, who alone says who else reads and writes a node."""
    if caller.name != path.owner:
        raise PermissionDeniedError(f"Only {path.owner} may say who else reads and writes {path}.")


def link_found(link: Node) -> LinkFoundError:
    """What to say of a link that is not followed."""
    return LinkFoundError(
        f"{link.path} is a link.", f"Ask for what it points to: {link.target}.", link.target or ""
    )
