"""What the panel asks of the Jupyter server, and what it is told."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from datalab_process import DatalabProcess
from jupyter_server.auth import Authorizer
from jupyter_server.serverapp import ServerApp
from tap_only_service import BIG_ID
from tornado.httpclient import HTTPClientError, HTTPResponse

from jupyterlab_datalab.handlers import routes
from jupyterlab_datalab.layers import SkyLayer, all_layers, image_layers, read_layers

API = "jupyterlab-datalab/api"
Fetch = Callable[..., Awaitable[HTTPResponse]]
Ask = Callable[..., Awaitable[dict[str, Any]]]

# Those of a service; test_storage.py has the others.
ROUTES = [
    (re.sub(r"\([^)]*\)", "small.stars", pattern, count=2), verb)
    for pattern, handler, *_ in routes()
    for verb in ("GET", "POST")
    if verb.lower() in vars(handler) and re.match(r".*/api/(services|\(\[\^/\]\+\))", pattern)
]


@pytest.fixture
def get(jp_fetch: Fetch) -> Ask:
    """Ask a route and read the JSON of its answer."""

    async def ask(*path: str, **parameters: object) -> dict[str, Any]:
        answer = await jp_fetch(API, *path, params=parameters, request_timeout=60)
        return json.loads(answer.body)

    return ask


@pytest.fixture
def query(jp_fetch: Fetch) -> Ask:
    """Run a query and read the JSON of its answer."""

    async def ask(service: str, adql: str, **more: object) -> dict[str, Any]:
        body = json.dumps({"query": adql, **more})
        answer = await jp_fetch(API, service, "query", method="POST", body=body)
        return json.loads(answer.body)

    return ask


async def refusal(asking: Awaitable[Any]) -> tuple[int, dict[str, Any]]:
    """The status and the error of a request that fails."""
    with pytest.raises(HTTPClientError) as failure:
        await asking
    assert failure.value.response is not None
    error = json.loads(failure.value.response.body)["error"]
    assert set(error) == {"message", "hint", "line", "column"}
    return failure.value.code, error


def test_there_are_routes_to_test() -> None:
    assert len(ROUTES) == 14


@pytest.mark.parametrize(("path", "verb"), ROUTES)
async def test_nobody_is_answered_without_a_token(jp_fetch: Fetch, path: str, verb: str) -> None:
    body = "{}" if verb == "POST" else None
    asking = jp_fetch(path, method=verb, body=body, headers={"Authorization": ""})
    code, _ = await refusal(asking)
    assert code == 403


class _NoDatalab(Authorizer):
    def is_authorized(self, handler: object, user: object, action: str, resource: str) -> bool:
        return resource != "datalab"


@pytest.mark.parametrize("authorizer", [_NoDatalab])
@pytest.mark.parametrize(("path", "verb"), ROUTES)
async def test_nobody_is_answered_without_the_right(jp_fetch: Fetch, path: str, verb: str) -> None:
    code, error = await refusal(jp_fetch(path, method=verb, body="{}" if verb == "POST" else None))
    assert code == 403
    assert "datalab" in error["message"]


async def test_the_data_lab_comes_first_among_the_services(get: Ask) -> None:
    assert await get("services") == {
        "services": [
            {"name": "datalab", "title": "Data Lab", "kind": "datalab"},
            {"name": "observatory", "title": "Small observatory", "kind": "tap"},
        ]
    }


@pytest.mark.parametrize("settings", [{"offer_datalab": False}])
async def test_the_data_lab_can_be_left_out(get: Ask) -> None:
    answer = await get("services")
    assert [service["name"] for service in answer["services"]] == ["observatory"]
    code, error = await refusal(get("datalab", "schemas"))
    assert (code, error["hint"]) == (404, "Known are: observatory.")


@pytest.mark.parametrize("name", ["nothing", "http:%2F%2F127.0.0.1", "..", "DATALAB"])
async def test_a_service_that_is_not_listed_is_not_asked(get: Ask, name: str) -> None:
    code, error = await refusal(get(name, "schemas"))
    assert code == 404
    assert "observatory" in error["hint"] or name == ".."


async def test_a_ready_data_lab_says_what_it_has(get: Ask) -> None:
    await get("datalab", "schemas")
    status = await get("datalab", "status")
    assert status["state"] == "ready"
    assert {"demo", "density", "hips", "moc"} <= set(status["features"])
    assert (status["schemas"], status["tables"], status["restarts"]) == (2, 7, 0)


async def test_a_plain_service_has_no_features(get: Ask) -> None:
    await get("observatory", "schemas")
    status = await get("observatory", "status")
    assert (status["state"], status["features"]) == ("ready", [])
    assert status["tables"] == 505


async def test_schemas_have_descriptions_and_numbers(get: Ask) -> None:
    schemas = (await get("datalab", "schemas"))["schemas"]
    assert schemas[0] == {
        "name": "small",
        "description": "A small made-up sky <for tests> & nothing else.",
        "tables": 2,
    }


async def test_tables_come_in_pages(get: Ask) -> None:
    page = await get("observatory", "tables", schema="archive", offset=498, limit=10)
    assert page["total"] == 500
    assert [table["name"] for table in page["tables"]] == ["paper_00498", "paper_00499"]


async def test_a_search_finds_columns_too(get: Ask) -> None:
    page = await get("datalab", "tables", search="epochs")
    assert [table["name"] for table in page["tables"]] == ["stars"]
    assert page["tables"][0]["rows"] == 20_000
    assert page["tables"][0]["simulated"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "1001"},
        {"limit": "-1"},
        {"limit": "9" * 5000},
        {"offset": "ten"},
        {"offset": "1e3"},
    ],
)
async def test_a_page_that_cannot_be_is_refused(get: Ask, parameters: dict[str, str]) -> None:
    code, error = await refusal(get("observatory", "tables", **parameters))
    assert code == 400
    assert next(iter(parameters)) in error["message"]


async def test_a_table_has_its_credit_and_columns(get: Ask) -> None:
    table = await get("datalab", "tables", "small.stars")
    assert table["credit"] == "Made up for the tests <nobody>."
    assert table["columns"][1] == {
        "name": "ra",
        "datatype": "double",
        "arraysize": "",
        "unit": "deg",
        "ucd": "pos.eq.ra;meta.main",
        "utype": "",
        "description": "Right ascension (ICRS).",
        "principal": False,
        "indexed": table["columns"][1]["indexed"],
    }


async def test_a_table_whose_name_has_slashes_is_found(get: Ask) -> None:
    table = await get("observatory", "tables", "vizls.II/246/out")
    assert table["query_name"] == '"II/246/out"'
    assert table["columns"][2]["name"] == "2MASS"


async def test_an_unknown_table_is_told(get: Ask) -> None:
    code, error = await refusal(get("datalab", "tables", "small.starz"))
    assert code == 404
    assert "small.stars" in error["hint"]


async def test_64_bit_integers_reach_a_browser_whole(query: Ask) -> None:
    answer = await query("observatory", "SELECT object_id, vmag, ra FROM messier.objects")
    assert answer["rows"][0] == [str(BIG_ID), 8.4, 83.6331]
    assert answer["rows"][-1] == [None, None, 314.75]
    answer = await query("datalab", "SELECT TOP 2 source_id FROM small.stars ORDER BY source_id")
    assert answer["rows"] == [[str(2**60)], [str(2**60 + 7)]]
    assert answer["columns"][0]["datatype"] == "long"
    assert answer["columns"][0]["ucd"] == "meta.id"


async def test_a_truncated_answer_says_so(query: Ask) -> None:
    answer = await query("datalab", "SELECT ra FROM small.stars", maxrec=5)
    assert (len(answer["rows"]), answer["overflow"]) == (5, True)


async def test_nan_is_not_null(query: Ask) -> None:
    answer = await query(
        "datalab", "SELECT TOP 100 pmra, source_id FROM small.stars ORDER BY source_id"
    )
    values = [row[0] for row in answer["rows"]]
    assert "NaN" in values
    assert None in values


async def test_a_wrong_query_is_told_with_its_place(query: Ask) -> None:
    code, error = await refusal(query("datalab", "SELECT ra\nFROM small.starz"))
    assert (code, error["line"], error["column"]) == (400, 2, 6)
    assert error["hint"]


async def test_a_query_refused_elsewhere_is_told_in_their_words(query: Ask) -> None:
    code, error = await refusal(query("observatory", "SELECT mass FROM messier.objects"))
    assert (code, error["message"]) == (400, "no such column: mass")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "not json",
        "{}",
        '{"query": ""}',
        '{"query": 3}',
        '{"query": "SELECT 1", "maxrec": 0}',
        '{"query": "SELECT 1", "maxrec": "9"}',
        '{"query": "SELECT 1", "maxrec": true}',
        '{"query": "SELECT 1", "maxrec": 1e9}',
        '{"query": "SELECT 1", "timeout": 9999}',
        '{"query": "SELECT 1", "url": "http://127.0.0.1"}',
    ],
)
async def test_a_query_request_that_cannot_be_is_refused(jp_fetch: Fetch, body: str) -> None:
    code, _ = await refusal(jp_fetch(API, "datalab", "query", method="POST", body=body))
    assert code == 400


async def test_density_passes_through(jp_fetch: Fetch) -> None:
    view = {"projection": "aitoff", "lon": 0, "lat": 0, "frame": "icrs", "fov": 324.1}
    answer = await jp_fetch(
        *(API, "datalab", "density", "small.stars"), params=view | {"width": 64, "height": 32}
    )
    counts = np.frombuffer(answer.body, dtype="<u4")
    about = json.loads(answer.headers["Datalab-Density"])
    assert counts.size == 64 * 32
    assert about["rows"] == 20_000
    assert counts[counts != 0xFFFFFFFF].sum() == about["total"]
    assert answer.headers["Content-Type"] == "application/octet-stream"


async def test_statistics_pass_through(jp_fetch: Fetch) -> None:
    answer = await jp_fetch(API, "datalab", "statistics", "small.stars")
    assert json.loads(answer.body)["rows"] == 20_000
    code, _ = await refusal(jp_fetch(API, "datalab", "statistics", "small.starz"))
    assert code == 404


async def test_an_error_of_the_density_service_passes_through(jp_fetch: Fetch) -> None:
    code, _ = await refusal(jp_fetch(API, "datalab", "density", "small.fields"))
    assert code == 400
    code, _ = await refusal(jp_fetch(API, "datalab", "density", "small.starz"))
    assert code == 404
    code, _ = await refusal(jp_fetch(API, "observatory", "density", "messier.objects"))
    assert code == 404


async def test_sky_layers_pass_through(jp_fetch: Fetch) -> None:
    layer = (API, "datalab", "hips", "density", "small.stars")
    told = (await jp_fetch(*layer, "properties")).body.decode()
    assert "hips_order" in told
    path = (*layer, "Norder3", "Dir0", "Npix300.png")
    tile = await jp_fetch(*path)
    assert tile.headers["Content-Type"] == "image/png"
    assert tile.body.startswith(b"\x89PNG")
    with pytest.raises(HTTPClientError) as unchanged:
        await jp_fetch(*path, headers={"If-None-Match": tile.headers["ETag"]})
    assert unchanged.value.code == 304


async def test_images_and_their_sky_layers_pass_through(jp_fetch: Fetch) -> None:
    listed = json.loads((await jp_fetch(API, "datalab", "images")).body)
    assert [image["band"] for image in listed] == ["g", "r", "i"]
    layers = {*(image["hips"] for image in listed), listed[0]["colour_hips"]}
    for layer in sorted(layers):
        path = (API, "datalab", *layer.strip("/").split("/"))
        assert "hips_order" in (await jp_fetch(*path, "properties")).body.decode()
        picture = await jp_fetch(*path, "Norder3", "Allsky.png", request_timeout=60)
        assert picture.body.startswith(b"\x89PNG")
        assert (await jp_fetch(*path, "Moc.fits")).body.startswith(b"SIMPLE")


async def test_a_tile_that_a_layer_does_not_have_is_no_warning_in_jupyters_log(
    jp_fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    def warned() -> str:
        return " ".join(r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING)

    image = json.loads((await jp_fetch(API, "datalab", "images")).body)[0]["hips"]
    layer = (API, "datalab", *image.strip("/").split("/"))
    code, _ = await refusal(jp_fetch(*layer, "Norder3", "Dir0", "Npix0.png"))
    assert code == 404
    assert "Npix0" not in warned()
    code, _ = await refusal(jp_fetch(API, "datalab", "hips", "density", "small.nope", "properties"))
    assert code == 404
    assert "small.nope/properties" in warned()


@pytest.mark.parametrize(
    "path",
    [
        ("density", "small.stars", "index.html"),
        ("density", "small.stars", ""),
        ("density", "small.stars", "Norder3", "Dir0", "Npix1.html"),
        ("density", "..", "properties"),
        ("images", "small", "properties"),
        ("images", "..", "g", "properties"),
        ("images", "small", "..", "properties"),
        ("images", "small", "g", "index.html"),
        ("images", "small", "g", "..", "..", "collection.json"),
        ("list",),
    ],
)
async def test_nothing_but_the_data_of_a_sky_layer_passes_through(
    jp_fetch: Fetch, path: tuple[str, ...]
) -> None:
    code, _ = await refusal(jp_fetch(API, "datalab", "hips", *path))
    assert code == 404


async def test_the_sky_layers_are_listed_without_the_data_labs_address(
    jp_fetch: Fetch, datalab: DatalabProcess
) -> None:
    body = (await jp_fetch(API, "datalab", "layers")).body.decode()
    assert {
        "path": "density/small.stars",
        "kind": "density",
        "title": "Density of small.stars (simulated, not observed)",
    } in json.loads(body)["layers"]
    assert "catalogue/" not in body
    assert datalab.url not in body


async def test_the_list_of_sky_layers_may_have_images_and_what_is_no_picture() -> None:
    text = """
hips_service_url = http://127.0.0.1:1/hips/images/sim_smash/g
obs_title        = Hydra II in g = deep (simulated)
dataproduct_type = image

hips_service_url = http://127.0.0.1:1/hips/density/mydb.a%20table
dataproduct_type = image

hips_service_url = http://127.0.0.1:1/hips/catalogue/small.stars
dataproduct_type = catalog
"""
    assert list(read_layers(text)) == [
        SkyLayer("images/sim_smash/g", "images", "Hydra II in g = deep (simulated)"),
        SkyLayer("density/mydb.a table", "density", "density/mydb.a table"),
    ]


async def test_images_are_sky_layers_band_by_band_and_in_colour() -> None:
    images = [
        {
            "collection": "sim_smash",
            "band": band,
            "title": f"Hydra II in {band}",
            "simulated": True,
            "hips": f"/hips/images/sim_smash/{band}",
            "colour_hips": "/hips/images/sim_smash/gri",
        }
        for band in "gr"
    ]
    assert list(image_layers(images)) == [
        SkyLayer("images/sim_smash/gri", "images", "sim_smash in colour (g, r, simulated)"),
        SkyLayer("images/sim_smash/g", "images", "Hydra II in g"),
        SkyLayer("images/sim_smash/r", "images", "Hydra II in r"),
    ]


async def test_an_image_that_both_lists_have_is_one_layer() -> None:
    text = "hips_service_url = http://127.0.0.1:1/hips/images/sim_smash/gri\nobs_title = Colours"
    image = {
        "collection": "sim_smash",
        "band": "g",
        "title": "Hydra II in g",
        "simulated": True,
        "hips": "/hips/images/sim_smash/g",
        "colour_hips": "/hips/images/sim_smash/gri",
    }
    assert all_layers(text, [image]) == [
        SkyLayer("images/sim_smash/gri", "images", "Colours"),
        SkyLayer("images/sim_smash/g", "images", "Hydra II in g"),
    ]


async def test_objects_are_found_by_name(get: Ask) -> None:
    found = await get("datalab", "objects", name="pleiades")
    assert (round(found["ra"], 1), round(found["dec"], 1)) == (56.9, 24.1)
    for name, words in (("Atlantis", "No object"), (" ", "no name")):
        _, error = await refusal(get("datalab", "objects", name=name))
        assert words in error["message"]


async def test_a_plain_service_has_neither_layers_nor_names(get: Ask) -> None:
    for path in ("layers", "objects"):
        code, _ = await refusal(get("observatory", path, name="M 31"))
        assert code == 404


async def test_the_state_of_the_demo_passes_through(get: Ask) -> None:
    assert (await get("datalab", "demo"))["state"] == "absent"


async def test_no_answer_holds_the_token(jp_fetch: Fetch, token: str) -> None:
    for path in ("services", "datalab/status", "datalab/schemas", "datalab/demo"):
        answer = await jp_fetch(API, path)
        assert token not in answer.body.decode() + str(answer.headers)


async def test_kernels_and_terminals_are_told_the_services_but_no_token(
    jp_serverapp: ServerApp, observatory_url: str, datalab: DatalabProcess, token: str
) -> None:
    assert json.loads(os.environ["DATALAB_SERVICES"]) == {"observatory": observatory_url}
    assert os.environ["DATALAB_URL"] == datalab.url
    assert token not in "".join(os.environ.values())


# Port 9, discard: nobody listens there.
AWAY = {"services": {"away": {"url": "http://127.0.0.1:9/tap", "title": "Away"}}}


@pytest.mark.parametrize("settings", [AWAY])
async def test_a_service_that_is_away_is_said_to_be(get: Ask, query: Ask) -> None:
    status = await get("away", "status")
    assert status["state"] == "down"
    assert "Away cannot be reached." in status["message"]
    for asking in (get("away", "schemas"), query("away", "SELECT 1")):
        code, error = await refusal(asking)
        assert (code, error["message"]) == (502, "Away cannot be reached.")


@pytest.mark.parametrize("settings", [AWAY])
async def test_a_service_that_is_away_takes_no_other_with_it(get: Ask) -> None:
    assert (await get("datalab", "tables", search="stars"))["total"] == 1
