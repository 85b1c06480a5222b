"""The colours of stars, from their absolute magnitude and metallicity.

All from the stellar locus of the SDSS, turned into the DECam system. Magnitudes are AB and free of
reddening.
"""

from __future__ import annotations

import numpy as np

from datalab_backend.catalogues.demo.simulation.pixels import Floats

# Colour g - i and the absolute magnitude M_r of a main sequence of [Fe/H] = 0, apart from the
# metallicity term: Ivezić et al. 2008, ApJ 684, 287, equations A2, A3 and A7.
_G_I = np.linspace(0.25, 3.9, 200)
_SEQUENCE = np.polynomial.Polynomial([-5.06, 14.32, -12.97, 6.127, -1.267, 0.0967])(_G_I)
# r - i and g - r along the locus: Jurić et al. 2008, ApJ 673, 864, equation 4.
_R_I = np.linspace(-0.05, 2.6, 400)
_G_R = 1.39 * (1 - np.exp(-4.9 * _R_I**3 - 2.45 * _R_I**2 - 1.68 * _R_I - 0.050))
# Giants of an old population, g - r at an absolute magnitude M_r, for [Fe/H] = -1.5; it is redder
# by 0.12 per dex (after the ridge lines of An et al. 2008, ApJS 179, 326).
_GIANTS_M_R = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 2.8, 3.3, 3.7, 4.2])
_GIANTS_G_R = np.array([1.20, 0.95, 0.78, 0.66, 0.57, 0.50, 0.46, 0.38, 0.29, 0.24])
_GIANTS_REDDER_PER_DEX = 0.12
# u - g along the locus, for [Fe/H] = -0.5; metal-poor stars are bluer (Ivezić et al. 2008).
_U_G_AT = np.array([-0.3, 0.0, 0.2, 0.35, 0.5, 0.7, 1.0, 1.3, 1.5])
_U_G = np.array([0.75, 1.05, 0.95, 1.15, 1.50, 1.90, 2.35, 2.60, 2.65])


def main_sequence(absolute_r: Floats, metallicity: Floats) -> tuple[Floats, Floats]:
    """The colours g - r and r - i (SDSS) of main-sequence stars."""
    term = 4.50 - 1.11 * metallicity - 0.18 * metallicity**2
    g_i = np.interp(absolute_r - term, _SEQUENCE, _G_I)
    return np.interp(g_i, _G_R + _R_I, _G_R), np.interp(g_i, _G_R + _R_I, _R_I)


def giants(absolute_r: Floats, metallicity: Floats) -> tuple[Floats, Floats]:
    """The colours g - r and r - i (SDSS) of subgiants and giants of an old population."""
    g_r = np.interp(absolute_r, _GIANTS_M_R, _GIANTS_G_R)
    g_r = g_r + _GIANTS_REDDER_PER_DEX * (metallicity + 1.5)
    return g_r, on_locus(g_r)


def on_locus(g_r: Floats) -> Floats:
    """The colour r - i of stars hotter than M dwarfs, from g - r (both SDSS)."""
    return np.where(g_r < 0.0, 0.6 * g_r - 0.02, np.interp(g_r, _G_R, _R_I))


def magnitudes(r: Floats, g_r: Floats, r_i: Floats, metallicity: Floats) -> dict[str, Floats]:
    """The magnitudes of stars in all bands.

    Parameters
    ----------
    r
        DECam r magnitude.
    g_r, r_i
        SDSS colours.
    metallicity
        [Fe/H].

    Returns
    -------
    dict of ndarray
        DECam u, g, r, i, z and WISE w1, w2.
    """
    i_z = 0.57 * r_i - 0.03  # Covey et al. 2007, AJ 134, 2398, table 3, as a line
    u_g = np.interp(g_r, _U_G_AT, _U_G)
    u_g = u_g + 0.12 * np.clip(metallicity + 0.5, -2.0, 0.5) * (g_r < 0.9)
    # SDSS to DECam: Abbott et al. 2018 (DES DR1), ApJS 239, 18, appendix A.
    g = r + 0.998 * g_r - 0.01
    i = r - (r_i - 0.102 * g_r + 0.256 * i_z)
    z = i - (0.83 * i_z + 0.01)
    # Stars lie below the luminous red galaxies in r - z and z - W1, and W1 = W2 on Vega's scale
    # (Zhou et al. 2023, AJ 165, 58, figure 1).
    w1 = z - (0.75 * (r - z) - 1.55)
    w2 = w1 + 0.64
    return {"u": g + u_g, "g": g, "r": r, "i": i, "z": z, "w1": w1, "w2": w2}
