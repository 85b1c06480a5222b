"""Programs that cross-match two tables of positions. Each says how many pairs it finds."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord, search_around_sky
from astropy.table import Table
from shared.questions import MATCH_RADIUS

Positions = dict[str, np.ndarray]


def matchers(
    targets: Positions, survey: Positions, folder: Path
) -> Iterator[tuple[str, Callable[[], int]]]:
    """The programs that are there, by name; what they need before is made here."""
    yield "astropy", lambda: _astropy(targets, survey)
    for name, rows in (("targets", targets), ("survey", survey)):
        Table(rows).write(folder / f"{name}.fits", overwrite=True)
    yield "STILTS", lambda: _stilts(folder)
    yield "LSDB", _lsdb(targets, survey)


def _astropy(targets: Positions, survey: Positions) -> int:
    one, other = (SkyCoord(p["ra"], p["dec"], unit="deg") for p in (targets, survey))
    found, *_ = search_around_sky(one, other, MATCH_RADIUS * u.deg)
    return len(found)


def _stilts(folder: Path) -> int:
    words = ["stilts", "-Xmx8g", "tmatch2", "matcher=sky", "find=all", "omode=count"]
    words += [f"in1={folder}/targets.fits", f"in2={folder}/survey.fits"]
    words += [f"params={MATCH_RADIUS * 3600}", "values1=ra dec", "values2=ra dec"]
    answer = subprocess.run(words, check=True, capture_output=True, text=True)
    return int(answer.stdout.split("rows:")[1].replace(",", "").split()[0])


def _lsdb(targets: Positions, survey: Positions) -> Callable[[], int]:
    import lsdb

    def catalogue(name: str, rows: Positions) -> lsdb.Catalog:
        frame = pd.DataFrame(rows)
        return lsdb.from_dataframe(
            frame,
            catalog_name=name,
            ra_column="ra",
            dec_column="dec",
            target_partition_size=max(100_000, len(frame) // 20),
            margin_threshold=5.0,
        )

    one, other = catalogue("targets", targets), catalogue("survey", survey)

    def run() -> int:
        pairs = one.crossmatch(
            other, radius_arcsec=MATCH_RADIUS * 3600, n_neighbors=5, suffixes=("_a", "_b")
        )
        return len(pairs.compute())

    return run
