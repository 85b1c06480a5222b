"""The queries of one server, while it stops."""

from __future__ import annotations

from threading import Event

import pytest
from datalab_backend.errors import UnavailableError
from datalab_backend.jobs.running import RunningQueries


class _Query:
    def __init__(self) -> None:
        self.stopped = Event()

    def cancel(self) -> None:
        self.stopped.set()


def test_a_server_that_stops_cancels_what_runs_and_sends_others_away_for_now():
    queries, running = RunningQueries(), _Query()
    with queries.tracked(running):
        queries.stop()
        assert running.stopped.is_set()
        with pytest.raises(UnavailableError, match="stopping"), queries.tracked(_Query()):
            pass
    assert len(queries) == 0
