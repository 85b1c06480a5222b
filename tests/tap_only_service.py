"""A plain TAP 1.0 service that is no Data Lab: a small observatory's, over SQLite.

``python tests/tap_only_service.py --port 0`` prints its address. It has what services in the world
have and ours does not: names that need quotes, a table without its schema in the name, null
descriptions, no row counts, refusals with status 200, a row limit of its own, no LOWER.
"""

from __future__ import annotations

import argparse
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from xml.sax.saxutils import escape, quoteattr

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

BIG_ID = 4611686018427387905  # not a double

SCHEMAS = {
    "messier": "Charles Messier's catalogue, in part.",
    "planets": None,
    "vizls": "Tables under their names in VizieR.",
}

# name, ADQL type, unit, UCD, description
POSITION = (
    ("ra", "DOUBLE", "deg", "pos.eq.ra;meta.main", "Right ascension (J2000)"),
    ("dec", "DOUBLE", "deg", "pos.eq.dec;meta.main", "Declination (J2000)"),
)
# schema, table_name as TAP_SCHEMA has it, name in SQLite, description, columns, rows
TABLES = [
    (
        "messier",
        "messier.objects",
        "messier.objects",
        "Clusters, nebulae and galaxies that are not comets.",
        (
            ("number", "INTEGER", None, "meta.id;meta.main", "Messier number"),
            ("name", "VARCHAR", None, "meta.id", "Common name"),
            ("type", "VARCHAR", None, "src.class", "Kind of object"),
            *POSITION,
            ("vmag", "REAL", "mag", "phot.mag;em.opt.V", "Integrated V magnitude"),
            ("object_id", "BIGINT", None, "meta.id", "An identifier of 62 bits"),
        ),
        [
            (1, "Crab Nebula", "SNR", 83.6331, 22.0145, 8.4, BIG_ID),
            (8, "Lagoon Nebula", "HII", 270.9208, -24.3867, 6.0, BIG_ID + 1),
            (13, "Hercules Cluster", "GlC", 250.4235, 36.4613, 5.8, BIG_ID + 2),
            (31, "Andromeda Galaxy", "G", 10.6847, 41.2687, 3.4, BIG_ID + 3),
            (33, "Triangulum Galaxy", "G", 23.4621, 30.6602, 5.7, BIG_ID + 4),
            (42, "Orion Nebula", "HII", 83.8221, -5.3911, 4.0, BIG_ID + 5),
            (44, "Praesepe", "OpC", 130.1, 19.6667, 3.7, BIG_ID + 6),
            (45, "Pleiades", "OpC", 56.75, 24.1167, 1.6, BIG_ID + 7),
            (51, "Whirlpool Galaxy", "G", 202.4696, 47.1952, 8.4, BIG_ID + 8),
            (57, "Ring Nebula", "PN", 283.3962, 33.0292, 8.8, BIG_ID + 9),
            (73, None, "Ast", 314.75, -12.6333, None, None),
        ],
    ),
    (
        "messier",
        "messier.open_clusters",
        "messier.open_clusters",
        None,
        (
            ("number", "INTEGER", None, "meta.id", None),
            ("distance", "REAL", "pc", "pos.distance", "Distance from the Sun"),
            ("age", "REAL", "Myr", "time.age", "Age"),
        ),
        [(44, 187.0, 700.0), (45, 136.0, 110.0), (67, 883.0, 3600.0)],
    ),
    (
        "planets",
        "planets.planets",
        "planets.planets",
        "The planets of the Sun.",
        (
            ("name", "VARCHAR", None, "meta.id", "Name"),
            ("date", "VARCHAR", None, "time", "Discovered; a reserved word"),
            ("semi_major_axis", "DOUBLE", "au", "phys.size.smajAxis", "Semi-major axis"),
        ),
        [
            ("Earth", None, 1.0),
            ("Mars", None, 1.5237),
            ("Jupiter", None, 5.2044),
            ("Uranus", "1781-03-13", 19.2185),
            ("Neptune", "1846-09-23", 30.07),
        ],
    ),
    (
        "planets",
        'planets."Minor Planets"',
        'planets."Minor Planets"',
        "A name with a space and capitals.",
        (
            ("number", "INTEGER", None, "meta.id", "Number"),
            ("name", "VARCHAR", None, "meta.id", "Name"),
        ),
        [(1, "Ceres"), (2, "Pallas"), (3, "Juno"), (4, "Vesta")],
    ),
    (
        "vizls",
        "II/246/out",
        '"II/246/out"',
        "2MASS All-Sky Catalog of Point Sources (Cutri+ 2003), three of them.",
        (
            ("RAJ2000", "DOUBLE", "deg", "pos.eq.ra;meta.main", "Right ascension"),
            ("DEJ2000", "DOUBLE", "deg", "pos.eq.dec;meta.main", "Declination"),
            ("2MASS", "VARCHAR", None, "meta.id;meta.main", "Designation"),
            ("Jmag", "REAL", "mag", "phot.mag;em.IR.J", "J magnitude"),
        ),
        [
            (101.287155, -16.716116, "06450887-1642566", -1.391),
            (279.234734, 38.783688, "18365633+3847012", -0.177),
            (95.987958, -52.695661, "06235709-5241443", -1.169),
        ],
    ),
]

TAP_SCHEMA_COLUMNS = {
    "schemas": ("schema_name", "utype", "description"),
    "tables": ("schema_name", "table_name", "table_type", "utype", "description"),
    "columns": (
        *("table_name", "column_name", "datatype", "size", "description", "utype", "unit", "ucd"),
        *("indexed", "principal", "std"),
    ),
}

CAPABILITIES = """<?xml version="1.0" encoding="UTF-8"?>
<v:capabilities xmlns:v="http://www.ivoa.net/xml/VOSICapabilities/v1.0"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"
    xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0">
  <capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">
    <interface xsi:type="vs:ParamHTTP" role="std" version="1.0">
      <accessURL use="base">http://observatory.invalid/tap</accessURL>
    </interface>
    <outputFormat><mime>application/x-votable+xml</mime><alias>votable</alias></outputFormat>
    <outputFormat><mime>text/csv</mime><alias>csv</alias></outputFormat>
  </capability>
</v:capabilities>
"""

VOTABLE_TYPES = {
    "INTEGER": 'datatype="int"',
    "BIGINT": 'datatype="long"',
    "REAL": 'datatype="float"',
    "DOUBLE": 'datatype="double"',
    "VARCHAR": 'datatype="unicodeChar" arraysize="*"',
}


class Observatory:
    """The service: a database and the answers to its routes."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._fill()
        if options.no_lower:
            self._database.create_function("LOWER", 1, _no_lower)
        self._database.execute("PRAGMA case_sensitive_like = ON")
        self._database.execute("PRAGMA query_only = ON")

    def app(self) -> Starlette:
        """The routes."""
        routes = [
            Route("/tap/sync", self.sync, methods=["GET", "POST"]),
            Route("/tap/capabilities", self.capabilities),
        ]
        if self.options.no_tap_schema:
            routes.append(Route("/tap/tables", self.tables))
        return Starlette(routes=routes)

    def capabilities(self, request: Request) -> Response:
        """Say what the service can do."""
        return Response(CAPABILITIES, media_type="text/xml")

    def tables(self, request: Request) -> Response:
        """Describe the tables for a service whose TAP_SCHEMA cannot be queried."""
        lines = ['<vosi:tableset xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0">']
        for schema, description in SCHEMAS.items():
            lines.append(f"<schema><name>{schema}</name>")
            if description:
                lines.append(f"<description>{escape(description)}</description>")
            for of, name, _, told, columns, _ in TABLES:
                if of != schema:
                    continue
                lines.append(f"<table type='table'><name>{escape(name)}</name>")
                lines.append(f"<description>{escape(told or '')}</description>")
                for column, datatype, unit, ucd, text in columns:
                    lines.append(
                        f"<column><name>{column}</name><description>{escape(text or '')}"
                        f"</description><unit>{unit or ''}</unit><ucd>{ucd or ''}</ucd>"
                        f"<dataType>{datatype}</dataType><flag>indexed</flag></column>"
                    )
                lines.append("</table>")
            lines.append("</schema>")
        return Response("".join([*lines, "</vosi:tableset>"]), media_type="text/xml")

    async def sync(self, request: Request) -> Response:
        """Answer a query; refuse like old services, with status 200."""
        given = dict(request.query_params) | dict(await request.form())
        parameters = {name.upper(): str(value) for name, value in given.items()}
        limit = min(int(parameters.get("MAXREC", self.options.limit)), self.options.limit)
        try:
            columns, rows = self._run(parameters["QUERY"], limit + 1)
        except (sqlite3.Error, KeyError) as error:
            return Response(_refusal(str(error)), media_type="text/xml")
        if parameters.get("FORMAT", "votable").lower() in ("csv", "text/csv"):
            lines = [",".join(columns), *(",".join(map(_cell, row)) for row in rows[:limit])]
            return PlainTextResponse("\r\n".join(lines) + "\r\n", media_type="text/csv")
        overflow = len(rows) > limit
        document = self._votable(columns, rows[:limit], overflow)
        return Response(document, media_type="application/x-votable+xml")

    def _run(self, adql: str, limit: int) -> tuple[list[str], list[tuple[object, ...]]]:
        top = re.match(r"\s*SELECT\s+(DISTINCT\s+)?TOP\s+(\d+)\s", adql, re.IGNORECASE)
        sql = adql
        if top is not None:
            limit = min(limit, int(top[2]))
            sql = f"SELECT {top[1] or ''}{adql[top.end() :]}"
        if not re.match(r"\s*SELECT\s", sql, re.IGNORECASE):
            raise sqlite3.OperationalError("Only SELECT is understood here")
        if self.options.no_tap_schema and "tap_schema" in sql.lower():
            raise sqlite3.OperationalError("TAP_SCHEMA is closed for repairs")
        sql = re.sub(r"(?<!')archive\.paper_\d{5}\b", "archive.paper", sql)
        with self._lock:
            cursor = self._database.execute(sql)
            return [item[0] for item in cursor.description], cursor.fetchmany(limit)

    def _votable(self, names: list[str], rows: list[tuple[object, ...]], overflow: bool) -> str:
        known = {column[0]: column for *_, columns, _ in TABLES for column in columns}
        fields = []
        for i, name in enumerate(names):
            _, told, unit, ucd, description = known.get(name, (name, None, None, None, None))
            datatype = VOTABLE_TYPES[told or _guess(row[i] for row in rows)]
            attributes = f"name={quoteattr(name)} {datatype}"
            attributes += f" unit={quoteattr(unit)}" if unit else ""
            attributes += f" ucd={quoteattr(ucd)}" if ucd else ""
            fields.append(
                f"<FIELD {attributes}>"
                f"<DESCRIPTION>{escape(description or '')}</DESCRIPTION></FIELD>"
            )
        cells = [
            "<TR>" + "".join(f"<TD>{escape(_cell(value))}</TD>" for value in row) + "</TR>"
            for row in rows
        ]
        return "".join(
            [
                '<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">',
                '<RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>',
                *fields,
                "<DATA><TABLEDATA>",
                *cells,
                "</TABLEDATA></DATA></TABLE>",
                '<INFO name="QUERY_STATUS" value="OVERFLOW"/>' if overflow else "",
                "</RESOURCE></VOTABLE>",
            ]
        )

    def _fill(self) -> None:
        run = self._database.execute
        for schema in ("TAP_SCHEMA", "archive", *SCHEMAS):
            run(f"ATTACH ':memory:' AS {schema}")
        for name, columns in TAP_SCHEMA_COLUMNS.items():
            run(f"CREATE TABLE TAP_SCHEMA.{name} ({', '.join(columns)})")
        for schema, description in SCHEMAS.items():
            run("INSERT INTO TAP_SCHEMA.schemas VALUES (?, NULL, ?)", (schema, description))
        for schema, name, real_name, description, columns, rows in TABLES:
            declared = ", ".join(f'"{column[0]}" {column[1]}' for column in columns)
            run(f"CREATE TABLE {real_name} ({declared})")
            marks = ", ".join("?" * len(columns))
            self._database.executemany(f"INSERT INTO {real_name} VALUES ({marks})", rows)
            self._describe(schema, name, description, columns)
        if self.options.tables:
            text = "Tables of papers, made up to be many."
            run("INSERT INTO TAP_SCHEMA.schemas VALUES ('archive', NULL, ?)", (text,))
            # All of them are this one: SQLite is slow with so many.
            run("CREATE TABLE archive.paper (recno BIGINT, ra DOUBLE, dec DOUBLE)")
        for number in range(self.options.tables):
            name = f"archive.paper_{number:05d}"
            recno = ("recno", "BIGINT", None, "meta.record", f"Record number in paper {number}")
            self._describe("archive", name, f"Table 1 of paper {number}", (recno, *POSITION))
        self._database.commit()

    def _describe(
        self, schema: str, name: str, description: str | None, columns: tuple[tuple, ...]
    ) -> None:
        self._database.execute(
            "INSERT INTO TAP_SCHEMA.tables VALUES (?, ?, 'table', NULL, ?)",
            (schema, name, description),
        )
        self._database.executemany(
            "INSERT INTO TAP_SCHEMA.columns VALUES (?, ?, ?, NULL, ?, NULL, ?, ?, 0, 1, 0)",
            [(name, c[0], c[1], c[4], c[2], c[3]) for c in columns],
        )


def _no_lower(text: str) -> str:
    raise sqlite3.OperationalError("Unknown function LOWER")


def _guess(values: Iterator[object]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int}:
        return "BIGINT"
    return "DOUBLE" if kinds and kinds <= {int, float} else "VARCHAR"


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _refusal(message: str) -> str:
    return (
        '<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        '<RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">'
        f"{escape(message)}</INFO></RESOURCE></VOTABLE>"
    )


@contextmanager
def running(*options: str) -> Iterator[str]:
    """Run the service as a process of its own until the block ends; its address."""
    command = [sys.executable, __file__, "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tables", type=int, default=0, help="how many more tables to make up")
    parser.add_argument("--limit", type=int, default=1_000_000, help="the most rows of an answer")
    parser.add_argument("--no-lower", action="store_true", help="do not know LOWER")
    parser.add_argument("--no-tap-schema", action="store_true", help="VOSI tables in its place")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port))
    server = uvicorn.Server(uvicorn.Config(Observatory(options).app(), log_level="warning"))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/tap"
    print(f"The TAP-only service is ready at {url}", flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
