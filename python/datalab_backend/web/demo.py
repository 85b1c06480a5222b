"""``/demo``: whether the demo sky is there, and making it."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse

from datalab_backend.web.context import context, owner


async def show(request: Request) -> JSONResponse:
    """Tell how far the demo sky has come."""
    state = await to_thread.run_sync(context(request).demo.state)
    return JSONResponse(
        {
            "state": state.state,
            "progress": state.progress,
            "message": state.message,
            "tables": list(state.tables),
            "error": state.error,
        },
        headers={"Cache-Control": "no-store"},
    )


async def start(request: Request) -> JSONResponse:
    """Start making the demo sky, or go on with it."""
    owner(request)
    await to_thread.run_sync(context(request).demo.start)
    return await show(request)
