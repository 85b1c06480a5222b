"""What the views of the sky have in common on which one draws boxes and circles."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import traitlets as t

from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.circle import SkyCircle
from datalab_toolkit.selection import Selection
from datalab_toolkit.widgets.selecting import Selecting


class SkySelecting(Selecting):
    """A view of the sky, on which a box or a circle selects rows.

    Attributes
    ----------
    box, circle
        What is drawn: None, or a dict of the numbers of a `SkyBox` or a `SkyCircle`. There is one
        of them at most: drawing one removes the other.
    """

    circle = t.Dict(allow_none=True, default_value=None).tag(sync=True)

    _shape = SkyBox

    @property
    def shape(self) -> SkyBox | SkyCircle | None:
        """The box or the circle that is drawn."""
        if self.circle:
            return SkyCircle(**self.circle)
        return SkyBox(**self.box) if self.box else None

    def _within(self, shape: SkyBox | SkyCircle) -> Selection | None:
        """The rows in a shape; None when there are no rows to choose from."""
        raise NotImplementedError

    @t.validate("circle")
    def _check_circle(self, proposal: t.Bunch) -> dict[str, float] | None:
        if not proposal.value:
            return None
        names = ("ra", "dec", "radius_deg")
        try:
            circle = SkyCircle(*(float(proposal.value[name]) for name in names))
        except (KeyError, TypeError, ValueError) as error:
            raise t.TraitError(f"A circle is a dict of {', '.join(names)}: {error}") from error
        return asdict(circle)

    @t.observe("box", "circle")
    def _follow_box(self, change: t.Bunch) -> None:
        if self._is_told:
            return
        if change.new:
            self._draw(self._shape(**change.new) if change.name == "box" else self.shape)
        shape = self.shape
        self.selection = self._within(shape) if shape else None

    @t.observe("selection")
    def _follow_selection(self, change: t.Bunch) -> None:
        chosen = self.selection
        self._condition = self.adql
        self._code = chosen.to_code() if chosen else ""
        shape = self.shape
        if shape is not None and _same(chosen, self._within(shape)):
            return
        # A shape drawn elsewhere is drawn here, too; any other selection is told in words alone.
        area: Any = chosen.area if chosen else None
        is_shape = isinstance(area, SkyBox | SkyCircle)
        self._draw(area if is_shape and _same(chosen, self._within(area)) else None)

    def _draw(self, shape: SkyBox | SkyCircle | None) -> None:
        """Show a shape, and no other, without selecting by it."""
        self._is_told = True
        try:
            self.box = asdict(shape) if isinstance(shape, SkyBox) else None  # type: ignore[assignment]
            self.circle = asdict(shape) if isinstance(shape, SkyCircle) else None  # type: ignore[assignment]
        finally:
            self._is_told = False


def _same(a: Selection | None, b: Selection | None) -> bool:
    """Whether two selections are of the same rows, whichever of them lists their identifiers."""
    if a is None or b is None:
        return a is b
    return replace(a, ids=None) == replace(b, ids=None)
