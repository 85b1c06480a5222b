"""How a request names the tables that it brings along, and what a query can do with them."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from datalab_backend import uploads
from datalab_backend.errors import UsageError
from datalab_backend.uploads import Sent, Upload, UploadLimits, collect
from datalab_process import PATIENCE_S, DatalabProcess, serving
from upload_tables import send, tabledata

ONE = tabledata('<FIELD name="a" datatype="int"/>', ("1",))
TWO = tabledata('<FIELD name="b" datatype="int"/>', ("1",), ("2",))
BOTH = "SELECT a, b FROM TAP_UPLOAD.one AS o JOIN TAP_UPLOAD.two AS t ON o.a = t.b"


def test_names_and_parts_are_put_together():
    fields = {"X": Sent(ONE), "Y": Sent(TWO)}
    found = collect(["one,param:x; two , param:Y ;"], fields, UploadLimits())
    assert [(u.name, u.content) for u in found] == [("one", ONE), ("two", TWO)]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("one", "UPLOAD cannot be “one”"),
        ("one,", "UPLOAD cannot be"),
        ("one,param:z", "nothing was sent under that name"),
        ("one,x", "cannot be fetched"),
        (";".join(f"t{n},param:x" for n in range(11)), "takes 10 at once"),
    ],
)
def test_what_cannot_be_meant_is_told(value: str, told: str):
    with pytest.raises(UsageError, match=told):
        collect([value], {"X": Sent(ONE)}, UploadLimits())


def test_uploads_that_were_kept_come_back(tmp_path: Path):
    kept = (
        Upload.of("one", ONE, "", UploadLimits()),
        Upload.of("two", b"a\n1", "text/csv", UploadLimits()),
    )
    uploads.save(kept, tmp_path / "kept")
    assert uploads.load(tmp_path / "kept") == kept
    assert uploads.load(tmp_path / "nothing") == ()


@pytest.mark.parametrize("upload", ["one,param:x;two,param:y", ["one,param:x", "two,param:y"]])
def test_several_tables_in_one_query(datalab: DatalabProcess, upload: str | list[str]):
    form = {"LANG": "ADQL", "QUERY": BOTH, "UPLOAD": upload, "FORMAT": "csv"}
    with datalab.client() as client:
        answer = client.post("/tap/sync", data=form, files={"x": ONE, "y": TWO})
    assert answer.text.split() == ["a,b", "1,1"]


def test_a_table_may_be_sent_as_a_plain_field(datalab: DatalabProcess):
    query = "SELECT a FROM TAP_UPLOAD.t"
    form = {"LANG": "ADQL", "QUERY": query, "UPLOAD": "t,param:x", "x": ONE.decode()}
    with datalab.client() as client:
        assert client.post("/tap/sync", data=form | {"FORMAT": "csv"}).text.split() == ["a", "1"]


@pytest.mark.parametrize(
    "value", ["flux + 1", "MAX(flux)", "ABS(flux)", "CAST(flux AS INTEGER)", "flux || 'a'"]
)
def test_arrays_are_passed_on_but_not_computed_with(datalab: DatalabProcess, value: str):
    field = '<FIELD name="flux" datatype="double" arraysize="3" unit="Jy"/>'
    document = tabledata(field, ("1 2 3",))
    found = send(datalab, document, "SELECT flux FROM TAP_UPLOAD.t", FORMAT="json").json()
    assert found["data"] == [[[1, 2, 3]]]
    assert found["metadata"][0]["arraysize"] == "3"
    answer = send(datalab, document, f"SELECT {value} FROM TAP_UPLOAD.t")
    assert answer.status_code == 400, answer.text


def test_positions_are_matched_with_a_catalogue(datalab: DatalabProcess):
    fields = '<FIELD name="ra" datatype="double"/><FIELD name="dec" datatype="double"/>'
    document = tabledata(fields, ("0.0", "0.0"), ("", ""), ("200", "-90"), ("10", "-99"))
    query = (
        "SELECT COUNT(*) AS n FROM TAP_UPLOAD.t AS t JOIN small.stars AS s "
        "ON 1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(t.ra, t.dec, 1e-6))"
    )
    assert send(datalab, document, query).text.split() == ["n", "3"]


def _phase(client: httpx.Client, job: str) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while (phase := client.get(f"{job}/phase").text) in ("QUEUED", "EXECUTING"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return phase


def test_a_job_keeps_its_tables_through_a_restart_and_takes_them_along(small_sky_copy: Path):
    form = {"LANG": "ADQL", "QUERY": "SELECT a FROM TAP_UPLOAD.t", "UPLOAD": "t,param:x"}
    with serving(small_sky_copy) as datalab, datalab.client() as client:
        answer = client.post("/tap/async", data=form | {"FORMAT": "csv"}, files={"x": ONE})
        job = httpx.URL(answer.headers["Location"]).path
        datalab.kill()
    kept = small_sky_copy / "jobs" / "uploads"
    assert len(list(kept.iterdir())) == 1
    with serving(small_sky_copy) as datalab, datalab.client() as client:
        client.post(f"{job}/phase", data={"PHASE": "RUN"})
        assert _phase(client, job) == "COMPLETED"
        assert client.get(f"{job}/results/result").text.split() == ["a", "1"]
        client.delete(job)
        assert list(kept.iterdir()) == []


def test_a_job_whose_table_is_wrong_says_so(datalab: DatalabProcess):
    form = {"LANG": "ADQL", "QUERY": "SELECT a FROM TAP_UPLOAD.t", "UPLOAD": "t,param:x"}
    with datalab.client() as client:
        answer = client.post("/tap/async", data=form | {"PHASE": "RUN"}, files={"x": ONE[:-20]})
        job = httpx.URL(answer.headers["Location"]).path
        assert _phase(client, job) == "ERROR"
        assert "not well-formed XML" in client.get(f"{job}/error").text
