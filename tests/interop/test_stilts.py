"""STILTS, and with it TOPCAT, on our service."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from astropy.table import Table
from datalab_process import DatalabProcess
from stilts import stilts

QUERY = "SELECT source_id, ra, dec, gmag, epochs, field, name FROM small.stars WHERE epochs > 150"


def test_tapquery_gives_the_rows_that_our_own_client_gets(datalab: DatalabProcess, tmp_path: Path):
    out = tmp_path / "rows.fits"
    done = stilts(
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
    done = stilts(
        "tapquery", "sync=true", f"tapurl={datalab.url}/tap", "adql=SELECT gmga FROM small.stars"
    )
    assert done.returncode != 0
    assert "gmga" in done.stderr
