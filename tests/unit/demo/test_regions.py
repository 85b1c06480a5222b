"""Any region of the simulated sky can be made alone, and is always the same."""

import hashlib
import inspect
import json
import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from datalab_backend.catalogues.demo.simulation import desi, legacy, pixels, smash, smash_rows
from datalab_backend.catalogues.demo.surveys import simulate
from datalab_backend.errors import UsageError

SURVEYS = ("sim_ls", "sim_smash", "sim_desi")
HYDRA_II = int(pixels.around(185.4286, -31.9728, 0.01)[0])


@pytest.fixture(autouse=True)
def forget_what_was_made() -> None:
    for remembered in (legacy.tables, smash_rows.tables, desi.tables):
        remembered.cache_clear()


def digest(tables: Mapping[str, pa.Table]) -> str:
    """The bytes of all columns, shortened."""
    found = hashlib.sha256()
    for name in sorted(tables):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, tables[name].schema) as writer:
            writer.write_table(tables[name].combine_chunks())
        found.update(sink.getvalue())
    return found.hexdigest()


SCRIPT = f"""
import hashlib, json, sys
from collections.abc import Mapping
import pyarrow as pa
from datalab_backend.catalogues.demo.surveys import simulate
{inspect.getsource(digest)}
made = {{}}
for what in sys.argv[1:]:
    survey, pixel = what.split("/")
    made[what] = digest(simulate(survey, 7, int(pixel)))
print(json.dumps(made))
"""


@pytest.mark.parametrize("survey", SURVEYS)
def test_a_pixel_made_alone_is_byte_identical_to_the_same_pixel_of_a_region(survey: str):
    region = simulate(survey, 6, HYDRA_II >> 2)
    forget = {"sim_ls": legacy, "sim_smash": smash_rows, "sim_desi": desi}[survey]
    forget.tables.cache_clear()
    start = dict.fromkeys(region, 0)
    for pixel in pixels.seeded_in(6, HYDRA_II >> 2):
        alone = simulate(survey, 7, int(pixel))
        same = {n: region[n].slice(start[n], t.num_rows) for n, t in alone.items()}
        assert digest(alone) == digest(same)
        start = {name: start[name] + table.num_rows for name, table in alone.items()}
    assert start == {name: table.num_rows for name, table in region.items()}


def test_another_process_in_another_order_makes_the_same_bytes():
    wanted = [f"{survey}/{pixel}" for survey in SURVEYS for pixel in (HYDRA_II, HYDRA_II + 1)]
    here = {}
    for what in wanted:
        survey, pixel = what.split("/")
        here[what] = digest(simulate(survey, 7, int(pixel)))
    command = [sys.executable, "-c", SCRIPT, *reversed(wanted)]
    there = subprocess.run(command, capture_output=True, check=True, text=True)
    assert json.loads(there.stdout) == here
    assert len(set(here.values())) == len(wanted)


def test_a_small_cell_has_just_the_objects_that_are_in_it():
    cell = HYDRA_II << 4 | 5
    small = simulate("sim_smash", 9, cell)
    truth = small["sim_smash.truth"]
    assert truth.num_rows > 100
    assert pixels.inside(9, cell, truth["ra"].to_numpy(), truth["dec"].to_numpy()).all()
    assert small["sim_smash.object"]["id"].to_pylist() == truth["id"].to_pylist()
    parts = [simulate("sim_smash", 9, HYDRA_II << 4 | k) for k in range(16)]
    whole = simulate("sim_smash", 7, HYDRA_II)
    for name, table in whole.items():
        assert sum(part[name].num_rows for part in parts) == table.num_rows


def test_surveys_of_the_same_pixel_see_the_same_sky():
    wide = simulate("sim_ls", 7, HYDRA_II)["sim_ls.truth"].to_pandas()
    deep = simulate("sim_smash", 7, HYDRA_II)["sim_smash.truth"].to_pandas()
    bright = wide[wide.true_r < 20]
    assert len(bright) > 200
    same = bright.merge(deep, on=["ra", "dec"], suffixes=("", "_deep"))
    assert len(same) > 0.97 * len(bright)
    assert np.array_equal(same.true_r, same.true_r_deep)


def test_anywhere_on_the_sky_can_be_observed_and_names_stay_unique():
    elsewhere = [int(p) for p in pixels.around(20.0, -45.0, 0.6)]
    ids = [i for p in elsewhere for i in smash_rows.tables(p)["sim_smash.object"]["id"].to_pylist()]
    assert len(ids) == len(set(ids)) > 10_000
    fields = smash_rows.tables(elsewhere[0])["sim_smash.object"]["fieldid"].unique().to_pylist()
    assert smash.FIELD not in fields


@pytest.mark.parametrize(
    ("survey", "order", "ipix", "says"),
    [
        ("sim_des", 7, 0, "no simulated survey"),
        ("sim_ls", 7, 12 * 4**7, "no HEALPix cell"),
        ("sim_ls", 30, 0, "no HEALPix cell"),
        ("sim_ls", 7, int(pixels.around(266.4, -28.9, 0.01)[0]), "Milky Way"),
    ],
)
def test_a_region_that_cannot_be_made_is_refused_with_a_sentence(
    survey: str, order: int, ipix: int, says: str
):
    with pytest.raises(UsageError, match=says) as refusal:
        simulate(survey, order, ipix)
    assert refusal.value.hint
