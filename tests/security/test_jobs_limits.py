"""Jobs keep to their limits and belong to their owners."""

from __future__ import annotations

import stat
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from datalab_backend import formats
from datalab_process import PATIENCE_S, DatalabProcess, serving
from jobs_client import UWS, document, jobs, phase, reach, run, submit
from small_sky import ENDLESS, copy_small_sky

SMALL = "SELECT TOP 3 ra FROM small.stars"
FLOOD = "SELECT a.ra, b.dec FROM small.stars AS a, small.stars AS b"

ADDRESSES = (
    "",
    "/phase",
    "/quote",
    "/owner",
    "/destruction",
    "/executionduration",
    "/parameters",
    "/results",
    "/results/result",
    "/error",
)
CHANGES = (
    ("", {"ACTION": "DELETE"}),
    ("", {"QUERY": "SELECT 1"}),
    ("/parameters", {"QUERY": "SELECT 1"}),
    ("/phase", {"PHASE": "RUN"}),
    ("/phase", {"PHASE": "ABORT"}),
    ("/destruction", {"DESTRUCTION": "2020-01-01T00:00:00Z"}),
    ("/executionduration", {"EXECUTIONDURATION": "1"}),
)


@pytest.mark.parametrize("name", [output.name for output in formats.FORMATS])
def test_the_execution_duration_holds_in_every_format(client: httpx.Client, name: str):
    job = submit(client, FLOOD, FORMAT=name, MAXREC=400_000_000)
    client.post(f"{job}/executionduration", data={"EXECUTIONDURATION": "1"})
    client.post(f"{job}/phase", data={"PHASE": "RUN"})
    assert reach(client, job, "ERROR") == "ERROR"
    assert "did not finish within 1 seconds" in client.get(f"{job}/error").text
    assert client.get(f"{job}/results/result").status_code == 404


@pytest.mark.parametrize("name", [output.name for output in formats.FORMATS])
def test_an_abort_stops_a_job_in_every_format(
    datalab: DatalabProcess, client: httpx.Client, name: str
):
    job = run(client, FLOOD, FORMAT=name, MAXREC=400_000_000)
    reach(client, job, "EXECUTING")
    assert client.post(f"{job}/phase", data={"PHASE": "ABORT"}).status_code == 303
    assert phase(client, job) == "ABORTED"
    results = datalab.data / "jobs" / "results"
    for _ in range(10 * PATIENCE_S):
        if not [path for path in results.iterdir() if path.name.startswith(job.rpartition("/")[2])]:
            return
        time.sleep(0.1)
    raise AssertionError("it is written on")


@pytest.mark.parametrize("end", ["abort", "delete"])
def test_a_job_that_is_ended_frees_the_processor(
    datalab: DatalabProcess, client: httpx.Client, end: str
):
    job = run(client, ENDLESS)
    reach(client, job, "EXECUTING")
    server = psutil.Process(datalab.process.pid)
    while server.cpu_percent(0.1) < 50:
        pass
    if end == "abort":
        client.post(f"{job}/phase", data={"PHASE": "ABORT"})
    else:
        client.delete(job)
    for _ in range(10 * PATIENCE_S):
        if server.cpu_percent(0.1) < 20:
            return
    raise AssertionError("the engine computes on")


def test_a_job_of_the_owner_is_to_others_as_one_that_never_was(
    client: httpx.Client, owner: httpx.Client
):
    theirs = run(owner, SMALL)
    reach(owner, theirs, "COMPLETED")
    never = f"/tap/async/{'0' * 32}"

    def told(answer: httpx.Response, job: str) -> str:
        assert answer.status_code == 404
        return answer.text.replace(job.rpartition("/")[2], "ID")

    for address in ADDRESSES:
        get = [told(client.get(job + address), job) for job in (theirs, never)]
        assert get[0] == get[1]
    for address, form in CHANGES:
        post = [told(client.post(job + address, data=form), job) for job in (theirs, never)]
        assert post[0] == post[1]
    delete = [told(client.delete(job), job) for job in (theirs, never)]
    assert delete[0] == delete[1]
    assert owner.get(f"{theirs}/results/result").status_code == 200


def test_nobody_sees_the_jobs_of_others_in_the_list(client: httpx.Client, owner: httpx.Client):
    theirs = submit(owner, SMALL).rpartition("/")[2]
    anonymous = submit(client, SMALL).rpartition("/")[2]
    assert jobs(client) == []
    assert theirs in jobs(owner)
    assert anonymous not in jobs(owner)
    assert client.get(f"/tap/async/{anonymous}").status_code == 200


def test_a_wrong_token_reaches_no_job(datalab: DatalabProcess, client: httpx.Client):
    job = submit(client, SMALL)
    wrong = {"Authorization": "Bearer wrong"}
    for answer in (
        client.get(job, headers=wrong),
        client.get("/tap/async", headers=wrong),
        client.post("/tap/async", headers=wrong, data={"QUERY": SMALL}),
        client.delete(job, headers=wrong),
    ):
        assert answer.status_code == 401
    assert client.get(job).status_code == 200


@pytest.mark.parametrize(
    "job_id", ["..", "%2e%2e", "..%2fjobs.sqlite", "..%2f..%2fserver.lock", "%00", "' OR 1=1 --"]
)
def test_a_job_id_is_no_way_to_a_file(client: httpx.Client, job_id: str):
    for address in ADDRESSES[1:]:
        assert client.get(f"/tap/async/{job_id}{address}").status_code in (400, 404)


@pytest.mark.parametrize("name", ["RUNID", "QUERY", "MAXREC"])
def test_what_no_document_can_show_is_refused(client: httpx.Client, name: str):
    form = {"QUERY": SMALL, name: "nul\x00and\x1bescape"}
    assert client.post("/tap/async", data=form).status_code == 400


def test_a_run_id_of_markup_is_shown_as_text(client: httpx.Client):
    job = submit(client, SMALL, RUNID='<script>alert("1")</script>')
    for address in ("", "/parameters"):
        answer = client.get(job + address)
        assert "<script>" not in answer.text
        assert "&lt;script&gt;" in answer.text
    assert client.post("/tap/async", data={"RUNID": "x" * 1000}).status_code == 400
    many = [(f"P{number}", "1") for number in range(1000)]
    assert client.post("/tap/async", params=many).status_code == 400


def test_jobs_are_readable_by_the_user_alone(datalab: DatalabProcess, client: httpx.Client):
    submit(client, SMALL)
    mode = (datalab.data / "jobs").stat().st_mode
    assert stat.S_IMODE(mode) == 0o700


def test_a_server_does_not_leave_a_job_because_nobody_asks(small_sky_copy: Path):
    with serving(small_sky_copy, "--idle-exit", "3") as datalab:
        with datalab.client() as client:
            job = submit(client, ENDLESS)
            client.post(f"{job}/executionduration", data={"EXECUTIONDURATION": "6"})
            client.post(f"{job}/phase", data={"PHASE": "RUN"})
        assert datalab.process.wait(PATIENCE_S) == 0
    with serving(small_sky_copy) as again, again.client() as client:
        assert client.get(f"{job}/phase").text == "ERROR"
        assert "6 seconds" in client.get(f"{job}/error").text


@pytest.fixture(scope="module")
def narrow(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A Data Lab whose operator allows little."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("narrow") / "data")
    limits = ("active-jobs=2", "jobs=4", "result-bytes=500000", "rows=100000", "job-seconds=60")
    options = [word for limit in limits for word in ("--limit", limit)]
    with serving(data, *options) as running:
        yield running


def test_an_owner_has_only_so_many_jobs_at_once_and_at_all(narrow: DatalabProcess):
    with narrow.client(headers=narrow.as_owner) as client, narrow.client() as other:
        made = [run(client, ENDLESS), run(client, ENDLESS)]
        form = {"LANG": "ADQL", "QUERY": SMALL}
        refused = client.post("/tap/async", data=form | {"PHASE": "RUN"})
        assert refused.status_code == 400
        assert "2 jobs of yours wait or run" in refused.text
        assert len(jobs(client)) == 2
        waiting = submit(client, SMALL)
        assert client.post(f"{waiting}/phase", data={"PHASE": "RUN"}).status_code == 400
        reach(other, run(other, SMALL), "COMPLETED")  # somebody else's are not counted
        submit(client, SMALL)
        refused = client.post("/tap/async", data=form)
        assert refused.status_code == 400
        assert "4 jobs of yours" in refused.text
        for job in made:
            client.delete(job)
        client.post(f"{waiting}/phase", data={"PHASE": "RUN"})
        reach(client, waiting, "COMPLETED")


@pytest.mark.parametrize("name", [output.name for output in formats.FORMATS])
def test_a_result_that_is_too_large_is_cut_and_says_so(narrow: DatalabProcess, name: str):
    with narrow.client() as client:
        job = run(client, f"{FLOOD} WHERE a.field = 1", FORMAT=name)
        reach(client, job, "COMPLETED")
        told = document(client, job)
        assert told.findtext(f".//{UWS}overflow") == "true"
        rows = int(told.findtext(f".//{UWS}rows"))
        assert 450_000 < 16 * rows <= 500_000  # two numbers of eight bytes in each
        result = client.get(f"{job}/results/result")
        assert result.status_code == 200
        if name == "csv":
            assert result.text.count("\r\n") == rows + 1
        if name.startswith("votable"):
            assert b'value="OVERFLOW"' in result.content
        client.delete(job)


def test_the_limits_of_the_operator_are_told_and_kept(narrow: DatalabProcess):
    with narrow.client() as client:
        capabilities = ET.fromstring(client.get("/tap/capabilities").content)
        (duration,) = capabilities.iter("executionDuration")
        assert (duration.findtext("default"), duration.findtext("hard")) == ("60", "60")
        (rows,) = capabilities.iter("outputLimit")
        assert (rows.findtext("default"), rows.findtext("hard")) == ("100000", "100000")
        job = submit(client, SMALL)
        assert client.get(f"{job}/executionduration").text == "60"
    assert narrow.query(SMALL, MAXREC=100_001).status_code == 400
