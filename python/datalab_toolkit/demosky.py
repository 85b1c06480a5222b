"""The demo sky that a Data Lab can make for itself, so that there is something to try it on."""

from __future__ import annotations

import time

from datalab_toolkit import progress
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.listings import TableList, tables
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.uws import JobState

_POLL_S = 0.3


def make_demo(service: str = DEFAULT) -> TableList:
    """Make the demo sky of a Data Lab, and wait for it: some 20 seconds on a laptop.

    It holds real stars of Gaia DR3, the real OpenNGC, and simulated surveys that say so. What is
    there already is not made again. When this is interrupted, the Data Lab goes on with it.

    Parameters
    ----------
    service
        The name of a Data Lab, which must be the caller's own.

    Returns
    -------
    TableList
        The tables that are there then.

    Raises
    ------
    NotFoundError
        The service makes no demo sky.
    SignInError, AccessError
        The Data Lab belongs to somebody else.
    DatalabError
        It could not be made; the message says why.

    Examples
    --------
    >>> dl.make_demo()
    """
    found = find(service)
    found.feature_url("demo")  # or say that it has none
    began = time.monotonic()
    with progress.show() as bar:
        told = found.lab.ask("POST", "/demo").json()
        while told["state"] == "running":
            state = JobState("demo sky", "EXECUTING", progress=told["progress"])
            bar.update(state, time.monotonic() - began)
            time.sleep(_POLL_S)
            told = found.lab.get("/demo")
    if told["state"] != "complete":
        raise DatalabError(
            told["error"] or "The demo sky was not made.", "Call dl.make_demo() to go on with it."
        )
    found.refresh()
    return tables(service=service)
