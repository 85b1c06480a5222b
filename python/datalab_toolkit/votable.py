"""Reads what TAP services answer in VOTable: results and errors (DALI 1.1, section 4.4)."""

from __future__ import annotations

import io
import warnings
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa

# Keys of the metadata of an Arrow field; the same as in the Arrow streams of a Data Lab.
FIELD_KEYS = ("unit", "ucd", "utype", "xtype", "description")

MEDIA_TYPE = "application/x-votable+xml"

# What a Data Lab says of an error in INFO elements of their own.
_ERROR_KEYS = ("message", "hint", "line", "column")


def read(content: bytes) -> tuple[pa.Table, bool]:
    """Read a result as Arrow, with 64-bit integers exact, and whether it was cut short.

    The fields carry unit, UCD, utype, xtype and description as metadata; the schema carries the
    credit when the document has one.

    Raises
    ------
    ValueError
        The document is not a VOTable with a table.
    """
    # Half a second of imports that who only browses a Data Lab need not wait for.
    from astropy.io.votable import parse

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # services bend the standard in a hundred harmless ways
            document = parse(io.BytesIO(content), verify="ignore", invalid="mask")
            table = document.get_first_table()
    except Exception as error:  # whatever a parser may throw at a broken document
        raise ValueError("not a VOTable with a table") from error
    infos = [*document.infos, *(info for r in document.resources for info in r.infos)]
    infos += table.infos
    if broken := [i for i in infos if i.name == "QUERY_STATUS" and i.value == "ERROR"]:
        raise ValueError(f"it broke off with the words {broken[0].content!r}")
    overflow = any(i.name == "QUERY_STATUS" and i.value == "OVERFLOW" for i in infos)
    credit = "; ".join(str(i.value) for i in infos if i.name == "credit")
    names = _unique([field.name for field in table.fields])
    arrays = [_array(table.array[field.ID]) for field in table.fields]
    fields = [
        pa.field(name, array.type, metadata=_metadata(field))
        for name, array, field in zip(names, arrays, table.fields, strict=True)
    ]
    schema = pa.schema(fields, metadata={"credit": credit} if credit else None)
    return pa.Table.from_arrays(arrays, schema=schema), overflow


def error_in(content: bytes) -> dict[str, str] | None:
    """The error that a VOTable document tells, or None when it tells none.

    Returns
    -------
    dict
        ``message``, and ``hint``, ``line`` and ``column`` when the service is a Data Lab.
    """
    error: str | None = None
    infos: dict[str, str] = {}
    try:
        document = io.BytesIO(content)
        for event, element in ElementTree.iterparse(document, ("start", "end")):  # noqa: S314
            if local_name(element) == "TABLE":
                return None
            if event == "start" or local_name(element) != "INFO":
                continue
            name, value = element.get("name", ""), element.get("value", "")
            if name == "QUERY_STATUS" and value.upper() == "ERROR":
                error = " ".join((element.text or "").split())
            else:
                infos[name] = value
    except ElementTree.ParseError:
        return None
    if error is None:
        return None
    return {"message": error} | {k: v for k, v in infos.items() if k in _ERROR_KEYS and v}


def local_name(element: ElementTree.Element) -> str:
    """The name of an XML element without its namespace, on which services do not agree."""
    return element.tag.rpartition("}")[2]


def _unique(names: list[str]) -> list[str]:
    seen: set[str] = set()
    unique = []
    for name in names:
        number, candidate = 1, name
        while candidate in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        unique.append(candidate)
    return unique


def _metadata(field: Any) -> dict[str, str]:  # noqa: ANN401 - astropy has no types
    values = {key: getattr(field, key, None) for key in FIELD_KEYS}
    return {key: " ".join(str(value).split()) for key, value in values.items() if value}


def _array(values: np.ma.MaskedArray[Any, Any]) -> pa.Array[Any]:
    array: pa.Array[Any]
    if values.ndim == 1 and values.dtype.kind in "iufb":
        array = pa.array(np.asarray(values.data), mask=np.ma.getmaskarray(values))
    else:
        array = pa.array([_plain(value) for value in values.tolist()])
    return array


def _plain(value: Any) -> Any:  # noqa: ANN401 - the cells of a VOTable hold anything
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value) if isinstance(value, complex) else value
