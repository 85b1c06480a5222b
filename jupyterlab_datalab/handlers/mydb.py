"""The caller's own tables: told in short, renamed, shared, dropped."""

from __future__ import annotations

from typing import Any

from datalab_toolkit.errors import UsageError
from jupyter_server.auth.decorator import authorized
from tornado import web

from .base import DatalabHandler, path_part

# What a table may be asked to do, with the parameters that the Data Lab has for it.
_ACTIONS = {"rename": "TO", "copy": "TO", "share": "WITH", "describe": "DESCRIPTION"}


class MyTablesHandler(DatalabHandler):
    """``GET mydb``: the caller's own tables."""

    # The panel looks again from time to time.
    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List them."""
        told = (await self.datalab.ask("GET", "/mydb")).json()
        self.answer({"tables": told})


class MyTableHandler(DatalabHandler):
    """``POST`` and ``DELETE mydb/{name}``."""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Rename, copy, describe or share a table."""
        told: dict[str, Any] = self.body(action=str, value=str)
        action, value = told.get("action", ""), told.get("value", "")
        if action not in _ACTIONS:
            raise UsageError(f"action must be one of {', '.join(_ACTIONS)}.")
        form = {"ACTION": action, _ACTIONS[action]: value}
        await self.datalab.ask("POST", f"/mydb/{path_part(name)}", data=form)
        self.answer({})

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Drop a table."""
        await self.datalab.ask("DELETE", f"/mydb/{path_part(name)}")
        self.answer({})
