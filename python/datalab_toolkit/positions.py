"""Which columns have the position of a row on the sky."""

from __future__ import annotations

from collections.abc import Mapping

from datalab_toolkit.errors import NotFoundError

# Names that catalogues give to ICRS right ascension and declination, the likeliest first.
_POSITION_NAMES = (("ra", "dec"), ("raj2000", "dej2000"), ("ra_icrs", "de_icrs"))
_POSITION_UCDS = ("pos.eq.ra", "pos.eq.dec")


def find_position(ucds: Mapping[str, str]) -> tuple[str, str]:
    """Find the columns with right ascension and declination.

    Parameters
    ----------
    ucds
        The UCD of each column by its name, empty when it has none. The main position goes first,
        then any pair of equatorial UCDs, then the usual names.

    Raises
    ------
    NotFoundError
        There are no such columns.
    """
    for suffix in (";meta.main", ""):
        pair = [
            next((name for name, ucd in ucds.items() if ucd.lower() == wanted + suffix), None)
            for wanted in _POSITION_UCDS
        ]
        if pair[0] and pair[1]:
            return pair[0], pair[1]
    by_name = {name.casefold(): name for name in ucds}
    for ra, dec in _POSITION_NAMES:
        if ra in by_name and dec in by_name:
            return by_name[ra], by_name[dec]
    raise NotFoundError(
        "These rows have no column of positions that I know.",
        "Name the columns with right ascension and declination in degrees: ra=…, dec=….",
    )
