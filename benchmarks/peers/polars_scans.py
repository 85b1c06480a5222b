"""Polars, asked over the same rows in a Parquet file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl


def scans(parquet: Path) -> dict[str, Callable[[], pl.DataFrame]]:
    """The questions of `shared.questions.scans`, by name."""
    rows = pl.scan_parquet(parquet)
    colours = [
        ((pl.col(one) - pl.col(other)) / 0.05).floor().alias(name)
        for name, one, other in (("x", "gmag", "rmag"), ("y", "rmag", "imag"))
    ]
    bright = [pl.col(f"snr_{band}") > 3 for band in "grz"]
    count = pl.len().alias("n")
    plans = {
        "count gmag < 22": rows.filter(pl.col("gmag") < 22).select(count),
        "GROUP BY type": rows.group_by("type").agg(count, pl.col("gmag").mean()),
        "colour–colour histogram": rows.select(colours).group_by("x", "y").agg(count),
        "density, nside 256": rows.select(pl.col("hpx") // 2**42).group_by("hpx").agg(count),
        "the 100 brightest in g": rows.bottom_k(100, by="gmag"),
        "snr > 3 in three bands, 200,000 rows": rows.filter(*bright)
        .select("ra", "dec", "gmag", "rmag", "zmag")
        .head(200_000),
    }
    return {name: plan.collect for name, plan in plans.items()}
