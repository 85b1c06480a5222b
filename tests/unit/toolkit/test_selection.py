"""A selection: which rows are meant, alone and joined with others; the views give and take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import datalab_toolkit as dl
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import traitlets
from astropy import units as u
from datalab_process import DatalabProcess
from datalab_toolkit.conditions import opposite
from datalab_toolkit.maps.box import SkyBox
from hypothesis import given, settings
from hypothesis import strategies as st
from mocpy import MOC
from small_sky import STARS

Chosen: TypeAlias = tuple[dl.Selection, frozenset[int]]


@pytest.fixture(scope="module", autouse=True)
def small(datalab: DatalabProcess) -> None:
    dl.add_service("small", datalab.url)


@pytest.fixture(scope="module")
def stars(small: None) -> pd.DataFrame:
    """All rows; a missing value is missing, and is not a NaN that was measured."""
    table = dl.query("SELECT * FROM small.stars", "arrow", service="small")
    assert isinstance(table, pa.Table)
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def of(condition: str) -> dl.Selection:
    return dl.Selection.of("small.stars", condition, service="small")


# Conditions, and which rows they select when one looks at every row; a missing value at none.
CONDITIONS: dict[str, Callable[[pd.DataFrame], object]] = {
    "gmag < 12": lambda s: s.gmag < 12,
    "gmag BETWEEN 10 AND 18 AND epochs > 0": lambda s: s.gmag.between(10, 18) & (s.epochs > 0),
    "field IN (1, 3) OR gmag > 20": lambda s: s.field.isin([1, 3]) | (s.gmag > 20),
    "NOT (epochs < 50 AND field = 2)": lambda s: ~((s.epochs < 50) & (s.field == 2)),
    "name LIKE 'star 1%'": lambda s: s.name.str.startswith("star 1").fillna(False),
    "name IS NULL": lambda s: s.name.isna(),
    "name IS NOT NULL AND pmra IS NULL": lambda s: s.name.notna() & s.pmra.isna(),
    "NOT (pmra IS NULL OR field < 3)": lambda s: ~(s.pmra.isna() | (s.field < 3)),
    "COALESCE(name, 'none') = 'none'": lambda s: s.name.isna(),
    "NOT (name = 'star 7' OR name <> 'star 8')": lambda s: s.name == "star 8",
}


def chosen(stars: pd.DataFrame, leaf: tuple[str, object]) -> Chosen:
    """A selection, and its rows found by looking at each."""
    kind, what = leaf
    if kind == "condition":
        assert isinstance(what, str)
        kept = np.asarray(pd.Series(CONDITIONS[what](stars)).fillna(False), dtype=bool)
        return of(what), frozenset(stars.source_id[kept])
    if kind == "box":
        assert isinstance(what, SkyBox)
        kept = what.contains(stars.ra, stars.dec)
        return of("").within(what, ("ra", "dec")), frozenset(stars.source_id[kept])
    if kind == "area":
        assert isinstance(what, MOC)
        kept = what.contains_lonlat(
            stars.ra.to_numpy(float) * u.deg, stars.dec.to_numpy(float) * u.deg
        )
        inside = dl.Selection.in_area("small.stars", what, service="small")
        return inside, frozenset(stars.source_id[kept])
    assert isinstance(what, tuple)
    ids = stars.source_id[list(what)]
    return dl.Selection.of_rows("small.stars", ids, "source_id", "small"), frozenset(ids)


leaves = st.one_of(
    st.tuples(st.just("condition"), st.sampled_from(sorted(CONDITIONS))),
    st.tuples(
        st.just("box"),
        st.builds(
            lambda west, east, a, b: SkyBox(west, east, min(a, b), max(a, b)),
            *(st.integers(0, 360), st.integers(0, 360)),
            *(st.integers(-90, 90), st.integers(-90, 90)),
        ),
    ),
    st.tuples(
        st.just("area"),
        st.sets(st.integers(0, 191), min_size=1).map(
            lambda cells: MOC.from_healpix_cells(
                np.array(sorted(cells), np.uint64), np.full(len(cells), 2, np.uint8), 2
            )
        ),
    ),
    st.tuples(st.just("rows"), st.lists(st.integers(0, STARS - 1), max_size=30).map(tuple)),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.just("&"), inner, inner),
        st.tuples(st.just("|"), inner, inner),
        st.tuples(st.just("~"), inner),
    ),
    max_leaves=6,
)


def joined(stars: pd.DataFrame, tree: tuple[object, ...]) -> Chosen:
    everything = frozenset(stars.source_id)
    match tree:
        case ("&", a, b):
            (one, rows), (other, more) = joined(stars, a), joined(stars, b)
            return one & other, rows & more
        case ("|", a, b):
            (one, rows), (other, more) = joined(stars, a), joined(stars, b)
            return one | other, rows | more
        case ("~", a):
            one, rows = joined(stars, a)
            return ~one, everything - rows
    return chosen(stars, tree)


@settings(max_examples=60)
@given(tree=trees)
def test_selections_are_joined_as_sets_of_rows_are(
    stars: pd.DataFrame, tree: tuple[object, ...]
) -> None:
    selection, expected = joined(stars, tree)
    found = selection.query(["source_id"], fmt="arrow")["source_id"].to_pylist()
    assert len(found) == len(expected)
    assert frozenset(found) == expected
    if selection.moc is not None and len(expected) > 0:
        held = stars[stars.source_id.isin(expected)]
        assert selection.moc.contains_lonlat(
            held.ra.to_numpy(float) * u.deg, held.dec.to_numpy(float) * u.deg
        ).all()
    if selection.ids is not None:
        assert frozenset(selection.ids) == expected


@pytest.mark.parametrize("center", [(0, 0), (180, 0), (10, 20)])
def test_the_cells_of_a_circle_are_no_wider_than_it(center: tuple[float, float]) -> None:
    circle = dl.SkyCircle(*center, 25)
    cells_deg2 = circle.moc.sky_fraction * 4 * np.pi * np.degrees(1) ** 2
    assert cells_deg2 == pytest.approx(circle.area_deg2, rel=0.05)
    assert circle.moc.contains_lonlat(*(angle * u.deg for angle in circle.outline())).all()


def test_a_selection_and_all_others_are_the_whole_table(stars: pd.DataFrame) -> None:
    varying = of("pmra > 1")
    assert varying.count() + (~varying).count() == STARS
    assert (varying | ~varying).count() == STARS
    assert (varying & ~varying).count() == 0
    assert (~of("")).count() == 0


def test_identifiers_stay_exact(stars: pd.DataFrame) -> None:
    wanted = np.sort(stars.source_id.to_numpy(np.int64))[1:4]
    assert wanted[0] > 2**53
    selection = dl.Selection.of_rows("small.stars", wanted, "source_id", service="small")
    assert sorted(selection.query().source_id) == wanted.tolist()
    assert selection.ids == tuple(wanted.tolist())


def test_its_query_is_what_one_would_write() -> None:
    selection = of("gmag < 12") & of("field = 1 OR field = 2")
    assert selection.to_adql() == (
        "SELECT source_id\nFROM small.stars\nWHERE gmag < 12\n  AND (field = 1 OR field = 2)"
    )
    assert selection.to_adql(["ra", "dec"]).startswith("SELECT ra, dec\n")
    space: dict[str, object] = {}
    exec(selection.to_code(), space)
    assert len(space["df"]) == selection.count()  # type: ignore[arg-type]


def test_its_picture_reads() -> None:
    assert repr(of("")) == "Selection of small.stars\n  all rows\n  at small"
    box = of("gmag < 12").within(SkyBox(0, 90, 0, 90), ("ra", "dec"))
    assert "where gmag < 12 AND ra BETWEEN 0 AND 90" in repr(box)
    assert "within 5.16e+03 deg² of the sky" in repr(box)
    rows = dl.Selection.of_rows("small.stars", [1, 2], "source_id", "small")
    assert "2 rows by identifier" in repr(rows)


def test_two_tables_are_not_mixed() -> None:
    fields = dl.Selection.of("small.fields", "field = 1", service="small")
    with pytest.raises(dl.DatalabError, match=r"small\.stars of small and one of small\.fields"):
        of("gmag < 12") & fields
    with pytest.raises(dl.DatalabError, match="not with type str"):
        of("gmag < 12") | "gmag > 3"  # type: ignore[operator]


@pytest.mark.parametrize(
    ("condition", "words"),
    [("gmag < 3) OR (1 = 1", "closed"), ("name = 'x", "does not end"), ("(gmag < 3", "not closed")],
)
def test_half_a_condition_is_refused(condition: str, words: str) -> None:
    with pytest.raises(dl.DatalabError, match=words):
        dl.Selection("small.stars", condition)


def test_rows_in_memory_have_no_query(stars: pd.DataFrame) -> None:
    sky = dl.density(pd.DataFrame({"ra": [1.0], "dec": [2.0]}))
    sky.box = {"ra_min": 0, "ra_max": 10, "dec_min": 0, "dec_max": 10}
    assert sky.selection.moc is not None
    with pytest.raises(dl.DatalabError, match="no name"):
        sky.selection.count()


def test_a_selection_moves_from_view_to_view(stars: pd.DataFrame) -> None:
    sky = dl.density("small.stars", service="small")
    plane = dl.hist2d("small.stars", "epochs / 10.0", "gmag", bins=10, service="small")
    seen: list[object] = []
    plane.observe(lambda change: seen.append(change.new), "selection")
    sky.box = {"ra_min": 350, "ra_max": 10, "dec_min": -20, "dec_max": 20}
    plane.selection = sky.selection
    assert seen == [sky.selection]
    assert plane.box is None
    assert plane._condition == sky.adql
    # A box of the sky is drawn on another map, too, and goes away with its selection.
    other = dl.density("small.stars", service="small")
    other.selection = sky.selection
    assert other.box == sky.box
    other.selection = of("gmag < 12")
    assert other.box is None
    assert other.selection == of("gmag < 12")
    other._handle_custom_msg({"kind": "clear"}, [])
    assert other.selection is None


def test_a_view_takes_no_rows_of_another_table() -> None:
    sky = dl.density("small.stars", service="small")
    with pytest.raises(traitlets.TraitError, match="of two tables"):
        sky.selection = dl.Selection.of("small.fields", service="small")
    assert sky.selection is None


def test_the_rows_of_a_selection_are_shown(stars: pd.DataFrame) -> None:
    bright = of("gmag < 10")
    plane = dl.hist2d(bright, "ra", "dec", bins=10)
    found = plane.histogram
    assert found.total + found.outside == bright.count()
    shown = dl.density(bright)
    shown.box = {"ra_min": 0, "ra_max": 180, "dec_min": -90, "dec_max": 90}
    assert shown.selection.count() == ((stars.gmag < 10) & (stars.ra <= 180)).sum()


def test_the_opposite_of_a_condition_is_written_as_people_do() -> None:
    assert opposite("name IS NULL") == "name IS NOT NULL"
    assert opposite("gmag < 3") == "NOT (gmag < 3) OR gmag IS NULL"
    assert opposite("NOT gmag < 3") == "gmag < 3 OR gmag IS NULL"
