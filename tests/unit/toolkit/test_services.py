"""Reading TAP services: a Data Lab, and one that knows nothing of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import datalab_toolkit as dl
import httpx
import psutil
import pytest
from datalab_process import PATIENCE_S, DatalabProcess, serving
from datalab_toolkit import errors
from datalab_toolkit.registry import add, find, names
from datalab_toolkit.service import Service
from datalab_toolkit.tap import Query
from free_ports import free_port
from tap_only_service import BIG_ID, running

PAPERS = 3000


@pytest.fixture(scope="module")
def observatory_url() -> Iterator[str]:
    with running("--tables", str(PAPERS)) as url:
        yield url


@pytest.fixture(scope="module")
def observatory(observatory_url: str) -> Service:
    return Service("observatory", observatory_url, title="Small observatory")


@pytest.fixture
def small(datalab: DatalabProcess) -> Service:
    return Service("small", datalab.url, str(datalab.connection["token"]), "Small sky")


def full_names(service: Service, **choice: object) -> list[str]:
    return [table.full_name for table in service.tables(**choice).tables]


def test_a_service_is_asked_nothing_before_its_first_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        Service("quiet", f"http://127.0.0.1:{listener.getsockname()[1]}/tap")
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_schemas_come_with_their_numbers_of_tables(observatory: Service) -> None:
    schemas = {schema.name: schema for schema in observatory.schemas()}
    assert schemas["archive"].tables == PAPERS
    assert schemas["messier"].tables == 2
    assert schemas["planets"].description == ""
    assert schemas["messier"].description == "Charles Messier's catalogue, in part."


def test_tables_come_in_pages(observatory: Service) -> None:
    page = observatory.tables(schema="archive", offset=1000, limit=3)
    assert page.total == PAPERS
    assert [t.name for t in page.tables] == ["paper_01000", "paper_01001", "paper_01002"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("OPEN_clusters", ["messier.open_clusters"]),
        ("nebulae", ["messier.objects"]),
        ("semi-major", ["planets.planets"]),
        ("DISTANCE sun", ["messier.open_clusters"]),
        ("2mass", ["vizls.II/246/out"]),
        ("messier 62 bits", ["messier.objects"]),
        ("it's", []),
        ("nothing at all", []),
    ],
)
def test_a_search_looks_at_tables_and_columns(
    observatory: Service, search: str, found: list[str]
) -> None:
    assert full_names(observatory, search=search) == found


def test_a_search_works_without_lower() -> None:
    with running("--no-lower") as url:
        service = Service("old", url)
        assert full_names(service, search="JMAG") == ["vizls.II/246/out"]
        assert full_names(service, search="designation") == ["vizls.II/246/out"]


def test_a_row_limit_of_the_service_hides_no_table() -> None:
    with running("--tables", "120", "--limit", "50") as url:
        page = Service("strict", url).tables(limit=1000)
        assert page.total == 125
        assert len({table.full_name for table in page.tables}) == 125


@pytest.mark.parametrize(
    ("asked", "full_name", "query_name"),
    [
        ("messier.objects", "messier.objects", "messier.objects"),
        ("MESSIER.Objects", "messier.objects", "messier.objects"),
        ("planets.Minor Planets", "planets.Minor Planets", 'planets."Minor Planets"'),
        ('planets."Minor Planets"', "planets.Minor Planets", 'planets."Minor Planets"'),
        ("II/246/out", "vizls.II/246/out", '"II/246/out"'),
        ("vizls.II/246/out", "vizls.II/246/out", '"II/246/out"'),
    ],
)
def test_a_table_is_found_and_can_be_queried_by_its_query_name(
    observatory: Service, asked: str, full_name: str, query_name: str
) -> None:
    table = observatory.table(asked)
    assert (table.full_name, table.query_name) == (full_name, query_name)
    columns = ", ".join(column.query_name for column in table.columns)
    result = observatory.fetch(f"SELECT TOP 2 {columns} FROM {table.query_name}")
    assert result.table.num_rows == 2


def test_columns_have_their_types_units_and_ucds(observatory: Service) -> None:
    table = observatory.table("messier.objects")
    ra = next(column for column in table.columns if column.name == "ra")
    assert (ra.datatype, ra.unit, ra.ucd) == ("DOUBLE", "deg", "pos.eq.ra;meta.main")
    assert ra.description == "Right ascension (J2000)"
    assert (table.rows, table.credit, table.simulated) == (None, "", False)


def test_columns_that_need_quotes_get_them(observatory: Service) -> None:
    columns = observatory.table("vizls.II/246/out").columns
    assert [c.query_name for c in columns] == ["RAJ2000", "DEJ2000", '"2MASS"', "Jmag"]
    assert observatory.table("planets.planets").columns[1].query_name == '"date"'


def test_an_unknown_table_is_told_with_what_may_be_meant(observatory: Service) -> None:
    with pytest.raises(errors.NotFoundError) as refusal:
        observatory.table("messier.objekts")
    assert "Small observatory has no table messier.objekts" in str(refusal.value)
    assert "messier.objects" in refusal.value.hint


def test_tables_are_read_from_vosi_when_tap_schema_fails() -> None:
    with running("--no-tap-schema") as url:
        service = Service("closed", url)
        assert service.tables().total == 5
        columns = service.table("messier.objects").columns
        assert [c.name for c in columns][:3] == ["number", "name", "type"]
        assert columns[3].unit == "deg"


def test_64_bit_integers_are_exact_and_nulls_are_null(observatory: Service) -> None:
    result = observatory.fetch("SELECT number, name, vmag, object_id FROM messier.objects")
    rows = result.table.to_pylist()
    assert rows[0]["object_id"] == BIG_ID
    # TABLEDATA does not tell an empty text from none (VOTable 1.4, section 5.1).
    assert rows[-1] == {"number": 73, "name": "", "vmag": None, "object_id": None}
    assert result.table.schema.field("vmag").metadata[b"unit"] == b"mag"


def test_a_result_that_is_cut_short_says_so(observatory: Service) -> None:
    query = "SELECT * FROM messier.objects"
    assert observatory.fetch(query, maxrec=3).overflow
    assert observatory.fetch(query, maxrec=3).table.num_rows == 3
    assert not observatory.fetch(query).overflow


def test_a_refusal_has_the_services_own_words(observatory: Service) -> None:
    with pytest.raises(errors.QueryError, match="no such column: mass"):
        observatory.fetch("SELECT mass FROM messier.objects")


def test_an_answer_can_be_streamed_in_a_format_of_the_service(observatory: Service) -> None:
    with observatory.stream(Query("SELECT name FROM planets.planets"), format="csv") as answer:
        assert answer.read().decode().split() == [
            *("name", "Earth", "Mars", "Jupiter", "Uranus", "Neptune")
        ]


def test_a_plain_service_has_no_extras(observatory: Service) -> None:
    assert not observatory.has("density")
    with pytest.raises(errors.NotFoundError, match="no density"):
        observatory.feature_url("density")


def test_a_data_lab_is_found_below_its_root(small: Service, datalab: DatalabProcess) -> None:
    assert small.url == f"{datalab.url}/tap"
    assert small.has("density")
    assert small.has("demo")
    assert small.feature_url("density") == f"{datalab.url}/density"


def test_a_data_lab_tells_rows_credit_and_what_is_simulated(small: Service) -> None:
    table = small.table("small.stars")
    assert (table.rows, table.simulated) == (20_000, True)
    assert table.credit == "Made up for the tests <nobody>."
    assert table.columns[1].unit == "deg"
    assert table.columns[0].principal


def test_the_rows_of_a_data_lab_are_the_same_in_votable_and_arrow(small: Service) -> None:
    from datalab_toolkit import votable

    query = "SELECT TOP 50 source_id, ra, gmag, epochs, variable, name FROM small.stars"
    query += " ORDER BY source_id"
    arrow = small.fetch(query).table
    with small.stream(Query(query)) as answer:
        other, _ = votable.read(answer.read())
    assert other.column_names == arrow.column_names
    for ours, theirs in zip(arrow.to_pylist(), other.to_pylist(), strict=True):
        assert ours["source_id"] == theirs["source_id"]
        assert ours | {"name": None} == theirs | {"name": None}
        assert (ours["name"] or "") == (theirs["name"] or "")


def test_an_error_of_a_data_lab_has_its_place_and_hint(small: Service) -> None:
    with pytest.raises(errors.QueryError) as refusal:
        small.fetch("SELECT TOP 3 *\nFROM small.starz")
    assert (refusal.value.line, refusal.value.column) == (2, 6)
    assert refusal.value.hint


def test_the_token_goes_to_the_service_alone() -> None:
    """Another host in an access URL, or a redirection, gets no token."""
    seen: list[str] = []
    with answering(seen, redirect_to=None) as other, answering(seen, redirect_to=other) as url:
        service = Service("sly", url, token="secret")
        with pytest.raises(errors.DatalabError):
            service.fetch("SELECT 1")
    asked_by_name = [request for request in seen if "secret" in request]
    assert asked_by_name
    assert all(url.removeprefix("http://") in request for request in asked_by_name)


@pytest.mark.parametrize(
    "inside",
    [
        *("127.0.0.1", "2130706433", "0.0.0.0", "localhost", "[::1]", "[::ffff:7f00:1]"),
        *("10.0.0.1", "169.254.169.254"),
    ],
)
def test_a_service_of_the_world_cannot_send_us_to_this_machine(
    inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def redirect(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": f"http://{inside}:8888/"})

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", redirect)
    with pytest.raises(errors.ServiceUnavailableError, match="not public"):
        Service("sly", "http://8.8.8.8/tap").schemas()
    assert set(asked) == {"8.8.8.8"}


def test_a_service_that_does_not_answer_is_told_so() -> None:
    url = f"http://127.0.0.1:{free_port()}/tap"
    with pytest.raises(errors.ServiceUnavailableError, match="Far away cannot be reached"):
        Service("far", url, title="Far away").schemas()


def test_a_data_lab_that_is_not_where_the_environment_says_is_told_by_the_variable(
    observatory_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = observatory_url.removesuffix("/tap")
    nobody = f"127.0.0.1:{free_port()}"
    for url, shown in (
        (f"http://me:secret@{nobody}", f"http://…@{nobody}"),
        (f"{root}/elsewhere/", f"{root}/elsewhere"),
        (root, root),
    ):
        monkeypatch.setenv("DATALAB_URL", url)
        with pytest.raises(errors.ServiceUnavailableError) as told:
            dl.whoami()
        assert f"DATALAB_URL: {shown}\n" in str(told.value)
        assert "secret" not in str(told.value)
    monkeypatch.setenv("DATALAB_URL", f"http://{nobody[:-1]}")  # of another port
    with pytest.raises(errors.ServiceUnavailableError) as told:
        Service("far", f"http://{nobody}/tap").schemas()
    assert "DATALAB_URL" not in str(told.value)


def test_a_slow_list_of_tables_is_read_in_the_background() -> None:
    with running("--tables", "20000") as url:
        service = Service("big", url)
        with pytest.raises(errors.ServiceTimeoutError, match="still being read"):
            service.tables(wait_s=0.0)
        assert service.is_reading
        assert service.tables(limit=1).total == 20_005
        assert not service.is_reading


def test_services_are_known_by_name(
    observatory_url: str, datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATALAB_SERVICES", f'{{"nearby": "{observatory_url}"}}')
    monkeypatch.setenv("DATALAB_DATA", str(datalab.data))
    assert {"datalab", "nearby"} <= set(names())
    assert find().url == f"{datalab.url}/tap"
    assert find("nearby").table("messier.objects").columns
    assert add("mine", observatory_url).title == "mine"
    assert "mine" in names()
    with pytest.raises(errors.NotFoundError, match="nearby"):
        find("elsewhere")
    with pytest.raises(errors.ServiceUnavailableError, match="http or https"):
        add("worse", "file:///etc/passwd")


@contextmanager
def answering(seen: list[str], redirect_to: str | None) -> Iterator[str]:
    """A server that notes each request and answers with a redirection, or 404."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    request = peer.recv(65536).decode()
                    seen.append(request)
                    head = "HTTP/1.1 404 Not Found"
                    if redirect_to is not None:
                        path = request.split()[1]
                        head = f"HTTP/1.1 302 Found\r\nLocation: {redirect_to}{path}"
                    peer.sendall(
                        f"{head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
                    )

        Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_a_data_lab_that_has_moved_is_asked_anew_and_its_old_connections_are_closed(
    small_sky_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATALAB_DATA", str(small_sky_copy))
    with serving(small_sky_copy) as first:
        before = find()
        assert before.schemas()
        assert connections_to(first.url)
        first.stop()
    with serving(small_sky_copy):
        after = find()
        assert after is not before
        assert after is find()
        assert after.schemas()
        assert not connections_to(first.url)


def connections_to(url: str) -> list[object]:
    """The connections of this process to a server, also those that the server has closed."""
    port = urlsplit(url).port
    found = psutil.Process().net_connections("tcp")
    return [c for c in found if c.raddr and c.raddr.port == port]


def test_other_clients_are_told_the_address(observatory_url: str) -> None:
    add("elsewhere", observatory_url)
    assert dl.tap_url("elsewhere") == observatory_url
    url = f"{dl.tap_url('elsewhere')}/capabilities"
    told = httpx.get(url, timeout=PATIENCE_S, trust_env=False)
    assert "ivo://ivoa.net/std/TAP" in told.text
    with pytest.raises(errors.NotFoundError, match="nowhere"):
        dl.tap_url("nowhere")
