"""The page of examples, as people and programs read it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from datalab_backend.catalogues.examples import Example
from datalab_backend.web.examples import render
from datalab_process import DatalabProcess

XHTML = "{http://www.w3.org/1999/xhtml}"


def test_the_page_is_xhtml_with_one_vocabulary(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.get("/tap/examples")
    assert answer.headers["Content-Type"].startswith("application/xhtml+xml")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    page = ET.fromstring(answer.content)
    vocabularies = [element.get("vocab") for element in page.iter() if element.get("vocab")]
    assert vocabularies == ["http://www.ivoa.net/rdf/examples#"]
    found = [element for element in page.iter() if element.get("typeof") == "example"]
    assert len(found) >= 8
    for example in found:
        assert example.get("resource") == f"#{example.get('id')}"
        properties = [e.get("property") for e in example.iter() if e.get("property")]
        assert properties.count("name") == properties.count("query") == 1


def test_nothing_that_a_catalogue_says_becomes_markup():
    evil = '<script>alert("1")</script>&'
    page = render([Example("a", evil, evil, evil, (evil,))], "http://127.0.0.1:1")
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;") == 4
    queries = [e.text for e in ET.fromstring(page).iter(f"{XHTML}pre")]
    assert queries == [evil]
