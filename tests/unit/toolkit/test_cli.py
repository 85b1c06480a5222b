"""The `datalab` command: for people on a terminal, CSV in a pipe, files whole or absent."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.table import Table
from datalab_process import PATIENCE_S, DatalabProcess
from datalab_toolkit import exports
from small_sky import ENDLESS
from terminal import shown_by

ADQL = "SELECT TOP 50 source_id, ra, pmra, name FROM small.stars ORDER BY source_id"
IDS = (2**60 + 7 * np.arange(50)).tolist()


def datalab(
    lab: DatalabProcess, *arguments: str, text: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as a shell does."""
    return subprocess.run(
        [sys.executable, "-m", "datalab_toolkit.cli", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        cwd=lab.data,
    )


def test_a_pipe_gets_csv(small_lab: DatalabProcess) -> None:
    run = datalab(small_lab, "query", ADQL)
    assert run.returncode == 0, run.stderr
    frame = pd.read_csv(io.StringIO(run.stdout))
    assert frame.source_id.tolist() == IDS
    assert run.stderr == ""


def test_a_terminal_gets_an_aligned_table(small_lab: DatalabProcess) -> None:
    command = [sys.executable, "-m", "datalab_toolkit.cli", "query", ADQL]
    returncode, text = shown_by(command, "stdout")
    assert returncode == 0
    lines = text.splitlines()
    assert lines[0].split() == ["source_id", "ra", "pmra", "name"]
    assert lines[1].startswith("----")
    assert lines[2].startswith(str(IDS[0]))
    assert lines[-1] == "50 rows"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("stars.csv", pd.read_csv),
        ("stars.parquet", pd.read_parquet),
        ("stars.json", lambda path: pd.DataFrame(json.loads(path.read_text()))),
        ("stars.tsv", lambda path: pd.read_csv(path, sep="\t")),
        ("stars.arrow", lambda path: pa.ipc.open_stream(path.read_bytes()).read_pandas()),
        ("stars.vot", lambda path: Table.read(path, format="votable").to_pandas()),
        ("stars.xml", lambda path: Table.read(path, format="votable").to_pandas()),
        ("stars.fits", lambda path: Table.read(path).to_pandas()),
    ],
)
def test_a_file_has_the_format_of_its_name(
    small_lab: DatalabProcess, tmp_path: Path, name: str, read: Callable[[Path], pd.DataFrame]
) -> None:
    path = tmp_path / name
    run = datalab(small_lab, "query", ADQL, "--output", str(path))
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    assert read(path).source_id.tolist() == IDS
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_the_query_may_come_from_standard_input(small_lab: DatalabProcess) -> None:
    run = datalab(small_lab, "query", "-", "--format", "json", text=ADQL)
    rows = json.loads(run.stdout)
    assert [row["source_id"] for row in rows] == IDS
    assert rows[0]["pmra"] is None


def test_a_wrong_query_is_a_sentence_with_a_caret_and_leaves_no_file(
    small_lab: DatalabProcess, tmp_path: Path
) -> None:
    path = tmp_path / "stars.csv"
    path.write_text("what was there before")
    run = datalab(small_lab, "query", "SELECT nope FROM small.stars", "--output", str(path))
    assert run.returncode == 1
    assert run.stdout == ""
    lines = run.stderr.splitlines()
    assert lines[0].startswith("datalab: ")
    assert "nope" in lines[0]
    assert lines[3].index("^") == lines[2].index("nope")
    assert "Traceback" not in run.stderr
    assert path.read_text() == "what was there before"
    assert [p.name for p in tmp_path.iterdir()] == ["stars.csv"]


def test_a_file_that_cannot_be_written_is_a_sentence(
    small_lab: DatalabProcess, tmp_path: Path
) -> None:
    run = datalab(small_lab, "query", ADQL, "--output", str(tmp_path / "no" / "stars.csv"))
    assert run.returncode == 1
    assert run.stderr == (
        f"datalab: {tmp_path}/no/stars.csv cannot be written: no such file or directory.\n"
    )


def test_rows_that_were_left_out_are_told(small_lab: DatalabProcess) -> None:
    for extra in ([], ["--format", "votable"]):
        run = datalab(small_lab, "query", "SELECT ra FROM small.stars", "--maxrec", "5", *extra)
        assert run.returncode == 0
        assert "more rows than were returned" in run.stderr


def test_tables_and_descriptions_are_listed(small_lab: DatalabProcess) -> None:
    run = datalab(small_lab, "tables", "brighter")
    assert pd.read_csv(io.StringIO(run.stdout)).table.tolist() == ["small.stars"]
    run = datalab(small_lab, "describe", "small.stars", "--format", "table")
    assert run.stdout.startswith("small.stars\n")
    assert "Credit: Made up for the tests" in run.stdout
    run = datalab(small_lab, "describe", "small.star")
    assert run.returncode == 1
    assert "small.stars" in run.stderr


def test_another_service_is_asked_by_its_name(small_lab: DatalabProcess, observatory: str) -> None:
    from datalab_toolkit.registry import find

    known = json.dumps({"far": find(observatory).url})
    adql = "SELECT name FROM messier.objects WHERE number = 31"
    run = datalab(small_lab, "query", adql, "--service", "far", DATALAB_SERVICES=known)
    assert run.stdout.split() == ['"name"', '"Andromeda', 'Galaxy"']
    run = datalab(small_lab, "query", adql, "--service", "nowhere", DATALAB_SERVICES=known)
    assert run.returncode == 1
    assert "datalab, far" in run.stderr


def test_a_refusal_with_status_200_leaves_no_file(
    small_lab: DatalabProcess, observatory: str, tmp_path: Path
) -> None:
    from datalab_toolkit.registry import find

    known = json.dumps({"far": find(observatory).url})
    adql, file = "SELECT nope FROM messier.objects", tmp_path / "rows.vot"
    extra = ("--service", "far", "--output", str(file))
    run = datalab(small_lab, "query", adql, *extra, DATALAB_SERVICES=known)
    assert (run.returncode, run.stderr) == (1, "datalab: no such column: nope\n")
    assert not file.exists()


def test_a_file_of_ones_own_goes_along(small_lab: DatalabProcess, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(f"id,label\n{IDS[3]},a\n5,b\n")
    adql = "SELECT m.label FROM TAP_UPLOAD.mine AS m JOIN small.stars ON m.id = source_id"
    run = datalab(small_lab, "query", adql, "--upload", f"mine={tmp_path}/mine.csv")
    assert run.stdout.split() == ['"label"', '"a"'], run.stderr
    run = datalab(small_lab, "query", adql, "--upload", "mine=nowhere.csv")
    assert run.returncode == 1
    assert "there is no file nowhere.csv" in run.stderr
    run = datalab(small_lab, "query", adql, "--upload", "mine.csv")
    assert run.returncode == 2
    assert "mine.csv is not like mine=targets.csv" in run.stderr


def test_sql_is_understood_when_it_is_said_to_be_sql(small_lab: DatalabProcess) -> None:
    sql = "SELECT source_id FROM small.stars ORDER BY source_id LIMIT 5;"
    run = datalab(small_lab, "query", sql, "--sql")
    assert run.stdout.split()[1:] == [str(number) for number in IDS[:5]], run.stderr
    assert datalab(small_lab, "query", sql).returncode == 1


def test_a_job_is_run_listed_and_its_result_written(
    small_lab: DatalabProcess, tmp_path: Path
) -> None:
    job = datalab(small_lab, "query", ADQL, "--async").stdout.strip()
    run = datalab(small_lab, "job", job, "--wait")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"Job {job}: done, ")
    listed = pd.read_csv(io.StringIO(datalab(small_lab, "jobs", "--last", "1").stdout))
    assert listed[["job", "phase"]].to_numpy().tolist() == [[job, "COMPLETED"]]
    assert datalab(small_lab, "job", job, "--result", str(tmp_path / "a.fits")).returncode == 0
    assert Table.read(tmp_path / "a.fits")["source_id"].tolist() == IDS
    assert datalab(small_lab, "job", job, "--delete").returncode == 0
    run = datalab(small_lab, "job", job)
    assert run.returncode == 1
    assert f"has no job {job}, or not any more" in run.stderr


def test_a_job_that_failed_says_why(small_lab: DatalabProcess) -> None:
    job = datalab(small_lab, "query", "SELECT gmga FROM small.stars", "--async").stdout.strip()
    run = datalab(small_lab, "job", job, "--wait")
    assert run.returncode == 1
    assert "gmga" in run.stderr
    assert "Traceback" not in run.stderr


def test_ctrl_c_cancels_a_query_and_leaves_a_job(small_lab: DatalabProcess) -> None:
    before = running(small_lab)
    status, told = interrupted("query", ENDLESS, at_work=lambda _: running(small_lab) > before)
    assert (status, told) == (130, "datalab: The query was cancelled.\n")

    job = datalab(small_lab, "query", ENDLESS, "--async").stdout.strip()
    status, told = interrupted("job", job, "--wait", at_work=lambda said: ": running" in said)
    assert status == 130
    assert f"The job {job} goes on: `datalab job {job} --wait`" in told
    assert datalab(small_lab, "job", job, "--abort").stdout.startswith(f"Job {job}: aborted")
    assert datalab(small_lab, "job", job, "--delete").returncode == 0


def running(lab: DatalabProcess) -> int:
    """How many times the server has begun with the endless query."""
    return sum(line.get("adql") == ENDLESS for line in lab.log)


def interrupted(*arguments: str, at_work: Callable[[str], bool]) -> tuple[int, str]:
    """Press Ctrl-C once the command is at work; its exit status, and what it said on a terminal."""
    command = [sys.executable, "-m", "datalab_toolkit.cli", *arguments]
    ours, theirs = pty.openpty()
    said = b""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs) as run:
        os.close(theirs)
        os.set_blocking(ours, False)
        pressed = False
        deadline = time.monotonic() + PATIENCE_S
        while run.poll() is None and time.monotonic() < deadline:
            if not pressed and at_work(said.decode()):
                pressed = True
                run.send_signal(signal.SIGINT)
            said += read_now(ours)
            time.sleep(0.05)
        said += read_now(ours)
    os.close(ours)
    return run.returncode, said.decode().replace("\r\n", "\n")


def read_now(terminal: int) -> bytes:
    """What a terminal shows that was not read before."""
    try:
        return os.read(terminal, 65_536)
    except OSError:  # nothing yet, or the other end was closed
        return b""


def test_a_reader_that_has_seen_enough_gets_no_complaint(small_lab: DatalabProcess) -> None:
    command = f"{sys.executable} -m datalab_toolkit.cli query 'SELECT * FROM small.stars' | head -1"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert run.stdout.startswith('"source_id"')
    assert run.stderr == ""


def test_csv_holds_arrays_and_bytes(tmp_path: Path) -> None:
    rows = pa.table({"pair": [[1.5, 2.0], None], "code": [b"\x01\xff", b""], "n": [1, 2]})
    with exports.Target(tmp_path / "rows.csv") as target:
        target.write(rows)
    assert (tmp_path / "rows.csv").read_text().splitlines()[1:] == ['"1.5 2.0","01ff",1', ',"",2']


def test_a_full_disk_is_a_sentence(small_lab: DatalabProcess) -> None:
    command = [sys.executable, "-m", "datalab_toolkit.cli", "query", ADQL]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == "datalab: the output cannot be written: No space left on device.\n"


@pytest.mark.parametrize("rows", ["0", "-1", "many", "1.5"])
def test_a_wrong_number_of_rows_is_a_sentence(small_lab: DatalabProcess, rows: str) -> None:
    run = datalab(small_lab, "query", ADQL, f"--maxrec={rows}")
    assert run.returncode == 2
    assert f"{rows} is not a positive number" in run.stderr


def test_a_closed_output_is_written_nothing() -> None:
    command = f"{sys.executable} -m datalab_toolkit.cli version >&- <&-"
    run = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_it_can_be_stopped_before_it_has_begun() -> None:
    program = "import sys, datalab_command; sys.exit(datalab_command.main())"
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-c", program, "tables"],
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if "datalab_toolkit" in line:
                break
        run.send_signal(signal.SIGINT)
        rest = run.stderr.read()
    assert run.returncode == 130
    assert "datalab: cancelled" in rest
    assert "Traceback" not in rest
