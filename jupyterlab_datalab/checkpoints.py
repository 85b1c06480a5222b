"""Checkpoints of the ``vos:`` drive, on this machine, each user's apart from all others'."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.contents.filecheckpoints import AsyncGenericFileCheckpoints

from .contenterrors import told
from .vospace import Vospace


class VosCheckpoints(AsyncGenericFileCheckpoints):
    """Keeps checkpoints by the user whose files they are of, and the path.

    One Jupyter server has the files of whoever is signed in: who signs in after another must not
    be given back what that one has written.
    """

    async def _kept_at(self, path: str) -> str:
        manager: Any = self.parent
        vospace: Vospace = manager.vospace
        with told():
            return f"{await vospace.user()}/{path.strip('/')}"

    async def create_file_checkpoint(self, content: str, format: str, path: str) -> dict[str, Any]:
        """Keep a file."""
        return await self._model(super().create_file_checkpoint, content, format, path=path)

    async def create_notebook_checkpoint(self, nb: Any, path: str) -> dict[str, Any]:  # noqa: ANN401
        """Keep a notebook."""
        return await self._model(super().create_notebook_checkpoint, nb, path=path)

    async def get_file_checkpoint(self, checkpoint_id: str, path: str) -> dict[str, Any]:
        """A file as it was kept."""
        return await self._model(super().get_file_checkpoint, checkpoint_id, path=path)

    async def get_notebook_checkpoint(self, checkpoint_id: str, path: str) -> dict[str, Any]:
        """A notebook as it was kept."""
        return await self._model(super().get_notebook_checkpoint, checkpoint_id, path=path)

    async def rename_checkpoint(self, checkpoint_id: str, old_path: str, new_path: str) -> None:
        """Have a checkpoint follow its file."""
        old, new = await self._kept_at(old_path), await self._kept_at(new_path)
        await super().rename_checkpoint(checkpoint_id, old, new)  # type: ignore[no-untyped-call]

    async def delete_checkpoint(self, checkpoint_id: str, path: str) -> None:
        """Delete a checkpoint."""
        kept = await self._kept_at(path)
        await super().delete_checkpoint(checkpoint_id, kept)  # type: ignore[no-untyped-call]

    async def list_checkpoints(self, path: str) -> list[dict[str, Any]]:
        """The checkpoints of a file."""
        kept = await self._kept_at(path)
        found: list[dict[str, Any]]
        found = await super().list_checkpoints(kept)  # type: ignore[no-untyped-call]
        return found

    async def _model(self, act: Any, *told: object, path: str) -> dict[str, Any]:  # noqa: ANN401
        model: dict[str, Any] = await act(*told, path=await self._kept_at(path))
        return model
