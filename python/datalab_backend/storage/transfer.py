"""What moves bytes or nodes in virtual storage (VOSpace 2.1, section 3.6)."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from datalab_backend.accounts.callers import Caller
from datalab_backend.storage.faults import InvalidArgumentError, TypeNotSupportedError
from datalab_backend.storage.node import Node
from datalab_backend.storage.path import StoragePath, resolve
from datalab_backend.storage.service import Storage
from datalab_backend.uploads import UploadLimits, fetch

Parameters = tuple[tuple[str, str], ...]

DELETION = "delete"
"""What stands for a direction in the jobs of recursive deletions."""

_MOST_TARGETS = 1000


class Direction(StrEnum):
    """Who sends and who takes, when it is not both this service."""

    PUSH_TO = "pushToVoSpace"
    PULL_FROM = "pullFromVoSpace"
    PULL_TO = "pullToVoSpace"
    PUSH_FROM = "pushFromVoSpace"


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is to be done.

    Attributes
    ----------
    targets
        The nodes, as they were written; several for a package alone.
    direction
        A `Direction`, or where to move or copy the node.
    keep_bytes
        Whether the node also stays where it is: a copy rather than a move.
    protocols
        The URIs of the protocols that the client speaks.
    endpoint
        The URL on the other side, when this service goes there.
    view
        The URI of the form in which the bytes are wanted; empty for as they are.
    """

    targets: tuple[str, ...]
    direction: str
    keep_bytes: bool = False
    protocols: tuple[str, ...] = ()
    endpoint: str | None = None
    view: str = ""

    def __post_init__(self) -> None:
        if not self.targets or not self.direction:
            raise InvalidArgumentError(
                "A transfer needs a target and a direction.", "Give TARGET and DIRECTION."
            )
        if len(self.targets) > _MOST_TARGETS:
            raise InvalidArgumentError(f"There are more than {_MOST_TARGETS} targets.")
        if self.goes_out and not self.endpoint:
            raise InvalidArgumentError(
                f"{self.direction} needs the URL on the other side.", "Give it as ENDPOINT."
            )

    @classmethod
    def of(cls, parameters: Parameters) -> Self:
        """Read what `parameters` wrote."""
        values: dict[str, list[str]] = {}
        for name, value in parameters:
            values.setdefault(name, []).append(value)
        return cls(
            tuple(values.get("TARGET", ())),
            values.get("DIRECTION", [""])[0],
            values.get("KEEPBYTES", ["false"])[0] == "true",
            tuple(values.get("PROTOCOL", ())),
            values.get("ENDPOINT", [None])[0],
            values.get("VIEW", [""])[0],
        )

    @property
    def parameters(self) -> Parameters:
        """As the parameters of a job."""
        return (
            *(("TARGET", target) for target in self.targets),
            ("DIRECTION", self.direction),
            *(("PROTOCOL", protocol) for protocol in self.protocols),
            *((("VIEW", self.view),) if self.view else ()),
            *((("ENDPOINT", self.endpoint),) if self.endpoint else ()),
            *((("KEEPBYTES", "true"),) if self.keep_bytes else ()),
        )

    @property
    def target(self) -> str:
        """The node, where there can be but one."""
        if len(self.targets) != 1:
            raise InvalidArgumentError("Only packages have several targets.")
        return self.targets[0]

    @property
    def goes_out(self) -> bool:
        """Whether this service goes to another one."""
        return self.direction in (Direction.PULL_TO, Direction.PUSH_FROM)

    @property
    def is_negotiation(self) -> bool:
        """Whether the client asks for URLs to read or write itself."""
        return self.direction in (Direction.PUSH_TO, Direction.PULL_FROM)

    def named(self, storage: Storage, caller: Caller) -> Transfer:
        """The same with a name in place of ``.auto``."""
        path = resolve(self.target, caller.name)
        return replace(self, targets=(storage.unnamed(path).uri,))


def perform(
    transfer: Transfer,
    storage: Storage,
    caller: Caller,
    limits: UploadLimits,
    go_on: Callable[[], object] = lambda: None,
) -> tuple[Node | None, int]:
    """Do what was asked, unless it is for the client to do.

    Parameters
    ----------
    transfer
        What was asked.
    storage, caller
        Where, and for whom.
    limits
        Which hosts are allowed although they are not public, and in what time a host has to begin.
    go_on
        Called now and then; raises when it is to stop.

    Returns
    -------
    tuple
        The node that was moved, copied or written, None for none, and how many nodes there were.
    """
    path = resolve(transfer.target, caller.name)
    if transfer.direction == DELETION:
        return None, storage.delete(caller, path, recursive=True)
    if transfer.direction == Direction.PULL_TO:
        return _pull(transfer, storage, caller, limits, go_on), 1
    if transfer.direction == Direction.PUSH_FROM:
        _push(transfer, storage, caller, limits)
        return storage.node(caller, path), 1
    if transfer.is_negotiation:
        raise InvalidArgumentError("The client itself has to send or take the bytes.")
    to = storage.unnamed(resolve(transfer.direction, caller.name))
    change = storage.copy if transfer.keep_bytes else storage.move
    return change(caller, path, to), 1


def _pull(
    transfer: Transfer,
    storage: Storage,
    caller: Caller,
    limits: UploadLimits,
    go_on: Callable[[], object],
) -> Node:
    path = storage.unnamed(resolve(transfer.target, caller.name))
    wanted = _wanted(path, limits)
    with storage.writing(caller, path) as file:

        def write(piece: bytes) -> None:
            go_on()
            file.write(piece)

        media_type = fetch.fetch_into(wanted, transfer.endpoint or "", write)
    known = media_type.partition(";")[0].strip()
    if known and mimetypes.guess_extension(known) and known != "application/octet-stream":
        storage.set_properties(caller, path, content_type=known)
    return storage.node(caller, path)


def _push(transfer: Transfer, storage: Storage, caller: Caller, limits: UploadLimits) -> None:
    path = resolve(transfer.target, caller.name)
    node, file = storage.reading(caller, path)
    with file:
        if node.content is None:
            raise TypeNotSupportedError(f"{path} is no file.")
        fetch.send(_wanted(path, limits), transfer.endpoint or "", file, node.size_bytes)


def _wanted(path: StoragePath, limits: UploadLimits) -> fetch.Wanted:
    return fetch.Wanted(f"What {path} is to hold", "Fetch it yourself, and put it here.", limits)
