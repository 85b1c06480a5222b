"""Names of galaxies, clusters and nebulae, and where these are.

They are those of OpenNGC, which the package ``pyongc`` carries, and the dwarf galaxy that the
tutorials look for: nothing is asked over the network.
"""

from __future__ import annotations

import difflib
import math
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache

from datalab_backend.errors import NotFoundError

KNOWN = "NGC, IC, Messier, PGC, UGC, ESO and MCG numbers and common names"
"""What names are known, for people."""

# Found after the catalogues of OpenNGC were made; Muñoz et al. 2018, ApJ 860, 66.
_HYDRA_II = ("Hydra II", 185.4286, -31.9728)

_SIMILAR = 0.7
_SHOWN = 60

_OBJECTS = """
SELECT name, ra, dec, messier, commonnames, identifiers FROM objects
WHERE ra IS NOT NULL AND dec IS NOT NULL ORDER BY type = 'Dup', id
"""


@dataclass(frozen=True, slots=True)
class SkyObject:
    """Something on the sky.

    Attributes
    ----------
    name
        Its main name.
    ra, dec
        Its place in degrees (ICRS).
    """

    name: str
    ra: float
    dec: float


def find(name: str) -> SkyObject:
    """Find an object by one of its names, in whatever case and with whatever spaces and zeros.

    Raises
    ------
    NotFoundError
        When no object is known to be called so.
    """
    found = _by_name().get(_key(name))
    if found is None:
        shown = name.strip()[:_SHOWN]
        similar = difflib.get_close_matches(shown.title(), _common_names(), 1, _SIMILAR)
        hint = f"Known are {KNOWN}, as OpenNGC has them; of anything else give the position."
        raise NotFoundError(
            f"No object is known here as “{shown}”.",
            f"Did you mean {similar[0]}? {hint}" if similar else hint,
        )
    return found


@cache
def _by_name() -> dict[str, SkyObject]:
    found = {_key(_HYDRA_II[0]): SkyObject(*_HYDRA_II)}
    named = [(SkyObject(row[0], *map(math.degrees, row[1:3])), row[3:]) for row in _rows()]
    # An object's own names come before what is another's second name.
    for rank in range(4):
        for thing, (messier, common, others) in named:
            names = (
                [thing.name],
                [f"M{messier}", f"Messier {messier}"] if messier else [],
                common.split(","),
                others.split(","),
            )
            for name in filter(None, map(_key, names[rank])):
                found.setdefault(name, thing)
    return found


@cache
def _common_names() -> tuple[str, ...]:
    return tuple(name for row in _rows() for name in row[4].split(",") if name)


def _rows() -> Iterator[tuple[str, float, float, str, str, str]]:
    import pyongc  # type: ignore[import-untyped]

    with closing(sqlite3.connect(f"file:{pyongc.DBPATH}?mode=ro", uri=True)) as database:
        for name, ra, dec, *texts in database.execute(_OBJECTS):
            messier, common, others = (text or "" for text in texts)
            yield name, ra, dec, messier, common, others


def _key(name: str) -> str:
    """What all spellings of a name have in common."""
    plain = unicodedata.normalize("NFKC", name).casefold().strip().removeprefix("the ")
    # Signs tell one MCG number from another.
    letters = re.sub(r"[^\w+-]|_", "", plain)
    return re.sub(r"(?<!\d)0+(?=\d)", "", letters)
