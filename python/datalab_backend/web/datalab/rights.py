"""Whether somebody may use a table or a file."""

from __future__ import annotations

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import DatalabError
from datalab_backend.storage.path import resolve
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
        A table such as ``schema.table`` or ``mydb://table``, or a file such as ``vos://file``.
    """
    if "://" in resource and not resource.startswith("mydb://"):
        try:
            datalab.storage.node(asking, resolve(resource, asking.name))
        except DatalabError:
            return False
        return True
    name = resource.replace("mydb://", "mydb.", 1)
    return datalab.mydb.snapshot(asking).tables.find(name) is not None
