"""Points, circles, boxes and polygons that a query writes as texts, and names of places."""

from __future__ import annotations

import re

from datalab_backend import objects
from datalab_backend.adql.functions import FUNCTIONS
from datalab_backend.adql.literals import shown
from datalab_backend.adql.tree import Call, Negative, Number, Text, Value
from datalab_backend.adql.words import word_set
from datalab_backend.errors import AdqlError, NotFoundError
from datalab_backend.metadata import DataType

_WORDS = {
    "BOX": "BOX",
    "CIRCLE": "CIRCLE",
    "POINT": "POINT",
    "POLYGON": "POLYGON",
    "POSITION": "POINT",
}
# What STC-S lets follow the shape. All of it says that positions are ICRS, or nothing.
_FRAME = word_set("ICRS BARYCENTER GEOCENTER TOPOCENTER UNKNOWNREFPOS SPHER2")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COUNTS = {"POINT": 2, "CIRCLE": 3, "BOX": 4}
_EXAMPLES = {
    "POINT": "'10.5 -20'",
    "CIRCLE": "'10.5 -20 0.5'",
    "POLYGON": "'10 20 11 20 11 21'",
}


def region(text: Text) -> Call:
    """The call that ``REGION(text)`` stands for: the text is STC-S or a DALI shape.

    Raises
    ------
    AdqlError
        When the text is neither.
    """
    word, *rest = text.value.upper().split() or [""]
    name = _WORDS.get(word)
    if name is None:
        raise AdqlError(
            f"{shown(text)} is no region.",
            *text.place,
            "Write 'CIRCLE 10 20 0.5', 'POLYGON 10 20 11 20 11 21' or 'BOX 10 20 1 1'.",
        )
    while rest and rest[0] in _FRAME:
        del rest[0]
    return _call(text, name, rest, f"'{word} {_EXAMPLES.get(name, repr('10 20 1 1'))[1:]}")


def shape(text: Text, datatype: DataType) -> Call:
    """The call that ``CAST(text AS POINT)``, CIRCLE or POLYGON stands for (DALI 1.1, section 3.3).

    Raises
    ------
    AdqlError
        When the text is not such a shape.
    """
    return _call(text, datatype.value, text.value.split(), _EXAMPLES[datatype.value])


def named(text: Text) -> Call:
    """The point that ``ivo_simbadpoint(text)`` stands for: where the object of that name is.

    Raises
    ------
    AdqlError
        When no object is known to be called so.
    """
    try:
        found = objects.find(text.value)
    except NotFoundError as error:
        raise AdqlError(error.message, *text.place, error.hint) from error
    return _call(text, "POINT", [repr(found.ra), repr(found.dec)], _EXAMPLES["POINT"])


def _call(text: Text, name: str, words: list[str], example: str) -> Call:
    count = len(words)
    right = count == _COUNTS[name] if name in _COUNTS else count >= 6 and count % 2 == 0
    if not right or not all(map(_NUMBER.fullmatch, words)):
        raise AdqlError(
            f"{shown(text)} is no {name.lower()}.",
            *text.place,
            f"Write degrees with spaces between them: {example}.",
        )
    return Call(*text.place, FUNCTIONS[name], tuple(_number(text, word) for word in words))


def _number(text: Text, word: str) -> Value:
    number = Number(*text.place, abs(float(word)))
    return Negative(*text.place, number) if word.startswith("-") else number
