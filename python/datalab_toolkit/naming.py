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

_TABLE = "openngc.objects"
_MESSIER = re.compile(r"(?:M|MESSIER)\s*0*(\d{1,3})", re.IGNORECASE)
_NUMBERED = re.compile(r"(NGC|IC)\s*0*(\d{1,4})\s*([A-Z]?)", re.IGNORECASE)
# Digits alone, or with the signs and letters of sexagesimal angles.
_COORDINATES = re.compile(r"[-+−\d.][-+−\d.:\s,hmsd°′″'\"]*", re.IGNORECASE)


def resolve(name: str) -> SkyCoord:
    """Find where on the sky an object is.

    Names of the NGC, the IC and Messier's catalogue, common names and those in other catalogues
    that OpenNGC knows are looked up in the Data Lab's table ``openngc.objects``. A place in numbers
    is understood, too.

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
    found = _in_openngc(text)
    if found is not None:
        return SkyCoord(*found, unit="deg")
    if os.environ.get(NETWORK) == "1":
        return _from_sesame(text)
    raise NotFoundError(
        f"No object called {text} is known here.",
        f"Give a name of the NGC, IC or Messier's catalogue, or a place: 10.68 +41.27. With "
        f"{NETWORK}=1 in the environment, other names are asked of CDS's Sesame over the network.",
    )


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


def _in_openngc(name: str) -> tuple[float, float] | None:
    """Right ascension and declination in degrees of the object that fits the name best."""
    service = find(DEFAULT)
    try:
        service.table(_TABLE)
    except NotFoundError:
        return None
    for condition in _conditions(name):
        adql = (
            f"SELECT TOP 1 ra, dec FROM {_TABLE} "  # noqa: S608 - literals
            f"WHERE ra IS NOT NULL AND {condition} ORDER BY name"
        )
        rows = service.fetch(adql, maxrec=1).table
        if rows.num_rows:
            return float(rows["ra"][0].as_py()), float(rows["dec"][0].as_py())
    return None


def _conditions(name: str) -> list[str]:
    """What the row of a name meets, the surest first."""
    if (found := _MESSIER.fullmatch(name)) is not None:
        return [f"messier = {int(found[1])}"]
    if (found := _NUMBERED.fullmatch(name)) is not None:
        catalogue, number, part = found[1].upper(), int(found[2]), found[3].upper()
        return [f"name = '{catalogue}{number:04d}{part}'"]
    text = name.casefold().replace("'", "''")
    listed = [f"LOWER(name) = '{text}'"]
    for column in ("commonnames", "identifiers"):
        # A name among others, between commas.
        either = f"LOWER(',' || {column} || ',') LIKE '%,{text},%'"
        spaced = f"LOWER(',' || {column} || ',') LIKE '%, {text},%'"
        listed.append(f"({either} OR {spaced})")
    listed.append(f"LOWER(commonnames) LIKE '%{text}%'")
    return listed


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
