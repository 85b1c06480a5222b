"""Images and cutouts in a notebook."""

from __future__ import annotations

import datalab_toolkit as dl
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from datalab_process import DatalabProcess
from small_images import DEC, RA, STARS, small_pixels


@pytest.mark.usefixtures("small_lab")
def test_the_images_read_well_and_come_as_a_frame():
    found = dl.images()
    assert [image.band for image in found] == ["g", "r", "i"]
    assert "3 images in datalab" in repr(found)
    assert "small" in found._repr_html_()
    frame = found.to_pandas()
    assert frame.ra_deg.tolist() == [RA] * 3
    assert frame.simulated.all()
    assert found[0].seeing_arcsec == 4.7


@pytest.mark.usefixtures("small_lab")
@pytest.mark.parametrize(
    "position",
    [STARS[1], SkyCoord(*STARS[1], unit="deg").galactic, f"{STARS[1][0]} +{STARS[1][1]}"],
    ids=["numbers", "SkyCoord", "text"],
)
def test_a_cutout_is_an_image_with_its_places(position: object):
    stamp = dl.cutout(position, 0.01, band="r")
    row, column = np.unravel_index(stamp.data.argmax(), stamp.data.shape)
    place = WCS(stamp.header).pixel_to_world(column, row)
    assert place.separation(SkyCoord(*STARS[1], unit="deg")).arcsec < 1
    assert stamp.header["BUNIT"] == "adu"
    assert stamp.data.max() > 0.9 * small_pixels("r").max()


@pytest.mark.usefixtures("small_lab")
def test_a_cutout_may_be_wider_than_high():
    stamp = dl.cutout((RA, DEC), (0.04, 0.01), band="i", collection="small")
    assert stamp.data.shape == pytest.approx((36, 144), abs=1)


@pytest.mark.usefixtures("small_lab")
def test_what_cannot_be_cut_out_is_told_in_words():
    with pytest.raises(dl.NotFoundError, match="not on the image"):
        dl.cutout((10.0, 10.0), 0.01)
    with pytest.raises(dl.NotFoundError, match="It has g, r, i"):
        dl.cutout((RA, DEC), 0.01, band="z")
    with pytest.raises(dl.DatalabError, match="at most 1 degree"):
        dl.cutout((RA, DEC), 3.0)
    with pytest.raises(dl.DatalabError, match="no place on the sky"):
        dl.cutout((1.0, 2.0, 3.0), 0.01)


def test_a_service_without_images_says_so(observatory: str, small_lab: DatalabProcess):
    with pytest.raises(dl.NotFoundError, match="no images service"):
        dl.images(service=observatory)
    with pytest.raises(dl.NotFoundError, match="no cutout service"):
        dl.cutout((RA, DEC), 0.01, service=observatory)
