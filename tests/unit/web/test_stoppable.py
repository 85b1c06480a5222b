"""Maps and histograms that nobody waits for any more."""

from __future__ import annotations

from pathlib import Path

import pytest
from datalab_process import PATIENCE_S, serving
from small_sky import ENDLESS

ASKED = {"message": "The engine is asked."}
NEVER = f"ra < ({ENDLESS})"

LONG = pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/density/small.stars", {"where": NEVER}),
        ("/density", {"query": f"SELECT ra, dec FROM small.stars WHERE {NEVER}"}),
        ("/histogram/small.stars", {"x": "gmag", "y": "pmra", "where": NEVER}),
    ],
    ids=["density", "result", "histogram"],
)


@LONG
def test_a_client_that_goes_away_takes_its_map_along(
    small_sky_copy: Path, path: str, parameters: dict[str, str]
):
    with serving(small_sky_copy, "--log-level", "debug") as datalab:
        with datalab.getting(path, **parameters):
            datalab.logged(**ASKED)
        datalab.logged(path=path, status=None)  # written when the engine has stopped
        with datalab.client() as client:
            assert client.get("/density/small.stars").status_code == 200


@LONG
def test_a_stop_ends_the_maps_that_are_made(
    small_sky_copy: Path, path: str, parameters: dict[str, str]
):
    with serving(small_sky_copy, "--log-level", "debug") as datalab:
        with datalab.getting(path, **parameters) as getting:
            datalab.logged(**ASKED)
            datalab.process.terminate()
            assert datalab.process.wait(PATIENCE_S) == 0
            answer = getting.recv(65536)
        assert b" 200 " not in answer.partition(b"\r\n")[0]
