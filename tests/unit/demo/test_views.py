"""The queries of the slides run as they are printed, when the views are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from datalab_backend.catalogues.demo.simulation import (
    legacy_tables,
    pixels,
    smash,
    smash_rows,
    smash_tables,
)
from datalab_backend.catalogues.demo.surveys import PATCH_DEC, PATCH_RA, simulate
from datalab_backend.catalogues.demo.views import make_views
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.jobs import query

COLOURS = """SELECT dered_mag_g as gmag, dered_mag_r as rmag,
       dered_mag_z as zmag,
       dered_mag_w1 as w1mag, dered_mag_w2 as w2mag, type,
       snr_g, snr_r, snr_z, ra, dec
FROM ls_dr3.tractor_primary
WHERE (snr_g>3 and snr_r>3 and snr_z>3)
LIMIT 200000"""

BLUE_STARS = """SELECT ra,dec,gmag,rmag,imag FROM smash_dr1.object
WHERE fieldid = '169' AND
depthflag > 1 AND
abs(sharp) < 0.5 AND
gmag BETWEEN 9 AND 25 AND
(gmag-rmag) BETWEEN -0.4 AND 0.4"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> CatalogueStore:
    """A piece of each survey, and the views."""
    store = CatalogueStore(tmp_path_factory.mktemp("views"))
    (patch,) = pixels.nearest(PATCH_RA, PATCH_DEC, 1)
    inner = list(smash.pixels_of_field())
    field = inner[len(inner) // 2]
    for schema, table, made in (
        (legacy_tables.SCHEMA, legacy_tables.TRACTOR, simulate("sim_ls", pixels.ORDER, int(patch))),
        (smash_tables.SCHEMA, smash_tables.OBJECT, smash_rows.tables(int(field), smash.FIELD)),
    ):
        ingest(store, schema, table, made[table.full_name])
    make_views(store)
    return store


def rows(store: CatalogueStore, text: str) -> int:
    """The number of rows that a query gives."""
    now = LiveCatalogues(store).now()
    with query.run(text, now.tables, now.engine, 10**6, language="SQL") as result:
        return sum(batch.num_rows for batch in result)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (COLOURS, 100, 200_000),
        (BLUE_STARS, 3, 10_000),
        ("SELECT id,ra,dec,gmag,rmag FROM smash_dr1.object WHERE fieldid=169 LIMIT 100", 100, 100),
        ("select ra,dec,mag_g,mag_r,mag_z from ls_dr3.tractor limit 1000", 1000, 1000),
        ("SELECT TOP 1000 * FROM ls_dr3.tractor_primary", 1000, 1000),
    ],
)
def test_the_queries_of_the_slides_run_as_printed(
    store: CatalogueStore, text: str, least: int, most: int
):
    assert least <= rows(store, text) <= most


def test_a_view_and_its_table_have_the_same_rows_in_one_query(store: CatalogueStore):
    both = (
        "SELECT a.id FROM smash_dr1.object a JOIN sim_smash.object b ON a.id = b.id AND a.ra = b.ra"
    )
    assert rows(store, both) == rows(store, "SELECT id FROM sim_smash.object") > 100


def test_a_view_says_that_it_is_simulated(store: CatalogueStore):
    view = store.tables().find("smash_dr1.object")
    assert view is not None
    assert view.simulated
    assert view.description.startswith("Simulated: sim_smash.object")
    assert next(s for s in store.tables().schemas if s.name == "ls_dr3").description.startswith(
        "Simulated"
    )
    assert store.density(view) is not None


def test_a_view_whose_table_is_not_there_is_not_there(store: CatalogueStore):
    assert store.tables().find("smash_dr1.source") is None


def test_a_table_of_the_same_name_stays_a_table(store: CatalogueStore, tmp_path: Path):
    own = CatalogueStore(tmp_path)
    (patch,) = pixels.nearest(PATCH_RA, PATCH_DEC, 1)
    made = simulate("sim_ls", pixels.ORDER, int(patch))["sim_ls.tractor"].slice(0, 10)
    real = replace(legacy_tables.TRACTOR, schema="ls_dr3", description="A real one.")
    ingest(own, replace(legacy_tables.SCHEMA, name="ls_dr3"), real, made)
    make_views(own)
    kept = own.tables().find("ls_dr3.tractor")
    assert kept is not None
    assert kept.description == "A real one."
    assert rows(own, "select ra from ls_dr3.tractor") == 10


def test_views_outlive_the_cleaning_and_what_they_show(store: CatalogueStore):
    store.clean()
    make_views(store)
    assert rows(store, "select ra from smash_dr1.object limit 10") == 10
