"""The dust of the simulated sky, against what dims the globular clusters of the real one."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from datalab_backend.catalogues.demo.simulation import dust

# Name, right ascension, declination, E(B-V): Harris 1996, AJ 112, 1487, edition of 2010.
GLOBULARS = (
    ("NGC 104", 6.024, -72.081, 0.04),
    ("NGC 288", 13.188, -26.583, 0.03),
    ("NGC 2419", 114.535, 38.882, 0.08),
    ("NGC 4590", 189.867, -26.744, 0.05),
    ("NGC 5024", 198.230, 18.168, 0.02),
    ("NGC 5139", 201.697, -47.480, 0.12),
    ("NGC 5272", 205.548, 28.377, 0.01),
    ("NGC 5694", 219.901, -26.539, 0.09),
    ("NGC 5904", 229.638, 2.081, 0.03),
    ("NGC 6341", 259.281, 43.136, 0.02),
    ("NGC 6397", 265.175, -53.674, 0.18),
    ("NGC 6656", 279.100, -23.905, 0.34),
    ("NGC 6752", 287.717, -59.985, 0.04),
    ("NGC 6809", 294.999, -30.965, 0.08),
    ("NGC 7078", 322.493, 12.167, 0.10),
    ("NGC 7099", 325.092, -23.180, 0.03),
)


def test_reddening_agrees_with_that_of_globular_clusters():
    _, ra, dec, harris = zip(*GLOBULARS, strict=True)
    model = dust.ebv(np.array(ra), np.array(dec))
    assert np.max(np.abs(model - harris)) < 0.1
    assert np.median(model - harris) == pytest.approx(0.0, abs=0.02)
    assert np.corrcoef(model, harris)[0, 1] > 0.85


def test_galactic_coordinates_are_those_of_astropy():
    ra, dec = np.array([0.0, 185.4286, 359.9]), np.array([89.9, -31.9728, -89.9])
    lon, lat = np.degrees(dust.galactic(ra, dec))
    expected = SkyCoord(ra, dec, unit="deg").galactic
    assert lon == pytest.approx(expected.l.deg, abs=1e-4)
    assert lat == pytest.approx(expected.b.deg, abs=1e-4)
