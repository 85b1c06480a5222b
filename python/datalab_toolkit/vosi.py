"""Reads what services say of themselves: VOSI capabilities and tables (VOSI 1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from xml.etree import ElementTree

from datalab_toolkit.metadata import Column, Table, table_names, unquoted
from datalab_toolkit.votable import local_name

# What only a Data Lab has, by the standard id of the capability that announces it.
FEATURES = {
    "ivo://jupyterlab-datalab/density": "density",
    "ivo://jupyterlab-datalab/histogram": "histogram",
    "ivo://jupyterlab-datalab/hips": "hips",
    "ivo://jupyterlab-datalab/images": "images",
    "ivo://jupyterlab-datalab/cutout": "cutout",
    "ivo://jupyterlab-datalab/moc": "moc",
    "ivo://jupyterlab-datalab/statistics": "statistics",
    "ivo://jupyterlab-datalab/demo": "demo",
}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a service can do.

    Attributes
    ----------
    features
        The extras of a Data Lab, with their addresses.
    formats
        The media types of results that the service declares (TAPRegExt), in lower case.
    tap_version
        The version of TAP that it speaks.
    takes_uploads
        Whether queries may bring tables along; True also when the service says nothing of itself.
    upload_bytes
        The most bytes of what a query brings along; None when the service does not say.
    """

    features: dict[str, str] = field(default_factory=dict)
    formats: frozenset[str] = frozenset()
    tap_version: str = "1.0"
    takes_uploads: bool = True
    upload_bytes: int | None = None


def capabilities(document: bytes) -> Capabilities:
    """Read a capabilities document.

    Raises
    ------
    ValueError
        The document is something else.
    """
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 - expat >= 2.4 stops XML bombs
    except ElementTree.ParseError as error:
        raise ValueError("not XML") from error
    if local_name(root) != "capabilities":
        raise ValueError("not a capabilities document")
    features: dict[str, str] = {}
    formats: set[str] = set()
    version = "1.0"
    methods: set[str] | None = None
    upload_bytes: int | None = None
    for capability in root:
        standard = capability.get("standardID", "").lower()
        interfaces = [child for child in capability if local_name(child) == "interface"]
        if standard in FEATURES and interfaces:
            features[FEATURES[standard]] = _text(interfaces[0], "accessURL").rstrip("/")
        if standard.startswith("ivo://ivoa.net/std/tap"):
            version = max([version, *(i.get("version", "") for i in interfaces)])
            formats |= {
                (element.text or "").strip().lower()
                for element in capability.iter()
                if local_name(element) in ("mime", "alias")
            }
            methods = (methods or set()) | {
                element.get("ivo-id", "").lower()
                for element in capability
                if local_name(element) == "uploadMethod"
            }
            upload_bytes = _upload_limit(capability) or upload_bytes
    takes_uploads = methods is None or any(m.endswith("upload-inline") for m in methods)
    return Capabilities(features, frozenset(formats), version, takes_uploads, upload_bytes)


def tables(chunks: Iterable[bytes]) -> tuple[dict[str, str], list[Table]]:
    """Read a tables document, however large, and forget each table's XML once it is read.

    Returns
    -------
    tuple
        The descriptions of the schemas by name, and the tables, with columns when the document has
        them.

    Raises
    ------
    ValueError
        The document is something else.
    """
    schemas: dict[str, str] = {}
    found: list[Table] = []
    open_schema: ElementTree.Element | None = None
    pending: list[ElementTree.Element] = []
    try:
        for event, element in _events(chunks):
            kind = local_name(element)
            if event == "start":
                open_schema = element if kind == "schema" else open_schema
            elif kind == "table":
                pending.append(element)
                if open_schema is not None and (name := _text(open_schema, "name")):
                    found += [_table(name, waiting) for waiting in pending]
                    pending.clear()
            elif kind == "schema":
                name = _text(element, "name")
                schemas[unquoted(name)] = _text(element, "description")
                found += [_table(name, waiting) for waiting in pending]
                pending.clear()
                element.clear()
    except ElementTree.ParseError as error:
        raise ValueError("not a complete tables document") from error
    # VOSI 1.1 also answers /tables/{name} with a table alone.
    return schemas, found + [_table("", waiting) for waiting in pending]


def _upload_limit(capability: ElementTree.Element) -> int | None:
    """The hard limit of uploads, when it is one of bytes (TAPRegExt 1.0, section 2.6)."""
    for limit in (child for child in capability if local_name(child) == "uploadLimit"):
        for hard in (child for child in limit if local_name(child) == "hard"):
            text = (hard.text or "").strip()
            if hard.get("unit") == "byte" and text.isdigit():
                return int(text)
    return None


def _events(chunks: Iterable[bytes]) -> Iterator[tuple[str, ElementTree.Element]]:
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(events=("start", "end"))
    for chunk in chunks:
        parser.feed(chunk)
        yield from cast("Iterator[tuple[str, ElementTree.Element]]", parser.read_events())
    parser.close()


def _table(schema: str, element: ElementTree.Element) -> Table:
    raw = _text(element, "name")
    name, query_name = table_names(schema, raw)
    rows = _text(element, "nrows")
    table = Table(
        schema=unquoted(schema),
        name=name,
        query_name=query_name,
        description=_text(element, "description") or _text(element, "title"),
        rows=int(rows) if rows.isdigit() else None,
        columns=tuple(_column(c) for c in element if local_name(c) == "column"),
    )
    element.clear()
    return table


def _column(element: ElementTree.Element) -> Column:
    datatype = next((c for c in element if local_name(c) == "dataType"), None)
    flags = {(c.text or "").strip() for c in element if local_name(c) == "flag"}
    return Column(
        name=unquoted(_text(element, "name")),
        datatype="" if datatype is None else (datatype.text or "").strip(),
        arraysize="" if datatype is None else datatype.get("arraysize", ""),
        unit=_text(element, "unit"),
        ucd=_text(element, "ucd"),
        utype=_text(element, "utype"),
        xtype="" if datatype is None else datatype.get("extendedType", ""),
        description=_text(element, "description"),
        principal="principal" in flags,
        indexed="indexed" in flags,
    )


def _text(element: ElementTree.Element, child: str) -> str:
    found = next((c for c in element if local_name(c) == child), None)
    return "" if found is None else " ".join((found.text or "").split())
