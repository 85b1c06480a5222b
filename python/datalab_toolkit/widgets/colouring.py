"""What the views have in common whose numbers become colours in the browser."""

from __future__ import annotations

import traitlets as t

from datalab_toolkit.maps import shading


class Coloured(t.HasTraits):
    """A view whose numbers are shown as colours.

    Attributes
    ----------
    stretch
        ``eq_hist``, ``log``, ``asinh``, ``sqrt`` or ``linear``.
    colormap
        ``viridis``, ``magma``, ``inferno``, ``cividis`` or ``gray``; with ``_r`` turned round.
    """

    stretch = t.Enum(shading.STRETCHES, default_value="log").tag(sync=True)
    colormap = t.Unicode("magma").tag(sync=True)

    _stretches = t.List(t.Unicode(), list(shading.STRETCHES)).tag(sync=True)
    _colormaps = t.List(t.Unicode(), list(shading.COLORMAPS)).tag(sync=True)
    _palettes = t.Bytes().tag(sync=True)

    @t.default("_palettes")
    def _all_palettes(self) -> bytes:
        return b"".join(shading.palette(name).tobytes() for name in shading.COLORMAPS)

    @t.validate("colormap")
    def _check_colormap(self, proposal: t.Bunch) -> str:
        if proposal.value.removesuffix("_r") not in shading.COLORMAPS:
            known = ", ".join(shading.COLORMAPS)
            raise t.TraitError(f"The colour maps are {known}, each also with _r after it.")
        return str(proposal.value)
