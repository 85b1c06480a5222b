"""The official client as it comes from PyPI, against a Data Lab: each of its calls, and the slides.

The slides are those of the Data Lab's makers; only the names of tables are others here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from datalab_backend.accounts.service import Accounts
from datalab_process import DatalabProcess, serving
from official_client import ClientError, OfficialClient
from small_sky import ENDLESS, STARS, copy_small_sky
from web_hosts import host, sends

PASSWORD = "open sesame please"
QUERY = "SELECT source_id,ra,dec,gmag FROM small.stars WHERE field=3 ORDER BY source_id LIMIT 100"

pytestmark = pytest.mark.xdist_group("official-client")


@pytest.fixture(scope="module")
def lab(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A Data Lab with the users demo00 and demo01."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("official") / "data")
    accounts = Accounts(data)
    for name in ("demo00", "demo01"):
        accounts.add(name, PASSWORD)
    accounts.close()
    with serving(data, "--log-level", "debug", "--upload-host", "127.0.0.1") as running:
        yield running


@pytest.fixture(scope="module")
def client(
    lab: DatalabProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OfficialClient]:
    """demo00's client, signed in."""
    client = OfficialClient(lab.url, tmp_path_factory.mktemp("demo00"))
    token = client.auth.login("demo00", PASSWORD)
    assert str(token).startswith("demo00.")
    yield client
    client.close()


@pytest.fixture(scope="module")
def other(
    lab: DatalabProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OfficialClient]:
    """demo01's client, who signs in and out."""
    client = OfficialClient(lab.url, tmp_path_factory.mktemp("demo01"))
    yield client
    client.close()


# The slides


def test_the_command_lines_of_the_slides_work(other: OfficialClient):
    welcome = other.command("login", "user=demo00", f"password={PASSWORD}")
    assert welcome.stdout.strip() == "Welcome to the Data Lab, demo00"
    sql = "select * from small.stars limit 10"
    shown = other.command("query", f"sql={sql}").stdout.strip().splitlines()
    assert shown[0].startswith("source_id,ra,dec,gmag")
    assert len(shown) == 11
    assert other.command("query", f"sql={sql}", "out=mydb://usno_test2").stdout.strip() == ""
    assert "usno_test2" in other.command("mydb_list").stdout
    assert other.command("query", f"sql={sql}", "out=vos://foo2.csv").stdout.strip() == ""
    assert "foo2.csv" in other.command("ls").stdout
    (other.home / "mine.csv").write_text("id,mag\n1,2.5\n")
    other.command("put", "fr=mine.csv", "to=vos://")
    other.command("get", "fr=vos://mine.csv", "to=back.csv")
    assert (other.home / "back.csv").read_text() == "id,mag\n1,2.5\n"
    other.command("get", "fr=vos://foo2.csv", "to=foo2.csv")
    assert (other.home / "foo2.csv").read_text().splitlines() == shown
    for name in ("vos://mine.csv", "vos://foo2.csv"):
        other.command("rm", f"name={name}")
    assert other.command("ls").stdout.strip() == "public,tmp"
    assert other.command("mydb_drop", "table=usno_test2").stdout.strip() == "OK"
    gone = other.command("logout")
    assert gone.stdout.strip() == "'demo00' is now logged out of the Data Lab"


def test_the_query_of_the_slides_works_in_python(client: OfficialClient):
    response = client.query.query(sql=QUERY, fmt="csv")
    head, *rows = str(response).splitlines()
    assert head == "source_id,ra,dec,gmag"
    assert len(rows) == 100


# authClient


def test_services_are_alive(client: OfficialClient):
    for module in (client.auth, client.query, client.store, client.res):
        assert module.isAlive() is True


def test_sign_in_and_out(lab: DatalabProcess, other: OfficialClient):
    assert other.auth.login("demo01", "wrong") == "Error: Invalid password."
    assert other.auth.login("nobody1", "wrong") == 'Error: Username "nobody1" does not exist.'
    token = other.auth.login("demo01", PASSWORD)
    assert other.auth.whoAmI() == "demo01"
    assert other.auth.isValidToken(token) is True
    assert other.auth.isTokenLoggedIn(token) is True
    assert other.auth.isValidUser("demo01") is True
    assert other.auth.isUserLoggedIn("demo01") is True
    assert other.auth.isValidUser("nobody1") is False
    assert other.auth.isValidPassword("demo01", PASSWORD) is True
    assert other.auth.isValidPassword("demo01", "wrong") is False
    assert other.auth.hasAccess(token, "small.stars") is True
    assert other.auth.hasAccess(token, "demo00://tmp") is False
    assert other.auth.logout(token) == "OK"
    assert other.auth.isTokenLoggedIn(token) is False
    assert other.auth.isValidToken(token) is False
    assert other.auth.isValidUser("demo01") is True
    assert str(token) not in lab.log_file.read_text()
    assert PASSWORD not in lab.log_file.read_text()


def test_a_new_password_is_set(lab: DatalabProcess, other: OfficialClient):
    token = other.auth.login("demo01", PASSWORD)
    # The client gets the new token, and then stumbles over it as it writes it down.
    other.auth.answer("passwordReset", token, "demo01", PASSWORD + "!")
    assert other.auth.isValidToken(token) is False
    again = other.auth.login("demo01", PASSWORD + "!")
    assert other.auth.isValidToken(again) is True
    other.auth.answer("passwordReset", again, "demo01", PASSWORD)
    assert str(other.auth.login("demo01", PASSWORD)).startswith("demo01.")


# queryClient


@pytest.mark.parametrize(
    ("fmt", "kind"),
    [("pandas", "DataFrame"), ("table", "Table"), ("array", "ndarray"), ("structarray", "ndarray")],
)
def test_rows_come_in_the_containers_of_the_client(client: OfficialClient, fmt: str, kind: str):
    sql = "select ra, dec from small.stars order by source_id limit 5"
    found = client.query.query(sql=sql, fmt=fmt)
    assert isinstance(found, dict)
    assert found["kind"] == kind
    assert len(found["rows"]) == 5
    assert found["columns"] == ([] if fmt == "array" else ["ra", "dec"])


def test_rows_come_in_the_formats_of_the_client(client: OfficialClient, tmp_path: Path):
    sql = "select ra, dec from small.stars order by source_id limit 5"
    assert len(str(client.query.query(sql=sql, fmt="csv-noheader")).splitlines()) == 5
    assert len(str(client.query.query(sql=sql, fmt="ascii")).splitlines()) == 5
    assert str(client.query.query(adql=sql, fmt="ascii")).startswith("ra\tdec\n")
    assert "<VOTABLE" in str(client.query.query(sql=sql, fmt="votable"))
    out = tmp_path / "rows.fits"
    assert client.query.query(sql=sql, fmt="fits", out=str(out)) == "OK"
    assert out.read_bytes().startswith(b"SIMPLE  =")
    streamed = tmp_path / "streamed.csv"
    assert client.query.query(sql=sql, out=str(streamed), stream=True) == "OK"
    assert streamed.read_text() == client.query.query(sql=sql)


def test_missing_values_and_texts_arrive_as_they_are(client: OfficialClient):
    sql = "select pmra, name from small.stars order by source_id limit 15"
    found = client.query.query(sql=sql, fmt="pandas")
    assert isinstance(found, dict)
    assert [row[0] is None for row in found["rows"]].count(True) == 3
    assert found["rows"][0][1] is None
    assert found["rows"][1][1] == "star 1"


def test_wrong_queries_raise_our_sentences(client: OfficialClient):
    with pytest.raises(ClientError, match=r"queryClientError: Error: .*'rra'.*line 1, column 8"):
        client.query.query(sql="select rra from small.stars")
    with pytest.raises(ClientError, match="Query timeout at 2 sec"):
        client.query.query(sql=ENDLESS, timeout=2)
    with pytest.raises(ClientError, match="There is no result format"):
        client.query.query(sql=QUERY, fmt="hdf5")


def test_a_list_of_tens_of_thousands_of_identifiers_is_sent(client: OfficialClient):
    ids = ",".join(str(2**60 + 7 * n) for n in range(50_000))
    sql = f"select count(*) from small.stars where source_id in ({ids})"
    assert len(sql) > 1_000_000
    assert client.query.query(sql=sql) == f"count\n{STARS}\n"


def test_jobs_run_are_waited_for_listed_read_and_deleted(client: OfficialClient):
    job = client.query.query(sql=QUERY, async_=True)
    assert client.query.wait(job, wait=0.1) == "COMPLETED"
    assert str(job) in str(client.query.jobs())
    listed = client.query.jobs(job, format="json")
    assert isinstance(listed, list)
    assert listed[0]["jobid"] == job
    assert client.query.results(job, delete=False) == client.query.query(sql=QUERY)
    assert client.query.jobs(job, option="delete") == "OK"
    assert client.query.status(job) == "ERROR"
    waited = client.query.query(sql=QUERY, async_=True, wait=True)
    assert waited == client.query.query(sql=QUERY)


def test_jobs_that_go_wrong_say_so(client: OfficialClient):
    told = client.query.query(sql="select rra from small.stars", async_=True, wait=True)
    assert str(told).startswith("Error: There is no column 'rra'")
    job = client.query.query(sql=ENDLESS, async_=True)
    assert client.query.abort(job) == "OK"
    assert client.query.status(job) == "ABORTED"
    assert "it is ABORTED" in str(client.query.results(job))
    assert "it is ABORTED" in str(client.query.error(job))


def test_what_there_is_to_query_is_told(client: OfficialClient):
    assert re.search(r"^ +small   A small made-up sky", str(client.query.schema()), re.M)
    assert "Table: stars" in str(client.query.schema("small.stars"))
    assert "pos.eq.ra" in str(client.query.schema("small.stars.ra"))
    assert "vospace" in str(client.store.services())
    assert "datalab" in str(client.query.services(svc_type="tap"))
    assert "/tap" in str(client.query.services(mode="resolve"))
    assert "default" in str(client.query.list_profiles())
    told = client.query.list_profiles("default")
    assert isinstance(told, dict)
    assert told["accessURL"].endswith("/tap")


# myDB


def test_personal_tables_live_their_life(client: OfficialClient):
    csv = "id,ra,dec\n1,10.5,-5.25\n2,20.5,5.25\n"
    assert client.query.mydb_import("objects", csv) == "OK"
    assert "objects" in str(client.query.mydb_list()).splitlines()
    assert str(client.query.mydb_list("objects")).splitlines() == ["id", "ra", "dec"]
    assert "ra,double precision" in str(client.query.mydb_list("objects", verbose=True))
    assert client.query.mydb_insert("objects", "id,ra,dec\n3,30.5,0\n") == "OK"
    assert client.query.query(sql="select count(*) from mydb://objects") == "count\n3\n"
    joined = (
        "select o.id, count(*) from mydb://objects o join small.stars s "
        "on q3c_join(o.ra, o.dec, s.ra, s.dec, 5) group by o.id order by o.id"
    )
    assert len(str(client.query.query(sql=joined)).splitlines()) == 4
    assert client.query.mydb_index("objects", "id") == "OK"
    assert client.query.mydb_index("objects", q3c="ra,dec", cluster=True) == "OK"
    assert client.query.mydb_copy("objects", "copied") == "OK"
    assert client.query.mydb_rename("copied", "renamed") == "OK"
    assert client.query.mydb_truncate("renamed") == "OK"
    assert client.query.query(sql="select count(*) from mydb://renamed") == "count\n0\n"
    assert client.query.mydb_create("made", "a,int\nb,double precision\n") == "OK"
    assert str(client.query.mydb_list("made")).split() == ["a", "b"]
    for name in ("renamed", "made", "objects"):
        assert client.query.mydb_drop(name) == "OK"
        assert "not known" in str(client.query.mydb_drop(name))
    assert "not known" in str(client.query.mydb_list("objects"))
    assert client.query.mydb_flush() == "OK"


def test_results_become_tables(client: OfficialClient):
    assert client.query.query(sql=QUERY, out="mydb://kept") == "OK"
    with pytest.raises(ClientError, match=r"Table name already exists\. It can be dropped with"):
        client.query.query(sql=QUERY, out="mydb://kept")
    assert client.query.query(sql=QUERY, out="mydb://kept", drop=True) == "OK"
    assert client.query.query(sql="select count(*) from mydb://kept") == "count\n100\n"
    waited = client.query.query(sql=QUERY, out="mydb://kept", drop=True, async_=True, wait=True)
    assert waited == "OK"
    assert client.query.mydb_drop("kept") == "OK"


def test_what_cannot_be_imported_is_told(client: OfficialClient):
    with pytest.raises(ClientError, match="Invalid table name"):
        client.query.mydb_insert("no such", "a\n1\n")
    with pytest.raises(ClientError, match="Error: "):
        client.query.mydb_insert("no_such", "a\n1\n")
    told = str(client.query.mydb_import("new", "vos://no_such.csv"))
    assert told.startswith("A Node does not exist")


# storeClient


def test_files_live_their_life(client: OfficialClient, tmp_path: Path):
    store = client.store
    content = bytes(range(256)) * 5_000
    (tmp_path / "a.bin").write_bytes(content)
    assert store.mkdir("vos://work") == "OK"
    assert store.mkdir("vos://work") == "A Node already exists with the requested URI."
    assert store.put(str(tmp_path / "a.bin"), "vos://work/a.bin", verbose=False) == ["OK"]
    assert store.get("vos://work/a.bin", str(tmp_path / "b.bin"), verbose=False) == ["OK"]
    assert (tmp_path / "b.bin").read_bytes() == content
    in_memory = store.get("vos://work/a.bin", mode="binary")
    assert isinstance(in_memory, dict)
    assert bytes(in_memory["bytes"]) == content
    assert store.saveAs("some text", "vos://work/note.txt") == ["OK"]
    assert store.get("vos://work/note.txt") == "some text"
    assert store.ls("vos://work") == "a.bin,note.txt"
    assert "demo00" in str(store.ls("vos://work", format="long"))
    assert store.access("vos://work/a.bin") is True
    assert store.access("vos://work/none") is False
    described = store.stat("vos://work/a.bin")
    assert isinstance(described, dict)
    assert described["size"] == len(content)
    assert store.stat("vos://work/none") == {}
    assert store.cp("vos://work/a.bin", "vos://work/c.bin") == "OK"
    assert store.mv("vos://work/c.bin", "vos://work/d.bin") == "OK"
    assert store.ln("vos://work/link", "vos://work/a.bin") == "OK"
    assert store.tag("vos://work/a.bin", "bright") == "OK"
    assert store.load("vos://work/e.bin", "vos://work/a.bin", is_vospace=True) == "OK"
    assert store.ls("vos://work/*.bin") == "a.bin,d.bin,e.bin"
    assert store.get("vos://work/[ad]*", str(tmp_path), verbose=False) == ["OK", "OK"]
    assert (tmp_path / "d.bin").read_bytes() == content
    assert store.rm("vos://work/none") == "A Node does not exist with the requested URI."
    assert store.rm("vos://work") == "vos://work is a directory."
    assert store.rm("vos://work/*") == ["OK"] * 5
    assert store.rmdir("vos://work") == "OK"
    assert store.ls("vos://work").startswith('Error 404: "vos://work"')


@pytest.mark.parametrize("load", ["load", "pull"])
def test_a_file_of_the_web_is_loaded(client: OfficialClient, load: str):
    content = bytes(range(256)) * 1_000
    with host(sends(content)) as (port, asked):
        url = f"http://127.0.0.1:{port}/stars.fits"
        assert getattr(client.store, load)("vos://web.bin", url) == "OK"
    assert asked == ["/stars.fits"]
    got = client.store.get("vos://web.bin", mode="binary")
    assert isinstance(got, dict)
    assert bytes(got["bytes"]) == content
    assert client.store.rm("vos://web.bin") == "OK"


def test_a_directory_is_put_and_its_tables_are_imported(client: OfficialClient, tmp_path: Path):
    folder = tmp_path / "several"
    folder.mkdir()
    for number in range(3):
        (folder / f"t{number}.csv").write_text(f"id\n{number}\n")
    assert client.store.mkdir("vos://several") == "OK"
    assert client.store.put(str(folder), "vos://several", verbose=False) == ["OK"] * 3
    assert client.query.mydb_import("of_a_file", "vos://several/t2.csv") == "OK"
    assert client.query.query(sql="select id from mydb://of_a_file") == "id\n2\n"
    assert client.query.mydb_drop("of_a_file") == "OK"
    assert client.store.rm("vos://several/*") == ["OK"] * 3
    assert client.store.rmdir("vos://several") == "OK"


def test_what_one_may_not_have_is_told(client: OfficialClient, other: OfficialClient):
    token = other.auth.login("demo01", PASSWORD)
    other.store.saveAs("secret", "vos://tmp/secret.txt")
    other.store.saveAs("shown", "vos://public/shown.txt")
    assert client.store.get("demo01://public/shown.txt") == "shown"
    assert client.store.ls("demo01://tmp").startswith("Error 404")
    assert client.store.stat("demo01://tmp/secret.txt") == {}
    denied = client.store.rm("demo01://public/shown.txt")
    assert denied == ("The user does not have sufficient access privileges for this operation.")
    refused = client.store.load("vos://x", "http://169.254.169.254/latest/")
    assert "is not on the public internet" in str(refused)
    for name in ("vos://tmp/secret.txt", "vos://public/shown.txt"):
        assert other.store.rm(name) == "OK"
    other.auth.logout(token)


def test_nobody_is_told_to_sign_in(lab: DatalabProcess, tmp_path: Path):
    anonymous = OfficialClient(lab.url, tmp_path)
    try:
        assert anonymous.query.query(sql="select count(*) from small.stars") == f"count\n{STARS}\n"
        assert str(anonymous.store.ls()).startswith('Error 401: "vos://"')
        assert "needs an account" in str(anonymous.query.mydb_drop("x"))
        with pytest.raises(ClientError, match="need an account"):
            anonymous.query.query(sql="select 1 as a from small.fields", out="mydb://x")
    finally:
        anonymous.close()


def test_accounts_are_not_administered_by_the_client(client: OfficialClient):
    told = client.res.answer("createUser", "eve", "password", "e@x", "Eve", "I")
    assert "datalab-server user" in f"{told.value}{told.message}"
    token = (client.tokens / "id_token.demo00").read_text()
    told = client.res.answer("getUser", token, "demo01", "email")
    assert "datalab-server user" in f"{told.value}{told.message}"
