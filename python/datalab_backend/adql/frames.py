"""Rotations between the frames of the sky."""

from __future__ import annotations

from functools import cache

import numpy as np

from datalab_backend.lazy import importing

FRAMES = ("ICRS", "FK5", "GALACTIC", "ECLIPTIC")
"""Terms of http://www.ivoa.net/rdf/refframe; FK5 and ECLIPTIC at J2000."""

Matrix = tuple[tuple[float, float, float], ...]


@cache
def rotation(source: str, target: str) -> Matrix:
    """The matrix that turns unit vectors of one of `FRAMES` into those of another."""
    with importing:
        import astropy.units as u
        from astropy.coordinates import (
            FK5,
            ICRS,
            BarycentricMeanEcliptic,
            CartesianRepresentation,
            Galactic,
        )

    frames = {"ICRS": ICRS, "FK5": FK5, "GALACTIC": Galactic, "ECLIPTIC": BarycentricMeanEcliptic}
    axes = CartesianRepresentation(np.eye(3) * u.one)
    turned = frames[source](axes).transform_to(frames[target]()).cartesian.xyz.value
    return tuple((float(x), float(y), float(z)) for x, y, z in turned)
