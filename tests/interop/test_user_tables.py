"""pyvo makes, fills, indexes, queries and removes tables of a user."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvo
import requests
from astropy.table import Table
from small_sky import copy_small_sky
from two_users import Users, serving_users

DEFINITION = b"""<?xml version="1.0"?>
<vosi:table xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0"
    xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" type="output">
  <name>mydb.members</name>
  <description>Members of a cluster.</description>
  <column>
    <name>ra</name><description>Right ascension</description><unit>deg</unit>
    <ucd>pos.eq.ra;meta.main</ucd>
    <dataType xsi:type="vs:VOTableType">double</dataType>
  </column>
  <column>
    <name>dec</name><unit>deg</unit><ucd>pos.eq.dec;meta.main</ucd>
    <dataType xsi:type="vs:TAPType">DOUBLE</dataType>
  </column>
  <column><name>id</name><dataType xsi:type="vs:VOTableType">long</dataType></column>
  <column>
    <name>name</name>
    <dataType xsi:type="vs:VOTableType" arraysize="*">char</dataType>
  </column>
</vosi:table>
"""
TSV = "ra\tdec\tid\tname\n10.5\t-5\t9007199254740993\t007\n11\t-6\t2\t\n"


@pytest.fixture(scope="module")
def users(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    """A Data Lab with users."""
    pyvo.utils.prototype.activate_features("cadc-tb-upload")
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("users") / "data")
    with serving_users(data) as running:
        yield running


@pytest.fixture
def tap(users: Users) -> Iterator[pyvo.dal.TAPService]:
    """The service as pyvo sees it, for alice."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {users.tokens['alice']}"
        yield pyvo.dal.TAPService(f"{users.running.url}/tap", session=session)


def test_a_table_is_made_filled_indexed_queried_and_removed(tap: pyvo.dal.TAPService):
    tap.create_table("mydb.members", io.BytesIO(DEFINITION))
    assert len(tap.search("SELECT * FROM mydb.members")) == 0
    tap.load_table("mydb.members", io.BytesIO(TSV.encode()), format="tsv")
    csv = "ra,dec,id,name\n12,-7,3,c\n"
    tap.load_table("mydb.members", io.BytesIO(csv.encode()), format="csv")
    file = io.BytesIO()
    Table({"ra": [13.0], "dec": [-8.0], "id": [4], "name": ["d"]}).write(file, format="fits")
    tap.load_table("mydb.members", io.BytesIO(file.getvalue()), format="FITSTable")
    found = tap.search("SELECT id, name FROM mydb.members ORDER BY ra").to_table()
    assert list(found["id"]) == [9007199254740993, 2, 3, 4]
    assert found["name"][0] == "007"
    near = tap.search(
        "SELECT id FROM mydb.members WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(12, -7, 0.1))"
    )
    assert list(near["id"]) == [3]

    tap.create_index("mydb.members", "id", unique=True)
    assert "mydb.members" in tap.tables  # pyvo asks for the columns without the token
    columns = tap.search(
        "SELECT column_name, unit, indexed FROM TAP_SCHEMA.columns "
        "WHERE table_name = 'mydb.members'"
    ).to_table()
    told = {row["column_name"]: (row["unit"], row["indexed"]) for row in columns}
    assert told["id"][1] == 1
    assert told["name"][1] == 0
    assert told["ra"][0] == "deg"
    assert list(tap.search("SELECT name FROM mydb.members WHERE id = 3")["name"]) == ["c"]

    tap.remove_table("mydb.members")
    with pytest.raises(pyvo.dal.DALQueryError, match=r"There is no table 'mydb\.members'"):
        tap.search("SELECT * FROM mydb.members")


def test_a_votable_is_a_table_with_its_rows(tap: pyvo.dal.TAPService):
    file = io.BytesIO()
    Table({"n": [1, 2], "x": [0.5, float("nan")]}).write(file, format="votable")
    tap.create_table("brought", io.BytesIO(file.getvalue()), format="VOTable")
    assert list(tap.search("SELECT n FROM mydb.brought ORDER BY n")["n"]) == [1, 2]
    tap.remove_table("brought")


def test_what_cannot_be_is_told(tap: pyvo.dal.TAPService):
    tap.create_table("mydb.twice", io.BytesIO(DEFINITION))
    with pytest.raises(requests.HTTPError, match="409"):
        tap.create_table("mydb.twice", io.BytesIO(DEFINITION))
    with pytest.raises(requests.HTTPError, match="400"):
        tap.load_table("mydb.twice", io.BytesIO(b"ra,other\n1,2\n"), format="csv")
    with pytest.raises(requests.HTTPError, match="404"):
        tap.load_table("mydb.never", io.BytesIO(b"ra,other\n1,2\n"), format="csv")
    with pytest.raises(requests.HTTPError, match="404"):
        tap.remove_table("mydb.never")
    tap.load_table("mydb.twice", io.BytesIO(b"ra,dec,id,name\n1,2,3,a\n1,2,3,b\n"), format="csv")
    with pytest.raises(pyvo.dal.DALQueryError, match="there twice"):
        tap.create_index("mydb.twice", "id", unique=True)
    with pytest.raises(pyvo.dal.DALQueryError, match="no column"):
        tap.create_index("mydb.twice", "nothing")
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]>' + DEFINITION.partition(b"?>")[2]
    with pytest.raises(requests.HTTPError, match="400"):
        tap.create_table("mydb.bomb", io.BytesIO(bomb))
    tap.remove_table("mydb.twice")


def test_who_is_not_signed_in_makes_none(users: Users):
    with requests.Session() as session:
        session.trust_env = False
        nobody = pyvo.dal.TAPService(f"{users.running.url}/tap", session=session)
        with pytest.raises(requests.HTTPError, match="401"):
            nobody.create_table("mydb.members", io.BytesIO(DEFINITION))
        with pytest.raises(requests.HTTPError, match="401"):
            nobody.remove_table("small.stars")
