"""Has a sky view and another view of the sky follow each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import traitlets as t

from datalab_toolkit.selection import Selection
from datalab_toolkit.widgets.density import DensityMap

if TYPE_CHECKING:
    from datalab_toolkit.widgets.sky import SkyView
    from datalab_toolkit.widgets.skyselecting import SkySelecting


def link(sky: SkyView, other: DensityMap | SkyView) -> None:
    """Have both look at the same place and select the same rows, where they show the same."""
    place, width = ("center", "fov") if isinstance(other, DensityMap) else ("target", "fov_deg")
    t.link((sky, "target"), (other, place))
    t.link((sky, "fov_deg"), (other, width))
    _Selections(sky, other)


class _Selections:
    """Gives what is selected on one view to the other."""

    def __init__(self, first: SkySelecting, second: SkySelecting) -> None:
        self._is_giving = False
        for source, target in ((first, second), (second, first)):
            source.observe(lambda change, to=target: self._give(change.new, to), "selection")
        if first.selection is not None:
            self._give(first.selection, second)
        elif second.selection is not None:
            self._give(second.selection, first)

    def _give(self, chosen: Selection | None, target: SkySelecting) -> None:
        if self._is_giving:
            return
        self._is_giving = True
        try:
            target.selection = None if chosen is None else replace(chosen, ids=None)
        except t.TraitError:
            target.selection = None  # it shows rows of another table
        finally:
            self._is_giving = False
