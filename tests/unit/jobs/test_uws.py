"""Jobs over HTTP: the addresses, verbs and documents of UWS 1.1."""

from __future__ import annotations

import asyncio
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from datalab_backend.accounts.callers import Callers
from datalab_backend.server import create_app, make_context
from datalab_backend.web import joblists
from datalab_backend.web.context import Limits
from jobs_client import NIL, UWS, document, jobs, phase, reach, run, submit
from small_sky import ENDLESS
from upload_tables import tabledata

SMALL = "SELECT TOP 3 ra FROM small.stars"
INFO = "{http://www.ivoa.net/xml/VOTable/v1.3}INFO"


def _refused(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    infos = {i.get("name"): i for i in ET.fromstring(answer.content).iter(INFO)}
    assert infos["QUERY_STATUS"].get("value") == "ERROR"
    return infos["QUERY_STATUS"].text


def test_a_job_waits_until_it_is_told_to_run_and_then_gives_its_result(client: httpx.Client):
    job = submit(client, SMALL, FORMAT="csv")
    assert phase(client, job) == "PENDING"
    answer = client.post(f"{job}/phase", data={"phase": "RUN"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(job)
    reach(client, job, "COMPLETED")
    result = client.get(f"{job}/results/result")
    assert result.headers["Content-Type"].startswith("text/csv")
    assert len(result.text.splitlines()) == 4


def test_phase_run_in_the_creating_post_runs_the_job_at_once(client: httpx.Client):
    job = run(client, SMALL, RESPONSEFORMAT="json", MAXREC=2)
    reach(client, job, "COMPLETED")
    answer = client.get(f"{job}/results/result").json()
    assert len(answer["data"]) == 2
    assert answer["overflow"] is True


def test_the_document_of_a_job_tells_all_there_is_to_tell(client: httpx.Client):
    job = submit(client, SMALL, RUNID="my <run> & more")
    told = document(client, job)
    assert told.tag == f"{UWS}job"
    assert told.get("version") == "1.1"
    texts = {child.tag.removeprefix(UWS): child.text for child in told}
    assert texts["jobId"] == job.rpartition("/")[2]
    assert texts["runId"] == "my <run> & more"
    assert texts["phase"] == "PENDING"
    assert texts["executionDuration"] == "3600"
    for name in ("creationTime", "destruction"):
        assert texts[name].endswith("Z")
        assert datetime.fromisoformat(texts[name]).tzinfo is not None
    for name in ("ownerId", "quote", "startTime", "endTime"):
        assert told.find(f"{UWS}{name}").get(NIL) == "true"
    given = {p.get("id"): p.text for p in told.iter(f"{UWS}parameter")}
    assert given["QUERY"] == SMALL
    assert "PHASE" not in given


def test_the_parts_of_a_job_are_plain_text_or_documents_of_their_own(client: httpx.Client):
    job = run(client, SMALL)
    reach(client, job, "COMPLETED")
    for name, told in (("quote", ""), ("owner", ""), ("executionduration", "3600")):
        answer = client.get(f"{job}/{name}")
        assert answer.text == told
        assert answer.headers["Content-Type"].startswith("text/plain")
    assert client.get(f"{job}/destruction").text.endswith("Z")
    parameters = ET.fromstring(client.get(f"{job}/parameters").content)
    assert {p.get("id") for p in parameters} == {"REQUEST", "LANG", "QUERY"}
    (result,) = ET.fromstring(client.get(f"{job}/results").content)
    assert result.get("id") == "result"
    href = result.get("{http://www.w3.org/1999/xlink}href")
    assert client.get(href).status_code == 200
    assert int(result.get("size")) == len(client.get(href).content)


def test_a_wrong_query_ends_in_an_error_document_with_the_place(client: httpx.Client):
    job = run(client, "SELECT ra,\n  gmga FROM small.stars", FORMAT="csv")
    reach(client, job, "ERROR")
    told = document(client, job)
    assert told.find(f"{UWS}errorSummary").get("type") == "fatal"
    assert "gmga" in told.find(f"{UWS}errorSummary/{UWS}message").text
    answer = client.get(f"{job}/error")
    infos = {i.get("name"): i.get("value") for i in ET.fromstring(answer.content).iter(INFO)}
    assert (infos["line"], infos["column"]) == ("2", "3")
    assert "gmag" in infos["hint"]
    assert "gmga" in _refused(client.get(f"{job}/results/result"), 404)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"LANG": "PQL"}, "LANG"),
        ({"FORMAT": "clay"}, "clay"),
        ({"MAXREC": "many"}, "MAXREC"),
        ({"REQUEST": "doMagic"}, "REQUEST"),
    ],
)
def test_wrong_parameters_are_the_error_of_the_job(
    client: httpx.Client, parameters: dict[str, str], told: str
):
    job = run(client, SMALL, **parameters)
    reach(client, job, "ERROR")
    assert told in client.get(f"{job}/error").text


def test_parameters_can_be_changed_until_the_job_runs_and_not_after(client: httpx.Client):
    job = submit(client, "SELECT nonsense")
    for address in (job, f"{job}/parameters"):
        answer = client.post(address, data={"QUERY": SMALL, "MAXREC": "2", "RUNID": "mine"})
        assert answer.status_code == 303
    told = document(client, job)
    given = {p.get("id"): p.text for p in told.iter(f"{UWS}parameter")}
    expected = {"LANG": "ADQL", "MAXREC": "2", "QUERY": SMALL, "REQUEST": "doQuery"}
    assert given == expected | {"RUNID": "mine"}
    assert told.findtext(f"{UWS}runId") == "mine"
    client.post(f"{job}/phase", data={"PHASE": "RUN"})
    reach(client, job, "COMPLETED")
    assert "cannot be changed" in _refused(client.post(f"{job}/parameters", data={"MAXREC": "3"}))
    late = client.post(f"{job}/executionduration", data={"EXECUTIONDURATION": "3"})
    assert "cannot be changed" in _refused(late)


def test_a_job_that_runs_tells_its_rows_and_how_far_it_has_come(client: httpx.Client):
    job = run(client, ENDLESS.replace("small.stars AS c", "small.fields AS c").replace("c.ra", "1"))
    reach(client, job, "EXECUTING")
    while (progress := document(client, job).findtext(f".//{UWS}progress")) in (None, "0.0"):
        assert phase(client, job) == "EXECUTING"
        time.sleep(0.1)
    assert 0 < float(progress) < 1
    assert document(client, job).findtext(f".//{UWS}rows") == "0"
    client.post(f"{job}/phase", data={"PHASE": "ABORT"})
    assert document(client, job).find(f".//{UWS}progress") is None


def test_new_tables_replace_the_tables_of_a_job_that_was_not_run(client: httpx.Client):
    def table(value: int) -> bytes:
        return tabledata('<FIELD name="a" datatype="int"/>', (str(value),))

    form = {"LANG": "ADQL", "QUERY": "SELECT * FROM TAP_UPLOAD.t", "FORMAT": "csv"}
    first = form | {"UPLOAD": "t,param:x;old,param:x"}
    job = urlsplit(
        client.post("/tap/async", data=first, files={"x": table(1)}).headers["Location"]
    ).path
    csv = {"x": ("t.csv", b"b\n2\n", "text/csv")}
    assert client.post(job, data={"UPLOAD": "t,param:x"}, files=csv).status_code == 303
    client.post(job, data={"MAXREC": "10"})  # leaves the tables alone
    client.post(f"{job}/phase", data={"PHASE": "RUN"})
    reach(client, job, "COMPLETED")
    assert client.get(f"{job}/results/result").text.split() == ["b", "2"]


def test_limits_can_be_asked_for_and_are_never_empty(client: httpx.Client):
    job = submit(client, SMALL)
    for asked, given in (("60", "60"), ("0", "86400"), ("99999999", "86400")):
        answer = client.post(f"{job}/executionduration", data={"EXECUTIONDURATION": asked})
        assert answer.status_code == 303
        assert client.get(f"{job}/executionduration").text == given
        assert document(client, job).findtext(f"{UWS}executionDuration") == given
    soon = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    for text in (soon.isoformat(), soon.strftime("%Y-%m-%dT%H:%M:%SZ"), soon.isoformat()[:19]):
        assert client.post(f"{job}/destruction", data={"DESTRUCTION": text}).status_code == 303
        assert datetime.fromisoformat(client.get(f"{job}/destruction").text) == soon
    for address, form in (
        ("executionduration", {}),
        ("executionduration", {"EXECUTIONDURATION": "-1"}),
        ("executionduration", {"EXECUTIONDURATION": "long"}),
        ("destruction", {}),
        ("destruction", {"DESTRUCTION": "tomorrow"}),
        ("destruction", {"DESTRUCTION": "0001-01-01T00:00:00+14:00"}),
        ("phase", {}),
        ("phase", {"PHASE": "FLY"}),
    ):
        _refused(client.post(f"{job}/{address}", data=form))


@pytest.mark.parametrize("by", ["DELETE", "ACTION=DELETE"])
def test_a_deleted_job_is_gone_with_all_that_belonged_to_it(client: httpx.Client, by: str):
    job = run(client, SMALL)
    reach(client, job, "COMPLETED")
    answer = client.delete(job) if by == "DELETE" else client.post(job, data={"ACTION": "DELETE"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/tap/async")
    for address in ("", "/phase", "/results", "/results/result", "/parameters", "/error"):
        assert "no job" in _refused(client.get(job + address), 404)


def test_an_aborted_job_stays_so(client: httpx.Client):
    job = run(client, ENDLESS)
    reach(client, job, "EXECUTING")
    for _ in range(2):
        assert client.post(f"{job}/phase", data={"PHASE": "ABORT"}).status_code == 303
        assert phase(client, job) == "ABORTED"
    assert "ABORTED" in _refused(client.post(f"{job}/phase", data={"PHASE": "RUN"}))
    _refused(client.get(f"{job}/results/result"), 404)


def test_wait_answers_as_soon_as_the_job_has_left_its_phase(client: httpx.Client):
    job = run(client, ENDLESS)
    reach(client, job, "EXECUTING")
    with client.stream("GET", job, params={"WAIT": "0"}) as answer:
        assert answer.status_code == 200
    assert document(client, job, WAIT="1").findtext(f"{UWS}phase") == "EXECUTING"
    # It is in another phase already, so there is nothing to wait for.
    assert document(client, job, WAIT="-1", PHASE="PENDING").findtext(f"{UWS}phase")
    client.post(f"{job}/phase", data={"PHASE": "ABORT"})
    assert document(client, job, WAIT="-1").findtext(f"{UWS}phase") == "ABORTED"
    _refused(client.get(job, params={"WAIT": "-2"}))
    _refused(client.get(job, params={"WAIT": "long"}))
    _refused(client.get(job, params={"WAIT": "1", "PHASE": "FLYING"}))


def test_a_list_shows_the_owner_their_jobs_filtered_as_they_ask(owner: httpx.Client):
    made = [submit(owner, SMALL).rpartition("/")[2] for _ in range(4)]
    owner.post(f"/tap/async/{made[0]}/phase", data={"PHASE": "ABORT"})
    assert jobs(owner)[:4] == made[::-1]
    assert jobs(owner, LAST=2) == [made[3], made[2]]
    assert made[0] in jobs(owner, PHASE="ABORTED")
    assert not set(jobs(owner, PHASE="ABORTED")) & set(made[1:])
    both = owner.get("/tap/async?PHASE=ABORTED&PHASE=PENDING")
    assert all(job in both.text for job in made)
    third = document(owner, f"/tap/async/{made[2]}").findtext(f"{UWS}creationTime")
    assert jobs(owner, AFTER=third) == [made[3]]
    for wrong in ({"PHASE": "FLYING"}, {"AFTER": "noon"}, {"LAST": "0"}, {"LAST": "few"}):
        _refused(owner.get("/tap/async", params=wrong))


def test_a_thousand_jobs_are_listed(small_sky_copy: Path):
    context = make_context(small_sky_copy)
    app = create_app(context, Callers("token"))
    made = [context.jobs.create("owner", (("QUERY", SMALL),)).id for _ in range(1000)]

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": "Bearer token"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:
            return await client.get("/tap/async")

    listed = [r.get("id") for r in ET.fromstring(asyncio.run(ask()).content)]
    assert sorted(listed) == sorted(made)


def test_a_wait_without_end_is_ended_within_a_minute(
    small_sky_copy: Path, monkeypatch: pytest.MonkeyPatch
):
    assert joblists.LONGEST_WAIT_S < 60
    monkeypatch.setattr(joblists, "LONGEST_WAIT_S", 0.2)
    context = make_context(small_sky_copy)
    job = context.jobs.create(None, ())

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(context, Callers("token")))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(f"/tap/async/{job.id}", params={"WAIT": "-1"})

    assert b"PENDING" in asyncio.run(ask()).content


def test_jobs_may_run_when_the_time_of_a_synchronous_query_is_over(small_sky_copy: Path):
    context = make_context(small_sky_copy, Limits(sync_s=1))
    context.jobs.start()
    job = context.jobs.create(None, (("LANG", "ADQL"), ("QUERY", ENDLESS)))
    context.jobs.run(job)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(context, Callers("token")))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/tap/sync", data={"LANG": "ADQL", "QUERY": ENDLESS})

    try:
        assert asyncio.run(ask()).status_code == 504
        assert context.jobs.get(job.id, None).phase == "EXECUTING"
    finally:
        context.jobs.close()


def test_the_capabilities_tell_how_long_jobs_run_and_are_kept(client: httpx.Client):
    told = ET.fromstring(client.get("/tap/capabilities").content)
    (duration,) = told.iter("executionDuration")
    assert (duration.findtext("default"), duration.findtext("hard")) == ("3600", "86400")
    (kept,) = told.iter("retentionPeriod")
    assert (kept.findtext("default"), kept.findtext("hard")) == ("604800", "7776000")
