"""Names of objects on the sky, however they are written."""

from __future__ import annotations

import pytest
from datalab_backend import objects
from datalab_backend.catalogues.demo.openngc import objects as openngc
from datalab_backend.errors import NotFoundError


@pytest.mark.parametrize(
    ("names", "main"),
    [
        (("NGC 224", "ngc0224", "M 31", "m031", "Messier 31", "Andromeda Galaxy"), "NGC0224"),
        (("andromeda  galaxy", "UGC 454", "PGC 2557", "MCG +07-02-016"), "NGC0224"),
        (("the Orion Nebula", "ORION NEBULA", "M42"), "NGC1976"),
        (("ESO 97-13", "Circinus Galaxy"), "ESO097-013"),
        (("B33", "Horsehead Nebula"), "B033"),
        (("Hydra II", "hydra ii"), "Hydra II"),
    ],
)
def test_an_object_is_found_by_each_of_its_names(names: tuple[str, ...], main: str):
    assert {objects.find(name).name for name in names} == {main}


def test_places_are_in_degrees():
    found = objects.find("M 31")
    assert (found.ra, found.dec) == pytest.approx((10.6848, 41.2691), abs=1e-3)


def test_every_object_that_has_a_place_is_found_there_by_its_own_name():
    rows = openngc().select(["name", "ra", "dec"]).to_pylist()
    for row in rows:
        if row["ra"] is None:
            continue
        found = objects.find(row["name"])
        assert (found.name, found.ra, found.dec) == (row["name"], row["ra"], row["dec"])


@pytest.mark.parametrize("name", ["", "   ", "GJ 699", "M 999", "x" * 10_000, "' OR 1=1 --"])
def test_what_is_no_name_is_told_in_words_and_never_at_length(name: str):
    with pytest.raises(NotFoundError) as refused:
        objects.find(name)
    assert "Known are NGC" in refused.value.hint
    assert len(refused.value.message) < 200


def test_a_name_that_is_nearly_right_is_helped():
    with pytest.raises(NotFoundError, match="No object") as refused:
        objects.find("whirpool galaxy")
    assert "Did you mean Whirlpool Galaxy?" in refused.value.hint
