"""What the Data Lab tells other programs about itself."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from datalab_process import DatalabProcess
from small_sky import SCHEMA, STARS_TABLE
from vo_models.tapregext.models import TableAccess
from vo_models.vosi.availability import Availability
from vo_models.vosi.capabilities import VOSICapabilities
from vo_models.vosi.tables import VOSITable, VOSITableSet


def _get(datalab: DatalabProcess, path: str) -> bytes:
    with datalab.client() as client:
        answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/xml")
    return answer.content


def test_the_capabilities_name_every_address_that_a_client_needs(datalab: DatalabProcess):
    document = VOSICapabilities.from_xml(_get(datalab, "/tap/capabilities"))
    addresses = {
        str(c.standard_id): str(c.interface[0].access_url[0].value) for c in document.capability
    }
    assert addresses == {
        "ivo://ivoa.net/std/TAP": f"{datalab.url}/tap",
        "ivo://ivoa.net/std/VOSI#capabilities": f"{datalab.url}/tap/capabilities",
        "ivo://ivoa.net/std/VOSI#availability": f"{datalab.url}/tap/availability",
        "ivo://ivoa.net/std/VOSI#tables-1.1": f"{datalab.url}/tap/tables",
        "ivo://ivoa.net/std/DALI#examples": f"{datalab.url}/tap/examples",
        "ivo://jupyterlab-datalab/density": f"{datalab.url}/density",
        "ivo://jupyterlab-datalab/histogram": f"{datalab.url}/histogram",
        "ivo://jupyterlab-datalab/hips": f"{datalab.url}/hips",
        "ivo://jupyterlab-datalab/images": f"{datalab.url}/images",
        "ivo://jupyterlab-datalab/cutout": f"{datalab.url}/svc/cutout",
        "ivo://jupyterlab-datalab/moc": f"{datalab.url}/moc",
        "ivo://jupyterlab-datalab/statistics": f"{datalab.url}/statistics",
        "ivo://jupyterlab-datalab/mydb": f"{datalab.url}/mydb",
        "ivo://ivoa.net/std/VOSpace/v2.0#nodes": f"{datalab.url}/vospace/nodes",
        "ivo://jupyterlab-datalab/demo": f"{datalab.url}/demo",
    }


def test_every_output_format_that_is_announced_is_served(datalab: DatalabProcess):
    document = VOSICapabilities.from_xml(_get(datalab, "/tap/capabilities"))
    tap = next(c for c in document.capability if isinstance(c, TableAccess))
    names = [name for f in tap.output_format for name in (f.mime, *f.alias)]
    assert len(names) >= 10
    for name in names:
        answer = datalab.query("SELECT TOP 1 ra FROM small.stars", RESPONSEFORMAT=name)
        assert answer.status_code == 200, name


def test_every_feature_that_is_announced_is_understood(datalab: DatalabProcess):
    circle, point = "CIRCLE(POINT(10, 20), 1)", "POINT(ra, dec)"
    values = {
        "POINT": point,
        "CIRCLE": circle,
        "BOX": "BOX(10, 20, 1, 1)",
        "POLYGON": "POLYGON(10, 20, 11, 20, 11, 21)",
        "REGION": "REGION('CIRCLE 10 20 1')",
        "CONTAINS": f"CONTAINS({point}, {circle})",
        "INTERSECTS": f"INTERSECTS({circle}, BOX(10, 20, 1, 1))",
        "DISTANCE": f"DISTANCE({point}, POINT(10, 20))",
        "AREA": f"AREA({circle})",
        "CENTROID": f"CENTROID({circle})",
        "COORD1": f"COORD1({point})",
        "COORD2": f"COORD2({point})",
        "COORDSYS": f"COORDSYS({circle})",
        "LOWER": "LOWER(name)",
        "UPPER": "UPPER(name)",
        "CAST": "CAST(ra AS INTEGER)",
        "IN_UNIT": "IN_UNIT(ra, 'rad')",
    }
    queries = {name: f"SELECT TOP 1 {v} AS x FROM small.stars" for name, v in values.items()}
    field = "SELECT field FROM small.fields"
    queries |= {word: f"{field} {word} {field}" for word in ("UNION", "EXCEPT", "INTERSECT")}
    queries["ILIKE"] = f"{field} WHERE label ILIKE 'f%'"
    queries["WITH"] = f"WITH f AS ({field}) SELECT field FROM f"
    queries["OFFSET"] = f"{field} OFFSET 2"
    signatures = {
        "INTEGER": "3",
        "BIGINT": "3",
        "DOUBLE": "0.5",
        "REAL": "0.5",
        "POINT": point,
        "TIMESTAMP": "seen",
        "VARCHAR": "name",
        "GEOMETRY": circle,
    }
    document = VOSICapabilities.from_xml(_get(datalab, "/tap/capabilities"))
    tap = next(c for c in document.capability if isinstance(c, TableAccess))
    announced = set()
    for features in tap.language[0].language_features:
        for feature in features.feature:
            if "#features-udf" not in features.type:
                announced.add(feature.form)
                continue
            name, parameters = re.fullmatch(r"(\w+)\((.*)\) -> \w+(?:\[\])?", feature.form).groups()
            arguments = [signatures[p.split()[1]] for p in parameters.split(", ")]
            if name == "ivo_geom_transform":
                arguments[:2] = ["'ICRS'", "'GALACTIC'"]
            if name == "ivo_simbadpoint":
                arguments = ["'M 31'"]
            if name == "ivo_histogram":
                arguments[:4] = ["gmag", "8", "21", "5"]
            if name == "ivo_string_agg":
                arguments[1] = "', '"
            call = f"{name}({', '.join(arguments)})"
            queries[feature.form] = f"SELECT TOP 1 {call} AS x FROM small.stars"
            announced.add(feature.form)
            assert feature.description
    assert announced == set(queries)
    for query in queries.values():
        answer = datalab.query(query)
        assert answer.status_code == 200, answer.text


def test_the_sql_that_is_announced_is_understood(datalab: DatalabProcess):
    document = VOSICapabilities.from_xml(_get(datalab, "/tap/capabilities"))
    tap = next(c for c in document.capability if isinstance(c, TableAccess))
    (sql,) = (language for language in tap.language if language.name == "SQL")
    names = {f.form.partition("(")[0] for part in sql.language_features for f in part.feature}
    query = (
        "SELECT a.ra, q3c_dist(a.ra, a.dec, b.ra, b.dec) FROM small.stars a JOIN small.stars b "
        "ON q3c_join(a.ra, a.dec, b.ra, b.dec, 0.1) WHERE q3c_radial_query(a.ra, a.dec, 10, 5, 2) "
        "LIMIT 3"
    )
    assert all(f"{name}(" in query for name in names)
    answer = datalab.query(query, LANG="SQL")
    assert answer.status_code == 200, answer.text


def test_the_service_says_that_it_is_available(datalab: DatalabProcess):
    assert Availability.from_xml(_get(datalab, "/tap/availability")).available


def test_the_tables_are_described_as_the_catalogue_describes_them(datalab: DatalabProcess):
    document = VOSITableSet.from_xml(_get(datalab, "/tap/tables"))
    schemas = {schema.schema_name: schema for schema in document.tableset_schema}
    assert set(schemas) == {"small", "TAP_SCHEMA"}
    stars = next(t for t in schemas["small"].table if t.table_name == "small.stars")
    assert stars.nrows == 20_000
    assert [c.column_name for c in stars.column] == [c.name for c in STARS_TABLE.columns]
    assert [c.unit or "" for c in stars.column] == [c.unit for c in STARS_TABLE.columns]


def test_markup_in_a_description_reaches_the_reader_as_it_was_written(datalab: DatalabProcess):
    tree = ET.fromstring(_get(datalab, "/tap/tables"))
    texts = {element.text for element in tree.iter("description")}
    assert SCHEMA.description in texts
    assert STARS_TABLE.column("gmag").description in texts


def test_with_less_detail_the_columns_are_left_out(datalab: DatalabProcess):
    tree = ET.fromstring(_get(datalab, "/tap/tables?DETAIL=min"))
    assert len(list(tree.iter("table"))) == 7
    assert not list(tree.iter("column"))


def test_one_table_is_described_alone_whatever_the_case_of_its_name(datalab: DatalabProcess):
    table = VOSITable.from_xml(_get(datalab, "/tap/tables/Small.STARS"))
    assert table.table_name == "small.stars"
    assert len(table.column) == len(STARS_TABLE.columns)


def test_an_unknown_table_is_not_found(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.get("/tap/tables/small.planets")
    assert answer.status_code == 404
    assert "There is no table “small.planets”." in answer.text


def test_the_hidden_healpix_column_is_not_told(datalab: DatalabProcess):
    assert b"_healpix" not in _get(datalab, "/tap/tables")
