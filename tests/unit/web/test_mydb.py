"""Tables of one's own, over HTTP."""

from __future__ import annotations

import gzip
import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jobs_client import reach, run
from small_sky import ENDLESS, copy_small_sky
from two_users import Users, serving_users, sql

STARS = "id,ra,dec,name\n9007199254740993,10.5,-5.25,a\n2,11.5,,b\n3,12.5,-5,\n"

ONE = "SELECT TOP 1 1 AS n FROM small.stars"
TWO = "SELECT TOP 1 2 AS n FROM small.stars"


@pytest.fixture(scope="module")
def users(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    """A Data Lab with users."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("users") / "data")
    with serving_users(data) as running:
        yield running


@pytest.fixture
def alice(users: Users) -> Iterator[httpx.Client]:
    """A user without tables."""
    with users.client("alice") as client:
        yield client
        for table in client.get("/mydb").json():
            client.delete(f"/mydb/{table['name']}")


def _names(client: httpx.Client) -> list[str]:
    return [table["name"] for table in client.get("/mydb").json()]


def test_a_file_becomes_a_table_that_queries_read(alice: httpx.Client):
    made = alice.put("/mydb/Mine", content=STARS)
    assert made.status_code == 201, made.text
    assert (made.json()["name"], made.json()["rows"], made.json()["columns"]) == ("mine", 3, 4)
    assert made.json()["position"] == ["ra", "dec"]
    names = ("mydb.mine", "mydb://mine", "MyDB.MINE", "MYDB://Mine")
    for name, language in itertools.product(names, ("SQL", "ADQL")):
        answer = sql(alice, f"SELECT id, ra, dec, name FROM {name} ORDER BY ra", LANG=language)
        assert answer.status_code == 200, answer.text
        assert answer.text.splitlines()[1:] == [
            "9007199254740993,10.5,-5.25,a",
            "2,11.5,,b",
            "3,12.5,-5,",
        ]
    assert _names(alice) == ["mine"]
    listed = alice.get("/mydb").json()[0]
    assert listed["bytes"] > 0
    assert listed["created"].endswith("Z")
    assert listed["shared_with"] == []
    fields = {field["name"]: field for field in alice.get("/mydb/mine").json()["fields"]}
    assert fields["id"]["datatype"] == "BIGINT"
    assert alice.delete("/mydb/mine").status_code == 204
    assert _names(alice) == []
    gone = sql(alice, "SELECT * FROM mydb.mine")
    assert gone.status_code == 400
    assert "There is no table 'mydb.mine'" in gone.text


def test_a_result_is_kept_as_a_table_and_joined_with_a_survey(alice: httpx.Client):
    query = "SELECT source_id, ra, dec, gmag FROM small.stars WHERE gmag < 18"
    kept = sql(alice, query, DEST="mydb://bright")
    assert (kept.status_code, kept.text) == (200, "OK")
    count = sql(alice, "SELECT count(*) FROM small.stars WHERE gmag < 18").text.split()[1]
    joined = sql(
        alice,
        "SELECT count(*) FROM mydb://bright AS b JOIN small.stars AS s "
        "ON b.source_id = s.source_id",
    )
    assert joined.text.split()[1] == count
    about = alice.get("/mydb/bright").json()
    assert about["description"] == f"The result of the query: {query}"
    assert about["simulated"] is True
    fields = {field["name"]: field for field in about["fields"]}
    assert (fields["gmag"]["unit"], fields["gmag"]["datatype"]) == ("mag", "REAL")
    assert fields["ra"]["ucd"] == "pos.eq.ra;meta.main"
    near = sql(alice, "SELECT count(*) FROM mydb.bright WHERE q3c_radial_query(ra,dec,0,0,20)")
    assert int(near.text.split()[1]) > 0


def test_a_name_that_is_taken_is_taken_again_only_with_replace(alice: httpx.Client):
    assert sql(alice, ONE, DEST="mydb://t").text == "OK"
    taken = sql(alice, TWO, DEST="mydb://T")
    assert taken.status_code == 409
    assert "It can be dropped, or replaced with REPLACE=true" in taken.text
    assert alice.put("/mydb/t", content=STARS).status_code == 409
    assert sql(alice, "SELECT n FROM mydb.t").text.split() == ["n", "1"]
    assert sql(alice, TWO, DEST="mydb://t", REPLACE="true").text == "OK"
    assert sql(alice, "SELECT n FROM mydb.t").text.split() == ["n", "2"]
    assert alice.put("/mydb/t?replace=true", content=STARS).status_code == 201
    assert sql(alice, "SELECT count(*) FROM mydb.t").text.split()[1] == "3"


def test_a_job_keeps_its_result_as_a_table(alice: httpx.Client):
    job = run(alice, "SELECT TOP 5 ra, dec FROM small.stars", DEST="mydb://made_by_job")
    reach(alice, job, "COMPLETED")
    assert alice.get(f"{job}/results/result").text == "OK"
    assert sql(alice, "SELECT count(*) FROM mydb.made_by_job").text.split()[1] == "5"


@pytest.mark.parametrize(
    "name", ["1st", "a-b", "a.b.c", "select", "schema", "x" * 64, "ä", "..%2fx"]
)
def test_names_that_no_table_can_have_are_refused(alice: httpx.Client, name: str):
    refused = alice.put(f"/mydb/{name}", content=STARS)
    assert refused.status_code in (400, 404)
    assert _names(alice) == []


def test_tables_are_renamed_copied_emptied_and_described(alice: httpx.Client):
    alice.put("/mydb/a", content=STARS)
    alice.put("/mydb/other", content=STARS)

    def change(name: str, **form: str) -> httpx.Response:
        return alice.post(f"/mydb/{name}", data=form)

    assert change("a", ACTION="rename", TO="other").status_code == 409
    assert change("a", ACTION="rename", TO="b").json()["name"] == "b"
    assert _names(alice) == ["b", "other"]
    assert alice.get("/statistics/mydb.b").json()["table"] == "mydb.b"
    assert change("b", ACTION="copy", TO="c").json()["rows"] == 3
    assert change("c", ACTION="truncate").json()["rows"] == 0
    assert sql(alice, "SELECT count(*) FROM mydb.c").text.split()[1] == "0"
    assert sql(alice, "SELECT count(*) FROM mydb.b").text.split()[1] == "3"
    told = change("b", ACTION="describe", DESCRIPTION="Three  stars.").json()
    assert told["description"] == "Three stars."
    assert "Three stars." in alice.get("/tap/tables/mydb.b").text
    for answer in (
        change("nothing", ACTION="rename", TO="x"),
        change("nothing", ACTION="copy", TO="x"),
    ):
        assert answer.status_code == 404
        assert 'The relation "nothing" is not known' in answer.json()["error"]["message"].replace(
            "\\", ""
        )
    assert change("b", ACTION="fly").status_code == 400


def test_rows_of_a_second_file_are_added(alice: httpx.Client):
    alice.put("/mydb/a", content=STARS)
    more = alice.put("/mydb/a?append=true&format=csv", content="id,ra,dec,name\n4,1,2,d\n")
    assert more.status_code == 200, more.text
    assert more.json()["rows"] == 4
    wrong = alice.put("/mydb/a?append=true&format=csv", content="id,x\n4,1\n")
    assert wrong.status_code == 400
    assert alice.get("/mydb/a").json()["rows"] == 4
    assert alice.put("/mydb/none?append=true", content=STARS).status_code == 404


def test_maps_histograms_and_sky_layers_are_made_of_personal_tables(alice: httpx.Client):
    sql(alice, "SELECT ra, dec, gmag FROM small.stars", DEST="mydb://sky")
    assert alice.get("/density/mydb.sky", params={"width": 20, "height": 10}).status_code == 200
    plane = alice.get("/histogram/mydb.sky", params={"x": "gmag", "y": "dec"})
    assert plane.status_code == 200
    assert alice.get("/hips/density/mydb.sky/properties").status_code == 200
    assert alice.get("/moc/mydb.sky").status_code == 200
    assert "hips/density/mydb.sky" in alice.get("/hips/list").text


def test_who_is_not_signed_in_is_told_to(users: Users):
    with users.client() as nobody:
        assert nobody.get("/mydb").status_code == 401
        assert nobody.put("/mydb/t", content=STARS).status_code == 401
        assert sql(nobody, ONE, DEST="mydb://t").status_code == 401


def test_the_format_of_a_file_is_told_by_its_content(alice: httpx.Client):
    from astropy.table import Table

    rows = Table({"n": [2**62, 1], "x": [1.5, float("nan")]})
    rows["x"].unit = "mas"
    for name, format_ in (("fits", "fits"), ("vot", "votable"), ("ecsv", "ascii.ecsv")):
        file = io.StringIO() if format_ == "ascii.ecsv" else io.BytesIO()
        rows.write(file, format=format_)
        content = file.getvalue()
        made = alice.put(f"/mydb/{name}", content=content)
        assert made.status_code == 201, made.text
        assert [field["unit"] for field in made.json()["fields"]] == ["", "mas"]
        back = sql(alice, f"SELECT n FROM mydb.{name}").text.split()
        assert sorted(back[1:]) == ["1", str(2**62)]


def test_a_table_is_made_of_named_columns_and_indexed(alice: httpx.Client):
    form = {
        "ACTION": "create",
        "COLUMNS": "id,bigint\nra,double precision,deg\nname,varchar(20)\nseen,timestamp",
        "DESCRIPTION": "Made by hand.",
    }
    made = alice.post("/mydb/by_hand", data=form)
    assert made.status_code == 201, made.text
    assert [field["datatype"] for field in made.json()["fields"]] == [
        "BIGINT",
        "DOUBLE",
        "VARCHAR",
        "TIMESTAMP",
    ]
    rows = "id,ra,name,seen\n1,2.5,01,2026-01-01T00:00:00\n"
    added = alice.put("/mydb/by_hand?append=true&format=csv", content=rows)
    assert added.status_code == 200, added.text
    assert sql(alice, "SELECT name FROM mydb.by_hand").text.split()[1] == "01"

    def index(columns: str) -> httpx.Response:
        return alice.post("/mydb/by_hand", data={"ACTION": "index", "COLUMNS": columns})

    fields = index("id, name").json()["fields"]
    assert [field["name"] for field in fields if field["indexed"]] == ["id", "name"]
    assert sql(alice, "SELECT ra FROM mydb.by_hand WHERE name = '01'").text.split()[1] == "2.5"
    alice.put("/mydb/by_hand?append=true&format=csv", content=rows.replace("1,2.5,01", "2,3.5,02"))
    assert sql(alice, "SELECT ra FROM mydb.by_hand WHERE name = '02'").text.split()[1] == "3.5"
    assert "has no column “nam”" in index("nam").json()["error"]["message"]
    assert "cannot be indexed" in index("seen").json()["error"]["message"]
    for columns in ("", "id", "id,nonsense", "id,bigint,a,b,c"):
        refused = alice.post("/mydb/x", data={"ACTION": "create", "COLUMNS": columns})
        assert refused.status_code == 400


def test_a_result_is_kept_as_a_file_in_the_format_of_its_name(alice: httpx.Client):
    query = "SELECT TOP 3 source_id, ra FROM small.stars ORDER BY source_id"
    form = {"LANG": "SQL", "QUERY": query, "DEST": "vos://kept/../x.csv"}
    assert alice.post("/tap/sync", data=form).status_code == 400
    form["DEST"] = "vos://kept.csv"
    kept = alice.post("/tap/sync", data=form)
    assert (kept.status_code, kept.text) == (200, "OK"), kept.text
    file = alice.get("/vospace/files/alice/kept.csv")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert file.text == sql(alice, query).text
    again = alice.post("/tap/sync", data=form)
    assert again.status_code == 409
    assert "Replace it with REPLACE=true" in again.text
    shorter = {**form, "QUERY": query.replace("3", "2"), "REPLACE": "true"}
    assert alice.post("/tap/sync", data=shorter).text == "OK"
    assert len(alice.get("/vospace/files/alice/kept.csv").text.splitlines()) == 3
    job = run(alice, query, LANG="SQL", DEST="vos://tmp/job.parquet")
    reach(alice, job, "COMPLETED")
    assert alice.get("/vospace/files/alice/tmp/job.parquet").content.startswith(b"PAR1")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("vos://nofolder/x.csv", "vos://nofolder"),
        ("vos://jupyterlab-datalab~vospace/alice/no/folder/x.csv", "vos://no/folder"),
        ("vos://jupyterlab-datalab~vospace/bob/nofolder/x.csv", "bob://nofolder"),
    ],
)
def test_a_container_that_is_not_there_is_named_as_users_know_it(
    alice: httpx.Client, asked: str, told: str
):
    form = {"LANG": "ADQL", "QUERY": ENDLESS, "DEST": asked}
    refused = alice.post("/tap/sync", data=form)
    assert refused.status_code == 404
    assert f">There is no container {told}. Make the container first.<" in refused.text


def test_a_file_of_the_virtual_storage_becomes_a_table(alice: httpx.Client):
    alice.put("/vospace/files/alice/stars.csv", content=STARS)
    form = {"ACTION": "import", "FROM": "vos://stars.csv"}
    made = alice.post("/mydb/from_vos", data=form)
    assert made.status_code == 201, made.text
    assert made.json()["rows"] == 3
    assert alice.post("/mydb/from_vos", data=form).status_code == 409
    assert alice.post("/mydb/other", data={**form, "FROM": "vos://no.csv"}).status_code == 404
    assert alice.post("/mydb/other", data={**form, "FROM": "bob://stars.csv"}).status_code == 404
    for url in ("http://127.0.0.1:1/x.csv", "https://localhost/x.csv", "file:///etc/passwd"):
        refused = alice.post("/mydb/other", data={**form, "FROM": url})
        assert refused.status_code in (400, 404), url
    assert _names(alice) == ["from_vos"]


def test_what_is_no_table_is_told_without_a_word_of_the_servers_disk(
    alice: httpx.Client, users: Users
):
    contents = [b"\x00\x01\x02" * 100, b"", b"PAR1 broken", b"<VOTABLE", b"SIMPLE  = T"]
    contents += [b"\x1f\x8bx", b"a,b\n1,2\n" + b"1\n" * 500]
    for content in contents:
        refused = alice.put("/mydb/t", content=content)
        assert refused.status_code == 400, content
        told = refused.text
        assert str(users.running.data) not in told
        assert "received-" not in told
        assert "--" not in told
        assert "sidecar" not in told
    assert _names(alice) == []
    made = alice.put("/mydb/t?format=csv", content=b"a,b\n" + b"1,2\n" * 500 + b"1\n")
    assert made.json()["rejected"] == 1
    assert "t.csv row 502" in made.json()["problems"][0]
    assert str(users.running.data) not in made.text


def test_packed_files_are_unpacked(alice: httpx.Client):
    made = alice.put("/mydb/packed?format=csv", content=gzip.compress(STARS.encode()))
    assert made.status_code == 201, made.text
    assert made.json()["rows"] == 3


def test_numbers_texts_and_nulls_come_back_as_they_were(alice: httpx.Client):
    rows = pa.table(
        {
            "big": pa.array([2**63 - 1, -(2**63), None, 9007199254740993]),
            "x": pa.array([float("nan"), None, float("inf"), 0.1]),
            "text": pa.array(["00123", "", None, "NULL, λ “x”\n"]),
            "flag": pa.array([True, None, False, True]),
            "small": pa.array([1, 2, None, 4], pa.int16()),
            "real": pa.array([0.1, None, float("nan"), 3e38], pa.float32()),
            "seen": pa.array([0, None, 1, 1_700_000_000_123_456], pa.timestamp("us")),
            "list": pa.array([[1.5, None], None, [], [float("nan")]], pa.list_(pa.float64())),
        }
    )
    file = io.BytesIO()
    pq.write_table(rows, file)
    assert alice.put("/mydb/exact", content=file.getvalue()).status_code == 201
    asked = {"LANG": "SQL", "QUERY": "SELECT * FROM mydb.exact", "FORMAT": "arrow"}
    copied = {**asked, "DEST": "mydb://exact2"}
    assert alice.post("/tap/sync", data=copied).text == "OK"
    for name in ("exact", "exact2"):
        query = {**asked, "QUERY": f"SELECT * FROM mydb.{name}"}
        back = pa.ipc.open_stream(alice.post("/tap/sync", data=query).content).read_all()
        for column in rows.column_names:
            assert repr(back[column].to_pylist()) == repr(rows[column].to_pylist()), column
