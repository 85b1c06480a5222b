"""Round trips of queries over HTTP on the demo sky. Prints a table, asserts nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from shared.clock import SPREAD_HEADING, spread, times_ms
from shared.server import ask, count, make_demo, serving

CONE = """
SELECT TOP 10 source_id, ra, dec, phot_g_mean_mag FROM gaia_dr3.gaia_source_g10
WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(56.75, 24.12, 1))
"""
COUNT = "SELECT COUNT(*) AS n FROM sim_smash.object WHERE gmag < 22"
SLIDE = """
SELECT id, ra, dec, gmag, rmag FROM sim_smash.object
WHERE fieldid = 169 AND depthflag > 1 AND gmag < 25 LIMIT 100
"""
"""The query of the Data Lab's slides, in the SQL that its users write."""


def run_job(client: httpx.Client) -> None:
    """Make a job, run it, wait for its end and fetch its result, as pyvo does."""
    form = {"LANG": "ADQL", "QUERY": CONE, "PHASE": "RUN", "FORMAT": "csv"}
    answer = client.post("/tap/async", data=form)
    job = urlsplit(answer.headers["Location"]).path
    while "COMPLETED" not in client.get(job, params={"WAIT": "10"}).text:
        pass
    client.get(f"{job}/results/result").raise_for_status()
    client.delete(job)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        make_demo(data)
        with serving(data) as server, server.client() as client:
            stars = count(client, "SELECT COUNT(*) AS n FROM sim_smash.object")
            print(f"{stars:,} objects in sim_smash.object")
            print(f"{'round trip':<44}{SPREAD_HEADING}")
            measured = {
                "cone of 1° that returns 10 rows, VOTable": lambda: ask(client, CONE),
                "the same, CSV": lambda: ask(client, CONE, FORMAT="csv"),
                "the slides' query, LANG=SQL, 100 rows": lambda: ask(client, SLIDE, LANG="SQL"),
                "count below a magnitude": lambda: ask(client, COUNT),
                "asynchronous: make, run, wait, fetch, delete": lambda: run_job(client),
            }
            for name, action in measured.items():
                print(f"{name:<44}{spread(times_ms(action, 100))}")


if __name__ == "__main__":
    main()
