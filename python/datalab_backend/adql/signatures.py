"""The signatures of functions that a service adds to those of ADQL."""

from __future__ import annotations

import re

from sqlglot import exp

from datalab_backend.adql.functions import Function
from datalab_backend.adql.types import WHOLE_NUMBERS, Family, family
from datalab_backend.metadata import DataType

_SIGNATURE = re.compile(r"\s*([A-Za-z]\w*)\s*\((.*)\)\s*->\s*(.+?)\s*", re.ASCII | re.DOTALL)
_PARAMETER = re.compile(
    r"\s*(?:[A-Za-z]\w*\s+)?([A-Za-z]+(?:\s+PRECISION)?)(?:\(\d*\*?\))?\s*", re.I
)


def declared(signature: str) -> Function:
    """Read a signature as TAPRegExt 1.0, section 2.3, writes it.

    Parameters
    ----------
    signature
        Such as ``ivo_healpix_index(hpx_order INTEGER, ra DOUBLE, dec DOUBLE) -> BIGINT``.

    Returns
    -------
    Function
        A function that the engine knows under the same name.

    Raises
    ------
    ValueError
        When the text is no signature.
    """
    match = _SIGNATURE.fullmatch(signature)
    if match is None:
        raise ValueError(f"not a signature: {signature!r}")
    name, parameters, result = match.groups()
    types = [_type(p) for p in parameters.split(",")] if parameters.strip() else []
    wanted = tuple(Family.WHOLE if t in WHOLE_NUMBERS else family(t) for t in types)
    return Function(
        name.upper(),
        f"{name}({parameters})",
        (wanted,),
        _type(result),
        lambda arguments: exp.Anonymous(this=name, expressions=list(arguments)),
    )


def _type(parameter: str) -> DataType:
    match = _PARAMETER.fullmatch(parameter)
    word = match[1].upper().split()[0] if match else ""
    if word not in DataType.__members__:
        raise ValueError(f"not a type: {parameter!r}")
    return DataType[word]
