"""What is on the simulated sky, as it is in truth: before dust, noise and the surveys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from datalab_backend.catalogues.demo.simulation.pixels import Floats

BANDS = ("u", "g", "r", "i", "z", "w1", "w2")
"""The bands that every thing has a magnitude in (AB; DECam and WISE)."""

STAR, GALAXY, QSO = 0, 1, 2
CLASSES = ("STAR", "GALAXY", "QSO")
"""The true classes, under the names that DESI gives them."""

ORIGINS = (
    "thin disc",
    "thick disc",
    "halo",
    "field galaxy",
    "field quasar",
    "Hydra II",
    "galaxy cluster",
    "field variable",
)
"""Which part of the model a thing comes from."""


@dataclass(frozen=True)
class Things:
    """Stars, galaxies and quasars: one element of each array for each of them.

    Attributes
    ----------
    ra, dec
        ICRS position in degrees.
    magnitudes
        AB magnitudes without reddening, one column for each of `BANDS`.
    kind, origin
        Indices into `CLASSES` and `ORIGINS`.
    radius
        Half-light radius in arcsec, 0 for stars and quasars.
    sersic
        Sérsic index of galaxies, else 0.
    redshift
        Redshift, 0 for stars (their velocities are not modelled).
    distance
        Distance of stars in pc, else NaN.
    metallicity
        [Fe/H] of stars, else NaN.
    variable
        Index into `variables.VARIABLES`, -1 for what does not vary.
    """

    ra: Floats
    dec: Floats
    magnitudes: Floats
    kind: NDArray[np.int8]
    origin: NDArray[np.int8]
    radius: Floats
    sersic: Floats
    redshift: Floats
    distance: Floats
    metallicity: Floats
    variable: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.ra)

    def band(self, name: str) -> Floats:
        """The magnitudes in one band."""
        return self.magnitudes[:, BANDS.index(name)]

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Things:
        """Some of the things, by a mask or by their indices."""
        return Things(*(getattr(self, f.name)[which] for f in fields(self)))

    @classmethod
    def joined(cls, parts: Iterable[Things]) -> Things:
        """All the things of several sets, in their order."""
        sets = list(parts)
        return cls(*(np.concatenate([getattr(s, f.name) for s in sets]) for f in fields(cls)))


def stars(
    ra: Floats,
    dec: Floats,
    magnitudes: Mapping[str, Floats],
    origin: NDArray[np.int8],
    distance: Floats,
    metallicity: Floats,
    variable: int = -1,
) -> Things:
    """Things that are stars."""
    count = len(ra)
    return Things(
        ra,
        dec,
        _matrix(magnitudes),
        np.full(count, STAR, np.int8),
        origin,
        np.zeros(count),
        np.zeros(count),
        np.zeros(count),
        distance,
        metallicity,
        np.full(count, variable, np.int16),
    )


def extragalactic(
    kind: int,
    origin: str,
    ra: Floats,
    dec: Floats,
    magnitudes: Mapping[str, Floats],
    redshift: Floats,
    radius: Floats | None = None,
    sersic: Floats | None = None,
) -> Things:
    """Things that are galaxies or quasars."""
    count = len(ra)
    return Things(
        ra,
        dec,
        _matrix(magnitudes),
        np.full(count, kind, np.int8),
        np.full(count, ORIGINS.index(origin), np.int8),
        np.zeros(count) if radius is None else radius,
        np.zeros(count) if sersic is None else sersic,
        redshift,
        np.full(count, np.nan),
        np.full(count, np.nan),
        np.full(count, -1, np.int16),
    )


def _matrix(magnitudes: Mapping[str, Floats]) -> Floats:
    return np.stack([magnitudes[band] for band in BANDS], axis=1)
