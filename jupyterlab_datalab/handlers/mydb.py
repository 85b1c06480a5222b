"""The caller's own tables: told in short, renamed, shared, dropped."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado import web

from .account import AccountHandler
from .base import UsageError

# What a table may be asked to do, with the parameters that the Data Lab has for it.
_ACTIONS = {"rename": "TO", "copy": "TO", "share": "WITH", "describe": "DESCRIPTION"}


class MyTablesHandler(AccountHandler):
    """``GET mydb``: the caller's own tables."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List them."""
        told = (await self.datalab.ask("GET", "/mydb")).json()
        self.answer({"tables": told})


class MyTableHandler(AccountHandler):
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
        await self.datalab.ask("POST", _url(name), data=form)
        self.answer({})

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Drop a table."""
        await self.datalab.ask("DELETE", _url(name))
        self.answer({})


def _url(name: str) -> str:
    if set(name) <= {".", "/"}:  # they would be steps in the path
        raise UsageError("A table needs a name.")
    return f"/mydb/{quote(name, safe='')}"
