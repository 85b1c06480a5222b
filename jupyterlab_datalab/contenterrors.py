"""Errors of the Data Lab as Jupyter's contents API tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from datalab_toolkit.errors import DatalabError, NotFoundError
from tornado.web import HTTPError

from .datalab import RefusedError


@contextmanager
def told() -> Iterator[None]:
    """Tell an error of the Data Lab as contents handlers do."""
    try:
        yield
    except DatalabError as error:
        status = 502
        if isinstance(error, NotFoundError):
            status = 404
        elif isinstance(error, RefusedError):
            status = error.status
        raise HTTPError(status, f"{error.message} {error.hint}".strip()) from error
