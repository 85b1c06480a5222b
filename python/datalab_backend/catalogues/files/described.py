"""What astropy's YAML, in ECSV and beside Parquet, says of a table and its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column


@dataclass(frozen=True, slots=True)
class Described:
    """A table as YAML describes it.

    Attributes
    ----------
    columns
        What is said of each column, by its name, in the order of the columns.
    description
        What is said of the table.
    delimiter
        What stands between two values of ECSV.
    masks
        The columns that say where another one has no value, by the name of the other one.
    """

    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    description: str = ""
    delimiter: str = " "
    masks: Mapping[str, str] = field(default_factory=dict)

    def onto(self, column: Column) -> Column:
        """A column with what is said of it, where it says nothing itself."""
        told = self.columns.get(column.name, {})
        meta = _pairs(told.get("meta"))
        return replace(
            column,
            unit=column.unit or _text(told.get("unit")),
            description=column.description or _text(told.get("description")),
            ucd=column.ucd or _text(meta.get("ucd")),
            utype=column.utype or _text(meta.get("utype")),
        )


class _Loader(yaml.SafeLoader):
    """Reads plain YAML; what is tagged for Python (``!astropy…``) becomes the plain value."""


def _untagged(loader: _Loader, _: str, node: yaml.Node) -> Any:  # noqa: ANN401 - any value
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return None


_Loader.add_multi_constructor("!", _untagged)
_Loader.add_multi_constructor("tag:", _untagged)


def from_yaml(text: bytes | str) -> Described:
    """Read a description; nothing is described by an empty one.

    Raises
    ------
    UsageError
        When it is no such description.
    """
    if not text:
        return Described()
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        columns = {str(column["name"]): column for column in found["datatype"]}
        meta = found.get("meta")
        masks = dict(_masks(_pairs(meta).get("__serialized_columns__")))
        return Described(columns, _description(meta), str(found.get("delimiter", " ")), masks)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(
            "The YAML that describes its columns cannot be read.",
            "Write the file again with astropy, or take the description out.",
        ) from error


def _masks(objects: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - whatever the YAML says
    """The columns of values and of their masks, in what astropy says of the objects in a table."""
    if not isinstance(objects, dict):
        return
    data, mask = (objects.get(key) for key in ("data", "mask"))
    if isinstance(data, dict) and isinstance(mask, dict) and "name" in data and "name" in mask:
        yield str(data["name"]), str(mask["name"])
    for part in objects.values():
        yield from _masks(part)


def _description(meta: Any) -> str:  # noqa: ANN401 - whatever the YAML says
    told = {key.lower(): value for key, value in _pairs(meta).items()}
    return next((_text(told[key]) for key in ("description", "title", "name") if key in told), "")


def _pairs(meta: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the YAML says
    """A mapping, or the list of pairs that YAML's ordered one is read as."""
    pairs = meta.items() if isinstance(meta, dict) else meta
    if not isinstance(meta, dict | list) or not all(len(pair) == 2 for pair in pairs):
        return {}
    return {str(key): value for key, value in pairs}


def _text(value: Any) -> str:  # noqa: ANN401 - whatever the YAML says
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
