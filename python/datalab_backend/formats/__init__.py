"""Writers of results: each turns Arrow record batches into the bytes of one format."""

from __future__ import annotations

from datalab_backend.errors import UsageError
from datalab_backend.formats.arrow import ArrowFormat
from datalab_backend.formats.base import Format, Status
from datalab_backend.formats.fits import FitsFormat
from datalab_backend.formats.json import JsonFormat
from datalab_backend.formats.parquet import ParquetFormat
from datalab_backend.formats.plaintext import TextFormat
from datalab_backend.formats.separated import SeparatedFormat
from datalab_backend.formats.votable import Serialisation, VOTableFormat

__all__ = ["FORMATS", "Format", "Status", "names", "writer"]

_VOTABLE = "application/x-votable+xml"

FORMATS: tuple[Format, ...] = (
    VOTableFormat("votable", _VOTABLE, Serialisation.BINARY2),
    VOTableFormat("votable/td", f"{_VOTABLE};serialization=TABLEDATA", Serialisation.TABLEDATA),
    VOTableFormat("votable/b", f"{_VOTABLE};serialization=BINARY", Serialisation.BINARY),
    SeparatedFormat("csv", "text/csv; header=present; charset=utf-8", "csv", ","),
    SeparatedFormat("tsv", "text/tab-separated-values; charset=utf-8", "tsv", "\t"),
    FitsFormat(),
    JsonFormat(),
    ArrowFormat(),
    ParquetFormat(),
    TextFormat(),
)
"""All formats, the default first."""

_ALSO_KNOWN_AS = {
    "votable/b2": "votable",
    "text/xml": "votable",
    f"{_VOTABLE};serialization=BINARY2": "votable",
    "votable/binary": "votable/b",
    "votable/binary2": "votable",
    "votable/tabledata": "votable/td",
    "text/csv;header=present": "csv",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "text/plain": "text",
}

_TELLING = ("serialization", "header")
"""The parameters of a media type that say which format is meant; charset does not."""


def names(output: Format) -> tuple[str, ...]:
    """All the names under which a format can be asked for, the short one first."""
    more = (alias for alias, name in _ALSO_KNOWN_AS.items() if name == output.name)
    return (output.name, output.media_type, *more)


def writer(name: str) -> Format:
    """Find a format by its short name or media type, in any case (DALI 1.1, section 3.4.3).

    Raises
    ------
    UsageError
        When there is no such format.
    """
    wanted = _normal(name)
    for output in FORMATS:
        if wanted in map(_normal, names(output)):
            return output
    raise UsageError(
        f"There is no result format {name[:80]!r}.",
        f"Ask for one of {', '.join(output.name for output in FORMATS)}.",
    )


def _normal(name: str) -> tuple[str, ...]:
    """A name without what makes no difference: case, spaces, parameters such as charset."""
    base, *parameters = "".join(name.split()).lower().replace('"', "").split(";")
    return (base, *sorted(p for p in parameters if p.partition("=")[0] in _TELLING))
