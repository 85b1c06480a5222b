"""Queries over HTTP: parameters, limits, formats and what is said when one is wrong."""

from __future__ import annotations

import asyncio
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from astropy.io import votable
from datalab_backend import formats
from datalab_backend.accounts.callers import Callers
from datalab_backend.server import create_app, make_context
from datalab_backend.web.context import Context, Limits
from datalab_process import DatalabProcess
from long_waits import LongWaits
from small_sky import ENDLESS, STARS, STARS_TABLE

ONE = "SELECT TOP 1 ra FROM small.stars"
NAMESPACE = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}


def _ask(datalab: DatalabProcess, **parameters: object) -> httpx.Response:
    with datalab.client() as client:
        return client.get("/tap/sync", params=parameters)


def _infos(answer: httpx.Response) -> dict[str, tuple[str, str]]:
    found = ET.fromstring(answer.content).iterfind(".//v:INFO", NAMESPACE)
    return {info.get("name", ""): (info.get("value", ""), info.text or "") for info in found}


def _refusal(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
    value, text = _infos(answer)["QUERY_STATUS"]
    assert value == "ERROR"
    assert "Traceback" not in text
    return text


def _rows(answer: httpx.Response) -> list[dict[str, object]]:
    assert answer.status_code == 200, answer.text
    return pa.ipc.open_stream(answer.content).read_all().to_pylist()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("language", ["ADQL", "ADQL-2.0", "ADQL-2.1"])
def test_a_query_is_answered_by_get_and_by_post(
    datalab: DatalabProcess, method: str, language: str
):
    form = {"lang": language, "Query": ONE, "RESPONSEFORMAT": "arrow"}
    where = "params" if method == "GET" else "data"
    with datalab.client() as client:
        answer = client.request(method, "/tap/sync", **{where: form})
    assert len(_rows(answer)) == 1


def test_a_query_may_come_as_a_multipart_form(datalab: DatalabProcess):
    form = {"LANG": (None, "ADQL"), "QUERY": (None, ONE), "FORMAT": (None, "arrow")}
    with datalab.client() as client:
        assert len(_rows(client.post("/tap/sync", files=form))) == 1


def test_a_run_id_is_taken_and_logged(datalab: DatalabProcess):
    answer = _ask(datalab, LANG="ADQL", QUERY=ONE, RUNID='my "run"\n1', REQUEST="doQuery")
    assert answer.status_code == 200
    assert datalab.logged(run_id='my "run"\n1')["path"] == "/tap/sync"
    assert "RUNID" in _refusal(_ask(datalab, LANG="ADQL", QUERY=ONE, RUNID="x" * 300))


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"QUERY": ONE}, "LANG is missing."),
        ({"QUERY": ONE, "LANG": "PQL"}, "LANG cannot be “PQL”."),
        ({"QUERY": ONE, "LANG": "adql"}, "LANG cannot be “adql”."),
        ({"LANG": "ADQL"}, "QUERY is missing."),
        ({"LANG": "ADQL", "QUERY": ""}, "The query is empty"),
        ({"LANG": "ADQL", "QUERY": ONE, "REQUEST": "getData"}, "REQUEST cannot be “getData”."),
        ({"LANG": "ADQL", "QUERY": ONE, "MAXREC": "-1"}, "MAXREC is -1"),
        ({"LANG": "ADQL", "QUERY": ONE, "MAXREC": "all"}, "MAXREC is not a whole number"),
        ({"LANG": "ADQL", "QUERY": ONE, "FORMAT": "fortran"}, "fortran"),
        ({"LANG": "ADQL", "QUERY": [ONE, ONE]}, "QUERY is given more than once."),
        ({"LANG": "ADQL", "QUERY": ONE, "UPLOAD": "t,param:t"}, "nothing was sent under that name"),
    ],
)
def test_a_wrong_parameter_is_told_in_an_error_document(
    datalab: DatalabProcess, parameters: dict[str, object], told: str
):
    assert told in _refusal(_ask(datalab, **parameters))


def test_an_error_in_a_query_tells_the_place_and_what_to_do(datalab: DatalabProcess):
    answer = datalab.query("SELECT ra,\n  gmga\nFROM small.stars")
    assert "gmga" in _refusal(answer)
    infos = _infos(answer)
    assert (infos["line"][0], infos["column"][0]) == ("2", "3")
    assert "gmag" in infos["hint"][0] + infos["message"][0]


def test_characters_that_xml_cannot_hold_do_not_break_the_error_document(datalab: DatalabProcess):
    _refusal(datalab.query('SELECT "\x00\x1b<&\ufffe" FROM small.stars'))


def test_the_table_is_cut_at_maxrec_and_marked_so(datalab: DatalabProcess):
    answer = datalab.query("SELECT ra FROM small.stars", MAXREC=10, FORMAT="votable")
    assert len(votable.parse_single_table(io.BytesIO(answer.content)).array) == 10
    assert _infos(answer)["QUERY_STATUS"][0] == "OVERFLOW"


@pytest.mark.parametrize(
    ("top", "maxrec"), [(10, 10), (10, 11), (10, 1000), (STARS, STARS), (3, 2_000_000)]
)
def test_a_table_cut_by_its_own_top_is_not_marked(datalab: DatalabProcess, top: int, maxrec: int):
    answer = datalab.query(f"SELECT TOP {top} ra FROM small.stars", MAXREC=maxrec, FORMAT="json")
    assert len(answer.json()["data"]) == top
    assert answer.json()["overflow"] is False


@pytest.mark.parametrize(("top", "maxrec"), [(10, 9), (10, 1), (100_000, STARS - 1)])
def test_the_smaller_of_top_and_maxrec_holds(datalab: DatalabProcess, top: int, maxrec: int):
    answer = datalab.query(f"SELECT TOP {top} ra FROM small.stars", MAXREC=maxrec, FORMAT="json")
    assert len(answer.json()["data"]) == maxrec
    assert answer.json()["overflow"] is True


def test_a_table_of_exactly_maxrec_rows_is_whole(datalab: DatalabProcess):
    answer = datalab.query("SELECT ra FROM small.stars", MAXREC=STARS, FORMAT="json")
    assert len(answer.json()["data"]) == STARS
    assert answer.json()["overflow"] is False


def test_maxrec_0_gives_the_columns_alone_without_running_the_query(datalab: DatalabProcess):
    answer = datalab.query(ENDLESS.replace("COUNT(*)", "COUNT(*) AS n"), MAXREC=0)
    table = votable.parse_single_table(io.BytesIO(answer.content))
    assert [field.name for field in table.fields] == ["n"]
    assert len(table.array) == 0
    assert _infos(answer)["QUERY_STATUS"][0] == "OVERFLOW"


def test_an_empty_result_is_a_table_without_rows(datalab: DatalabProcess):
    for name in ("votable", "csv", "json", "arrow", "parquet"):
        answer = datalab.query("SELECT ra FROM small.stars WHERE ra < 0", FORMAT=name)
        assert answer.status_code == 200, name
        assert answer.content, name


def test_the_columns_of_a_result_keep_their_meaning(datalab: DatalabProcess):
    answer = datalab.query("SELECT TOP 1 * FROM small.stars")
    fields = votable.parse_single_table(io.BytesIO(answer.content)).fields
    assert [(f.name, f.ucd or "") for f in fields] == [(c.name, c.ucd) for c in STARS_TABLE.columns]
    assert fields[1].unit == "deg"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("votable", "application/x-votable+xml"),
        ("csv", "text/csv"),
        ("json", "application/json"),
        ("arrow", "application/vnd.apache.arrow.stream"),
        ("parquet", "application/vnd.apache.parquet"),
    ],
)
def test_a_format_is_named_in_the_answer(datalab: DatalabProcess, name: str, media_type: str):
    answer = datalab.query(ONE, RESPONSEFORMAT=name)
    assert answer.headers["Content-Type"].startswith(media_type)
    extension = formats.writer(name).extension
    assert f'filename="result.{extension}"' in answer.headers["Content-Disposition"]


def test_every_format_has_the_same_rows_to_the_last_bit(datalab: DatalabProcess):
    query = "SELECT source_id, ra, dec, gmag, epochs, field FROM small.stars WHERE epochs > 190"
    expected = _rows(datalab.query(query, FORMAT="arrow"))
    assert expected
    columns = list(expected[0])
    parquet = pyarrow.parquet.read_table(io.BytesIO(datalab.query(query, FORMAT="parquet").content))
    assert parquet.to_pylist() == expected
    csv = pyarrow.csv.read_csv(
        io.BytesIO(datalab.query(query, FORMAT="csv").content),
        convert_options=pyarrow.csv.ConvertOptions(column_types={"gmag": pa.float32()}),
    )
    assert csv.to_pylist() == expected
    table = votable.parse_single_table(io.BytesIO(datalab.query(query).content)).array
    assert [dict(zip(columns, row, strict=True)) for row in table.data.tolist()] == expected
    rows = datalab.query(query, FORMAT="json").json()["data"]
    assert [(int(row[0]), *row[1:3]) for row in rows] == [
        (row["source_id"], row["ra"], row["dec"]) for row in expected
    ]


def test_identifiers_of_64_bits_are_exact(datalab: DatalabProcess):
    last = 2**60 + 7 * (STARS - 1)
    query = f"SELECT source_id FROM small.stars WHERE source_id = {last}"
    assert _rows(datalab.query(query, FORMAT="arrow")) == [{"source_id": last}]
    assert datalab.query(query, FORMAT="json").json()["data"] == [[str(last)]]
    assert str(last) in datalab.query(query, FORMAT="csv").text


def test_a_client_that_goes_away_takes_its_query_along(datalab: DatalabProcess):
    with datalab.asking(ENDLESS):
        datalab.logged(message="query", adql=ENDLESS)
    datalab.logged(path="/tap/sync", status=None)  # written when the engine has stopped
    assert len(_rows(datalab.query(ONE, FORMAT="arrow"))) == 1


def test_a_value_that_arithmetic_cannot_take_is_told_in_an_error_document(
    datalab: DatalabProcess,
):
    answer = datalab.query("SELECT source_id * source_id FROM small.stars")
    assert "arithmetic" in _refusal(answer)


def test_a_query_that_takes_too_long_is_ended_with_an_error_document(small_sky_copy: Path):
    context = make_context(small_sky_copy, Limits(sync_s=1))
    transport = httpx.ASGITransport(create_app(context, Callers("token")))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/tap/sync", data={"LANG": "ADQL", "QUERY": ENDLESS})

    answer = asyncio.run(ask())
    assert "did not finish within 1 seconds" in _refusal(answer, 504)
    assert len(context.queries) == 0


class SlowClient:
    """Takes an answer piece by piece, and may have to think for an hour after each."""

    def __init__(self, waits: LongWaits | None = None, pieces: int = 10**9) -> None:
        self.taken: list[dict[str, object]] = []
        self._waits = waits
        self._pieces = pieces

    async def send(self, message: dict[str, object]) -> None:
        """Take a piece; at last, none any more."""
        if len(self.taken) == self._pieces:
            await asyncio.sleep(3600)
        self.taken.append(message)
        if message.get("body") and self._waits is not None:
            self._waits.forward(3600)
            await asyncio.sleep(0.3)  # so that the query is looked after meanwhile

    def ask(self, data: Path, query: str, limits: Limits) -> Context:
        """Send a query to a Data Lab with these limits."""
        context = make_context(data, limits)
        form = httpx.QueryParams({"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"})
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/tap/sync",
            "query_string": str(form).encode(),
            "headers": [(b"host", b"localhost")],
            "scheme": "http",
        }

        async def receive() -> dict[str, object]:
            await asyncio.sleep(3600)
            raise AssertionError("nobody waits so long")

        asyncio.run(create_app(context, Callers("token"))(scope, receive, self.send))
        return context


def test_a_client_that_is_slow_to_take_its_rows_gets_them_all(
    small_sky_copy: Path, monkeypatch: pytest.MonkeyPatch
):
    client = SlowClient(LongWaits(monkeypatch))
    client.ask(small_sky_copy, "SELECT * FROM small.stars", Limits(sync_s=600))
    body = b"".join(message.get("body", b"") for message in client.taken)
    assert len(client.taken) > 6
    assert client.taken[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert body.count(b"\r\n") >= STARS + 1


def test_a_client_that_takes_nothing_any_more_is_broken_off(small_sky_copy: Path):
    client = SlowClient(pieces=2)
    context = client.ask(small_sky_copy, "SELECT * FROM small.stars", Limits(stall_s=1))
    assert len(context.queries) == 0
    assert client.taken[-1]["more_body"] is True


@pytest.mark.parametrize(
    "name", ["LANG", "QUERY", "REQUEST", "MAXREC", "RESPONSEFORMAT", "FORMAT", "RUNID"]
)
def test_a_parameter_of_one_value_that_is_given_two_is_refused(datalab: DatalabProcess, name: str):
    given = {"LANG": "ADQL", "QUERY": ONE, "REQUEST": "doQuery", "MAXREC": "3", "RUNID": "mine"}
    two = [(name, given.get(name, "csv")), (name, "json")]
    others = [(key, value) for key, value in given.items() if key != name]
    with datalab.client() as client:
        assert f"{name} is given more than once" in _refusal(
            client.get("/tap/sync", params=[*others, *two])
        )
        job = client.post("/tap/async", params=[*others, *two, ("PHASE", "RUN")])
    if job.status_code == 303:  # then it is the error of the job
        with datalab.client(follow_redirects=True) as client:
            url = job.headers["Location"]
            client.get(url, params={"WAIT": "50", "PHASE": "QUEUED"})
            client.get(url, params={"WAIT": "50", "PHASE": "EXECUTING"})
            assert "more than once" in client.get(f"{url}/error").text
    else:
        assert "more than once" in _refusal(job)
