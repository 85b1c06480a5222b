"""The page at / is safe to open and says how to go on."""

from __future__ import annotations

import re

from datalab_backend.metadata import Column, DataType, Schema, Table, Tables
from datalab_backend.web.home import render
from datalab_process import DatalabProcess

EVIL = '<script>alert("1")</script>&'


def test_nothing_that_a_catalogue_says_becomes_markup():
    table = Table(
        "evil", "t", (Column("a", DataType.INTEGER),), EVIL, 3, credit=EVIL, simulated=True
    )
    page = render(Tables((Schema("evil", EVIL),), (table,)), "http://127.0.0.1:1")
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;") == 2


def test_an_empty_data_lab_tells_how_to_fill_it():
    page = render(Tables((Schema("TAP_SCHEMA"),), ()), "http://127.0.0.1:1")
    assert "datalab-server demo" in page


def test_the_page_lists_the_tables_and_the_address_of_the_service(datalab: DatalabProcess):
    with datalab.client() as client:
        page = client.get("/").text
    assert f"{datalab.url}/tap" in page
    assert "small.stars" in page
    assert "20,000" in page
    assert "TAP_SCHEMA" not in page


def test_the_page_fetches_nothing_and_runs_nothing(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.get("/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"<(script|img|link|iframe)|@import|url\(", answer.text)
