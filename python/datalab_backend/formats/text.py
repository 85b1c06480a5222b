"""Values as text, whole columns at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.engines.arrow import Values, conform
from datalab_backend.formats import ragged
from datalab_backend.metadata import Column

_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds since 1970 to the beginning of the year 1 and the end of 9999."""


_SLICE_ROWS = 16_384


def slices(result: Iterable[pa.RecordBatch], columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    """The rows as `conform` has them, some at a time, never none.

    What stands between rows and their text takes many times the room of the rows.
    """
    for batch in result:
        conformed = conform(batch, columns)
        for start in range(0, batch.num_rows, _SLICE_ROWS):
            yield conformed.slice(start, _SLICE_ROWS)


def plain(values: Values) -> Values:
    """Each value as CSV and people write it; null stays null.

    Numbers are written with the fewest digits that give the same number back, timestamps as DALI
    does (DALI 1.1, section 3.3.3), bytes in hexadecimal, points and shapes as their numbers with
    spaces between, and so are arrays.
    """
    kind = values.type
    if pa.types.is_string(kind):
        return values
    if pa.types.is_floating(kind):
        return _floats(values)
    if pa.types.is_timestamp(kind):
        return timestamps(values)
    if pa.types.is_binary(kind):
        return pa.array([None if v is None else v.hex() for v in values.to_pylist()], pa.string())
    if pa.types.is_list(kind):
        return joined_lists(plain(values.flatten()), values, " ")
    return pc.cast(values, pa.string())


def json_tokens(values: Values) -> Values:
    """Each value as JSON (RFC 8259).

    64-bit integers are strings, since a browser's numbers do not hold them exactly; so are NaN and
    the infinities, for which JSON has no number.
    """
    kind = values.type
    if pa.types.is_string(kind):
        tokens = _json_strings(values)
    elif pa.types.is_floating(kind):
        tokens = _json_floats(values)
    elif pa.types.is_list(kind):
        tokens = _wrapped("[", joined_lists(json_tokens(values.flatten()), values, ","), "]")
    elif pa.types.is_boolean(kind) or pa.types.is_int16(kind) or pa.types.is_int32(kind):
        tokens = pc.cast(values, pa.string())
    else:
        tokens = _wrapped('"', plain(values), '"')
    return pc.fill_null(tokens, "null")


def timestamps(values: Values) -> Values:
    """Timestamps as ``2016-01-31T12:00:00`` with as many decimals as there are."""
    ends = pc.min_max(values.cast(pa.int64()))
    known = [end.as_py() for end in ends.values() if end.is_valid]
    if not all(_FIRST_US <= end <= _LAST_US for end in known):
        return _without_zeros(pc.strftime(values, "%Y-%m-%dT%H:%M:%S"))
    # Thirty times as fast, but of years with four digits alone.
    seconds = values.cast(pa.timestamp("s"), safe=False)
    whole = pc.all(pc.equal(seconds.cast(values.type), values)).as_py() is not False
    full = pc.cast(seconds if whole else values, pa.string())
    found = pc.replace_substring(full, " ", "T", max_replacements=1)
    return found if whole else _without_zeros(found)


def _without_zeros(values: Values) -> Values:
    return pc.replace_substring_regex(values, r"\.?0+$", "")


def joined(columns: list[Values], separator: str, ending: str) -> bytes:
    """The rows of text columns, values and rows joined; null is written as nothing."""
    rows = pc.binary_join_element_wise(
        *(c.cast(pa.large_string()) for c in columns),
        pa.scalar(separator, pa.large_string()),
        null_handling="replace",
        null_replacement="",
    )
    nothing = pa.scalar("", pa.large_string())
    lines = pc.binary_join_element_wise(rows, pa.scalar(ending, pa.large_string()), nothing)
    return ragged.split(lines)[1].tobytes()


def _floats(values: Values) -> Values:
    text = pc.cast(values, pa.string())
    if pc.all(pc.is_finite(values)).as_py() in (True, None):
        return text
    infinite = pc.if_else(pc.greater(values, pa.scalar(0.0)), "Infinity", "-Infinity")
    special = pc.if_else(pc.is_nan(values), "NaN", infinite)
    return pc.if_else(pc.is_finite(values), text, special)


def _json_floats(values: Values) -> Values:
    text = _floats(values)
    if pc.all(pc.is_finite(values)).as_py() in (True, None):
        return text
    return pc.if_else(pc.is_finite(values), text, _wrapped('"', text, '"'))


def _json_strings(values: Values) -> Values:
    special: Values = pc.match_substring_regex(values, r'["\\\x00-\x1f]')
    special = special.fill_null(False)
    tokens = _wrapped('"', values, '"')
    if not pc.any(special).as_py():
        return tokens
    written = [json.dumps(v, ensure_ascii=False) for v in values.filter(special).to_pylist()]
    return pc.replace_with_mask(tokens, special, pa.array(written, pa.string()))


def joined_lists(items: Values, lists: Values, separator: str) -> Values:
    """The items of each list with something between them; the items are those of all lists."""
    lengths: Values = pc.list_value_length(lists)
    ends = np.cumsum(lengths.fill_null(0).to_numpy())
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    texts = pc.binary_join(pa.ListArray.from_arrays(offsets, items), separator)
    return pc.if_else(lists.is_valid(), texts, pa.scalar(None, pa.string()))


def _wrapped(before: str, values: Values, after: str) -> Values:
    return pc.binary_join_element_wise(before, values, after, "")
