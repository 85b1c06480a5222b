"""Conversion of units, once for all rows."""

from __future__ import annotations

from functools import cache

from datalab_backend.lazy import importing


@cache
def factor(unit: str, wanted: str) -> float:
    """What a number in one unit is multiplied by to have it in another.

    Parameters
    ----------
    unit, wanted
        Both as VOUnits 1.0 writes them.

    Raises
    ------
    ValueError
        With a sentence, when one of them is no unit or they measure different things.
    """
    with importing:
        import astropy.units as u

    units = []
    for text in (unit, wanted):
        try:
            units.append(u.Unit(text, format="vounit"))
        except (ValueError, TypeError):
            raise ValueError(f"'{text}' is no unit.") from None
    try:
        return float(units[0].to(units[1]))
    except u.UnitConversionError:
        raise ValueError(f"'{unit}' cannot be converted to '{wanted}'.") from None
