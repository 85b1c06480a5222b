"""Who is signed in at the Data Lab, and what they have there."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..datalab import RefusedError
from .base import DatalabHandler

LONGEST = 1000


class AccountHandler(DatalabHandler):
    """``GET``, ``POST`` and ``DELETE account``."""

    # The panel looks again from time to time.
    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell who is signed in, and how full their storage is."""
        await self._tell()

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Sign in."""
        told = {"name": "", "password": ""} | self.body(name=str, password=str)
        name = told["name"].strip()
        if not name or len(name) + len(told["password"]) > LONGEST:
            raise RefusedError("Give the name of your account, and its password.", kind="password")
        await self.datalab.sign_in(name, told["password"])
        await self._tell()

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        """Sign out."""
        await self.datalab.sign_out()
        await self._tell()

    async def _tell(self) -> None:
        try:
            account = await self.datalab.account()
        except RefusedError as error:
            if error.kind != "sign-in":
                raise
            account = await self.datalab.account()  # without the token that was refused
        self.answer(
            {
                **_document(account, self.services.has_expired),
                "last_name": self.services.last_user,
            }
        )


def _document(account: dict[str, Any], expired: bool) -> dict[str, Any]:
    """The account as the panel reads it."""
    if not account:
        state = "none"
    elif account.get("owner"):
        state = "owner"
    elif not account.get("anonymous"):
        state = "signed-in"
    else:
        state = "expired" if expired else "anonymous"
    return {
        "state": state,
        "name": str(account.get("name", "")),
        "groups": list(account.get("groups") or ()),
        "expires": account.get("expires"),
        "storage": account.get("storage"),
        "mydb": account.get("mydb"),
    }
