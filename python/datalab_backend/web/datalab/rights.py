"""Whether somebody may use a table or a file."""

from __future__ import annotations

from datalab_backend.accounts.callers import Caller
from datalab_backend.web.context import Context


def may_use(datalab: Context, asking: Caller, resource: str) -> bool:
    """Whether a caller may read something.

    Parameters
    ----------
    datalab
        The Data Lab.
    asking
        The caller.
    resource
        A table such as ``schema.table``.
    """
    return datalab.mydb.snapshot(asking).tables.find(resource) is not None
