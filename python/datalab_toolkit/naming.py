"""From the name of an object to its place on the sky, without a network."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from datalab_toolkit.errors import DatalabError, NotFoundError
from datalab_toolkit.registry import DEFAULT, find

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord

NETWORK = "DATALAB_SESAME"
"""The environment variable that lets names go to CDS's Sesame service when it is ``1``."""

# Digits alone, or with the signs and letters of sexagesimal angles.
_COORDINATES = re.compile(r"[-+−\d.][-+−\d.:\s,hmsd°′″'\"]*", re.IGNORECASE)

_TABLE = re.compile(r"mydb://\w+|[a-z_]\w*\.[a-z_]\w*", re.IGNORECASE)


def resolve(name: str) -> SkyCoord:
    """Find where on the sky an object is.

    The Data Lab knows the names of OpenNGC: of the NGC, the IC and Messier's catalogue, common
    names, and those in other catalogues. A place in numbers is understood, too.

    Parameters
    ----------
    name
        Such as ``M 31``, ``NGC 3115``, ``Pleiades``, ``10.68 +41.27`` or ``00h42m44s +41d16m09s``.

    Returns
    -------
    astropy.coordinates.SkyCoord
        In ICRS.

    Raises
    ------
    NotFoundError
        No object of that name is known. With ``DATALAB_SESAME=1`` in the environment, CDS's Sesame
        is asked for such names over the network; never otherwise.

    Examples
    --------
    >>> dl.density("gaia_dr3.gaia_source_g10", center=dl.resolve("Pleiades"), fov=5)
    """
    from astropy.coordinates import SkyCoord

    text = " ".join(name.split())
    if not text:
        raise DatalabError("There is no name.", "Such as M 31, or 10.68 +41.27 in degrees.")
    if _COORDINATES.fullmatch(text):
        return _coordinates(text)
    try:
        found = find(DEFAULT).lab.get("/objects", NAME=text)
    except NotFoundError as error:
        if os.environ.get(NETWORK) == "1":
            return _from_sesame(text)
        if _TABLE.fullmatch(text):
            shown = (
                f'A table is no place: dl.sky(survey="{text}") and dl.density("{text}") show it.'
            )
            raise NotFoundError(error.message, shown) from None
        network = f"With {NETWORK}=1 in the environment, CDS's Sesame is asked over the network."
        raise NotFoundError(error.message, f"{error.hint} {network}") from None
    return SkyCoord(found["ra"], found["dec"], unit="deg")


def degrees(position: str | tuple[float, float] | SkyCoord) -> tuple[float, float]:
    """Right ascension and declination of what says where to look.

    Parameters
    ----------
    position
        A name or coordinates as `resolve` takes them, a pair of degrees (ICRS), or a SkyCoord.

    Raises
    ------
    NotFoundError
        No object of that name is known.
    DatalabError
        It is no place on the sky.
    """
    place = resolve(position) if isinstance(position, str) else position
    if hasattr(place, "icrs"):
        return float(place.icrs.ra.deg), float(place.icrs.dec.deg)
    try:
        ra, dec = (float(value) for value in place)
    except (TypeError, ValueError) as error:
        raise DatalabError(
            f"{position!r} is no place on the sky.",
            "Give a name, (ra, dec) in degrees, or a SkyCoord.",
        ) from error
    return ra, dec


def _coordinates(text: str) -> SkyCoord:
    from astropy.coordinates import SkyCoord

    plain = text.replace("−", "-").replace("°", "d").replace("′", "m").replace("″", "s")
    parts = plain.replace(",", " ").split()
    in_degrees = len(parts) == 2 and not re.search(r"[hmsd:]", plain, re.IGNORECASE)
    try:
        if in_degrees:
            return SkyCoord(float(parts[0]), float(parts[1]), unit="deg")
        return SkyCoord(" ".join(parts), unit=("hourangle", "deg"))
    except ValueError as error:
        raise DatalabError(
            f"{text} is no place on the sky.",
            "Write degrees (10.68 +41.27) or hours and degrees (00h42m44s +41d16m09s).",
        ) from error


def _from_sesame(name: str) -> SkyCoord:
    from astropy.coordinates import SkyCoord
    from astropy.coordinates.name_resolve import NameResolveError

    try:
        return SkyCoord.from_name(name).icrs
    except NameResolveError as error:
        raise NotFoundError(
            f"Neither the Data Lab nor CDS's Sesame knows an object called {name}.",
            "Look at the spelling, or give a place: 10.68 +41.27.",
        ) from error
