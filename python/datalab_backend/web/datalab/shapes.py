"""Results in the shapes that the official client takes apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa

from datalab_backend import adql, formats
from datalab_backend.adql.tree import Aggregate, Query, Select, SelectItem
from datalab_backend.errors import UsageError
from datalab_backend.formats import Format, Status
from datalab_backend.formats.separated import SeparatedFormat
from datalab_backend.metadata import Column

_AGGREGATES = ("count", "sum", "avg", "min", "max")
_TABS = ("text/tab-separated-values; charset=utf-8", "tsv", "\t", "\n")

_CSV = SeparatedFormat("csv", "text/csv; header=present; charset=utf-8", "csv", ",", "\n")
_TSV = SeparatedFormat("tsv", *_TABS)
_ASCII = SeparatedFormat("ascii", *_TABS)
_ASCII_WITHOUT_HEADER = SeparatedFormat("ascii", *_TABS, header=False)


def shape(name: str, text: str, is_adql: bool) -> Format:
    """The shape that the official client means by a format.

    Parameters
    ----------
    name
        What the client calls the format; one that it does not know is one of `formats`.
    text
        The query.
    is_adql
        Whether it came as ADQL, which makes two differences: ``ascii`` has a header line, and an
        aggregate without a name has one in capitals.

    Raises
    ------
    UsageError
        When there is no such format.
    """
    match name or "csv":
        case "csv":
            plain: Format = _CSV
        case "tsv":
            plain = _TSV
        case "ascii":
            plain = _ASCII if is_adql else _ASCII_WITHOUT_HEADER
        case other:
            return _Whole(formats.writer(other))
    return _Named(_Whole(plain), text if is_adql else "")


class _Whole:
    """A format in which nothing is left out silently, since the client would not learn of it."""

    def __init__(self, plain: Format) -> None:
        self.name = plain.name
        self.media_type = plain.media_type
        self.extension = plain.extension
        self._plain = plain

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces; an error at its end when there were more rows."""
        yield from self._plain.write(columns, result, status)
        if status.overflow:
            raise UsageError(
                "The result has more rows than this Data Lab gives.", "Ask for fewer with LIMIT."
            )


class _Named:
    """A format with the names of PostgreSQL: in lower case, and the same where the query says so.

    Parameters
    ----------
    plain
        The format.
    adql_text
        The query when it came as ADQL, else empty.
    """

    def __init__(self, plain: Format, adql_text: str) -> None:
        self.name = plain.name
        self.media_type = plain.media_type
        self.extension = plain.extension
        self._plain = plain
        self._adql_text = adql_text

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        names = [name.lower() for name in status.names]
        if self._adql_text and not set(_AGGREGATES).isdisjoint(names):
            for place in _unnamed_aggregates(adql.parse_sql(self._adql_text)):
                names[place] = names[place].upper()
        called = tuple(replace(c, name=n) for c, n in zip(columns, names, strict=True))
        yield from self._plain.write(called, result, status)


def _unnamed_aggregates(query: Query) -> Iterator[int]:
    """The places of the aggregates that have the name that the SQL front gave them."""
    body = query.body
    if not isinstance(body, Select) or not all(isinstance(i, SelectItem) for i in body.items):
        return
    for place, item in enumerate(body.items):
        if (
            isinstance(item, SelectItem)
            and isinstance(item.value, Aggregate)
            and item.alias is not None
            and item.alias.place == item.value.place
        ):
            yield place
