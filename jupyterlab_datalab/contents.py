"""The virtual storage as a drive of JupyterLab: open, save, rename, copy, new, delete."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import mimetypes
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import nbformat
from anyio.to_thread import run_sync
from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.services.contents.manager import AsyncContentsManager
from tornado.web import HTTPError
from traitlets import default

from .checkpoints import VosCheckpoints
from .contenterrors import told
from .vospace import Node, Vospace, joined

# What an editor may be given: JupyterLab holds a document in memory several times over.
LARGEST_OPENED_BYTES = 256 * 1024**2
MOST_LISTED = 10_000
CHUNK_BYTES = 1024**2
# After so long without another chunk an upload is taken for one that was left.
ABANDONED_S = 3600.0

Model = dict[str, Any]


class VosContentsManager(AsyncContentsManager):
    """The contents of a caller's virtual storage.

    Parameters
    ----------
    vospace
        The virtual storage.
    **settings
        As for any contents manager.
    """

    def __init__(self, vospace: Vospace, **settings: Any) -> None:  # noqa: ANN401 - traitlets'
        super().__init__(**settings)
        self.vospace = vospace
        # In storage a name with a dot in front is one like all others.
        self.allow_hidden = True
        self._chunks: dict[str, _Chunks] = {}

    @default("checkpoints_class")
    def _checkpoints_class(self) -> type[VosCheckpoints]:
        return VosCheckpoints

    @default("checkpoints_kwargs")
    def _checkpoints_settings(self) -> dict[str, Any]:
        # On this machine, so that they cost no quota.
        root = Path(jupyter_runtime_dir()) / "datalab-checkpoints"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return {"parent": self, "log": self.log, "root_dir": str(root)}

    async def dir_exists(self, path: str) -> bool:
        """Whether a path is a folder."""
        node = await self._find(path)
        return node is not None and node.is_folder

    async def file_exists(self, path: str) -> bool:
        """Whether a path is a file."""
        node = await self._find(path)
        return node is not None and not node.is_folder

    async def exists(self, path: str) -> bool:
        """Whether there is anything at a path."""
        return await self._find(path) is not None

    async def is_hidden(self, path: str) -> bool:
        """Nothing is hidden."""
        return False

    async def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,
        format: str | None = None,
        require_hash: bool = False,
    ) -> Model:
        """The model of a file or folder; see `jupyter_server`'s ContentsManager."""
        path = path.strip("/")
        with told():
            node = await self.vospace.node(path)
            if node.is_folder:
                if type not in (None, "directory"):
                    raise HTTPError(400, f"{path} is a folder, not a {type}.")
                return await self._folder(node, content)
            if type == "directory":
                raise HTTPError(400, f"{path} is not a folder.")
            kind = type or ("notebook" if path.endswith(".ipynb") else "file")
            model = _model(node, kind)
            if content or (require_hash and not node.md5):
                data = await self._read(node)
                if content:
                    self._fill(model, data, format)
                if require_hash:
                    digest = hashlib.sha256(data).hexdigest()
                    model |= {"hash": digest, "hash_algorithm": "sha256"}
            elif require_hash:
                model |= {"hash": node.md5, "hash_algorithm": "md5"}
        return model

    async def save(self, model: Model, path: str = "") -> Model:
        """Save a file or make a folder; large files come in chunks, the last one numbered -1."""
        path = path.strip("/")
        kind, chunk = model.get("type"), model.get("chunk")
        if kind is None:
            raise HTTPError(400, "The type of what is to be saved is missing.")
        if "content" not in model and kind != "directory":
            raise HTTPError(400, "There is nothing to save.")
        if chunk in (None, 1):
            self.run_pre_save_hooks(model=model, path=path)
        message = ""
        with told():
            if kind == "directory":
                await self.vospace.make_folder(path)
            elif kind == "notebook":
                notebook = nbformat.from_dict(model["content"])
                self.check_and_sign(notebook, path)
                text = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
                await self.vospace.write(path, text.encode(), media_type="application/x-ipynb+json")
                self.validate_notebook_model(model)
                message = str(model.get("message") or "")
            elif chunk is None:
                await self.vospace.write(path, _bytes(model), media_type=_media_type(path))
            else:
                await self._save_chunk(model, path)
                if chunk != -1:
                    return _unfinished(path, model)
        saved = await self.get(path, content=False)
        if message:
            saved["message"] = message
        self.run_post_save_hooks(model=saved, os_path=path)
        self.emit(data={"action": "save", "path": path})
        return saved

    async def delete_file(self, path: str) -> None:
        """Delete a file, or a folder with all that is in it."""
        with told():
            await self.vospace.delete(path.strip("/"))

    async def rename_file(self, old_path: str, new_path: str) -> None:
        """Give a file or folder another name or place."""
        with told():
            await self.vospace.transfer(old_path.strip("/"), new_path.strip("/"), keep=False)

    async def copy(self, from_path: str, to_path: str | None = None) -> Model:
        """Copy a file or folder at the Data Lab, into a folder or to a new path."""
        source = from_path.strip("/")
        folder, _, name = source.rpartition("/")
        target = folder if to_path is None else to_path.strip("/")
        if await self.dir_exists(target):
            free = await self.increment_filename(name, target, insert="-Copy")
            target = joined(target, free)
        with told():
            await self.vospace.transfer(source, target, keep=True)
        self.emit(data={"action": "copy", "path": target, "source_path": source})
        return await self.get(target, content=False)

    async def _find(self, path: str) -> Node | None:
        with told():
            return await self.vospace.find(path.strip("/"))

    async def _folder(self, node: Node, content: bool) -> Model:
        model = _model(node, "directory")
        if content:
            models: list[Model] = []
            async for child in self.vospace.children(node.path):
                if len(models) == MOST_LISTED:
                    break
                kind = "notebook" if child.name.endswith(".ipynb") else "file"
                models.append(_model(child, "directory" if child.is_folder else kind))
            model |= {"content": models, "format": "json"}
        return model

    async def _read(self, node: Node) -> bytes:
        if node.size_bytes > LARGEST_OPENED_BYTES:
            raise HTTPError(
                413,
                f"{node.name} is too large to be opened here. Download it, or read it in a "
                "notebook.",
            )
        async with self.vospace.reading(node.path) as answer:
            return await answer.aread()

    def _fill(self, model: Model, data: bytes, format: str | None) -> None:
        """Add the content of a file to its model."""
        if model["type"] == "notebook":
            try:
                notebook = nbformat.reads(data.decode(), as_version=4)
            except Exception as error:  # whatever nbformat stumbles over
                raise HTTPError(400, f"{model['path']} is not a notebook.") from error
            self.mark_trusted_cells(notebook, model["path"])
            model |= {"content": notebook, "format": "json"}
            self.validate_notebook_model(model)
            return
        if format != "base64":
            try:
                model |= {"content": data.decode(), "format": "text"}
            except UnicodeDecodeError as error:
                if format == "text":
                    raise HTTPError(400, f"{model['path']} is not text in UTF-8.") from error
            else:
                model["mimetype"] = model["mimetype"] or "text/plain"
                return
        model |= {"content": base64.b64encode(data).decode(), "format": "base64"}
        model["mimetype"] = model["mimetype"] or "application/octet-stream"

    async def _save_chunk(self, model: Model, path: str) -> None:
        """Keep a chunk aside, and write the file when the last one is here."""
        if model["chunk"] == 1:
            self._drop_chunks(path)
            self._chunks[path] = _Chunks(tempfile.TemporaryFile())  # noqa: SIM115 - until the last
        chunks = self._chunks.get(path)
        if chunks is None:
            raise HTTPError(400, f"The beginning of {path} is missing. Upload it again.")
        chunks.expect_none()  # it is not given up while it is written
        try:
            await run_sync(chunks.file.write, _bytes(model))
        finally:
            if self._chunks.get(path) is chunks:  # else its file was begun anew meanwhile
                chunks.expect_more(lambda: self._drop_chunks(path))
        if model["chunk"] != -1:
            return
        try:
            chunks.expect_none()
            size_bytes = chunks.file.tell()
            chunks.file.seek(0)
            await self.vospace.write(path, _pieces(chunks.file), size_bytes, _media_type(path))
        finally:
            self._drop_chunks(path)

    def _drop_chunks(self, path: str) -> None:
        if (chunks := self._chunks.pop(path, None)) is not None:
            chunks.expect_none()
            chunks.file.close()


class _Chunks:
    """What has come of a file, until all of it has, or nothing comes any more.

    Parameters
    ----------
    file
        Where it is kept aside.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self._giving_up: asyncio.TimerHandle | None = None

    def expect_more(self, give_up: Callable[[], None]) -> None:
        """Have it given up when no more comes for long: whoever sent it has gone."""
        self.expect_none()
        loop = asyncio.get_running_loop()
        self._giving_up = loop.call_later(ABANDONED_S, give_up)

    def expect_none(self) -> None:
        """Wait for no more."""
        if self._giving_up is not None:
            self._giving_up.cancel()


def _model(node: Node, kind: str) -> Model:
    return {
        "name": node.name,
        "path": node.path,
        "type": kind,
        "writable": node.writable,
        "created": node.created,
        "last_modified": node.modified,
        "size": None if node.is_folder else node.size_bytes,
        "mimetype": _media_type(node.path) or None if kind == "file" else None,
        "content": None,
        "format": None,
    }


def _unfinished(path: str, model: Model) -> Model:
    """What is answered to a chunk that is not the last."""
    now = datetime.now(UTC)
    node = Node(path, False, 0, "", "", now, now, True)
    return _model(node, str(model["type"]))


def _media_type(path: str) -> str:
    return mimetypes.guess_type(path)[0] or ""


def _bytes(model: Model) -> bytes:
    content = model.get("content") or ""
    try:
        if model.get("format") == "base64":
            return base64.b64decode(content, validate=False)
        return str(content).encode()
    except (binascii.Error, ValueError) as error:
        raise HTTPError(400, "The content is not what its format says.") from error


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await run_sync(file.read, CHUNK_BYTES):
        yield piece
