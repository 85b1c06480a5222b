"""The validators of the Virtual Observatory find nothing wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from datalab_process import DatalabProcess
from stilts import stilts
from upload_tables import send, votable

STAGES = (
    *("TMV", "TME", "TMS", "TMC", "CPV", "CAP", "AVV", "QGE", "QPO", "QAS", "UWS", "MDQ", "OBS"),
    *("LOC", "UPL", "EXA"),
)
SERIALISATIONS = ("votable", "votable/td", "votable/b")

# Without a polygon: of one of variable length, STILTS 3.4.7 reads more numbers than there are.
FIELDS = (
    '<FIELD name="spectrum" datatype="float" arraysize="*" unit="Jy" ucd="phot.flux"/>'
    '<FIELD name="matrix" datatype="double" arraysize="2x2"/>'
    '<FIELD name="flags" datatype="boolean" arraysize="3"/>'
    '<FIELD name="label" datatype="unicodeChar" arraysize="*"/>'
    '<FIELD name="time" datatype="char" arraysize="*" xtype="timestamp"/>'
    '<FIELD name="bytes" datatype="unsignedByte" arraysize="*"/>'
    '<FIELD name="count" datatype="long"><VALUES null="-1"/></FIELD>'
)
ROWS = (
    "<TR><TD>1 2 NaN</TD><TD>1 2 3 4</TD><TD>T F T</TD><TD>λ &lt;&amp;</TD>"
    "<TD>2026-01-31T12:00:00.5</TD><TD>1 255</TD><TD>7</TD></TR>"
    "<TR><TD/><TD/><TD/><TD/><TD/><TD/><TD>-1</TD></TR>"
)


def complaints(document: bytes, directory: Path) -> str:
    """What votlint has to say about a document."""
    path = directory / "document.vot"
    path.write_bytes(document)
    done = stilts("votlint", f"votable={path}", "ucd=true", "unit=true")
    return done.stdout + done.stderr


def test_taplint_finds_no_error_in_the_whole_service(demo: DatalabProcess):
    done = stilts("taplint", f"tapurl={demo.url}/tap", "report=EWF", "format=json")
    report = json.loads(done.stdout)
    found = {section["code"]: section["reports"] for section in report["sections"]}
    assert tuple(found) == STAGES
    texts = [told["text"] for reports in found.values() for told in reports]
    # There are no planned observations here, as the documentation says.
    assert texts == ["No table with name ivoa.obsplan"]
    assert report["totals"] == {"ERROR": 0, "WARNING": 0, "FAILURE": 1}


@pytest.mark.parametrize("serialisation", SERIALISATIONS)
def test_votlint_finds_nothing_wrong_with_a_catalogue(
    datalab: DatalabProcess, tmp_path: Path, serialisation: str
):
    query = (
        "SELECT s.*, POINT(ra, dec) AS place, CIRCLE(ra, dec, 1) AS around FROM small.stars AS s"
    )
    answer = datalab.query(query, FORMAT=serialisation, MAXREC=300)
    assert complaints(answer.content, tmp_path) == ""


@pytest.mark.parametrize("serialisation", SERIALISATIONS)
def test_votlint_finds_nothing_wrong_with_a_table_that_came_back(
    datalab: DatalabProcess, tmp_path: Path, serialisation: str
):
    document = votable(FIELDS, f"<TABLEDATA>{ROWS}</TABLEDATA>")
    answer = send(datalab, document, "SELECT * FROM TAP_UPLOAD.t", FORMAT=serialisation)
    assert answer.status_code == 200, answer.text
    assert complaints(answer.content, tmp_path) == ""


@pytest.mark.parametrize(
    "query", ["SELECT * FROM small.stars WHERE ra < 0", "SELECT gmga FROM small.stars"]
)
def test_votlint_finds_nothing_wrong_with_an_empty_table_or_an_error(
    datalab: DatalabProcess, tmp_path: Path, query: str
):
    assert complaints(datalab.query(query).content, tmp_path) == ""
