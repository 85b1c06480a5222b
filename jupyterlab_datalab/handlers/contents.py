"""The ``vos:`` drive: Jupyter's own contents API over the virtual storage."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.services.contents import handlers as jupyter
from jupyter_server.utils import url_escape, url_path_join
from tornado import web

from ..contents import VosContentsManager

SETTING = "datalab_contents"
DRIVE = "/jupyterlab-datalab/api/vos"


class _VosHandler(jupyter.ContentsAPIHandler):
    """Works on the virtual storage where Jupyter's handlers work on the server's files."""

    auth_resource = "datalab"

    @property
    def contents_manager(self) -> VosContentsManager:
        """The virtual storage."""
        manager: VosContentsManager = self.settings[SETTING]
        return manager

    def location_url(self, path: str) -> str:
        """The URL of a file on the drive."""
        return url_path_join(self.base_url, DRIVE, url_escape(path))

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 - tornado's
        """Tell an error in JSON, as Jupyter's contents API does."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, web.HTTPError) and error.log_message:
            # tornado doubles each % of a message; jupyter_server would send it like that.
            message = error.log_message.replace("%%", "%")
            self.finish(json.dumps({"message": message, "reason": error.reason}))
        else:
            super().write_error(status_code, **kwargs)


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    """Guard a method of Jupyter's as ours.

    Jupyter's own guard remembers the resource of whoever calls it first, so that two handlers that
    share a method would be guarded as one.
    """
    guarded: Callable[..., Any] = web.authenticated(authorized(inspect.unwrap(method)))
    return guarded


class VosHandler(_VosHandler, jupyter.ContentsHandler):
    """``GET``, ``PUT``, ``PATCH``, ``POST`` and ``DELETE vos/{path}``."""

    get = _guarded(jupyter.ContentsHandler.get)
    put = _guarded(jupyter.ContentsHandler.put)
    patch = _guarded(jupyter.ContentsHandler.patch)
    post = _guarded(jupyter.ContentsHandler.post)
    delete = _guarded(jupyter.ContentsHandler.delete)


class VosCheckpointsHandler(_VosHandler, jupyter.CheckpointsHandler):
    """``GET`` and ``POST vos/{path}/checkpoints``."""

    get = _guarded(jupyter.CheckpointsHandler.get)
    post = _guarded(jupyter.CheckpointsHandler.post)


class VosModifyCheckpointsHandler(_VosHandler, jupyter.ModifyCheckpointsHandler):
    """``POST`` and ``DELETE vos/{path}/checkpoints/{id}``."""

    post = _guarded(jupyter.ModifyCheckpointsHandler.post)
    delete = _guarded(jupyter.ModifyCheckpointsHandler.delete)


class VosTrustHandler(_VosHandler, jupyter.TrustNotebooksHandler):
    """``POST vos/{path}/trust``."""

    post = _guarded(jupyter.TrustNotebooksHandler.post)
