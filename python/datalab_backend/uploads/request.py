"""The UPLOAD parameter (TAP 1.1, section 2.7.6; DALI 1.1, section 3.4.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datalab_backend.errors import UsageError
from datalab_backend.uploads.fetch import fetch
from datalab_backend.uploads.limits import UploadLimits
from datalab_backend.uploads.upload import Upload

_EXAMPLE = "Write it as UPLOAD=name,param:field or UPLOAD=name,https://…; tables are separated by ;"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file or field of a form.

    Attributes
    ----------
    content
        Its bytes.
    media_type
        Its Content-Type, empty when it has none.
    """

    content: bytes
    media_type: str = ""


def collect(
    values: Sequence[str], fields: Mapping[str, Sent], limits: UploadLimits
) -> tuple[Upload, ...]:
    """Take, or fetch, the tables that a request brings along; none is read yet.

    Parameters
    ----------
    values
        The values of UPLOAD, each of one table or several.
    fields
        The other fields of the form, by their names in upper case.
    limits
        How large the tables may be.

    Raises
    ------
    UsageError
        When a table is not there or cannot be taken.
    """
    asked = _parsed(values)
    if len(asked) > limits.tables:
        raise UsageError(
            f"There are {len(asked):,} uploads; this Data Lab takes {limits.tables:,} at once.",
            "Upload fewer tables.",
        )
    return tuple(_one(name, uri, fields, limits) for name, uri in asked.items())


def _parsed(values: Sequence[str]) -> dict[str, str]:
    asked: dict[str, str] = {}
    for pair in (pair for value in values for pair in _pairs(value)):
        name, comma, uri = (part.strip() for part in pair.partition(","))
        if not comma or not uri:
            raise UsageError(f"UPLOAD cannot be “{pair[:60]}”.", _EXAMPLE)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name):
            raise UsageError(
                f"An uploaded table cannot be called “{name[:60]}”.",
                "Use a letter followed by letters, digits and underscores.",
            )
        if name.casefold() in map(str.casefold, asked):
            raise UsageError(f"Two uploads are called “{name}”.", "Give them names that differ.")
        asked[name] = uri
    return asked


def _pairs(value: str) -> list[str]:
    """The pairs of name and URI; a URI may have a ``;`` of its own."""
    pairs = re.split(r";(?=[^;,]*,\s*\w+:)", value.strip(" ;"))
    return [pair for pair in pairs if pair.strip(" ;")]


def _one(name: str, uri: str, fields: Mapping[str, Sent], limits: UploadLimits) -> Upload:
    scheme, _, rest = uri.partition(":")
    if scheme.lower() == "param":
        sent = fields.get(rest.upper())
        if sent is None:
            raise UsageError(
                f"UPLOAD speaks of param:{rest[:40]}, but nothing was sent under that name.",
                "Send the table as a part of multipart/form-data with this name.",
            )
        return Upload.of(name, sent.content, sent.media_type, limits)
    content, media_type = fetch(name, uri, limits)
    return Upload.of(name, content, media_type, limits)
