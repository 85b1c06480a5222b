"""Uploads that mean harm get a sentence and status 400, and cost the server next to nothing."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import struct
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import numpy as np
import pytest
from astropy.io import fits
from datalab_backend.accounts.callers import Callers
from datalab_backend.server import create_app, make_context
from datalab_backend.uploads import UploadLimits
from datalab_backend.web.context import Limits
from datalab_process import DatalabProcess
from upload_tables import send, tabledata, votable

INFO = "{http://www.ivoa.net/xml/VOTable/v1.3}INFO"
ALL = "SELECT * FROM TAP_UPLOAD.t"
FIELD = '<FIELD name="a" datatype="int"/>'
MEGABYTE = 1_000_000
MOST_MEMORY = 400 * MEGABYTE


def peak_memory(datalab: DatalabProcess) -> int:
    """The most memory that the server ever had, in bytes."""
    status = Path(f"/proc/{datalab.process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def refusal(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text[:300]
    (info,) = (
        i for i in ET.fromstring(answer.content).iter(INFO) if i.get("name") == "QUERY_STATUS"
    )
    assert info.get("value") == "ERROR"
    told = info.text or ""
    for word in ("Traceback", "datalab_backend", "expat", "pyarrow", "duckdb", "/etc", "root:"):
        assert word not in told
    return told


def refused(datalab: DatalabProcess, content: bytes) -> str:
    """What is told about an upload that must cost no memory and be refused."""
    send(datalab, tabledata(FIELD, ("1",)), ALL)  # what the first upload loads stays loaded
    before, began = peak_memory(datalab), time.monotonic()
    told = refusal(send(datalab, content, ALL))
    assert time.monotonic() - began < 60
    assert peak_memory(datalab) - before < MOST_MEMORY
    assert datalab.process.poll() is None
    return told


def with_doctype(subset: str, cell: str) -> bytes:
    document = tabledata('<FIELD name="a" datatype="char" arraysize="*"/>', (cell,))
    doctype = f"<!DOCTYPE VOTABLE {subset}>\n<VOTABLE ".encode()
    return document.replace(b"<VOTABLE ", doctype, 1)


class Listener(BaseHTTPRequestHandler):
    """Keeps count of who asks it for something."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer, and remember."""
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server that must not be asked for anything."""
    handler = type("Handler", (Listener,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler.asked
        server.shutdown()


# XML


def test_an_internal_entity_bomb_does_not_go_off(datalab: DatalabProcess):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = with_doctype(f'[<!ENTITY l0 "ha">{laughs}]', "&l11;")
    assert "DOCTYPE" in refused(datalab, bomb)


def test_a_quadratic_entity_bomb_does_not_go_off(datalab: DatalabProcess):
    bomb = with_doctype(f'[<!ENTITY a "{"a" * 100_000}">]', "&a;" * 50_000)
    assert "DOCTYPE" in refused(datalab, bomb)


def test_no_file_is_read_through_an_entity(datalab: DatalabProcess):
    told = refused(datalab, with_doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]', "&x;"))
    assert "DOCTYPE" in told


def test_no_host_is_asked_through_an_entity(
    datalab: DatalabProcess, listener: tuple[str, list[str]]
):
    url, asked = listener
    refused(datalab, with_doctype(f'[<!ENTITY x SYSTEM "{url}/x">]', "&x;"))
    refused(datalab, with_doctype(f'[<!ENTITY % x SYSTEM "{url}/x"> %x;]', ""))
    assert asked == []


def test_no_dtd_is_fetched(datalab: DatalabProcess, listener: tuple[str, list[str]]):
    url, asked = listener
    assert "DOCTYPE" in refused(datalab, with_doctype(f'SYSTEM "{url}/VOTable.dtd"', "x"))
    assert asked == []


@pytest.mark.parametrize("target", ["{url}/x", "file:///etc/passwd"])
def test_nothing_is_included(datalab: DatalabProcess, listener: tuple[str, list[str]], target: str):
    url, asked = listener
    href = target.format(url=url)
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{href}" parse="text"/>'
    document = tabledata('<FIELD name="a" datatype="char" arraysize="*"/>', (include,))
    assert "XInclude" in refused(datalab, document)
    assert asked == []


def test_no_rows_are_fetched_from_elsewhere(
    datalab: DatalabProcess, listener: tuple[str, list[str]]
):
    url, asked = listener
    for href in (f"{url}/rows", "file:///etc/passwd"):
        document = votable(FIELD, f'<BINARY2><STREAM encoding="base64" href="{href}"/></BINARY2>')
        assert "are not fetched" in refused(datalab, document)
    assert asked == []


def test_a_million_elements_in_each_other_are_refused(datalab: DatalabProcess):
    assert "deep" in refused(datalab, b"<VOTABLE>" + b"<RESOURCE>" * 1_000_000)


@pytest.mark.parametrize(
    "content",
    [
        tabledata(FIELD, ("1",))[:-30],
        tabledata(FIELD, ("\x01",)),
        tabledata('<FIELD name="a" datatype="char" arraysize="*"/>', ("é",)).replace(
            "é".encode(), b"\xe9\xff"
        ),
        b"\xff\xfe<\x00V",
        b'<?xml version="1.0" encoding="no-such"?><VOTABLE/>',
    ],
    ids=["cut short", "control character", "bad UTF-8", "bad UTF-16", "no encoding"],
)
def test_what_is_not_xml_is_told_so(datalab: DatalabProcess, content: bytes):
    assert "XML" in refused(datalab, content)


@pytest.mark.parametrize("content", [b"", b"hello", b"<VOTABLE/>", b"PK\x03\x04", b"\x1f\x8b\x08"])
def test_what_is_no_table_is_told_so(datalab: DatalabProcess, content: bytes):
    assert "“t”" in refused(datalab, content)


# Sizes


def test_a_gzip_bomb_is_not_unpacked(datalab: DatalabProcess):
    packed = io.BytesIO()
    with gzip.open(packed, "wb", compresslevel=9) as file:
        file.write(tabledata(FIELD)[:100])
        for _ in range(2_000):
            file.write(b" " * MEGABYTE)
    assert len(packed.getvalue()) < 3 * MEGABYTE
    assert "more than 100,000,000 bytes" in refused(datalab, packed.getvalue())


def test_a_gzip_file_of_honest_size_is_read(datalab: DatalabProcess):
    content = gzip.compress(tabledata(FIELD, ("1",), ("2",)))
    assert send(datalab, content, ALL).text.split() == ["a", "1", "2"]


def fits_with_heap(descriptors: np.ndarray) -> bytes:
    """A FITS table whose rows say where in the heap their arrays are."""
    column = fits.Column("a", "QD(9)", array=np.array([np.zeros(2)] * 3, dtype=object))
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns([column])]).writeto(file)
    content = bytearray(file.getvalue())
    content[5760 : 5760 + descriptors.nbytes] = descriptors.tobytes()
    return bytes(content)


@pytest.mark.parametrize("count", [10**15, -1, 2])
def test_a_fits_heap_bomb_does_not_go_off(datalab: DatalabProcess, count: int):
    descriptors = np.array([[count, 0]] * 3, ">i8")
    assert "Arrays of variable length" in refused(datalab, fits_with_heap(descriptors))


@pytest.mark.parametrize("rows", [10**18, 10**9, -1])
def test_a_fits_table_that_lies_about_its_rows_is_refused(datalab: DatalabProcess, rows: int):
    file = io.BytesIO()
    fits.BinTableHDU.from_columns([fits.Column("a", "J", array=np.arange(9))]).writeto(file)
    honest = f"NAXIS2  = {9:>20}".encode()
    assert honest in file.getvalue()
    lie = f"NAXIS2  = {rows:>20}".encode()
    assert "damaged FITS" in refused(datalab, file.getvalue().replace(honest, lie))


@pytest.mark.parametrize("element", ["BINARY", "BINARY2"])
@pytest.mark.parametrize("count", [2**31 - 1, 10_000, -1, -(2**31)])
@pytest.mark.parametrize("datatype", ["char", "unicodeChar", "double", "bit", "unsignedByte"])
def test_a_length_that_is_not_true_is_not_believed(
    datalab: DatalabProcess, element: str, count: int, datatype: str
):
    row = (b"\0" if element == "BINARY2" else b"") + struct.pack(">i", count) + b"abcd"
    data = base64.b64encode(row).decode()
    field = f'<FIELD name="a" datatype="{datatype}" arraysize="*"/>'
    document = votable(field, f'<{element}><STREAM encoding="base64">{data}</STREAM></{element}>')
    assert "more than its binary data holds" in refused(datalab, document)


@pytest.mark.parametrize("size", ["999999999", "30000x30000"])
def test_a_fixed_size_that_is_not_true_is_not_believed(datalab: DatalabProcess, size: str):
    data = base64.b64encode(b"\0" * 30).decode()
    field = f'<FIELD name="a" datatype="double" arraysize="{size}"/>'
    binary = f'<BINARY2><STREAM encoding="base64">{data}</STREAM></BINARY2>'
    assert "in the middle of row 1" in refused(datalab, votable(field, binary))
    document = tabledata(field + FIELD.replace('"a"', '"b"'), ("", "1"))
    before = peak_memory(datalab)
    assert send(datalab, document, ALL).text.split() == ["a,b", ",1"]
    assert peak_memory(datalab) - before < MOST_MEMORY


@pytest.mark.parametrize("size", ["0", "-1", "3x0", "1e9", "x", "99999999999", "9999999x9999999"])
def test_a_size_that_is_none_is_refused(datalab: DatalabProcess, size: str):
    field = f'<FIELD name="a" datatype="double" arraysize="{size}"/>'
    assert "arraysize" in refused(datalab, tabledata(field))


def test_a_hundred_thousand_columns_are_refused(datalab: DatalabProcess):
    fields = "".join(f'<FIELD name="c{n}" datatype="int"/>' for n in range(100_000))
    assert "more than 1,000 columns" in refused(datalab, tabledata(fields))


def test_a_row_with_too_few_or_too_many_cells_is_refused(datalab: DatalabProcess):
    assert "Row 2 has 2 cells" in refused(datalab, tabledata(FIELD, ("1",), ("2", "3")))
    assert "Row 1 has 0 cells" in refused(datalab, tabledata(FIELD, ()))


def small(data: Path, content: bytes, **limits: int) -> httpx.Response:
    """Send a table to a server with small limits."""

    async def post() -> httpx.Response:
        context = make_context(data, Limits(uploads=UploadLimits(**limits)))
        transport = httpx.ASGITransport(create_app(context, Callers("token")))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            form = {"LANG": "ADQL", "QUERY": ALL, "UPLOAD": "t,param:t", "FORMAT": "csv"}
            return await client.post("/tap/sync", data=form, files={"t": content})

    return asyncio.run(post())


def test_rows_beyond_the_limit_are_refused(small_sky_copy: Path):
    three = tabledata(FIELD, *((str(n),) for n in range(3)))
    assert small(small_sky_copy, three, rows=3).status_code == 200
    assert "more than 2 rows" in refusal(small(small_sky_copy, three, rows=2))
    data = base64.b64encode(struct.pack(">3i", 1, 2, 3)).decode()
    binary = f'<BINARY><STREAM encoding="base64">{data}</STREAM></BINARY>'
    assert "more than 2 rows" in refusal(small(small_sky_copy, votable(FIELD, binary), rows=2))


def test_bytes_beyond_the_limit_are_refused(small_sky_copy: Path):
    content = tabledata(FIELD, *(("1",) for _ in range(1000)))
    assert small(small_sky_copy, content, bytes=len(content)).status_code == 200
    told = refusal(small(small_sky_copy, content, bytes=len(content) - 1))
    assert f"more than {len(content) - 1:,} bytes" in told
    packed = gzip.compress(content)
    assert "bytes" in refusal(small(small_sky_copy, packed, bytes=len(content) - 1))


def test_a_body_beyond_all_limits_is_not_even_read(small_sky_copy: Path):
    answer = small(small_sky_copy, b" " * (3 * MEGABYTE), bytes=1000)
    assert "more bytes than this Data Lab takes" in refusal(answer, 413)


def test_the_limits_are_told_in_the_capabilities(datalab: DatalabProcess):
    with datalab.client() as client:
        capabilities = ET.fromstring(client.get("/tap/capabilities").content)
    (limit,) = capabilities.iter("uploadLimit")
    assert [(v.tag, v.get("unit"), v.text) for v in limit] == [
        ("default", "byte", "100000000"),
        ("hard", "byte", "100000000"),
    ]
    methods = {method.get("ivo-id") for method in capabilities.iter("uploadMethod")}
    assert {name.rpartition("#")[2] for name in methods if name} == {
        "upload-inline",
        "upload-http",
        "upload-https",
    }


# Names


@pytest.mark.parametrize(
    "name",
    ['t"; DROP TABLE x; --', "t;u", 'a"b', "a.b", "a'b", "", "1a", "é", "a" * 64, "../x", "a b"],
)
def test_a_table_name_that_is_no_identifier_is_refused(datalab: DatalabProcess, name: str):
    answer = send(datalab, tabledata(FIELD, ("1",)), ALL, UPLOAD=f"{name},param:table")
    assert "UPLOAD" in (told := refusal(answer)) or "cannot be called" in told


@pytest.mark.parametrize(
    "name",
    ['a"; DROP TABLE small.stars; --', "a'b", "a.b", "t1", "*", "--", "/*", "rowid", "\\", "é ☉"],
)
def test_a_column_may_have_any_name(datalab: DatalabProcess, name: str):
    attribute = name.replace('"', "&quot;")
    document = tabledata(f'<FIELD name="{attribute}" datatype="int"/>', ("7",))
    quoted = '"' + name.replace('"', '""') + '"'
    for query in (ALL, f"SELECT {quoted} FROM TAP_UPLOAD.t WHERE {quoted} = 7"):
        answer = send(datalab, document, query, FORMAT="json")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["metadata"][0]["name"] == name
        assert found["data"] == [[7]]


def test_columns_that_differ_only_by_case_are_told_apart_by_quotes(datalab: DatalabProcess):
    document = tabledata(
        '<FIELD name="u" datatype="int"/><FIELD name="U" datatype="int"/>'
        '<FIELD name="u_2" datatype="int"/>',
        ("1", "2", "3"),
    )
    answer = send(datalab, document, 'SELECT "U" AS a, "u" AS b, u_2 FROM TAP_UPLOAD.t')
    assert answer.text.split() == ["a,b,u_2", "2,1,3"]
    assert send(datalab, document, ALL).text.split() == ["u,U_3,u_2", "1,2,3"]
    assert "can mean" in refusal(send(datalab, document, "SELECT u FROM TAP_UPLOAD.t"))


def test_columns_named_like_reserved_words_are_read_with_quotes(datalab: DatalabProcess):
    words = ["select", "from", "order", "size", "value", "user"]
    fields = "".join(f'<FIELD name="{word}" datatype="int"/>' for word in words)
    document = tabledata(fields, tuple(map(str, range(6))))
    quoted = ", ".join(f'"{word}"' for word in words)
    query = f"SELECT {quoted} FROM TAP_UPLOAD.t"
    assert send(datalab, document, query).text.split() == [",".join(words), "0,1,2,3,4,5"]


def test_columns_of_one_name_are_refused(datalab: DatalabProcess):
    assert "more than one column “a”" in refused(datalab, tabledata(FIELD * 2, ("1", "2")))


def test_two_uploads_of_one_name_are_refused(datalab: DatalabProcess):
    answer = send(datalab, tabledata(FIELD), ALL, UPLOAD="t,param:table;T,param:table")
    assert "Two uploads are called “T”" in refusal(answer)


def test_an_empty_table_can_be_joined(datalab: DatalabProcess):
    query = "SELECT s.field FROM small.fields AS s JOIN TAP_UPLOAD.t AS t ON s.field = t.a"
    for document in (tabledata(FIELD), votable(FIELD, "").replace(b"<DATA></DATA>", b"")):
        assert send(datalab, document, query).text.split() == ["field"]


def test_an_upload_is_seen_by_its_own_query_alone(datalab: DatalabProcess):
    document = tabledata(FIELD, ("1",))
    assert send(datalab, document, ALL).status_code == 200
    assert "no table" in refusal(datalab.query(ALL)).lower()
    other = tabledata('<FIELD name="other" datatype="int"/>', ("2",))
    assert send(datalab, other, ALL).text.split() == ["other", "2"]
