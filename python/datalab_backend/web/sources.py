"""Files that a request names: in the virtual storage, or on the internet."""

from __future__ import annotations

import shutil
from pathlib import Path

from datalab_backend.accounts.callers import Caller
from datalab_backend.storage.path import resolve
from datalab_backend.uploads.fetch import fetch
from datalab_backend.web.context import Context

_PIECE_BYTES = 1 << 20


def bring(datalab: Context, sender: Caller, source: str, path: Path) -> None:
    """Copy what a request names into a file.

    Parameters
    ----------
    datalab
        The Data Lab.
    sender
        Who may read it.
    source
        Its URL, or its place in the virtual storage as `storage.path.resolve` takes it.
    path
        The file; made here.

    Raises
    ------
    UsageError, NotFoundError
        When it cannot be had.
    """
    if source.lower().startswith(("http://", "https://")):
        content, _ = fetch(path.name, source, datalab.limits.uploads)
        path.write_bytes(content)
        return
    with (
        datalab.storage.open(sender, resolve(source, sender.name)) as file,
        path.open("wb") as copy,
    ):
        shutil.copyfileobj(file, copy, _PIECE_BYTES)
