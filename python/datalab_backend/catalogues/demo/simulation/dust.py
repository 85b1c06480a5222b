"""Interstellar dust: an exponential disc with the Sun in it.

The disc was adjusted to the reddening of globular clusters beyond it (Harris 1996, 2010 edition):
a local density of 0.25 mag of E(B-V) per kpc and a scale height of 100 pc give 0.025 mag towards
the poles. Clouds are not modelled, so near the Galactic plane the real sky differs by factors.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from datalab_backend.catalogues.demo.simulation.pixels import Floats

COEFFICIENTS = {
    "u": 3.995,
    "g": 3.214,
    "r": 2.165,
    "i": 1.592,
    "z": 1.211,
    "w1": 0.184,
    "w2": 0.113,
}
"""A / E(B-V) of DECam and WISE bands as the Legacy Surveys use them (DR9 description, "Galactic
extinction coefficients", after Schlafly & Finkbeiner 2011, ApJ 737, 103)."""

_LOCAL_DENSITY_PER_KPC = 0.25
_SCALE_HEIGHT_KPC = 0.10
_SCALE_LENGTH_KPC = 3.0
_SUN_KPC = 8.2  # GRAVITY Collaboration 2019, A&A 625, L10
_EDGE_KPC = 20.0
_STEPS = 14

# ICRS to Galactic coordinates (ESA 1997, The Hipparcos Catalogue, volume 1, equation 1.5.11).
_TO_GALACTIC = np.array(
    [
        [-0.0548755604, -0.8734370902, -0.4838350155],
        [+0.4941094279, -0.4448296300, +0.7469822445],
        [-0.8676661490, -0.1980763734, +0.4559837762],
    ]
)


def galactic(ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
    """Turn ICRS positions into Galactic longitude and latitude, all in radians but the input."""
    lon, lat = np.radians(ra), np.radians(dec)
    unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    # Written out, because a matrix product may round differently with the number of columns.
    x, y, z = (m[0] * unit[0] + m[1] * unit[1] + m[2] * unit[2] for m in _TO_GALACTIC)
    return np.arctan2(y, x) % (2 * np.pi), np.arcsin(np.clip(z, -1, 1))


def ebv(ra: Floats, dec: Floats) -> Floats:
    """The colour excess E(B-V) of everything beyond the disc of dust.

    Parameters
    ----------
    ra, dec
        ICRS positions in degrees.

    Returns
    -------
    ndarray
        E(B-V) in magnitudes.
    """
    lon, lat = galactic(ra, dec)
    # Steps that grow with distance: the dust seen out of the plane is near, the rest far.
    edges = np.concatenate([[0.0], np.geomspace(0.01, _EDGE_KPC, _STEPS)])
    total = np.zeros_like(lon)
    towards, along = np.cos(lon), np.cos(lat)
    rise = np.abs(np.sin(lat)) / _SCALE_HEIGHT_KPC
    for near, far in pairwise(edges):
        distance = (near + far) / 2
        in_plane = distance * along
        radius = np.sqrt(_SUN_KPC**2 + in_plane * (in_plane - 2 * _SUN_KPC * towards))
        total += (far - near) * np.exp((_SUN_KPC - radius) / _SCALE_LENGTH_KPC - distance * rise)
    return _LOCAL_DENSITY_PER_KPC * total
