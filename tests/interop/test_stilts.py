"""STILTS, and with it TOPCAT, on our service."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
from astropy.table import Table
from datalab_process import PATIENCE_S, DatalabProcess

QUERY = "SELECT source_id, ra, dec, gmag, epochs, field, name FROM small.stars WHERE epochs > 150"

# Asynchronous queries, uploads, data models and examples are not among what we announce.
STAGES = ["TMV", "TME", "TMS", "TMC", "CPV", "CAP", "AVV", "QGE", "QPO", "MDQ"]


def _stilts(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["stilts", *arguments], capture_output=True, text=True, timeout=5 * PATIENCE_S
    )


def test_tapquery_gives_the_rows_that_our_own_client_gets(datalab: DatalabProcess, tmp_path: Path):
    out = tmp_path / "rows.fits"
    done = _stilts(
        "tapquery", "sync=true", f"tapurl={datalab.url}/tap", f"adql={QUERY}", f"out={out}"
    )
    assert done.returncode == 0, done.stderr
    table = Table.read(out)
    arrow = pa.ipc.open_stream(datalab.query(QUERY, FORMAT="arrow").content).read_all()
    assert len(table) == arrow.num_rows > 0
    for name in arrow.column_names:
        if name != "name":
            np.testing.assert_array_equal(np.asarray(table[name]), arrow[name].to_numpy())


def test_tapquery_shows_our_sentence_when_a_query_is_wrong(datalab: DatalabProcess):
    done = _stilts(
        "tapquery", "sync=true", f"tapurl={datalab.url}/tap", "adql=SELECT gmga FROM small.stars"
    )
    assert done.returncode != 0
    assert "gmga" in done.stderr


def test_taplint_finds_nothing_to_complain_of_in_what_is_there(datalab: DatalabProcess):
    done = _stilts(
        "taplint",
        f"tapurl={datalab.url}/tap",
        f"stages={' '.join(STAGES)}",
        "report=EWF",
        "format=json",
    )
    report = json.loads(done.stdout)
    assert [section["code"] for section in report["sections"]] == STAGES
    assert [section["reports"] for section in report["sections"]] == [[]] * len(STAGES)


def test_votlint_finds_nothing_wrong_with_a_result(datalab: DatalabProcess, tmp_path: Path):
    document = tmp_path / "result.vot"
    document.write_bytes(datalab.query("SELECT TOP 500 * FROM small.stars").content)
    done = _stilts("votlint", f"votable={document}", "ucd=true", "unit=true")
    assert done.returncode == 0
    assert done.stdout + done.stderr == ""
