"""The area that a table covers."""

from __future__ import annotations

import datalab_toolkit as dl
import pytest
from datalab_process import DatalabProcess


def test_the_area_of_a_table_is_a_moc(datalab: DatalabProcess):
    dl.add_service("small", datalab.url)
    assert dl.moc("small.stars", service="small").sky_fraction > 0.9
    assert dl.moc("Small.Stars", order=7, service="small").max_order == 7
    with pytest.raises(dl.DatalabError, match="order 7"):
        dl.moc("small.stars", order=20, service="small")
    with pytest.raises(dl.NotFoundError, match="no positions"):
        dl.moc("small.fields", service="small")
