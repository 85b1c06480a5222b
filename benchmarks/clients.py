"""Many clients at once beside heavy queries. Prints a table, asserts nothing.

So many clients keep a connection and send small queries (cones, look-ups, counts of a field) at a
steady rate in all, whether or not earlier answers are there yet, as independent people do; once
alone, and once beside two jobs that take all the machine gives.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from shared.clock import SPREAD_HEADING, spread
from shared.server import make_demo, serving

WARM_UP_S = 5
"""Seconds in which queries are sent and not measured."""

HEAVY = """
SELECT COUNT(*) AS n, AVG(SQRT(POWER(a.gmag - b.gmag, 2) + SIN(a.ra) * COS(b.dec))) AS mean
FROM sim_smash.object AS a JOIN sim_smash.object AS b ON MOD(a.fieldid, 7) = MOD(b.fieldid, 7)
"""
"""A query that takes all it is given: 10¹¹ pairs."""


def a_cone() -> str:
    """A cone somewhere among the bright stars."""
    ra, dec = random.uniform(0, 360), random.uniform(-60, 60)
    return (
        "SELECT TOP 10 source_id, ra, dec, phot_g_mean_mag FROM gaia_dr3.gaia_source_g10 "
        f"WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE({ra:.4f}, {dec:.4f}, 1))"
    )


def a_count() -> str:
    """A count of one field."""
    return f"SELECT COUNT(*) AS n FROM sim_smash.object WHERE gmag < {random.uniform(18, 25):.2f}"


def a_description() -> str:
    """What a client asks to show a table."""
    return "SELECT * FROM TAP_SCHEMA.columns WHERE table_name = 'sim_smash.object'"


SMALL: tuple[Callable[[], str], ...] = (a_cone, a_cone, a_cone, a_count, a_description)


async def query(client: httpx.AsyncClient, text: str) -> float:
    """Send a query, read the answer, and give the time in milliseconds."""
    start = time.perf_counter()
    answer = await client.post("/tap/sync", data={"LANG": "ADQL", "QUERY": text})
    answer.raise_for_status()
    return (time.perf_counter() - start) * 1e3


async def load(
    url: str, clients: int, rate: float, seconds: float
) -> tuple[list[float], list[str]]:
    """Send small queries at a rate; their times, and what went wrong."""
    limits = httpx.Limits(max_connections=1)
    sessions = [
        httpx.AsyncClient(base_url=url, timeout=60, trust_env=False, limits=limits)
        for _ in range(clients)
    ]
    # Each client connects first: the connections are part of what the server has to bear.
    await asyncio.gather(*(query(session, a_description()) for session in sessions))
    tasks = []
    start = time.perf_counter()
    for number in range(int(rate * (WARM_UP_S + seconds))):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        session = sessions[number % clients]
        tasks.append(asyncio.create_task(query(session, random.choice(SMALL)())))
    answers = (await asyncio.gather(*tasks, return_exceptions=True))[int(rate * WARM_UP_S) :]
    for session in sessions:
        await session.aclose()
    times = [answer for answer in answers if isinstance(answer, float)]
    return times, [repr(answer) for answer in answers if isinstance(answer, BaseException)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50, help="small queries a second in all")
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        make_demo(data)
        print(f"{options.clients} clients, {options.rate:g} small queries a second in all")
        print(f"{'beside':<28}{SPREAD_HEADING}{'failed':>9}{'server':>13}")
        for heavy in (0, 2):
            with serving(data) as server, server.client() as client:
                for _ in range(heavy):
                    form = {"LANG": "ADQL", "QUERY": HEAVY, "PHASE": "RUN"}
                    client.post("/tap/async", data=form)
                server.forget_peak()
                times, failures = asyncio.run(
                    load(server.url, options.clients, options.rate, options.seconds)
                )
                print(
                    f"{f'{heavy} heavy jobs':<28}{spread(times)}{len(failures):>12}"
                    f"{server.peak_memory_mb():>10,.0f} MB",
                    flush=True,
                )
                for failure in sorted(set(failures))[:3]:
                    print("   ", failure)


if __name__ == "__main__":
    main()
