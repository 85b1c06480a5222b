"""Numbers, truth values and times written as text: what a column of words is, and their values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datalab_backend.engines.arrow import ARROW_TYPES, Values, arrow_type
from datalab_backend.metadata import Column, DataType

Mask = NDArray[np.bool_]

TEXTS = (DataType.CHAR, DataType.VARCHAR, DataType.CLOB)
"""The types that take every word as it is."""

_NULL_WORDS = pa.array(["null", "none", "n/a", "na", "--", "-", "\\n", "<na>", ""])
# A whole number that begins with 0 is a name, such as 007.
_WHOLE = r"^[+-]?(0|[1-9]\d{0,18})$"
_BEGINS_AS_NAME = r"^-?0[^.eE]"
_NUMBER = r"(?i)^[+-]?((0|[1-9]\d*)|\d+\.\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(inf|infinity|nan)$"
_ANY_NUMBER = r"(?i)^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(inf|infinity|nan)$"
_ANY_WHOLE = r"^[+-]?\d{1,19}(\.0*)?$"
_TRUTH = r"(?i)^(true|false)$"
_ANY_TRUTH = r"(?i)^(true|false|t|f|1|0)$"
_TIME = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$"

# A column with fewer others than this among its first words is one of numbers.
_FEW = 0.5

_NARROWING = (
    (DataType.BIGINT, _WHOLE),
    (DataType.DOUBLE, _NUMBER),
    (DataType.BOOLEAN, _TRUTH),
    (DataType.TIMESTAMP, _TIME),
)


class Seen:
    """Finds the narrowest type that takes every word of a column.

    Attributes
    ----------
    is_empty
        Whether no word says anything.
    unfit
        The first word that made text of what were numbers without it; None for no such word.
    """

    def __init__(self) -> None:
        self.is_empty = True
        self.unfit: str | None = None
        self._open = list(_NARROWING)

    def look(self, texts: Values) -> None:
        """Look at some more words."""
        if self._are_as_before(texts):
            return
        words = _words(texts)
        if words.null_count == len(words):
            self.is_empty = self.is_empty and texts.null_count == len(texts)
            return
        before = dict(self._open)
        self._open = [
            (datatype, pattern)
            for datatype, pattern in self._open
            if pc.all(pc.match_substring_regex(words, pattern)).as_py()
        ]
        if DataType.DOUBLE in before and not self._open:
            unfit = words.filter(pc.invert(pc.match_substring_regex(words, _ANY_NUMBER)))
            are_few = len(unfit) < _FEW * (len(words) - words.null_count)
            if len(unfit) and (are_few or not self.is_empty):
                self.unfit = unfit[0].as_py()
        self.is_empty = False

    def _are_as_before(self, texts: Values) -> bool:
        """Whether Arrow reads the words as the narrowest type so far, the quick way."""
        datatype = self._open[0][0] if self._open else DataType.BOOLEAN
        if datatype is DataType.BOOLEAN or texts.null_count == len(texts):
            return False
        zeros = pc.or_(pc.starts_with(texts, "0"), pc.starts_with(texts, "-0"))
        names = texts.filter(zeros)
        if len(names) and pc.any(pc.match_substring_regex(names, _BEGINS_AS_NAME)).as_py():
            return False
        try:
            pc.cast(texts, ARROW_TYPES[datatype])
        except pa.ArrowInvalid:
            return False
        numbers = (DataType.BIGINT, DataType.DOUBLE)
        kept = numbers[numbers.index(datatype) :] if datatype in numbers else (datatype,)
        self._open = [(kind, pattern) for kind, pattern in self._open if kind in kept]
        self.is_empty = False
        return True

    @property
    def datatype(self) -> DataType:
        """The type."""
        return self._open[0][0] if self._open and not self.is_empty else DataType.VARCHAR


def read(column: Column, texts: Values) -> tuple[Values, Mask]:
    """The values of a column, and which of its words are none; those are null.

    Parameters
    ----------
    column
        The column.
    texts
        The words.
    """
    if column.datatype in TEXTS and not column.is_array:
        return texts, np.zeros(len(texts), np.bool_)
    wanted = arrow_type(column)
    if not column.is_array and column.datatype is not DataType.TIMESTAMP:
        try:
            return pc.cast(texts, wanted), np.zeros(len(texts), np.bool_)
        except pa.ArrowInvalid:  # there are nulls in words, or what is none
            pass
    words = _words(texts)
    if column.is_array:
        return _one_by_one(words, wanted, lambda word: _array(column, word))
    match column.datatype:
        case DataType.BOOLEAN:
            ok = pc.match_substring_regex(words, _ANY_TRUTH)
            first = pc.utf8_lower(pc.utf8_slice_codeunits(words, 0, 1))
            values = pc.is_in(first, pa.array(["t", "1"]))
            values = pc.if_else(ok, values, pa.scalar(None, pa.bool_()))
        case DataType.TIMESTAMP:
            ok = pc.match_substring_regex(words, _TIME)
            plain = pc.replace_substring_regex(words, "Z$", "")
            plain = pc.replace_substring_regex(plain, r"(\.\d{6})\d+$", r"\1")
            values = _kept(plain, ok)
        case DataType.REAL | DataType.DOUBLE:
            ok = pc.match_substring_regex(words, _ANY_NUMBER)
            values = _kept(pc.replace_substring_regex(words, r"^\+", ""), ok)
        case _:
            ok = pc.match_substring_regex(words, _ANY_WHOLE)
            values = _kept(pc.replace_substring_regex(words, r"^\+|\.0*$", ""), ok)
    try:
        return pc.cast(values, wanted), _false(ok)
    except pa.ArrowInvalid:  # of the right form, but no such number or day
        return _one_by_one(values, wanted, lambda word: pc.cast(word, wanted).as_py(), _false(ok))


def _words(texts: Values) -> Values:
    words = pc.utf8_trim_whitespace(texts)
    absent = pc.is_in(pc.utf8_lower(words), _NULL_WORDS)
    return pc.if_else(absent, pa.scalar(None, pa.string()), words)


def _kept(words: Values, ok: Values) -> Values:
    return pc.if_else(ok, words, pa.scalar(None, pa.string()))


def _false(ok: Values) -> Mask:
    wrong: Mask = np.asarray(pc.invert(ok.fill_null(True)))
    return wrong


def _one_by_one(
    words: Values,
    wanted: pa.DataType,
    parse: Callable[[Any], object],
    wrong: Mask | None = None,
) -> tuple[Values, Mask]:
    wrong = np.zeros(len(words), np.bool_) if wrong is None else wrong.copy()
    found: list[object] = []
    as_scalars = not pa.types.is_list(wanted)
    for row, word in enumerate(words):
        try:
            found.append(parse(word if as_scalars else word.as_py()) if word.is_valid else None)
        except (pa.ArrowInvalid, ValueError, TypeError):
            found.append(None)
            wrong[row] = True
    return pa.array(found, wanted), wrong


def _array(column: Column, word: str) -> object:
    """An array as ECSV writes it: JSON (APE 6)."""
    values = json.loads(word)
    while any(isinstance(value, list) for value in values):  # of several dimensions
        values = [inner for value in values for inner in value]
    filler = float("nan") if column.datatype in (DataType.REAL, DataType.DOUBLE) else None
    filled = [filler if value is None else value for value in values]
    pa.array(filled, ARROW_TYPES[column.datatype])
    return filled
