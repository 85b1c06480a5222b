"""Reads small XML documents of strangers.

expat is given nothing to fetch and nothing to expand: a document type declaration, and with it
every entity, is refused before it is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from datalab_backend.errors import UsageError

_DEEPEST = 32


@dataclass(slots=True)
class Element:
    """An element; namespaces are left out of its name and of those of its attributes.

    Attributes
    ----------
    name
        Its name.
    attributes
        Its attributes.
    children
        The elements in it.
    text
        The text in it, without that of its children.
    """

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, *path: str) -> list[Element]:
        """The elements that a path of names leads to."""
        found = [self]
        for name in path:
            found = [child for each in found for child in each.children if child.name == name]
        return found

    def value(self, name: str) -> str | None:
        """The text of the one child of a name; None when there is none."""
        found = self.all(name)
        if len(found) > 1:
            raise UsageError(f"The document has more than one <{name}>.", "Give one.")
        return found[0].text.strip() if found else None


def read(document: bytes) -> Element:
    """Read a document.

    Raises
    ------
    UsageError
        When it is not well-formed, or has a DOCTYPE.
    """
    top = Element("", {})
    open_ = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_) > _DEEPEST:
            raise UsageError(f"Its elements lie more than {_DEEPEST} deep in each other.")
        element = Element(_local(name), {_local(n): v for n, v in attributes.items()})
        open_[-1].children.append(element)
        open_.append(element)

    def end(name: str) -> None:
        open_.pop()

    def characters(text: str) -> None:
        open_[-1].text += text

    def refuse(*arguments: object) -> None:
        raise UsageError(
            "The document has a document type declaration (DOCTYPE), which is not read.",
            "Take the line with <!DOCTYPE out.",
        )

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise UsageError(
            f"The document is not well-formed XML: see line {error.lineno:,}, column "
            f"{error.offset + 1:,}."
        ) from None
    except (LookupError, ValueError):
        raise UsageError(
            "The document is XML in an encoding that cannot be read.", "Send it in UTF-8."
        ) from None
    return top.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]
