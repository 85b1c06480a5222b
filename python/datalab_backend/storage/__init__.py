"""Virtual storage: the files that users keep beside the data (VOSpace 2.1)."""

from __future__ import annotations

from datalab_backend.storage.faults import StorageError
from datalab_backend.storage.node import Node, NodeType
from datalab_backend.storage.path import StoragePath
from datalab_backend.storage.service import Storage

__all__ = ["Node", "NodeType", "Storage", "StorageError", "StoragePath"]
