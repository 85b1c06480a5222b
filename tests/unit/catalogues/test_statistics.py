"""Statistics say what the values are, whatever is among them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datalab_backend.catalogues import statistics
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.engines.arrow import ARROW_TYPES
from datalab_backend.metadata import Column, DataType, Schema, Table


def told(store: CatalogueStore, values: dict[str, tuple[DataType, Any]]) -> dict[str, Any]:
    columns = tuple(Column(name, datatype) for name, (datatype, _) in values.items())
    rows = pa.table({n: pa.array(v, ARROW_TYPES[kind]) for n, (kind, v) in values.items()})
    table = ingest(store, Schema("sky"), Table("sky", "t", columns), rows)
    content = LiveCatalogues(store).now().statistics(table)
    assert content is not None
    document: dict[str, Any] = json.loads(content)
    return document


def test_numbers_agree_with_numpy(store: CatalogueStore):
    values = np.random.default_rng(1).normal(20, 2, 50_000)
    document = told(store, {"g": (DataType.DOUBLE, values)})
    assert (document["rows"], document["sampled"]) == (50_000, 50_000)
    g = document["columns"]["g"]
    assert (g["count"], g["nulls"], g["nans"]) == (50_000, 0, 0)
    assert (g["min"], g["max"]) == (values.min(), values.max())
    assert g["mean"] == pytest.approx(values.mean())
    wanted = np.quantile(values, statistics.QUANTILES)
    assert list(g["quantiles"].values()) == pytest.approx(wanted.tolist())
    histogram = g["histogram"]
    assert sum(histogram["counts"]) + histogram["below"] + histogram["above"] == 50_000
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1


def test_large_tables_are_sampled_evenly(store: CatalogueStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statistics, "SAMPLE_ROWS", 5000)
    document = told(store, {"x": (DataType.INTEGER, np.arange(100_000))})
    assert 4000 < document["sampled"] < 6000
    x = document["columns"]["x"]
    assert (x["min"], x["max"], x["mean"]) == (0, 99_999, 49_999.5)
    assert x["quantiles"]["0.5"] == pytest.approx(50_000, rel=0.05)


def test_nulls_nans_infinities_and_sentinels_do_not_spoil_the_rest(store: CatalogueStore):
    values = [None, float("nan"), float("inf"), 1.0, 2.0, 3.0] + [2.5] * 200 + [99.99]
    g = told(store, {"g": (DataType.REAL, values)})["columns"]["g"]
    assert (g["nulls"], g["nans"], g["count"]) == (1, 1, 205)
    assert (g["min"], g["max"]) == (1.0, pytest.approx(99.99))
    assert g["histogram"]["edges"][-1] < 50
    assert g["histogram"]["above"] == 1


def test_every_type_and_no_values_at_all_have_statistics(store: CatalogueStore):
    document = told(
        store,
        {
            **{kind.value: (kind, [None, None]) for kind in DataType},
            "id": (DataType.BIGINT, [2**62, -(2**62)]),
            "seen": (DataType.TIMESTAMP, [datetime(2026, 1, 1), datetime(2026, 1, 2)]),
            "ok": (DataType.BOOLEAN, [True, None]),
        },
    )
    columns = document["columns"]
    assert all(columns[kind.value]["nulls"] == 2 for kind in DataType)
    assert (columns["id"]["min"], columns["id"]["max"]) == (str(-(2**62)), str(2**62))
    assert columns["seen"]["max"] == "2026-01-02T00:00:00"
    assert columns["ok"]["common"] == [{"value": True, "count": 1}]


def test_text_has_its_most_common_values(store: CatalogueStore):
    words = ["PSF"] * 50 + ["REX"] * 30 + ["é"] * 5 + [None]
    found = told(store, {"type": (DataType.VARCHAR, words)})["columns"]["type"]
    assert found["distinct"] == 3
    assert found["common"][:2] == [{"value": "PSF", "count": 50}, {"value": "REX", "count": 30}]
    many = [f"star {i}" for i in range(30_000)]
    found = told(store, {"name": (DataType.VARCHAR, many)})["columns"]["name"]
    assert found["distinct"] == pytest.approx(30_000, rel=0.1)
    assert "common" not in found


def test_whole_numbers_of_a_small_range_have_a_bin_each(store: CatalogueStore):
    x = told(store, {"n": (DataType.SMALLINT, [1, 1, 2, 5])})["columns"]["n"]
    assert x["histogram"]["edges"] == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert x["histogram"]["counts"] == [2, 1, 0, 0, 1]
