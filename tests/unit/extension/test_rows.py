"""Rows as JSON that loses nothing."""

from __future__ import annotations

import datetime
import json

import pyarrow as pa
import pytest
from datalab_toolkit.answers import QueryResult

from jupyterlab_datalab.rows import as_json


def column(values: list[object], kind: pa.DataType) -> tuple[str, list[object]]:
    result = QueryResult(pa.table({"x": pa.array(values, kind)}), overflow=False)
    answer = json.loads(json.dumps(as_json(result), allow_nan=False))
    return answer["columns"][0]["datatype"], [row[0] for row in answer["rows"]]


@pytest.mark.parametrize(
    ("values", "kind", "datatype", "written"),
    [
        ([2**63 - 1, -(2**63), None], pa.int64(), "long", [str(2**63 - 1), str(-(2**63)), None]),
        ([3, None], pa.int32(), "int", [3, None]),
        ([8.4, None, float("nan")], pa.float32(), "float", [8.4, None, "NaN"]),
        (
            [0.1, float("inf"), -float("inf")],
            pa.float64(),
            "double",
            [0.1, "Infinity", "-Infinity"],
        ),
        ([True, None], pa.bool_(), "boolean", [True, None]),
        (["λ <b>", None], pa.string(), "char", ["λ <b>", None]),
        ([[1.5, None], []], pa.list_(pa.float64()), "char", [[1.5, None], []]),
        ([[2**60]], pa.list_(pa.int64()), "char", [[str(2**60)]]),
        (
            [datetime.datetime(2014, 7, 25, 10, 30)],
            pa.timestamp("us"),
            "char",
            ["2014-07-25T10:30:00"],
        ),
        ([b"\x01\xff"], pa.binary(), "char", ["01ff"]),
    ],
)
def test_each_type_is_written_exactly(
    values: list[object], kind: pa.DataType, datatype: str, written: list[object]
) -> None:
    assert column(values, kind) == (datatype, written)


def test_an_empty_result_keeps_its_columns() -> None:
    table = pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())})
    answer = as_json(QueryResult(table, overflow=False))
    assert [c["name"] for c in answer["columns"]] == ["a", "b"]
    assert answer["rows"] == []
