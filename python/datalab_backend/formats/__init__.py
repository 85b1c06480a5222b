"""Writers of results: each turns Arrow record batches into the bytes of one format."""

from __future__ import annotations

from datalab_backend.errors import UsageError
from datalab_backend.formats.arrow import ArrowFormat
from datalab_backend.formats.base import Format, Status
from datalab_backend.formats.csv import CsvFormat
from datalab_backend.formats.json import JsonFormat
from datalab_backend.formats.parquet import ParquetFormat
from datalab_backend.formats.votable import VOTableFormat

__all__ = ["FORMATS", "Format", "Status", "names", "writer"]

FORMATS: tuple[Format, ...] = (
    VOTableFormat(),
    CsvFormat(),
    JsonFormat(),
    ArrowFormat(),
    ParquetFormat(),
)
"""All formats, the default first."""

_ALSO_KNOWN_AS = {
    "votable/b2": "votable",
    "text/xml": "votable",
    "application/x-votable+xml;serialization=binary2": "votable",
}


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
    wanted = "".join(name.split()).lower()
    for output in FORMATS:
        known = {part.replace(" ", "").lower() for part in names(output)}
        # Parameters such as charset do not change which format is meant.
        if wanted in known or wanted.partition(";")[0] in known | {
            part.partition(";")[0] for part in known
        }:
            return output
    raise UsageError(
        f"There is no result format {name!r}.",
        f"Ask for one of {', '.join(output.name for output in FORMATS)}.",
    )
