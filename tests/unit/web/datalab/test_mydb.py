"""Personal tables as the official client asks for them (datalab-protocol, section 3.4)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from astropy.io import fits
from astropy.table import Table
from datalab_process import DatalabProcess
from official_wire import wait

CSV = "id,ra,dec,name\n1,10.5,-5.25,one\n2,20.5,5.25,two\n3,30.5,,three\n"
SCHEMA = "id,bigint\nra,double precision\ndec,double precision\nname,text\nseen,timestamp\n"


def rows(client: httpx.Client, sql: str) -> list[str]:
    """The lines of the answer to a query, without the header."""
    answer = client.get("/query/query", params={"sql": sql, "ofmt": "csv"})
    assert answer.status_code == 200, answer.text
    return answer.text.splitlines()[1:]


def send(client: httpx.Client, name: str, content: bytes, chunk: int = 4_194_304) -> None:
    """Send a file in chunks, as the client does."""
    for start in range(0, len(content), chunk):
        answer = client.post(
            "/storage/xfer",
            content=content[start : start + chunk],
            headers={
                "X-DL-FileName": name,
                "X-DL-InitXfer": str(start == 0),
                "Content-Type": "application/octet-stream",
            },
        )
        assert answer.status_code == 200, answer.text


def load(client: httpx.Client, table: str, name: str, **more: str) -> httpx.Response:
    """Import what was sent, with what the client sends along."""
    sent = {"table": table, "delimiter": ",", "append": "False", "profile": "default"}
    sent |= {"csv_header": "True", "schema_def": "", "filename": name}
    return client.post("/query/import", params={**sent, **more})


@pytest.fixture
def mine(alice: httpx.Client) -> Iterator[str]:
    """A table of alice's."""
    send(alice, "mine.csv", CSV.encode())
    assert load(alice, "mine", "mine.csv").status_code == 200
    yield "mine"
    alice.get("/query/delete", params={"table": "mine"})


def test_a_file_in_chunks_becomes_a_table(alice: httpx.Client):
    many = "id,x\n" + "".join(f"{n},{n / 4}\n" for n in range(20_000))
    send(alice, "many.csv", many.encode(), chunk=65_536)
    answer = load(alice, "many", "many.csv")
    assert answer.status_code == 200
    assert answer.text.startswith("20000 row(s) in mydb.")
    assert rows(alice, "select count(*), sum(x) from mydb://many") == ["20000,49997500"]
    assert alice.get("/query/delete", params={"table": "many"}).text == "OK"


def test_the_first_chunk_begins_anew(alice: httpx.Client):
    send(alice, "twice.csv", b"id\n1\n2\n")
    send(alice, "twice.csv", b"id\n7\n")
    assert load(alice, "twice", "twice.csv").status_code == 200
    assert rows(alice, "select id from mydb.twice") == ["7"]


@pytest.mark.parametrize(
    ("form", "ending"), [("votable", "vot"), ("fits", "fits"), ("ascii.ecsv", "ecsv")]
)
def test_other_formats_become_tables(alice: httpx.Client, tmp_path: Path, form: str, ending: str):
    path = tmp_path / f"t.{ending}"
    Table({"id": [1, 2], "mag": [1.5, 2.5]}).write(path, format=form)
    send(alice, path.name, path.read_bytes())
    assert load(alice, "other", path.name).status_code == 200
    assert rows(alice, "select id, mag from mydb://other order by id") == ["1,1.5", "2,2.5"]


@pytest.mark.parametrize("which", [{"extnum": "2"}, {"extname": "SECOND"}])
def test_a_table_of_a_fits_file_is_chosen(
    alice: httpx.Client, tmp_path: Path, which: dict[str, str]
):
    path = tmp_path / "two.fits"
    tables = [
        fits.BinTableHDU(Table({"id": [n]}), name=n_) for n, n_ in ((1, "FIRST"), (2, "SECOND"))
    ]
    fits.HDUList([fits.PrimaryHDU(), *tables]).writeto(path)
    send(alice, path.name, path.read_bytes())
    assert load(alice, "chosen", path.name, **which).status_code == 200
    assert rows(alice, "select id from mydb://chosen") == ["2"]


def test_text_without_a_header_and_with_other_delimiters_becomes_a_table(alice: httpx.Client):
    send(alice, "bars.txt", b"one|1.5\ntwo|2.5\n")
    made = load(
        alice, "bars", "bars.txt", delimiter="|", csv_header="False", schema_def="name,text\nx,real"
    )
    assert made.status_code == 200, made.text
    assert rows(alice, "select name, x from mydb://bars order by x") == ["one,1.5", "two,2.5"]
    send(alice, "words.csv", b"one,a\ntwo,b\n")
    assert load(alice, "words", "words.csv", csv_header="False").status_code == 200
    assert rows(alice, "select column_1 from mydb://words order by 1") == ["one", "two"]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [(b"x" * 200_000 + b"\n1\n", ","), (b"a,b\n", "::"), (b"a,b\n", "\n"), (bytes(300), ",")],
)
def test_a_file_without_a_header_that_cannot_be_split_is_told(
    alice: httpx.Client, content: bytes, delimiter: str
):
    send(alice, "odd.csv", content)
    answer = load(alice, "odd", "odd.csv", csv_header="False", delimiter=delimiter)
    assert answer.status_code == 400, answer.text
    assert answer.text.startswith("Error: ")
    assert "odd" not in alice.get("/query/list", params={"table": ""}).text


def test_an_import_replaces_or_appends(alice: httpx.Client, mine: str):
    for append, expected in (("True", "6"), ("False", "3")):
        send(alice, "mine.csv", CSV.encode())
        assert load(alice, mine, "mine.csv", append=append).status_code == 200
        assert rows(alice, "select count(*) from mydb://mine") == [expected]


def test_rows_are_inserted(alice: httpx.Client, mine: str):
    send(alice, "more.csv", b"id,ra,dec,name\n4,1,2,four\n")
    answer = alice.post(
        "/query/ingest", params={"table": mine, "csv_header": "True", "filename": "more.csv"}
    )
    assert answer.status_code == 200
    assert not answer.text.lower().startswith("error")
    send(alice, "more.csv", b"five,5,3,4\n")
    send(alice, "more.csv", b"5,3,4,five\n")
    alice.post(
        "/query/ingest", params={"table": mine, "csv_header": "False", "filename": "more.csv"}
    )
    assert rows(alice, "select id, name from mydb.mine where id > 3 order by id") == [
        "4,four",
        "5,five",
    ]


@pytest.mark.parametrize(
    ("call", "parameters", "status", "told"),
    [
        ("ingest", {"table": "no_such", "filename": "x.csv"}, 404, "Error: "),
        ("ingest", {"table": "mine", "filename": "never_sent.csv"}, 404, "Error: No file"),
        ("import", {"table": "new", "filename": "never_sent.csv"}, 404, "Error: No file"),
        ("import", {"table": "select", "filename": "x"}, 400, "Error: A table cannot be called"),
        ("import", {"table": "a b", "filename": "x"}, 400, "Error: A table cannot be called"),
        ("import", {"table": "new"}, 400, "Error: filename is missing"),
        ("import", {"table": "new", "filename": "vos://no/such.csv"}, 404, "A Node does not exist"),
        ("import", {"table": "new", "filename": "http://127.0.0.1/x.csv"}, 400, "Error: "),
        ("import", {"table": "new", "filename": "bob://tmp/x.csv"}, 404, "A Node does not exist"),
        ("create", {"table": "new"}, 400, "Error: schema is missing"),
        ("create", {"table": "new", "schema": "ra"}, 400, "Error: “ra” is no column."),
        ("create", {"table": "new", "schema": "ra,quaternion"}, 400, "Error: "),
    ],
)
def test_what_cannot_be_brought_in_is_told(
    alice: httpx.Client, mine: str, call: str, parameters: dict[str, str], status: int, told: str
):
    answer = alice.post(f"/query/{call}", params=parameters)
    assert (answer.status_code, answer.text[: len(told)]) == (status, told)
    assert "/" not in answer.text.replace("vos://", "").replace("://", "")
    assert rows(alice, "select count(*) from mydb://mine") == ["3"]
    assert "new" not in alice.get("/query/list", params={"table": ""}).text


def test_a_file_that_is_no_table_is_told_without_our_paths(alice: httpx.Client):
    send(alice, "noise.csv", b"\x00\x01\x02" * 100)
    answer = load(alice, "noise", "noise.csv")
    assert answer.status_code == 400
    assert answer.text.startswith("Error: noise.csv is none of the formats")
    send(alice, "ragged.csv", b"id,x\n1,2\n3,4,5\n" + b"6,7\n" * 40)
    answer = load(alice, "ragged", "ragged.csv")
    assert answer.text.startswith('41 row(s) in mydb."ragged" now. 1 row(s) could not be read.')
    assert "(ragged.csv row" in answer.text


def test_a_table_is_made_of_a_schema(alice: httpx.Client):
    made = alice.post(
        "/query/create",
        params={"table": "empty", "verbose": "False", "drop": "True", "schema": SCHEMA},
    )
    assert (made.status_code, made.text) == (200, "OK")
    listed = alice.get("/query/list", params={"table": "mydb://empty", "index": "False"}).text
    assert listed.splitlines() == [
        "id,bigint",
        "ra,double precision",
        "dec,double precision",
        "name,character varying",
        "seen,timestamp without time zone",
    ]
    kept = alice.post("/query/create", params={"table": "empty", "drop": "False", "schema": SCHEMA})
    assert kept.status_code == 409
    assert kept.text == (
        "Error: Table name already exists. It can be dropped with queryClient.mydb_drop() or add "
        "drop=True to your current request"
    )


def test_tables_are_listed_with_their_dates(alice: httpx.Client, bob: httpx.Client, mine: str):
    listed = alice.get("/query/list", params={"table": "", "index": "False"})
    assert re.search(r"^mine,created:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$", listed.text, re.M)
    for sent in ("mydb://", "None"):
        assert "mine," in alice.get("/query/list", params={"table": sent}).text
    columns = alice.get("/query/list", params={"table": mine}).text
    assert columns.splitlines()[:2] == ["id,bigint", "ra,double precision"]
    for client, name in ((alice, "no_such"), (bob, mine)):
        answer = client.get("/query/list", params={"table": name})
        assert (answer.status_code, answer.text) == (200, f'relation "{name}" not known')


def test_tables_are_renamed_copied_emptied_indexed_and_dropped(alice: httpx.Client, mine: str):
    def ask(call: str, **parameters: str) -> httpx.Response:
        return alice.get(f"/query/{call}", params=parameters)

    assert ask("copy", source="mydb://mine", target="two").text == "OK"
    assert ask("rename", source="two", target="third").text == "OK"
    assert rows(alice, "select count(*) from mydb.third") == ["3"]
    assert ask("index", tbl="third", col="id").text == "OK"
    assert "id,bigint,indexed" in ask("list", table="third", index="True").text
    assert ask("index", tbl="third", col="", q3c="ra,dec", cluster="True").text == "OK"
    assert ask("truncate", table="third").text == "OK"
    assert rows(alice, "select count(*) from mydb.third") == ["0"]
    assert ask("flush").text == "OK"
    for taken in (
        ask("copy", source=mine, target="third"),
        ask("rename", source=mine, target="third"),
    ):
        assert taken.status_code == 409
        assert taken.text.startswith("Error: ")
    assert ask("delete", table="mydb://third").text == "OK"
    assert ask("delete", table="third").text == 'relation "third" not known'
    for call in ("rename", "copy"):
        assert ask(call, source="third", target="fourth").text.startswith("Error: ")
    assert ask("truncate", table="third").text.startswith("Error: ")
    assert ask("index", tbl="third", col="id").text.startswith("Error: ")
    assert ask("index", tbl=mine, col="nothing").text.startswith("Error: ")


def test_the_result_of_a_query_becomes_a_table(alice: httpx.Client, bob: httpx.Client):
    sql = "select source_id, ra, dec from small.stars where field = 3"
    sent = {"sql": sql, "ofmt": "csv", "out": "mydb://kept", "drop": "False"}
    assert alice.get("/query/query", params=sent).text == "OK"
    (count,) = rows(alice, "select count(*) from small.stars where field = 3")
    assert rows(alice, "select count(*) from mydb://kept") == [count]
    joined = "select count(*) from mydb://kept k join small.stars s on k.source_id = s.source_id"
    assert rows(alice, joined) == [count]
    for is_async in ("False", "True"):
        again = alice.get("/query/query", params={**sent, "async": is_async})
        assert again.status_code == 409
        assert again.text.startswith("Error: Table name already exists. It can be dropped with")
    assert alice.get("/query/query", params={**sent, "drop": "True"}).text == "OK"
    hidden = bob.get("/query/query", params={"sql": "select * from mydb://kept"})
    assert hidden.status_code == 400
    assert alice.get("/query/delete", params={"table": "kept"}).text == "OK"


def test_the_result_of_a_job_becomes_a_table(alice: httpx.Client):
    sent = {
        "sql": "select ra, dec from small.stars limit 5",
        "out": "mydb://later",
        "async": "True",
    }
    job = alice.get("/query/query", params={**sent, "drop": "True"}).text
    assert wait(alice, job) == "COMPLETED"
    assert alice.get("/query/results", params={"jobid": job}).text == "OK"
    assert rows(alice, "select count(*) from mydb://later") == ["5"]


@pytest.mark.parametrize(
    ("method", "request_line"),
    [
        ("GET", "/query/list?table="),
        ("GET", "/query/list?table=mine"),
        ("GET", "/query/delete?table=mine"),
        ("GET", "/query/truncate?table=mine"),
        ("GET", "/query/rename?source=mine&target=x"),
        ("GET", "/query/copy?source=mine&target=x"),
        ("GET", "/query/index?tbl=mine&col=id"),
        ("GET", "/query/flush"),
        ("GET", "/query/query?sql=select+1&out=mydb://x"),
        ("GET", "/query/query?sql=select+1&out=mydb://x&async=True"),
        ("POST", "/query/create?table=x&schema=id,int"),
        ("POST", "/query/ingest?table=mine&filename=x"),
        ("POST", "/query/import?table=mine&filename=x"),
        ("POST", "/storage/xfer"),
    ],
)
def test_tables_of_ones_own_need_an_account(
    shared: DatalabProcess, nobody: httpx.Client, mine: str, method: str, request_line: str
):
    for token in ("anonymous.0.0.anon_access", "dldemo.99999.99999.demo_access"):
        answer = nobody.request(method, request_line, headers={"X-DL-AuthToken": token})
        assert answer.status_code == 401, answer.text
        assert answer.text.startswith("Error: ")
        assert "WWW-Authenticate" in answer.headers


def test_staged_files_are_their_senders_own(alice: httpx.Client, bob: httpx.Client):
    send(alice, "secret.csv", b"id\n1\n")
    answer = load(bob, "stolen", "secret.csv")
    assert answer.status_code == 404
    for name in ("../1000/secret.csv", "/etc/passwd", "..%2f..%2faccounts.sqlite", "a\\b", ".."):
        assert load(bob, "stolen", name).status_code == 404
    assert load(alice, "own", "secret.csv").status_code == 200
    gone = load(alice, "own", "secret.csv")
    assert gone.status_code == 404, "it is used once"


def test_a_chunk_that_follows_nothing_is_refused(alice: httpx.Client):
    answer = alice.post(
        "/storage/xfer",
        content=b"1,2\n",
        headers={"X-DL-FileName": "middle.csv", "X-DL-InitXfer": "False"},
    )
    assert answer.status_code == 400
    nameless = alice.post("/storage/xfer", content=b"1,2\n")
    assert nameless.status_code == 400
    large = alice.post("/storage/xfer", content=io.BytesIO(bytes(17_000_000)))
    assert large.status_code == 413
