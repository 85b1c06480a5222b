"""Queries that run while their author does something else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import datalab_toolkit as dl
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from datalab_backend.accounts.callers import Callers
from datalab_backend.server import create_app, make_context
from datalab_backend.web.context import Limits
from datalab_process import DatalabProcess, serving
from datalab_toolkit.progress import as_html, as_text
from datalab_toolkit.uws import JobState
from interrupts import interrupted
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from old_job_service import OldService, serving_app
from small_sky import ENDLESS, STARS
from terminal import shown_by

pytestmark = pytest.mark.usefixtures("small_lab")

ADQL = "SELECT TOP 300 * FROM small.stars ORDER BY source_id"
IDS = 2**60 + 7 * np.arange(300, dtype=np.int64)


@pytest.fixture
def old_service() -> Iterator[OldService]:
    service = OldService()
    with serving_app(service.app()) as url:
        dl.add_service("old", f"{url}/tap", "Old observatory")
        yield service


@pytest.fixture
def hasty_lab(
    small_sky_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A Data Lab that lets nobody wait for a query."""
    context = make_context(small_sky_copy, Limits(sync_s=0.02))  # type: ignore[arg-type]
    context.jobs.start()
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text("secret")
    with serving_app(create_app(context, Callers("secret"))) as url:
        monkeypatch.setenv("DATALAB_URL", url)
        monkeypatch.setenv("DATALAB_TOKEN_FILE", str(token))
        yield
    context.jobs.close()


def test_a_job_gives_the_rows_that_the_query_gives() -> None:
    job = dl.query(ADQL, async_=True)
    stars = job.result()
    pd.testing.assert_frame_equal(stars, dl.query(ADQL))
    assert job.phase == "COMPLETED"
    assert job.error is None
    assert job.rows == 300
    assert job.query == ADQL
    assert stars.attrs["units"]["ra"] == "deg"
    assert stars.attrs["credit"] == "Made up for the tests <nobody>."
    assert job.result("table")["pmra"].unit == "mas / yr"
    assert isinstance(dl.query(ADQL, fmt="arrow", async_=True).result(), pa.Table)


def test_a_job_is_awaited() -> None:
    async def both() -> list[pd.DataFrame]:
        jobs = [
            dl.query(ADQL, async_=True),
            dl.query("SELECT TOP 1 1 AS one FROM small.stars", async_=True),
        ]
        return await asyncio.gather(*jobs)

    stars, one = asyncio.run(both())
    assert np.array_equal(stars.source_id, IDS)
    assert one.one.tolist() == [1]


def test_a_job_is_found_again_by_its_id_and_in_the_list() -> None:
    first = dl.query(ADQL, async_=True).wait()
    second = dl.query("SELECT TOP 5 ra FROM small.stars", async_=True).wait()
    found = dl.job(second.id)
    assert len(found.result()) == 5
    assert found.query == "SELECT TOP 5 ra FROM small.stars"
    assert [job.id for job in dl.jobs(last=2)] == [second.id, first.id]
    assert first.id in [job.id for job in dl.jobs("completed")]
    assert first.id not in [job.id for job in dl.jobs(["EXECUTING", "QUEUED"])]
    assert len(dl.jobs(after="2100-01-01")) == 0
    assert dl.jobs(last=1)[0].query == "SELECT TOP 5 ra FROM small.stars"
    assert repr(dl.jobs(last=1)[0]).startswith(f"Job {second.id}: done")
    assert second.id in repr(dl.jobs())
    assert second.id in dl.jobs()._repr_html_()
    assert dl.jobs(last=1).to_arrow()["phase"].to_pylist() == ["COMPLETED"]


def test_a_wrong_query_tells_the_place_when_its_rows_are_wanted() -> None:
    job = dl.query("SELECT gmga\nFROM small.stars", async_=True)
    with pytest.raises(dl.QueryError, match="gmga") as caught:
        job.result()
    assert (caught.value.line, caught.value.column) == (1, 8)
    assert "^" in str(caught.value)
    assert "gmag" in caught.value.hint
    assert job.phase == "ERROR"
    assert isinstance(job.error, dl.QueryError)


def test_a_job_can_be_aborted_and_deleted() -> None:
    job = dl.query(ENDLESS, async_=True)
    assert job.phase in ("QUEUED", "EXECUTING")
    with pytest.raises(dl.ServiceTimeoutError, match=r"It goes on: dl\.job\('"):
        job.wait(timeout=0.3)
    job.abort()
    assert job.phase == "ABORTED"
    with pytest.raises(dl.DatalabError, match="was aborted"):
        job.result()
    job.delete()
    with pytest.raises(dl.NotFoundError, match="or not any more"):
        dl.job(job.id)


def test_a_result_of_a_job_that_was_cut_short_says_so(tmp_path: Path) -> None:
    job = dl.query("SELECT ra FROM small.stars", maxrec=10, async_=True)
    with pytest.warns(dl.TruncatedResultWarning, match="the first 10 rows"):
        assert len(job.result()) == 10
    with pytest.warns(dl.TruncatedResultWarning, match="the first 10 rows"):
        job.save(tmp_path / "stars.csv")
    with pytest.warns(dl.TruncatedResultWarning, match="the first 10 rows"):
        job.save(tmp_path / "stars.as_it_is")


def test_a_result_is_saved_in_the_format_of_the_files_name(tmp_path: Path) -> None:
    job = dl.query(ADQL, async_=True)
    assert pd.read_parquet(job.save(tmp_path / "a.parquet")).source_id.tolist() == IDS.tolist()
    assert pd.read_csv(job.save(tmp_path / "a.csv")).source_id.tolist() == IDS.tolist()
    as_it_is = job.save(tmp_path / "a.result").read_bytes()
    assert pa.ipc.open_stream(as_it_is).read_all().num_rows == 300


def test_interrupting_a_wait_leaves_the_job_and_says_how_to_come_back() -> None:
    job = dl.query(ENDLESS, async_=True)
    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted(job.wait)
    assert f"dl.job('{job.id}')" in str(caught.value)
    assert caught.value._render_traceback_() == [f"Interrupted: {caught.value}"]
    assert job.phase in ("QUEUED", "EXECUTING")
    job.delete()


def test_a_query_that_takes_too_long_runs_on_as_a_job(
    hasty_lab: None, capsys: pytest.CaptureFixture[str]
) -> None:
    adql = "SELECT COUNT(*) AS n FROM small.stars AS a, small.stars AS b WHERE a.ra < b.ra"
    assert dl.query(adql).n[0] == STARS * (STARS - 1) // 2
    said = capsys.readouterr().out
    assert "takes longer than the sync limit of Data Lab; it is running as job " in said
    assert said.split()[-1].rstrip(".") == dl.jobs(last=1)[0].id


def test_interrupting_a_query_that_became_a_job_aborts_it(hasty_lab: None) -> None:
    def interrupt() -> None:
        while not dl.jobs("EXECUTING"):
            time.sleep(0.1)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt, match="was aborted"):
        dl.query(ENDLESS)
    assert dl.jobs(last=1)[0].phase == "ABORTED"


def test_a_job_outlives_the_server(small_sky_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATALAB_DATA", str(small_sky_copy))
    with serving(small_sky_copy) as first:
        job = dl.query(ADQL, async_=True)
        job.wait()
        before = job.url
        first.stop()
    with serving(small_sky_copy):
        assert np.array_equal(job.result().source_id, IDS)
        assert job.url != before


def test_a_notebook_shows_a_bar_that_needs_nothing_from_the_network() -> None:
    job = dl.query(ADQL, async_=True).wait()
    shown = job._repr_mimebundle_()
    html = shown["text/html"]
    assert '<progress value="1"' in html
    assert "done" in html
    assert "300 rows" in html
    assert job.id in html
    assert "http" not in html
    assert "<script" not in html
    assert shown["text/plain"].startswith(f"Job {job.id}: done, ")


def test_a_bar_shows_how_far_it_has_come_or_that_nobody_knows() -> None:
    known = JobState("j1", "EXECUTING", progress=0.25)
    assert '<progress value="0.25"' in as_html(known, 3.0)
    assert as_text(known, 3.0) == "Job j1: running, 25%, 3.0 s"
    assert "<progress style" in as_html(JobState("j1", "EXECUTING"), 3.0)
    failed = as_html(JobState("j1", "ERROR", message="<b>no</b>", progress=0.5), 3.0)
    assert '<progress value="0"' in failed
    assert "&lt;b&gt;no" in failed


def test_waiting_in_a_notebook_moves_one_bar() -> None:
    code = f"import datalab_toolkit as dl\ndl.query({ENDLESS!r}, async_=True).wait(2)"
    notebook = new_notebook(cells=[new_code_cell(code)])
    NotebookClient(notebook, allow_errors=True, startup_timeout=300).execute()
    bar, stopped = notebook.cells[0].outputs
    assert "<progress " in bar["data"]["text/html"]
    assert ": running, " in bar["data"]["text/plain"]
    assert stopped["ename"] == "ServiceTimeoutError"
    assert "Traceback" not in "".join(stopped["traceback"])
    dl.jobs(last=1)[0].delete()


def test_a_terminal_shows_a_line_of_progress(small_lab: DatalabProcess) -> None:
    code = f"import datalab_toolkit as dl; dl.query({ENDLESS!r}, async_=True).wait(2)"
    returncode, text = shown_by([sys.executable, "-c", code], "stderr")
    assert returncode == 1
    assert "\rJob " in text
    assert ": running, " in text
    dl.jobs(last=1)[0].delete()


def test_jobs_of_an_old_service_are_driven_the_same_way(old_service: OldService) -> None:
    began = time.monotonic()
    job = dl.query("SELECT n FROM t", service="old", async_=True)
    with pytest.warns(dl.TruncatedResultWarning):
        assert job.result().n.tolist() == [4611686018427387905]
    assert time.monotonic() - began < 60
    assert not any("WAIT" in query for query in old_service.asked)
    # It was left in peace, and not asked as fast as can be.
    assert 1 < len(old_service.asked) < 30
    assert [j.id for j in dl.jobs("COMPLETED", service="old")] == [job.id]
    assert not dl.jobs("ERROR", service="old")
    job.delete()
    assert not old_service.jobs
    with pytest.raises(dl.NotFoundError):
        dl.job("j1", service="old")


def test_an_error_without_a_document_is_told_in_the_words_of_the_job(
    old_service: OldService,
) -> None:
    job = dl.query("SELECT wrong FROM t", service="old", async_=True)
    with pytest.raises(dl.QueryError, match=r"The disk is full of stars\."):
        job.result()


def test_a_timeout_in_words_alone_is_understood(
    old_service: OldService, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(dl.TruncatedResultWarning):
        assert len(dl.query("SELECT slow FROM t", service="old")) == 1
    assert "longer than the sync limit of Old observatory" in capsys.readouterr().out


def test_a_service_without_jobs_says_so(observatory: str) -> None:
    with pytest.raises(dl.ServiceUnavailableError, match="does not run queries as jobs"):
        dl.query("SELECT name FROM messier.objects", service=observatory, async_=True)


def test_wrong_filters_are_told_before_anything_is_asked() -> None:
    with pytest.raises(dl.DatalabError, match="no phase 'DONE'"):
        dl.jobs("done")
    with pytest.raises(dl.DatalabError, match="after is not a time"):
        dl.jobs(after="yesterday")
    with pytest.raises(dl.DatalabError, match="after is not a time"):
        dl.jobs(after=5)  # type: ignore[arg-type]
    with pytest.raises(dl.NotFoundError, match="without an id"):
        dl.job(" ")
    with pytest.raises(dl.DatalabError, match="last cannot be 0"):
        dl.jobs(last=0)
