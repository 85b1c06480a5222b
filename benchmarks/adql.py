"""How long a query takes from its text to the engine's SQL. Prints a table, asserts nothing."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from datalab_backend import adql
from datalab_backend.catalogues.demo.gaia import TABLE
from datalab_backend.metadata import Tables
from shared.clock import times_ms
from sqlglot import exp

REPEATS = 300

GAIA = f"{TABLE.schema}.{TABLE.name}"
QUERIES = {
    "cone and magnitude": (
        "ADQL",
        f"SELECT source_id, ra, dec, phot_g_mean_mag, bp_rp FROM {GAIA} "
        "WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(56.75, 24.12, 1)) AND phot_g_mean_mag < 9",
    ),
    "LIMIT, as users write it": (
        "SQL",
        f"SELECT source_id, ra, dec, phot_g_mean_mag, bp_rp FROM {GAIA} "
        "WHERE phot_g_mean_mag BETWEEN 8 AND 9 LIMIT 100;",
    ),
    "histogram": (
        "ADQL",
        f"SELECT FLOOR(bp_rp * 20) / 20 AS colour, COUNT(*) AS n FROM {GAIA} "
        "WHERE phot_g_mean_mag < 9 GROUP BY colour ORDER BY colour",
    ),
    "nearest by q3c and LATERAL": (
        "SQL",
        f"SELECT a.source_id, b.source_id FROM {GAIA} a INNER JOIN LATERAL (SELECT * FROM {GAIA} s "
        "WHERE q3c_join(a.ra, a.dec, s.ra, s.dec, 0.01) AND s.source_id != a.source_id "
        "ORDER BY q3c_dist(a.ra, a.dec, s.ra, s.dec) LIMIT 1) AS b ON true",
    ),
}


def relation(_: object) -> exp.Table:
    """Where an engine would keep the table."""
    return exp.table_("rows", db="main", catalog="gaia", quoted=True)


def took_ms(action: Callable[[], object]) -> float:
    """The median time of an action, in milliseconds."""
    return median(times_ms(action, REPEATS))


def measured(language: str, text: str, tables: Tables) -> list[float]:
    """The times of the steps of a query, of all of them, and of writing the engine's SQL."""
    parse = adql.LANGUAGES[language]
    tree = parse(text)
    checked = adql.check(tree, tables)

    def translated() -> exp.Expression:
        return adql.translate(checked, relation, 100, "duckdb")

    steps = [
        took_ms(lambda: parse(text)),
        took_ms(lambda: adql.check(tree, tables)),
        took_ms(translated),
    ]
    # To write a tree out changes its nodes, so that it is built anew each time.
    written = took_ms(lambda: translated().sql("duckdb", copy=False))
    return [*steps, sum(steps), written - steps[-1]]


def main() -> None:
    """Measure each query and print the table."""
    tables = Tables((), (TABLE,))
    headings = ("parse", "check", "translate", "all", "SQL")
    print(f"{'query':28}" + "".join(f"{heading:>10}" for heading in headings) + "   in ms")
    for name, (language, text) in QUERIES.items():
        print(f"{name:28}" + "".join(f"{ms:10.2f}" for ms in measured(language, text, tables)))


if __name__ == "__main__":
    main()
