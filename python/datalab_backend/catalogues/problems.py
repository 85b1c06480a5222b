"""What was found wrong with rows on their way in: how often, and where first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PLACES = 3


@dataclass(slots=True)
class Problem:
    """One kind of problem.

    Attributes
    ----------
    count
        The number of rows.
    places
        The first files and rows.
    """

    count: int = 0
    places: list[tuple[str, int]] = field(default_factory=list)

    def sentence(self, what: str) -> str:
        """The problem, for people."""
        shown = ", ".join(f"{file} row {row:,}" for file, row in self.places)
        more = " …" if self.count > len(self.places) else ""
        rows = "1 row" if self.count == 1 else f"{self.count:,} rows"
        return f"{rows}: {what} ({shown}{more})"


class Problems:
    """All that was found, by what it is."""

    def __init__(self) -> None:
        self.found: dict[str, Problem] = {}

    def add(self, what: str, file: str, rows: Sequence[int], count: int | None = None) -> None:
        """Note rows of a file; of many, the first ones will do when their ``count`` is given."""
        problem = self.found.setdefault(what, Problem())
        problem.count += len(rows) if count is None else count
        room = _PLACES - len(problem.places)
        problem.places += [(file, int(row)) for row in rows[:room]]

    def merge(self, document: Mapping[str, Any]) -> None:
        """Add what another one wrote as its document."""
        for what, told in document.items():
            problem = self.found.setdefault(what, Problem())
            problem.count += told["count"]
            places = [(file, row) for file, row in told["places"]]
            problem.places = (problem.places + places)[:_PLACES]

    def document(self) -> dict[str, Any]:
        """All of it, as JSON takes it."""
        return {
            what: {"count": problem.count, "places": problem.places}
            for what, problem in self.found.items()
        }

    def sentences(self) -> list[str]:
        """All of it, for people."""
        return [problem.sentence(what) for what, problem in self.found.items()]
