"""What is asked of the made-up survey: once in ADQL for us, once in the SQL of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.survey import identifier

RADII = {"1″": 1 / 3600, "1′": 1 / 60, "0.1°": 0.1, "1°": 1.0, "5°": 5.0}
MATCH_RADIUS = 1 / 3600


@dataclass(frozen=True)
class Question:
    """One question, in as many wordings as it is repeated.

    Attributes
    ----------
    name
        What it is about, for people.
    ours, postgres
        The texts of each repeat.
    """

    name: str
    ours: tuple[str, ...]
    postgres: tuple[str, ...]


def cones(repeats: int) -> Iterator[Question]:
    """All columns of the rows around places anywhere on the sky."""
    rng = np.random.default_rng(7)
    lon = rng.uniform(0, 360, repeats)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, repeats)))
    for name, radius in RADII.items():
        places = [f"{a:.6f}, {d:.6f}, {radius!r}" for a, d in zip(lon, lat, strict=True)]
        yield Question(
            f"cone of {name}",
            tuple(
                f"SELECT * FROM made.survey WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE({place}))"
                for place in places
            ),
            tuple(
                f"SELECT * FROM survey WHERE q3c_radial_query(ra, dec, {place})" for place in places
            ),
        )


def scans(repeats: int) -> Iterator[Question]:
    """Questions to all rows: the first six rows of the table of scans."""
    colours = "FLOOR((gmag - rmag) / 0.05) AS x, FLOOR((rmag - imag) / 0.05) AS y, COUNT(*) AS n"
    texts = {
        "count gmag < 22": ("SELECT COUNT(*) AS n FROM {} WHERE gmag < 22",) * 2,
        "GROUP BY type": ("SELECT type, COUNT(*) AS n, AVG(gmag) AS m FROM {} GROUP BY type",) * 2,
        "colour–colour histogram": (f"SELECT {colours} FROM {{}} GROUP BY x, y",) * 2,
        "density, nside 256": (
            "SELECT IVO_HEALPIX_INDEX(8, ra, dec) AS p, COUNT(*) AS n FROM {} GROUP BY p",
            "SELECT hpx >> 42 AS p, COUNT(*) AS n FROM {} GROUP BY p",
        ),
        # Without an index in PostgreSQL, as astronomers find it for most columns.
        "the 100 brightest in g": (
            "SELECT TOP 100 * FROM {} ORDER BY gmag",
            "SELECT * FROM {} ORDER BY gmag LIMIT 100",
        ),
        "snr > 3 in three bands, 200,000 rows": (
            "SELECT TOP 200000 ra, dec, gmag, rmag, zmag FROM {} "
            "WHERE snr_g > 3 AND snr_r > 3 AND snr_z > 3",
            "SELECT ra, dec, gmag, rmag, zmag FROM {} "
            "WHERE snr_g > 3 AND snr_r > 3 AND snr_z > 3 LIMIT 200000",
        ),
    }
    for name, (ours, postgres) in texts.items():
        yield Question(
            name, (ours.format("made.survey"),) * repeats, (postgres.format("survey"),) * repeats
        )


def lookups(repeats: int, rows: int) -> Iterator[Question]:
    """Questions for which a B-tree is made."""
    ids = [identifier(row, rows) for row in range(0, rows, rows // repeats)][:repeats]
    by_id = [f"SELECT * FROM {{}} WHERE id = {number}" for number in ids]
    yield Question(
        "by identifier",
        tuple(text.format("made.survey") for text in by_id),
        tuple(text.format("survey") for text in by_id),
    )
    yield Question(
        "count rmag < 19",
        ("SELECT COUNT(*) AS n FROM made.survey WHERE rmag < 19",) * repeats,
        ("SELECT COUNT(*) AS n FROM survey WHERE rmag < 19",) * repeats,
    )
    yield Question(
        "the 100 brightest in r",
        ("SELECT TOP 100 * FROM made.survey ORDER BY rmag",) * repeats,
        ("SELECT * FROM survey ORDER BY rmag LIMIT 100",) * repeats,
    )


def crossmatch(repeats: int) -> Question:
    """All pairs of the survey and a tenth of its rows, displaced, within an arcsecond."""
    return Question(
        "cross-match within 1″, all pairs",
        (
            "SELECT COUNT(*) AS n, SUM(a.id) AS a, SUM(b.id) AS b FROM made.targets AS a "
            f"JOIN made.survey AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) <= {MATCH_RADIUS!r}",
        )
        * repeats,
        (
            "SELECT COUNT(*) AS n, SUM(a.id) AS a, SUM(b.id) AS b FROM targets AS a, survey AS b "
            f"WHERE q3c_join(a.ra, a.dec, b.ra, b.dec, {MATCH_RADIUS!r})",
        )
        * repeats,
    )
