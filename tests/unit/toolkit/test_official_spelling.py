"""Cells of notebooks that were written for the official client, with one import changed."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table
from datalab_process import PATIENCE_S, DatalabProcess
from datalab_toolkit.dl import authClient, queryClient, resClient, storeClient
from two_users import Users
from web_hosts import host, sends

PASSWORD = "correct horse battery"
QUERY = "select source_id, ra, name from small.stars order by source_id limit 3"
ROWS = "source_id,ra,name\n1152921504606846976,0,\n"


def test_the_queries_of_the_slides_run(nobody: Users) -> None:
    token = authClient.login("demo00", PASSWORD)
    assert authClient.isValidToken(token)
    query = "SELECT source_id,ra,dec,gmag FROM small.stars WHERE field=3 LIMIT 100"
    response = queryClient.query(token, sql=query, fmt="csv")
    assert response[:24] == "source_id,ra,dec,gmag\n11"
    assert response.count("\n") == 101
    assert queryClient.query(token, adql=query, fmt="csv", out="mydb://mags3") == "OK"
    with pytest.raises(queryClient.queryClientError, match="already exists") as error:
        queryClient.query(token, adql=query, fmt="csv", out="mydb://mags3")
    assert "mags3" in error.value.message
    assert queryClient.list(token, table="mydb://mags3").split() == [
        "source_id", "ra", "dec", "gmag",
    ]  # fmt: skip
    assert queryClient.query(token, adql=query, fmt="csv", out="vos://mags.csv") == "OK"
    assert storeClient.ls(token, name="vos://mags.csv") == "mags.csv"
    assert storeClient.get(token, "vos://mags.csv").startswith("source_id,ra,dec,gmag")
    assert storeClient.rm(token, name="vos://mags.csv") == "OK"
    assert storeClient.ls(token, name="vos://mags.csv") == 'Error 404: "vos://mags.csv" NOT FOUND'
    assert queryClient.mydb_drop(token, "mags3") == "OK"
    assert authClient.logout(token) == "OK"
    assert not authClient.isValidToken(token)


def test_each_form_of_a_call_means_the_same(alice: Users) -> None:
    token = alice.tokens["alice"]
    for given, named in (
        ((QUERY,), {}),
        ((token, QUERY), {}),
        ((token,), {"sql": QUERY}),
        ((None,), {"adql": QUERY}),
        (("",), {"sql": QUERY}),
        (("alice", QUERY), {}),
        ((), {"sql": QUERY, "token": token}),
        ((), {"sql": QUERY, "format": "csv"}),
    ):
        assert queryClient.query(*given, **named).startswith(ROWS)
    with pytest.raises(queryClient.queryClientError, match="No query specified"):
        queryClient.query(token)


def test_rows_come_in_each_format(alice: Users, tmp_path: Path) -> None:
    frame = queryClient.query(QUERY, fmt="pandas")
    assert isinstance(frame, pd.DataFrame)
    assert frame.source_id.tolist()[0] == 2**60
    assert isinstance(queryClient.query(QUERY, fmt="table"), Table)
    numbers = queryClient.query("select ra, dec from small.stars limit 5", fmt="array")
    assert (numbers.shape, numbers.dtype) == ((5, 2), np.dtype(float))
    assert queryClient.query(QUERY, fmt="structarray").dtype.names == ("source_id", "ra", "name")
    assert queryClient.query(QUERY, fmt="csv-noheader").startswith("1152921504606846976,0,\n")
    assert queryClient.query(QUERY, fmt="ascii").startswith("source_id\tra\tname\n")
    assert "<VOTABLE" in queryClient.query(QUERY, fmt="votable")
    content = queryClient.query(QUERY, fmt="fits")
    (tmp_path / "a.fits").write_bytes(content)
    assert fits.getdata(tmp_path / "a.fits")["source_id"][0] == 2**60
    assert queryClient.query(QUERY, out=str(tmp_path / "a.csv")) == "OK"
    assert (tmp_path / "a.csv").read_text().startswith(ROWS)
    twice = queryClient.query("select ra, ra from small.stars limit 1", fmt="pandas")
    assert len(set(twice.columns)) == 2


def test_a_wrong_query_says_where_it_is_wrong(alice: Users) -> None:
    with pytest.raises(queryClient.queryClientError, match="nope") as error:
        queryClient.query("select nope from small.stars")
    assert "^" in error.value.message


def test_jobs_are_followed_read_and_listed(alice: Users) -> None:
    token = alice.tokens["alice"]
    job = queryClient.query(token, QUERY, async_=True)
    assert queryClient.wait(token, job, wait=0.1) == "COMPLETED"
    assert queryClient.status(token, jobId=job) == "COMPLETED"
    assert job in queryClient.jobs(token)
    assert [one["jobid"] for one in queryClient.jobs(job, format="json")] == [job]
    assert resClient.getJob(token, job, "status") == "COMPLETED"
    assert queryClient.results(job, delete=False).startswith(ROWS)
    assert queryClient.results(token, job).startswith(ROWS)
    with pytest.raises(queryClient.queryClientError, match="has no job"):
        queryClient.status(job)
    assert queryClient.query(QUERY, **{"async": True}, wait=True, poll=0.1).startswith(ROWS)
    assert len(queryClient.query(QUERY, async_=True, wait=True, fmt="pandas", poll=0.1)) == 3
    wrong = queryClient.query("select nope from small.stars", async_=True)
    deadline = time.monotonic() + PATIENCE_S
    while queryClient.status(wrong) != "ERROR" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "nope" in queryClient.error(wrong)
    with pytest.raises(queryClient.queryClientError, match="nope"):
        queryClient.results(wrong)


def test_tables_of_ones_own(alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    token = alice.tokens["alice"]
    assert queryClient.mydb_list(token) == ""
    assert queryClient.mydb_create(token, "t", {"id": "int", "x": "float", "s": "text"}) == "OK"
    assert queryClient.mydb_insert(token, "t", "id,x,s\n1,2.5,a\n") == "OK"
    assert queryClient.mydb_insert("t", "2,3.5,b\n", csv_header=False) == "OK"
    (tmp_path / "rows.csv").write_text("id,x,s\n3,4.5,c\n")
    assert queryClient.mydb_insert(token, "mydb://t", str(tmp_path / "rows.csv")) == "OK"
    assert queryClient.query("select * from mydb://t order by id") == (
        "id,x,s\n1,2.5,a\n2,3.5,b\n3,4.5,c\n"
    )
    assert queryClient.mydb_list("t", verbose=True) == "id,integer\nx,double precision\ns,text"
    assert queryClient.mydb_index("t", "id") == "OK"
    assert queryClient.mydb_copy(token, "t", "u") == "OK"
    assert queryClient.mydb_rename("u", "v") == "OK"
    assert queryClient.mydb_truncate(token, "v") == "OK"
    assert queryClient.mydb_list(token).split() == ["t", "v"]
    frame = pd.DataFrame({"a": [1, 2]})
    assert queryClient.mydb_import(token, "w", frame, verbose=True) == "OK"
    assert "2 row(s)" in capsys.readouterr().out
    assert queryClient.mydb_import("w", frame, append=True) == "OK"
    assert queryClient.query("select count(*) from mydb.w") == "count\n4\n"
    piped = "1|2\n3|4\n"
    given = {"delimiter": "|", "csv_header": False, "schema_def": "a,int\nb,int"}
    assert queryClient.mydb_import("p", piped, **given) == "OK"
    assert queryClient.query("select * from mydb.p order by a") == "a,b\n1,2\n3,4\n"
    table = Table({"n": [5, 6]})
    table.write(tmp_path / "x.fits")
    assert queryClient.mydb_import("f", f"{tmp_path}/x.fits[1]") == "OK"
    assert queryClient.query("select sum(n) as n from mydb.f") == "n\n11\n"
    for name in ("t", "v", "w", "p", "f"):
        assert queryClient.mydb_drop(token, name) == "OK"
    for call in (queryClient.mydb_drop, queryClient.mydb_truncate, queryClient.mydb_list):
        assert call(token, "t") == 'relation "t" not known'
    with pytest.raises(queryClient.queryClientError, match="not known"):
        queryClient.mydb_insert("t", "id\n1\n")


def test_files_of_ones_own(alice: Users, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    token = alice.tokens["alice"]
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    missing, taken = (
        "A Node does not exist with the requested URI.",
        "A Node already exists with the requested URI.",
    )
    assert storeClient.put(token, f"{tmp_path}/a.txt", "vos://") == ["OK"]
    assert capsys.readouterr().out == f"(1 / 1) {tmp_path}/a.txt -> vos://a.txt\n"
    assert storeClient.mkdir("vos://d") == "OK"
    assert storeClient.mkdir(token, "vos://d") == taken
    assert storeClient.put(fr=f"{tmp_path}/*.txt", to="vos://d", verbose=False) == ["OK", "OK"]
    assert storeClient.ls(token, "vos://d") == "a.txt,b.txt"
    assert storeClient.ls("vos://d/*.txt", format="csv") == "a.txt,b.txt"
    long = storeClient.ls(name="vos://", format="long").splitlines()
    assert long[0].startswith("-rw-------  alice        5  ")
    assert [line.split()[-1] for line in long] == ["a.txt", "d/", "public/", "tmp/"]
    assert storeClient.get(token, "vos://a.txt") == "a.txt"
    assert storeClient.get("vos://a.txt", mode="binary") == b"a.txt"
    assert storeClient.get("vos://a.txt", mode="fileobj").read() == b"a.txt"
    capsys.readouterr()
    assert storeClient.get(token, "vos://a.txt", str(tmp_path / "c.txt")) == ["OK"]
    assert capsys.readouterr().out == "(1/1) [====================] [     5B] a.txt\n"
    (tmp_path / "got").mkdir()
    assert storeClient.get("vos://d/*.txt", str(tmp_path / "got")) == ["OK", "OK"]
    assert storeClient.get("vos://nope", str(tmp_path / "x")) == [f"Error: {missing}"]
    with pytest.raises(storeClient.storeClientError, match="There is no vos://nope"):
        storeClient.get("vos://nope")
    assert storeClient.stat("vos://a.txt")["size"] == 5
    assert storeClient.stat(token, "vos://d")["type"] == "container"
    assert storeClient.stat("vos://nope") == {}
    assert storeClient.access("a.txt")
    assert not storeClient.access(token, "vos://nope", "r")
    assert storeClient.cp("vos://a.txt", "vos://e.txt") == "OK"
    assert storeClient.mv(token, "vos://e.txt", "vos://d") == "OK"
    assert storeClient.cp(token, "vos://d/*.txt", "vos://tmp") == ["OK", "OK", "OK"]
    assert storeClient.ls("vos://tmp") == "a.txt,b.txt,e.txt"
    assert storeClient.rm("vos://tmp/*") == ["OK", "OK", "OK"]
    assert storeClient.rm(token, "vos://d") == "vos://d is a directory."
    assert storeClient.rmdir(token, "vos://d") == "OK"
    assert storeClient.rm("vos://nope") == missing
    assert storeClient.rm("vos://public") == "Error: operation not permitted"
    assert storeClient.saveAs([1, 2], "vos://s.txt") == ["OK"]
    assert storeClient.get("s.txt") == "[1, 2]"
    assert storeClient.ln("vos://l", "vos://s.txt") == "OK"
    assert storeClient.tag(token, "vos://s.txt", "fine") == "OK"
    assert storeClient.mv("vos://s.txt", "here") == (
        "Cannot move from remote to local; use get() instead."
    )


@pytest.mark.parametrize("load", [storeClient.load, storeClient.pull])
def test_a_file_of_the_web_or_of_the_storage_is_loaded(
    alice: Users, load: Callable[..., str]
) -> None:
    content = bytes(range(256)) * 1_000
    with host(sends(content)) as (port, asked):
        assert load("vos://web.bin", f"http://127.0.0.1:{port}/stars.fits") == "OK"
    assert asked == ["/stars.fits"]
    assert storeClient.get("vos://web.bin", mode="binary") == content
    token = alice.tokens["alice"]
    assert load(token, "vos://copy.bin", "vos://web.bin", is_vospace=True) == "OK"
    assert storeClient.get("vos://copy.bin", mode="binary") == content
    with host(sends(b"not here", 404)) as (port, _):
        assert "404" in load("vos://none.bin", f"http://127.0.0.1:{port}/none")
    assert storeClient.ls("vos://*.bin") == "copy.bin,web.bin"


def test_signing_in_says_what_is_wrong_as_text(nobody: Users) -> None:
    assert authClient.login("demo00", "wrong") == "Error: The name or the password is wrong."
    assert authClient.login("demo00") == "Error: No password or token supplied"
    assert authClient.whoAmI() == "anonymous"
    token = authClient.login("demo00", PASSWORD)
    assert token.startswith("demo00.")
    assert authClient.login("demo00") == token
    assert authClient.whoAmI() == "demo00"
    assert authClient.isUserLoggedIn("demo00")
    assert authClient.isValidPassword("demo00", PASSWORD)
    assert not authClient.isValidPassword("demo00", "wrong")
    assert authClient.hasAccess(token, "vos://public")
    assert resClient.getUser(token, "demo00", "name") == "demo00"
    assert authClient.logout() == "OK"
    assert not authClient.isTokenLoggedIn(token)
    with pytest.raises(authClient.dlAuthError, match="not logged in"):
        authClient.logout()
    assert authClient.login("dldemo", "anything") == "dldemo.99999.99999.demo_access"


def test_one_token_does_not_lend_its_rights_to_another(alice: Users) -> None:
    queryClient.mydb_create(alice.tokens["alice"], "t", "id,int")
    assert queryClient.mydb_list(alice.tokens["bob"]) == ""
    assert queryClient.mydb_list() == "t"
    with pytest.raises(queryClient.queryClientError):
        queryClient.mydb_list("anonymous.0.0.anon_access")


def test_the_embedded_data_lab_needs_no_token(small_lab: DatalabProcess) -> None:
    assert authClient.whoAmI() == "owner"
    assert queryClient.query(sql=QUERY).startswith(ROWS)
    assert queryClient.isAlive()
    assert "stars" in queryClient.schema("small")
    assert "datalab" in queryClient.services()
    assert queryClient.list_profiles("default")["name"] == "default"


@pytest.mark.parametrize("client", [authClient, queryClient, storeClient, resClient])
def test_every_function_says_what_it_does(client: object) -> None:
    for name in client.__all__:
        assert inspect.getdoc(getattr(client, name)), name
