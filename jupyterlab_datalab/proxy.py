"""Passes requests on to a service and streams the answers back.

The address is always one that a service of the allow-list announces. The service's token is added
here and never reaches the browser.
"""

from __future__ import annotations

from contextlib import suppress

import httpx
from datalab_toolkit.connection import is_loopback
from datalab_toolkit.errors import ServiceTimeoutError, ServiceUnavailableError
from datalab_toolkit.service import Service
from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError

TIMEOUT = httpx.Timeout(120, connect=10)
KEPT_HEADERS = ("Content-Type", "Content-Length", "Datalab-Density", "ETag", "Cache-Control")


async def pass_through(handler: APIHandler, url: str, service: Service) -> None:
    """Send a handler's request to a URL of a service and stream back what it answers.

    Parameters
    ----------
    handler
        The request; its method and body are passed on, of its headers only the kind of the body
        and what the browser has already.
    url
        Where to.
    service
        Whose token to use.

    Raises
    ------
    AccessError
        The service does not know our token, or does not allow this.
    ServiceUnavailableError
        The service cannot be reached.
    """
    headers = {**service.headers, "Accept-Encoding": "identity"}
    for name in ("Content-Type", "If-None-Match"):
        if name in handler.request.headers:
            headers[name] = handler.request.headers[name]
    nearby = is_loopback(url)
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT, trust_env=not nearby, verify=not nearby) as client,
            client.stream(
                handler.request.method or "GET",
                url,
                headers=headers,
                content=handler.request.body or None,
            ) as answer,
        ):
            if answer.status_code in (401, 403):
                await answer.aread()
                raise service.refusal(answer)
            handler.set_status(answer.status_code)
            handler.clear_header("Content-Type")
            for name in KEPT_HEADERS:
                if name in answer.headers:
                    handler.set_header(name, answer.headers[name])
            with suppress(StreamClosedError):  # the browser went away
                async for chunk in answer.aiter_raw():
                    handler.write(chunk)
                    await handler.flush()
                await handler.finish()
    except httpx.TimeoutException as error:
        raise ServiceTimeoutError(f"{service.title} did not answer in time.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ServiceUnavailableError(
            f"{service.title} cannot be reached.", "Try again in a moment."
        ) from error
