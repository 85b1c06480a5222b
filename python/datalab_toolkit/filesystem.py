"""The virtual storage as a file system of fsspec, which pandas, Arrow, Dask and others open.

They find it by ``vos://``, without an import of ours: ``pd.read_parquet("vos://x.parquet")``,
``frame.to_csv("vos://x.csv")``; ``vos://~alice/public/x.csv`` is one of alice's. Of a file only
the parts that are wanted are fetched, and one that is written is there whole or not at all.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

from datalab_toolkit import nodetrees, storage, transfers
from datalab_toolkit.errors import AlreadyThereError, NodeNotFoundError
from datalab_toolkit.nodes import Node
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.vospace import VOSpace
from datalab_toolkit.vospaths import VosName, parse

_TYPES = {"container": "directory", "data": "file", "link": "file"}
_IN_MEMORY_BYTES = 16 << 20


class VosFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """The files of a Data Lab.

    Parameters
    ----------
    service
        The name of the service, as ``storage_options={"service": …}``.
    **options
        As for any file system of fsspec.
    """

    protocol = "vos"
    root_marker = ""

    def __init__(self, service: str = DEFAULT, **options: Any) -> None:  # noqa: ANN401 - fsspec's
        super().__init__(**options)
        self._service = service

    @property
    def space(self) -> VOSpace:
        """The storage; asked for at each use, since a Data Lab that is started anew has moved."""
        return find(self._service).storage

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:  # noqa: ANN401 - one or several, as given
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return _path(parse(str(path)))

    @classmethod
    def _parent(cls, path: str) -> str:
        return _path(parse(path).parent)

    def ls(self, path: str, detail: bool = True, **kwargs: object) -> list[Any]:
        """List a folder, or tell of a file."""
        name = parse(path)
        node = self.space.node(name)
        if node.is_link:
            name, node = nodetrees.followed(self.space, name, node)
        if node.is_folder:
            found = [(name.joined(child.name), child) for child in self.space.children(name)]
        else:
            found = [(name, node)]
        told = [_told(one, child) for one, child in found]
        return told if detail else [one["name"] for one in told]

    def info(self, path: str, **kwargs: object) -> dict[str, Any]:
        """Tell of a file or folder; of what it leads to when it is a link."""
        name = parse(path)
        node = self.space.node(name)
        return _told(name, nodetrees.followed(self.space, name, node)[1])

    def exists(self, path: str, **kwargs: object) -> bool:
        """Whether a file or folder is there."""
        return self.space.find(parse(path)) is not None

    def checksum(self, path: str) -> str:
        """The MD5 sum of a file."""
        return str(self.info(path)["md5"])

    ukey = checksum

    def modified(self, path: str) -> Any:  # noqa: ANN401 - a datetime
        """When a file was last written."""
        return self.info(path)["mtime"]

    def created(self, path: str) -> Any:  # noqa: ANN401 - a datetime
        """When a file was made."""
        return self.info(path)["created"]

    def mkdir(self, path: str, create_parents: bool = True, **kwargs: object) -> None:
        """Make a folder."""
        name = parse(path)
        if self.space.find(name) is not None:
            raise AlreadyThereError(f"{name} is there already.", "Choose another name.")
        if create_parents:
            nodetrees.make_folders(self.space, name)
        else:
            self.space.make_folder(name)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Make a folder and those above it."""
        if not exist_ok:
            self.mkdir(path)
        else:
            nodetrees.make_folders(self.space, parse(path))

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        storage.refuse_to_remove(parse(path))
        self.space.delete(parse(path))

    def _rm(self, path: str) -> None:
        self.rmdir(path)

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:  # noqa: ANN401 - one or several
        """Remove files, or folders with all that is in them."""
        for one in path if isinstance(path, list) else [path]:
            storage.rm(str(parse(one)), recursive, self._service)

    def cp_file(self, path1: str, path2: str, **kwargs: object) -> None:
        """Copy a file; the Data Lab does it."""
        if self.isdir(path1):
            self.makedirs(path2, exist_ok=True)
        else:
            self.space.copy(parse(path1), parse(path2))

    def mv(self, path1: str, path2: str, **kwargs: object) -> None:
        """Move or rename a file or folder; the Data Lab does it."""
        storage.mv(str(parse(path1)), str(parse(path2)), self._service)

    def get_file(self, rpath: str, lpath: Any, **kwargs: object) -> None:  # noqa: ANN401 - a path or file
        """Fetch a file, checked and whole."""
        if not isinstance(lpath, (str, Path)) or self.isdir(rpath):
            super().get_file(rpath, lpath, **kwargs)
            return
        name = parse(rpath)
        Path(lpath).parent.mkdir(parents=True, exist_ok=True)
        source, node = nodetrees.followed(self.space, name, self.space.node(name))
        transfers.download(self.space, source, node, Path(lpath))

    def put_file(self, lpath: str, rpath: str, **kwargs: object) -> None:
        """Send a file, checked and whole."""
        name = parse(rpath)
        if Path(lpath).is_dir():
            self.makedirs(rpath, exist_ok=True)
            return
        nodetrees.make_folders(self.space, name.parent)
        transfers.upload(self.space, Path(lpath), name)

    def _open(self, path: str, mode: str = "rb", **options: Any) -> _VosFile:  # noqa: ANN401 - fsspec's
        if mode == "rb" and self.info(path)["type"] == "directory":
            raise IsADirectoryError(f"{parse(path)} is a folder.")
        block_size = options.pop("block_size", None)
        return _VosFile(self, path, mode, block_size or "default", **options)


class _VosFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file that is read in parts, or collected here and sent when it is closed."""

    DEFAULT_BLOCK_SIZE = 4 << 20

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - fsspec's
        super().__init__(*args, **options)
        self._handled = sys.exc_info()[1]

    def _fetch_range(self, start: int, end: int) -> bytes:
        if start >= end:
            return b""
        with self.fs.space.open(parse(self.path), start, end) as answer:
            content: bytes = answer.read()
        # A server may send the whole where a part was asked for (RFC 9110, section 14.2).
        return content if answer.status_code == 206 else content[start:end]

    def _initiate_upload(self) -> None:
        self._collected: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115
        if self.mode == "ab":
            with _missing_is_empty(), self.fs.space.open(parse(self.path)) as answer:
                for piece in answer.iter_bytes(transfers.PIECE_BYTES):
                    self._collected.write(piece)

    def _upload_chunk(self, final: bool = False) -> bool:
        self._collected.write(self.buffer.getvalue())
        if final and self.autocommit:
            self.commit()
        return True

    def commit(self) -> None:
        """Send what was collected."""
        with self._collected as file:
            size = file.tell()
            file.seek(0)
            pieces = iter(lambda: file.read(transfers.PIECE_BYTES), b"")
            self.fs.space.write(parse(self.path), pieces, size, new=self.mode == "xb")

    def discard(self) -> None:
        """Forget what was collected."""
        self._collected.close()

    def close(self) -> None:
        """Send what was written; but half of a file, whose writer has failed, is no file.

        The layers of fsspec around this one close it without a word of what was raised.
        """
        raised = sys.exc_info()[1]
        if self.mode != "rb" and raised is not None and raised is not self._handled:
            self.closed = True
        super().close()

    def __exit__(self, *raised: object) -> None:
        self.close()


@contextmanager
def _missing_is_empty() -> Iterator[None]:
    """Take a file that is not there for an empty one."""
    try:
        yield
    except NodeNotFoundError:
        return


def _path(name: VosName) -> str:
    return "/".join(([f"~{name.space}"] if name.space else []) + list(name.parts))


def _told(name: VosName, node: Node) -> dict[str, Any]:
    return {
        "name": _path(name),
        "size": node.size_bytes if not node.is_folder else 0,
        "type": _TYPES.get(node.type, "file"),
        "mtime": node.modified,
        "created": node.created,
        "md5": node.md5,
        "content_type": node.content_type,
    }
