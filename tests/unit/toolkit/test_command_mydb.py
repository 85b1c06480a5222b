"""``datalab mydb_create`` and others, ``query`` with ``out=``, and jobs by their official names."""

from __future__ import annotations

from pathlib import Path

import datalab_toolkit as dl
import pandas as pd
import pyarrow as pa
import pytest
from datalab_toolkit import keptsignins, queryjob
from datalab_toolkit.cli import main
from two_users import Users


def test_tables_are_made_filled_changed_and_dropped(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "schema.txt").write_text("id,int\nx,double precision\n")
    (tmp_path / "rows.csv").write_text("id,x\n1,2.5\n2,3.5\n")
    (tmp_path / "bare.csv").write_text("3,4.5\n")
    for line in (
        ["mydb_create", "table=t", f"schema={tmp_path}/schema.txt"],
        ["mydb_insert", "table=t", f"data={tmp_path}/rows.csv"],
        ["mydb_insert", "--table=t", f"--data={tmp_path}/bare.csv", "csv_header=false"],
        ["mydb_import", "u", f"{tmp_path}/rows.csv"],
        ["mydb_import", "table=u", f"data={tmp_path}/rows.csv", "append=true"],
        ["mydb_index", "table=t", "column=id"],
        ["mydb_copy", "source=t", "target=v"],
        ["mydb_rename", "old=v", "new=w"],
        ["mydb_truncate", "table=w"],
    ):
        assert main(line) == 0, capsys.readouterr().err
        assert capsys.readouterr().out == "OK\n"
    assert main(["mydb_list"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split(",")[:2] for line in lines] == [['"t"', "3"], ['"u"', "4"], ['"w"', "0"]]
    assert main(["listdb", "table=t", "--format", "table"]) == 0
    assert capsys.readouterr().out.splitlines()[3].split()[:2] == ["id", "INTEGER"]
    assert main(["dropdb", "table=w"]) == 0
    assert main(["mydb_drop", "w"]) == 1
    assert "you have no table" in capsys.readouterr().err


def test_what_cannot_become_rows_is_named(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, broken = tmp_path / "rows.csv", tmp_path / "broken.fits"
    rows.write_text("id,ra\n" + "1,2\n" * 1000 + "x,3\n")
    broken.write_bytes(bytes(3000))
    assert main(["mydb_create", "mine", "id,int\nra,double"]) == 0
    for line, told in (
        (["mydb_insert", "mine", str(rows)], "'x' in row 1,001 is not of type INTEGER"),
        (["mydb_import", "mine", str(tmp_path)], f"{tmp_path} is a folder."),
        (
            ["query", "SELECT * FROM TAP_UPLOAD.t", "--upload", f"t={broken}"],
            f"{broken} cannot be read: it is damaged, or of another format than its name says.",
        ),
    ):
        assert main(line) == 1
        assert told in capsys.readouterr().err


def test_an_empty_file_is_told_by_its_name(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.csv").touch()
    assert main(["mydb_import", "table=e", f"data={tmp_path}/empty.csv"]) == 1
    assert f"{tmp_path}/empty.csv is empty." in capsys.readouterr().err


def test_a_query_whose_sign_in_has_ended_says_how_to_sign_in(
    alice: Users, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = keptsignins.SignIn("alice", "alice.1000.1000.$1$of-long-ago")
    keptsignins.keep(alice.running.url, ended)
    assert main(["query", "sql=select ra from small.stars limit 1"]) == 1
    assert "Sign in with `datalab login`." in capsys.readouterr().err


def test_rows_go_where_they_are_sent(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = "select ra, dec from small.stars limit 5"
    for line, told in (
        (["query", f"sql={query}", "out=mydb://t"], "OK: mydb://t, 5 rows\n"),
        (["query", f"adql={query}", "--out=mydb://t", "--drop"], "OK: mydb://t, 5 rows\n"),
        (["query", f"sql={query}", "out=vos://t.parquet"], "OK: vos://t.parquet, "),
        (["query", f"sql={query}", f"out={tmp_path}/t.csv"], ""),
        (["query", f"sql={query}", "fmt=parquet", f"out={tmp_path}/t.parquet"], ""),
        (["query", f"sql={query}", f"out={tmp_path}/t.txt"], ""),
    ):
        assert main(line) == 0, capsys.readouterr().err
        said = capsys.readouterr().out
        assert said.startswith(told) if told else said == ""
    assert len(pd.read_parquet("vos://t.parquet")) == 5
    assert len(pd.read_parquet(tmp_path / "t.parquet")) == 5
    assert (tmp_path / "t.csv").read_bytes().startswith(b"ra,dec\n")
    assert (tmp_path / "t.txt").read_text().split()[:2] == ["ra", "dec"]
    assert main(["query", f"sql={query}", "out=mydb://t"]) == 1
    assert "drop=true" in capsys.readouterr().err
    (tmp_path / "q.sql").write_text("select count(*) from mydb.t")
    assert main(["query", f"sql={tmp_path}/q.sql", "fmt=ascii"]) == 0
    assert capsys.readouterr().out == "count\n5\n"


def test_jobs_have_their_official_names(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", "sql=select count(*) from small.stars", "async=true"]) == 0
    job = capsys.readouterr().out.strip()
    queryjob.Job("datalab", job).wait()
    assert main(["qstatus", f"jobId={job}"]) == 0
    assert main(["qresults", f"jobId={job}"]) == 0
    assert capsys.readouterr().out == "COMPLETED\ncount\n20000\n"
    assert main(["qresults", job, f"fname={tmp_path}/rows.csv"]) == 0
    assert (tmp_path / "rows.csv").read_text() == "count\n20000\n"
    assert main(["qresults", "jobId=nope"]) == 1
    assert "has no job nope" in capsys.readouterr().err


def test_a_file_of_the_storage_has_the_format_of_its_ending(
    alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = "select top 5 source_id, ra from small.stars order by source_id"
    for name in ("t.tsv", "t.arrows", "t.arrow", "t"):
        assert main(["query", query, f"out=vos://{name}"]) == 0, capsys.readouterr().err
    assert dl.storage.read("vos://t.tsv").startswith(b"source_id\tra")
    assert dl.storage.read("vos://t").startswith(b"source_id,ra")
    for name in ("t.arrow", "t.arrows"):
        assert pa.ipc.open_stream(dl.storage.read(f"vos://{name}")).read_all().num_rows == 5
    capsys.readouterr()
    for out in ("vos://t.xyz", f"{tmp_path}/t.xyz"):
        assert main(["query", query, f"out={out}"]) == 2
        assert "t.xyz ends with .xyz, which is no format.\nLet it end with .arrow, " in (
            capsys.readouterr().err
        )
        with pytest.raises(dl.DatalabError, match="which is no format"):
            dl.query(query, out=out)
    assert not dl.storage.exists("vos://t.xyz")


def test_a_folder_that_is_missing_is_named(
    alice: Users, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", "select top 5 ra from small.stars", "out=vos://nodir/x.csv"]) == 1
    told = capsys.readouterr().err
    assert "nodir" in told
    assert "TAP service" not in told
    with pytest.raises(dl.NotFoundError, match="nodir"):
        dl.query("SELECT TOP 5 ra FROM small.stars", out="vos://nodir/x.csv")
