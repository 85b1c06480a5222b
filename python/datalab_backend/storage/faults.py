"""What virtual storage refuses, by the names that VOSpace 2.1 has for it (section 3.5)."""

from __future__ import annotations

from typing import ClassVar

from datalab_backend.errors import (
    AuthorizationError,
    ConflictError,
    DatalabError,
    NotFoundError,
    QuotaError,
    ServiceError,
    UsageError,
)


class StorageError(DatalabError):
    """A fault of VOSpace.

    Attributes
    ----------
    fault
        Its name in the standard.
    standard_text
        What services say of it in one sentence, which clients look for.
    """

    fault: ClassVar[str] = "InternalFault"
    standard_text: ClassVar[str] = "The operation failed."


class NodeNotFoundError(StorageError, NotFoundError):
    """There is no such node, or not for this caller."""

    fault = "NodeNotFound"
    standard_text = "A Node does not exist with the requested URI."


class ContainerNotFoundError(StorageError, NotFoundError):
    """The container that a node is to be in is not there, or is none."""

    fault = "ContainerNotFound"
    standard_text = "A Container does not exist with the requested URI."


class DuplicateNodeError(StorageError, ConflictError):
    """Something is there already."""

    fault = "DuplicateNode"
    standard_text = "A Node already exists with the requested URI."


class ContainerNotEmptyError(StorageError, ConflictError):
    """A container with something in it, which was not asked to be deleted too."""

    fault = "ContainerNotEmpty"
    standard_text = "The Container is not empty."


class PermissionDeniedError(StorageError, AuthorizationError):
    """The caller sees the node but may not do this with it."""

    fault = "PermissionDenied"
    standard_text = "The user does not have sufficient access privileges for this operation."


class InvalidUriError(StorageError, UsageError):
    """A path or URI that no node can have."""

    fault = "InvalidURI"
    standard_text = "The requested URI is invalid."


class InvalidArgumentError(StorageError, UsageError):
    """A value that makes no sense here."""

    fault = "InvalidArgument"
    standard_text = "A specified value is invalid."


class TypeNotSupportedError(StorageError, UsageError):
    """A type of node that this service does not have."""

    fault = "TypeNotSupported"
    standard_text = "The type specified in xsi:type is not supported."


class ProtocolNotSupportedError(StorageError, UsageError):
    """Protocols of which this service speaks none."""

    fault = "ProtocolNotSupported"
    standard_text = "The specified protocol is not supported."


class LinkFoundError(StorageError, UsageError):
    """A link where none can be followed.

    Parameters
    ----------
    message, hint
        As for `DatalabError`.
    target
        Where the link points to.
    """

    fault = "LinkFound"
    standard_text = "A LinkNode was found in the requested URI."

    def __init__(self, message: str, hint: str = "", target: str = "") -> None:
        super().__init__(message, hint)
        self.target = target


class InvalidDataError(StorageError, UsageError):
    """Bytes that are not those that were announced."""

    fault = "InvalidData"
    standard_text = "The data is invalid."


class QuotaExceededError(StorageError, QuotaError):
    """More bytes than a user may keep."""

    fault = "QuotaExceeded"
    standard_text = "The quota of the user is exceeded."


class PreconditionFailedError(StorageError, ConflictError):
    """The node is not what the caller thought that it was."""

    fault = "PreconditionFailed"
    standard_text = "The Node was changed."


class InternalFaultError(StorageError, ServiceError):
    """A fault on our side."""
