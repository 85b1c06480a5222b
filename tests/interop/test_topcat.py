"""The calls that TOPCAT makes to show a service: its tables, their columns, its examples.

They are made here as TOPCAT makes them, since its window cannot be opened by a test.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import httpx
import pytest
from astropy.io.votable import parse_single_table
from datalab_backend.metadata import Table as DescribedTable
from datalab_process import DatalabProcess
from small_sky import FIELDS_TABLE, STARS_TABLE

TOPCAT = {"User-Agent": "STIL/4.3 Java/17.0.13", "Accept-Encoding": "gzip"}


def ask(datalab: DatalabProcess, path: str, **parameters: str) -> httpx.Response:
    """One of TOPCAT's calls for a document, answered with gzip as it asks."""
    with datalab.client(headers=TOPCAT) as client:
        answer = client.get(path, params=parameters)
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    return answer


def test_the_tables_come_first_without_their_columns(datalab: DatalabProcess):
    answer = ask(datalab, "/tap/tables", detail="min")
    tables = {t.findtext("name"): t for t in ET.fromstring(answer.content).iter("table")}
    assert tables.keys() >= {"small.stars", "small.fields", "TAP_SCHEMA.columns"}
    assert tables["small.stars"].findtext("description") == STARS_TABLE.description
    assert all(table.find("column") is None for table in tables.values())
    whole = ask(datalab, "/tap/tables")
    assert len(answer.content) < len(whole.content) / 3


@pytest.mark.parametrize("table", [STARS_TABLE, FIELDS_TABLE])
def test_the_columns_of_a_table_come_when_it_is_looked_at(
    datalab: DatalabProcess, table: DescribedTable
):
    answer = ask(datalab, f"/tap/tables/{table.full_name}")
    columns = list(ET.fromstring(answer.content).iter("column"))
    assert [column.findtext("name") for column in columns] == [c.name for c in table.columns]


def test_the_columns_also_come_by_queries_of_tap_schema(datalab: DatalabProcess):
    with datalab.client(headers=TOPCAT) as client:
        answer = client.post(
            "/tap/sync",
            data={
                "REQUEST": "doQuery",
                "LANG": "ADQL",
                "MAXREC": "1000000",
                "QUERY": "SELECT table_name, column_name, description, unit, ucd, utype, datatype, "
                'arraysize, xtype, "size", principal, indexed, std FROM TAP_SCHEMA.columns '
                "WHERE table_name = 'small.stars'",
            },
        )
    assert answer.status_code == 200
    rows = parse_single_table(io.BytesIO(answer.content)).to_table()
    assert list(rows["column_name"]) == [c.name for c in STARS_TABLE.columns]


def test_a_service_is_known_by_its_capabilities_and_examples(datalab: DatalabProcess):
    capabilities = ET.fromstring(ask(datalab, "/tap/capabilities").content)
    languages = [v.text for v in capabilities.iter("version")]
    assert {"2.0", "2.1"} <= set(languages)
    page = ET.fromstring(ask(datalab, "/tap/examples").content)
    assert [e.text for e in page.iter() if e.get("property") == "query"]
