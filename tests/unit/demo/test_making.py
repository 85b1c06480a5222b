"""Making the demo sky: in steps, told to those who wait, and going on after an interruption."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy import units as u
from astropy.io.votable.ucd import parse_ucd
from datalab_backend import adql
from datalab_backend.catalogues.demo import Progress, make_demo, read_state, surveys
from datalab_backend.catalogues.demo.parts import Part
from datalab_backend.catalogues.demo.state import sole_maker
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import ServiceError, UsageError
from datalab_backend.metadata import Column, Table

ROWS = 100_000
REAL = ("gaia_dr3.gaia_source_g10", "openngc.objects")
NAMES = (
    *REAL,
    *("sim_ls.tractor", "sim_ls.truth"),
    *("sim_smash.object", "sim_smash.source", "sim_smash.truth"),
    *("sim_desi.zpix", "sim_desi.truth"),
)
TABLES = [part.table for part in surveys.parts(1_000_000)]
COLUMNS = [
    pytest.param(column, id=f"{t.full_name}.{column.name}") for t in TABLES for column in t.columns
]


@pytest.fixture(scope="module")
def told() -> list[tuple[float, str]]:
    return []


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, told: list[tuple[float, str]]) -> CatalogueStore:
    """A small but whole demo sky."""
    store = CatalogueStore(tmp_path_factory.mktemp("demo"))
    make_demo(store, ROWS, lambda fraction, message: told.append((fraction, message)))
    return store


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only OpenNGC and one more copy of it, so that a test can afford to make them often."""
    original = surveys.parts

    def parts(rows: int) -> tuple[Part, ...]:
        _, openngc, tractor, *_ = original(rows)
        return openngc, tractor

    monkeypatch.setattr(surveys, "parts", parts)


def test_the_demo_has_all_its_tables_real_ones_first(demo: CatalogueStore):
    state = read_state(demo.data)
    assert state.state is Progress.COMPLETE
    assert state.progress == 1.0
    assert state.tables == NAMES
    assert {table.full_name for table in demo.tables()} == set(NAMES)


def test_the_rows_are_about_as_many_as_were_asked_for(demo: CatalogueStore):
    rows = {table.full_name: table.rows or 0 for table in demo.tables()}
    assert rows["gaia_dr3.gaia_source_g10"] == 482_176
    assert rows["openngc.objects"] == 14_033
    simulated = sum(n for name, n in rows.items() if name not in REAL and "truth" not in name)
    assert simulated == pytest.approx(ROWS, rel=0.25)
    assert rows["sim_ls.truth"] == rows["sim_ls.tractor"]
    assert rows["sim_smash.truth"] == rows["sim_smash.object"]
    assert rows["sim_desi.truth"] == rows["sim_desi.zpix"]
    expected = sum(
        part.table.rows or 0
        for part in surveys.parts(1_000_000)
        if part.table.simulated and part.table.name != "truth"
    )
    assert expected == pytest.approx(1_000_000, rel=0.05)


def test_all_tables_can_be_drawn_on_the_sky(demo: CatalogueStore):
    for table in demo.tables():
        counts = demo.density(table)
        assert counts is not None
        placed = (table.rows or 0) - (7 if table.name == "objects" else 0)
        assert counts.total == placed


def test_progress_only_grows_and_says_what_is_being_done(
    demo: CatalogueStore, told: list[tuple[float, str]]
):
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    messages = {message for _, message in told}
    assert len(messages) >= 6
    assert "Simulating field 169 around Hydra II …" in messages
    assert all(messages)


def test_what_is_there_already_is_kept(demo: CatalogueStore):
    before = demo.signature()
    make_demo(demo, ROWS)
    assert demo.signature() == before


def test_other_parameters_make_only_the_simulated_tables_again(demo: CatalogueStore):
    made = read_state(demo.data).made
    other = {part.table.full_name: part.parameters for part in surveys.parts(1_000_000)}
    assert {name for name in made if made[name] == other[name]} == set(REAL)


@pytest.mark.usefixtures("quick")
def test_an_interrupted_demo_goes_on_where_it_stopped(tmp_path: Path):
    store = CatalogueStore(tmp_path)

    def interrupt(fraction: float, message: str) -> None:
        if "wide survey" in message:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_demo(store, ROWS, interrupt)
    state = read_state(tmp_path)
    assert state.state is Progress.FAILED
    assert state.tables == ("openngc.objects",)
    assert state.error is not None
    assert "Start it again" in state.error
    first = store.files(next(iter(store.tables()))).rows

    make_demo(store, ROWS)
    assert read_state(tmp_path).state is Progress.COMPLETE
    openngc = store.tables().find("openngc.objects")
    assert openngc is not None
    assert store.files(openngc).rows == first


@pytest.mark.usefixtures("quick")
def test_the_images_come_after_the_tables_and_before_the_end(tmp_path: Path):
    store = CatalogueStore(tmp_path)
    told: list[tuple[float, str]] = []

    def images(report: Callable[[float], None]) -> None:
        assert len(store.tables().schemas) == 2
        report(0.5)
        assert read_state(tmp_path).state is Progress.RUNNING

    make_demo(store, ROWS, lambda fraction, message: told.append((fraction, message)), images)
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert "Hydra II" in told[-2][1]
    assert read_state(tmp_path).state is Progress.COMPLETE


@pytest.mark.usefixtures("quick")
def test_a_table_that_was_deleted_is_made_again(tmp_path: Path):
    store = CatalogueStore(tmp_path)
    make_demo(store, ROWS)
    (tmp_path / "catalogues/openngc/objects.json").unlink()
    make_demo(store, ROWS)
    assert store.tables().find("openngc.objects") is not None


KILLED = """
import os, signal, sys
from pathlib import Path
from datalab_backend.catalogues.demo import make_demo
from datalab_backend.catalogues.store import CatalogueStore

def kill(fraction, message):
    if "OpenNGC" in message:
        os.kill(os.getpid(), signal.SIGKILL)

make_demo(CatalogueStore(Path(sys.argv[1])), 100_000, kill)
"""


def test_a_killed_generator_leaves_word_of_it_and_what_it_has_made(tmp_path: Path):
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    state = read_state(tmp_path)
    assert state.state is Progress.FAILED
    assert state.error is not None
    assert [table.full_name for table in CatalogueStore(tmp_path).tables()] == [REAL[0]]
    assert state.tables == REAL[:1]


def test_only_one_process_makes_the_demo_at_a_time(tmp_path: Path):
    store = CatalogueStore(tmp_path)
    with sole_maker(tmp_path), pytest.raises(ServiceError, match="already being made"):
        make_demo(store, ROWS)


def test_a_directory_without_a_demo_says_so(tmp_path: Path):
    assert read_state(tmp_path).state is Progress.ABSENT


@pytest.mark.parametrize("rows", [0, 99_999, 10**10])
def test_an_absurd_number_of_rows_is_refused(tmp_path: Path, rows: int):
    with pytest.raises(UsageError, match="simulated rows"):
        make_demo(CatalogueStore(tmp_path), rows)


def test_the_state_is_plain_json_and_never_half_written(demo: CatalogueStore):
    content = json.loads((demo.data / "demo.json").read_text())
    assert content["state"] == "complete"
    assert not list(demo.data.glob("demo.json.*"))
    assert os.access(demo.data / "demo.json", os.R_OK)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_simulated_tables_say_so_and_real_ones_are_not_called_simulated(table: Table):
    assert table.simulated == table.schema.startswith("sim_")
    assert ("imulated" in table.description) == table.simulated
    assert ("imulated" in table.credit) == table.simulated
    assert table.credit
    assert len(table.description) > 60


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_every_column_can_be_queried_without_quotes(table: Table):
    names = ", ".join(column.name for column in table.columns)
    assert adql.parse(f"SELECT {names} FROM {table.full_name}")


@pytest.mark.parametrize("column", COLUMNS)
def test_columns_have_a_description_and_valid_units_and_ucds(column: Column):
    assert len(column.description) > 5
    if column.unit:
        u.Unit(column.unit, format="vounit")
    if column.ucd:
        parse_ucd(column.ucd, check_controlled_vocabulary=True, has_colon=False)
