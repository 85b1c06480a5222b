"""The headers of a FITS file with one binary table (FITS 4.0, sections 4 and 7.3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from datalab_backend.formats.base import Status
from datalab_backend.formats.fitscolumns import FitsColumn
from datalab_backend.lazy import importing

_Card: TypeAlias = tuple[str, str | int | bool, str]

_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


def primary_header() -> bytes:
    """The header of the file, which has no image."""
    return _written(
        [
            ("SIMPLE", True, "Standard FITS"),
            ("BITPIX", 8, "No image: the table follows"),
            ("NAXIS", 0, ""),
            ("EXTEND", True, ""),
        ]
    )


def table_header(
    fields: Sequence[FitsColumn], rows: int, row_bytes: int, heap_bytes: int, status: Status
) -> bytes:
    """The header of the table.

    TUCD, TUTYP and TCOMM are what STILTS and TOPCAT read and write; TXTYP follows them.
    """
    cards: list[_Card] = [
        ("XTENSION", "BINTABLE", ""),
        ("BITPIX", 8, ""),
        ("NAXIS", 2, ""),
        ("NAXIS1", row_bytes, "Bytes in a row"),
        ("NAXIS2", rows, "Rows"),
        ("PCOUNT", heap_bytes, "Bytes in the heap"),
        ("GCOUNT", 1, ""),
        ("TFIELDS", len(fields), "Columns"),
    ]
    for number, field in enumerate(fields, 1):
        column = field.column
        cards += [(f"TTYPE{number}", column.name, ""), (f"TFORM{number}", field.form, "")]
        null = field.null
        if null is not None:
            cards.append((f"TNULL{number}", null, ""))
        known = {
            "TUNIT": column.unit,
            "TDIM": field.dimensions,
            "TUCD": column.ucd,
            "TUTYP": column.utype,
            "TXTYP": field.xtype,
            "TCOMM": column.description,
        }
        cards += [(f"{key}{number}", value, "") for key, value in known.items() if value]
    cards.append(("OVERFLOW", status.overflow, "Whether rows were left out at the limit"))
    cards += [(f"CREDIT{n}", credit, "") for n, credit in enumerate(status.credits, 1)]
    if status.simulated:
        cards.append(("SIMULATD", True, "Rows are made up, not observed"))
    if status.query:
        cards.append(("QUERY", status.query, ""))
    return _written(cards)


def _written(cards: Iterable[_Card]) -> bytes:
    with importing:
        from astropy.io.fits import Header

    header = Header()
    for key, value, comment in cards:
        header.append((key, _ascii(value) if isinstance(value, str) else value, comment), end=True)
    written: str = header.tostring()
    return written.encode("ascii")


def _ascii(value: str) -> str:
    return _NOT_ASCII.sub("?", " ".join(value.split()))
