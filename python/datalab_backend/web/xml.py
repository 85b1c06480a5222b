"""Writes the XML models of the Virtual Observatory."""

from __future__ import annotations

from pydantic_xml import BaseXmlModel


def written(document: BaseXmlModel) -> bytes:
    """The document as it is sent."""
    text = document.to_xml(xml_declaration=True, encoding="UTF-8", skip_empty=True)
    return text.encode() if isinstance(text, str) else text
