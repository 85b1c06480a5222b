"""Small XML documents of strangers as trees, read by `uploads.xml`."""

from __future__ import annotations

from dataclasses import dataclass, field

from datalab_backend.errors import UsageError
from datalab_backend.uploads import xml


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
        When it is not well-formed, has a DOCTYPE, or elements too deep in each other.
    """
    top = Element("", {})
    open_ = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_) > xml.DEEPEST:
            raise xml.too_deep()
        element = Element(_local(name), {_local(n): v for n, v in attributes.items()})
        open_[-1].children.append(element)
        open_.append(element)

    def end(name: str) -> None:
        open_.pop()

    def characters(text: str) -> None:
        open_[-1].text += text

    try:
        xml.walk(document, start, end, characters)
    except UsageError as error:
        raise UsageError(f"The document cannot be read. {error.message}", error.hint) from None
    return top.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]
