"""A box on the sky and its ADQL condition mean the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from datalab_toolkit.maps.box import SkyBox


def test_a_box_reads_as_a_query_does() -> None:
    assert SkyBox(56, 57.5, 23.25, 25).condition() == (
        "ra BETWEEN 56 AND 57.5 AND dec BETWEEN 23.25 AND 25"
    )


def test_a_box_across_0h_takes_both_sides() -> None:
    box = SkyBox(359, 1, -5, 5)
    assert box.condition() == "(ra >= 359 OR ra <= 1) AND dec BETWEEN -5 AND 5"
    assert box.contains([358.9, 359, 0, 1, 1.1], [0, 0, 0, 0, 0]).tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_polar_cap_has_no_condition_on_right_ascension() -> None:
    assert SkyBox(0, 360, 80, 90).condition() == "dec BETWEEN 80 AND 90"


def test_the_columns_are_named_as_the_table_names_them() -> None:
    condition = SkyBox(1, 2, 3, 4).condition('"_RAJ2000"', '"_DEJ2000"')
    assert condition == '"_RAJ2000" BETWEEN 1 AND 2 AND "_DEJ2000" BETWEEN 3 AND 4'


def test_numbers_are_exact_and_never_in_exponents() -> None:
    assert SkyBox(0.000001, 2, -0.1, 4).condition() == (
        "ra BETWEEN 0.000001 AND 2 AND dec BETWEEN -0.1 AND 4"
    )


@pytest.mark.parametrize(
    "bounds", [(-1, 2, 0, 1), (0, 361, 0, 1), (0, 1, -91, 0), (0, 1, 2, 1), (0, np.nan, 0, 1)]
)
def test_a_box_that_is_none_is_refused(bounds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="degrees"):
        SkyBox(*bounds)
