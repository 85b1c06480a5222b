"""Reads XML as the work of a stranger: nothing is fetched, and nothing expanded.

A document type declaration, and with it every entity, is refused before it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from datalab_backend.errors import UsageError

DEEPEST = 64
"""How deep elements may lie in each other."""


def walk(
    document: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
) -> None:
    """Walk through a document once.

    Parameters
    ----------
    document
        The XML.
    start, end, characters
        Told of each element, with its attributes, of its end, and of text.

    Raises
    ------
    UsageError
        When it is not XML that can be taken, and why.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 65_536
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _doctype
    parser.EntityDeclHandler = _doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise UsageError(
            f"It is not well-formed XML: see line {error.lineno:,}, column {error.offset + 1:,}.",
            "Look for a file that was cut short, a “<” or “&” that is not escaped, or text "
            "that is not in the encoding that the document names (UTF-8 when it names none).",
        ) from None
    except (LookupError, ValueError):
        raise UsageError(
            "It is XML in an encoding that cannot be read.", "Send it in UTF-8."
        ) from None


def too_deep() -> UsageError:
    """What to say when elements lie too deep in each other."""
    return UsageError(
        f"Its elements lie more than {DEEPEST} deep in each other.",
        "Nothing that is read here is that deep.",
    )


def _doctype(*declaration: object) -> None:
    raise UsageError(
        "It has a document type declaration (DOCTYPE), which is not read.",
        "Take the line with <!DOCTYPE out; no document of the VO needs one.",
    )
