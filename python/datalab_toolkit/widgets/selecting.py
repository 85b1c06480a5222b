"""What the views have in common on which one draws a box that selects rows."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import traitlets as t

from datalab_toolkit.errors import DatalabError
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.selection import Selection

if TYPE_CHECKING:
    from datalab_toolkit.maps.histogram import PlaneBox

    Box = SkyBox | PlaneBox


class Selecting(t.HasTraits):
    """A view of the rows of a table, on which boxes select some of them.

    Attributes
    ----------
    box
        The box that is drawn: None, or a dict of its four numbers.
    selection
        Which of the rows are selected, or None. Drawing a box makes one; assign one of the same
        table to show it here.
    """

    box = t.Dict(allow_none=True, default_value=None).tag(sync=True)
    selection = t.Instance(Selection, allow_none=True, default_value=None)

    _condition = t.Unicode().tag(sync=True)
    _code = t.Unicode().tag(sync=True)

    _shape: type[Box]
    _is_told = False

    @property
    def adql(self) -> str:
        """The ADQL condition of the selection, empty when there is none."""
        return self.selection.condition if self.selection else ""

    @property
    def _rows(self) -> Selection:
        """All rows of the view."""
        raise NotImplementedError

    def _boxed(self, box: Any) -> Selection:  # noqa: ANN401 - a box of the view's own kind
        """The rows in a box."""
        raise NotImplementedError

    @t.validate("box")
    def _check_box(self, proposal: t.Bunch) -> dict[str, float] | None:
        if not proposal.value:
            return None
        names = [field.name for field in fields(self._shape)]
        try:
            box = self._shape(*(float(proposal.value[name]) for name in names))
        except (KeyError, TypeError, ValueError) as error:
            raise t.TraitError(f"A box is a dict of {', '.join(names)}: {error}") from error
        return asdict(box)

    @t.validate("selection")
    def _check_selection(self, proposal: t.Bunch) -> Selection | None:
        chosen: Selection | None = proposal.value
        if chosen is not None:
            try:
                self._rows & chosen
            except DatalabError as error:
                raise t.TraitError(f"{error.message} {error.hint}") from error
        return chosen

    @t.observe("box")
    def _follow_box(self, change: t.Bunch) -> None:
        if not self._is_told:
            self.selection = self._boxed(self._shape(**self.box)) if self.box else None

    @t.observe("selection")
    def _follow_selection(self, change: t.Bunch) -> None:
        chosen = self.selection
        self._condition = self.adql
        self._code = chosen.to_code() if chosen else ""
        if self.box and chosen == self._boxed(self._shape(**self.box)):
            return
        # A box made elsewhere is drawn here, too; any other selection is told in words alone.
        area = chosen.area if chosen else None
        drawn = isinstance(area, self._shape) and chosen == self._boxed(area)
        self._is_told = True
        try:
            self.box = asdict(area) if isinstance(area, SkyBox) and drawn else None  # type: ignore[assignment]
        finally:
            self._is_told = False
