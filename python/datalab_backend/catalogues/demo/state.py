"""How far the making of the demo sky has come, kept in ``demo.json`` for everyone to read."""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from datalab_backend.errors import ServiceError

log = logging.getLogger(__name__)

INTERRUPTED = "The demo sky was interrupted. Start it again: it goes on where it stopped."

_STATE_FILE = "demo.json"
_LOCK_FILE = "demo.lock"


class Progress(StrEnum):
    """The stages of the demo sky."""

    ABSENT = "absent"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True)
class DemoState:
    """What ``demo.json`` says.

    Attributes
    ----------
    state
        The stage.
    progress
        The fraction of the work that is done, from 0 to 1.
    message
        What is being done, for people.
    made
        For each finished table, by its full name, the parameters it was made with.
    error
        What went wrong, as a sentence, or None.
    """

    state: Progress = Progress.ABSENT
    progress: float = 0.0
    message: str = ""
    made: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """The full names of the finished tables, in the order in which they were made."""
        return tuple(self.made)


def read_state(data: Path) -> DemoState:
    """Read the state of the demo sky in a data directory.

    A generator that was killed cannot say so itself. Its lock is free then, and this function
    reports the failure in its stead.

    Parameters
    ----------
    data
        The data directory.

    Returns
    -------
    DemoState
        The state, `Progress.ABSENT` when nobody ever asked for a demo sky here.
    """
    try:
        content = json.loads((data / _STATE_FILE).read_text())
        state = DemoState(**{**content, "state": Progress(content["state"])})
        made = {str(name): str(parameters) for name, parameters in state.made.items()}
        state = replace(state, progress=float(state.progress), made=made)
    except FileNotFoundError:
        return DemoState()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        # As if there were none: the next making writes it anew, and makes the tables anew.
        log.error("%s cannot be read: %s", data / _STATE_FILE, error)
        return DemoState()
    if state.state is Progress.RUNNING and not _locked(data):
        return DemoState(Progress.FAILED, state.progress, INTERRUPTED, state.made, INTERRUPTED)
    return state


def write_state(data: Path, state: DemoState) -> None:
    """Replace ``demo.json`` in one step, so that a reader never sees half of it."""
    fresh = data / f"{_STATE_FILE}.new"
    fresh.write_text(json.dumps(asdict(state)))
    fresh.replace(data / _STATE_FILE)


@contextmanager
def sole_maker(data: Path) -> Iterator[None]:
    """Hold the data directory's demo lock, which the system frees however the process ends.

    Raises
    ------
    ServiceError
        When another process is making the demo sky in the same directory.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / _LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ServiceError(
                f"The demo sky is already being made in {data}.", "Wait until it is complete."
            ) from error
        yield


def _locked(data: Path) -> bool:
    """Tell whether a living process is making the demo sky."""
    try:
        with (data / _LOCK_FILE).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
