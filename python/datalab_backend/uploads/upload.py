"""A table as it was sent, before it is read: what is kept with a job that is to run later."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from datalab_backend.errors import UsageError
from datalab_backend.uploads.limits import UploadLimits


class Kind(StrEnum):
    """The format of an uploaded table."""

    VOTABLE = "votable"
    FITS = "fits"
    CSV = "csv"
    TSV = "tsv"


_MEDIA_TYPES = {
    "text/csv": Kind.CSV,
    "application/csv": Kind.CSV,
    "text/tab-separated-values": Kind.TSV,
}


@dataclass(frozen=True, slots=True)
class Upload:
    """One table as it was sent.

    Attributes
    ----------
    name
        What a query calls it, behind ``TAP_UPLOAD.``; letters, digits and underscores.
    kind
        Its format.
    content
        Its bytes, unpacked.
    """

    name: str
    kind: Kind
    content: bytes

    @classmethod
    def of(cls, name: str, content: bytes, media_type: str, limits: UploadLimits) -> Upload:
        """Take what was sent under a name.

        Raises
        ------
        UsageError
            When it is larger than it may be, packed or unpacked, or of no known format.
        """
        if len(content) > limits.bytes:
            raise too_large(name, limits)
        if content.startswith(b"\x1f\x8b"):
            content = _unpacked(name, content, limits)
        return cls(name, _kind(name, content, media_type), content)


def save(uploads: tuple[Upload, ...], directory: Path) -> None:
    """Keep uploads in a directory of their own."""
    directory.mkdir(parents=True, exist_ok=True)
    for upload in uploads:
        (directory / f"{upload.name}.{upload.kind}").write_bytes(upload.content)


def load(directory: Path) -> tuple[Upload, ...]:
    """The uploads that were kept in a directory; none when it is not there."""
    if not directory.is_dir():
        return ()
    return tuple(
        Upload(path.stem, Kind(path.suffix[1:]), path.read_bytes())
        for path in sorted(directory.iterdir())
    )


def too_large(name: str, limits: UploadLimits) -> UsageError:
    """What to say when an upload has too many bytes."""
    return UsageError(
        f"The upload “{name}” has more than {limits.bytes:,} bytes, the most that this Data Lab "
        "takes.",
        "Upload only the rows and columns that the query needs.",
    )


def _unpacked(name: str, content: bytes, limits: UploadLimits) -> bytes:
    """Unpack gzip, never to more than the limit."""
    unpacked = b""
    try:
        while content:
            member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            unpacked += member.decompress(content, limits.bytes + 1 - len(unpacked))
            if len(unpacked) > limits.bytes:
                raise too_large(name, limits)
            if not member.eof:
                raise zlib.error("cut short")
            content = member.unused_data
    except zlib.error:
        raise UsageError(
            f"The upload “{name}” cannot be unpacked: it is damaged gzip.",
            "Look for a file that was cut short.",
        ) from None
    return unpacked


def _kind(name: str, content: bytes, media_type: str) -> Kind:
    if content.startswith(b"SIMPLE  ="):
        return Kind.FITS
    declared = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower())
    if declared:
        return declared
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return Kind.VOTABLE
    raise UsageError(
        f"The upload “{name}” is not a VOTable.",
        "Send a VOTable or FITS file, or text/csv or text/tab-separated-values with that "
        "Content-Type.",
    )
