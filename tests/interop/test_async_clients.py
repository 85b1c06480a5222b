"""Asynchronous queries by the clients that astronomers have: pyvo, astroquery, STILTS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyvo
import requests
from astropy.table import Table
from astroquery.utils.tap.core import TapPlus
from datalab_process import DatalabProcess
from small_sky import ENDLESS
from stilts import stilts

QUERY = "SELECT source_id, ra, dec, gmag, epochs FROM small.stars WHERE epochs > 150"
# Some seconds of computing, on any machine.
LONG = (
    "SELECT COUNT(*) AS n FROM small.stars AS a, small.stars AS b WHERE SIN(a.ra) * SIN(b.ra) > 0.9"
)
WRONG = "SELECT gmga FROM small.stars"


@pytest.fixture(scope="module")
def tap(datalab: DatalabProcess) -> pyvo.dal.TAPService:
    """The service as pyvo sees it."""
    return pyvo.dal.TAPService(f"{datalab.url}/tap")


@pytest.fixture(scope="module")
def rows(tap: pyvo.dal.TAPService) -> Table:
    """What the query gives when it is answered at once."""
    return tap.run_sync(QUERY).to_table()


def _same(table: Table, rows: Table) -> None:
    assert len(table) == len(rows) > 0
    for name in rows.colnames:
        np.testing.assert_array_equal(np.asarray(table[name]), np.asarray(rows[name]))


def test_pyvo_runs_a_query_as_a_job(tap: pyvo.dal.TAPService, rows: Table):
    _same(tap.run_async(QUERY).to_table(), rows)


def test_pyvo_submits_runs_waits_fetches_and_deletes(tap: pyvo.dal.TAPService, rows: Table):
    job = tap.submit_job(QUERY, maxrec=7)
    assert job.phase == "PENDING"
    job.execution_duration = 120
    assert job.execution_duration.to("s").value == pytest.approx(120)
    job.query = QUERY + " ORDER BY source_id"
    assert job.query == QUERY + " ORDER BY source_id"
    job.run()
    job.wait()
    assert job.phase == "COMPLETED"
    result = job.fetch_result()
    assert result.status[0] == "OVERFLOW"
    assert len(result) == 7
    url = job.url
    job.delete()
    with pytest.raises(pyvo.dal.DALServiceError):
        pyvo.dal.AsyncTAPJob(url)


def test_pyvo_waits_for_a_job_without_asking_again_and_again(
    tap: pyvo.dal.TAPService, datalab: DatalabProcess
):
    job = tap.submit_job(LONG)
    job.run().wait(phases={"COMPLETED"})
    path = job.url.removeprefix(datalab.url)
    datalab.logged(method="GET", path=path)
    asked = [line for line in datalab.log if line.get("path") == path]
    assert len(asked) < 10
    job.delete()


def test_pyvo_aborts_a_job(tap: pyvo.dal.TAPService):
    job = tap.submit_job(ENDLESS)
    job.run()
    job.abort()
    assert job.phase == "ABORTED"
    job.delete()


def test_pyvo_shows_our_sentence_when_a_query_is_wrong(tap: pyvo.dal.TAPService):
    with pytest.raises(pyvo.dal.DALQueryError, match=r"gmga.*line 1, column 8"):
        tap.run_async(WRONG)


def test_pyvo_lists_the_jobs_of_the_owner(datalab: DatalabProcess):
    session = requests.Session()
    session.headers.update(datalab.as_owner)
    theirs = pyvo.dal.TAPService(f"{datalab.url}/tap", session=session)
    job = theirs.submit_job(QUERY)
    listed = theirs.get_job_list(last=1, phases=["PENDING"])
    assert [j.jobid for j in listed] == [job.job_id]
    assert listed[0].ownerid == "owner"
    job.delete()
    assert job.job_id not in [j.jobid for j in theirs.get_job_list()]


def test_astroquery_launches_a_job_that_runs_from_its_first_post(
    datalab: DatalabProcess, rows: Table
):
    tap = TapPlus(url=f"{datalab.url}/tap", verbose=False)
    job = tap.launch_job_async(QUERY)
    assert job.get_phase() == "COMPLETED"
    _same(job.get_results(), rows)
    background = tap.launch_job_async(QUERY, background=True, autorun=False, name="later")
    assert background.get_phase(update=True) == "PENDING"
    background.start()
    _same(background.get_results(), rows)


def test_astroquery_uploads_a_table_with_its_job(datalab: DatalabProcess, rows: Table):
    tap = TapPlus(url=f"{datalab.url}/tap", verbose=False)
    match = (
        "SELECT s.* FROM small.stars AS s JOIN TAP_UPLOAD.mine AS m ON s.source_id = m.source_id"
    )
    job = tap.launch_job_async(
        match, upload_resource=rows["source_id", "ra"][:20], upload_table_name="mine"
    )
    assert sorted(job.get_results()["source_id"]) == sorted(rows["source_id"][:20])


def test_astroquery_lists_tables_and_runs_a_query_at_once(datalab: DatalabProcess, rows: Table):
    tap = TapPlus(url=f"{datalab.url}/tap", verbose=False)
    # With their columns it reads the tables of ESA's services only.
    names = [table.name for table in tap.load_tables(only_names=True)]
    assert "small.stars" in names
    assert len(tap.launch_job(QUERY).get_results()) == 2000  # its own TOP
    again = tap.launch_job_async(QUERY)
    _same(tap.load_async_job(jobid=again.jobid).get_results(), rows)


def test_astroquery_shows_our_sentence_when_a_query_is_wrong(datalab: DatalabProcess):
    with pytest.raises(Exception, match="gmga"):
        TapPlus(url=f"{datalab.url}/tap", verbose=False).launch_job_async(WRONG)


def test_stilts_queries_asynchronously_and_resumes(
    datalab: DatalabProcess, rows: Table, tmp_path: Path
):
    out = tmp_path / "rows.fits"
    service = f"tapurl={datalab.url}/tap"
    done = stilts(
        "tapquery", "sync=false", service, f"adql={QUERY}", "delete=never", "poll=200", f"out={out}"
    )
    assert done.returncode == 0, done.stderr
    _same(Table.read(out), rows)
    job = next(w for w in done.stderr.split() if w.startswith(datalab.url))
    again = tmp_path / "again.fits"
    resumed = stilts("tapresume", f"joburl={job}", "delete=finished", "poll=200", f"out={again}")
    assert resumed.returncode == 0, resumed.stderr
    _same(Table.read(again), rows)
    with datalab.client() as client:
        assert client.get(job).status_code == 404


def test_stilts_shows_our_sentence_when_a_query_is_wrong(datalab: DatalabProcess):
    done = stilts(
        "tapquery", "sync=false", f"tapurl={datalab.url}/tap", f"adql={WRONG}", "poll=200"
    )
    assert done.returncode != 0
    assert "gmga" in done.stderr
