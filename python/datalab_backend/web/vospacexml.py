"""Writes and reads the documents of VOSpace 2.1 (appendix A)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from datalab_backend.errors import UsageError
from datalab_backend.formats.votable import attribute, content
from datalab_backend.storage import Node, NodeType
from datalab_backend.storage.faults import TypeNotSupportedError
from datalab_backend.storage.node import Sharing
from datalab_backend.storage.transfer import Transfer
from datalab_backend.web.xmltree import Element, read

CORE = "ivo://ivoa.net/vospace/core"
ZIP = "ivo://jupyterlab-datalab/views#zip"
TAR = "ivo://jupyterlab-datalab/views#tar"

_NAMESPACES = (
    'xmlns:vos="http://www.ivoa.net/xml/VOSpace/v2.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

# The properties that follow from what a node is (VOSpace 2.1, section 3.1.2); nobody sets them.
READ_ONLY = tuple(
    f"{CORE}#{name}"
    for name in ("length", "MD5", "date", "mtime", "btime", "ctime", "creator", "quota", "used")
)
_PUBLIC, _GROUPREAD, _GROUPWRITE, _TYPE = (
    f"{CORE}#{name}" for name in ("ispublic", "groupread", "groupwrite", "type")
)
PROPERTIES = (*READ_ONLY, _PUBLIC, _GROUPREAD, _GROUPWRITE, _TYPE)
_STANDARD = (*PROPERTIES, f"{CORE}#title", f"{CORE}#description")

_TYPES = {
    "ContainerNode": NodeType.CONTAINER,
    "LinkNode": NodeType.LINK,
    "DataNode": NodeType.DATA,
    "UnstructuredDataNode": NodeType.DATA,
    "StructuredDataNode": NodeType.DATA,
}
_NAMES = {
    NodeType.CONTAINER: "ContainerNode",
    NodeType.LINK: "LinkNode",
    NodeType.DATA: "DataNode",
}

_LONGEST_URI = 256

HTTP_PROTOCOLS = tuple(f"{CORE}#{name}" for name in ("httpget", "httpput", "httpsget", "httpsput"))


@dataclass(frozen=True, slots=True)
class SentNode:
    """What a client says of a node.

    Attributes
    ----------
    uri
        Which node.
    type
        What it is.
    target
        Where a link points to.
    properties
        New values of properties; None removes one.
    """

    uri: str
    type: NodeType
    target: str | None = None
    properties: dict[str, str | None] = field(default_factory=dict)

    def sharing(self, own: Sharing) -> Sharing | None:
        """Who may read and write it, when something was said of it."""
        said = self.properties.keys() & {_PUBLIC, _GROUPREAD, _GROUPWRITE}
        if not said:
            return None
        public = own.public
        if _PUBLIC in said:
            text = self.properties[_PUBLIC]
            public = None if text is None else text.strip().lower() == "true"
        return Sharing(
            public,
            _groups(self.properties[_GROUPREAD]) if _GROUPREAD in said else own.groupread,
            _groups(self.properties[_GROUPWRITE]) if _GROUPWRITE in said else own.groupwrite,
        )

    @property
    def others(self) -> dict[str, str | None]:
        """The properties that are kept as they are."""
        return {uri: value for uri, value in self.properties.items() if uri not in PROPERTIES}

    @property
    def content_type(self) -> str | None:
        """The media type; None when nothing was said of it."""
        return self.properties.get(_TYPE)


def read_node(document: bytes) -> SentNode:
    """Read a ``node`` document.

    Raises
    ------
    UsageError
        When it is none.
    """
    node = read(document)
    if node.name != "node" or not node.attributes.get("uri"):
        raise UsageError("The document is not a <node> with a uri.", "Send one of VOSpace 2.1.")
    name = node.attributes.get("type", "DataNode").rpartition(":")[2]
    if name not in _TYPES:
        raise TypeNotSupportedError(
            f"There are no nodes of the type “{name[:40]}”.", f"There are {', '.join(_TYPES)}."
        )
    properties: dict[str, str | None] = {}
    for sent in node.all("properties", "property"):
        uri = sent.attributes.get("uri", "")
        # The CADC's client also sends single words, which are URIs relative to nothing.
        if not 0 < len(uri) <= _LONGEST_URI or any(c.isspace() for c in uri):
            raise UsageError("A property has no URI.", "Name it such as ivo://example/keys#one.")
        gone = sent.attributes.get("nil") == "true"
        properties[uri] = None if gone else sent.text.strip()
    return SentNode(node.attributes["uri"], _TYPES[name], node.value("target"), properties)


def write_node(node: Node) -> bytes:
    """Write a ``node`` document, without what is in the node."""
    return b"".join(write_list(node))


def write_list(
    node: Node,
    pages: Iterable[list[Node]] = (),
    detail: str = "max",
    quota: int | None = None,
) -> Iterator[bytes]:
    """Write a ``node`` document, piece by piece.

    Parameters
    ----------
    node
        The node.
    pages
        What is in it.
    detail
        ``min`` for no properties, ``properties`` for nothing else, ``max`` for all.
    quota
        The bytes that its owner may keep, when that is to be told.
    """
    start = _DECLARATION + _start_of(node, detail, {}, quota, _NAMESPACES)
    if node.type is not NodeType.CONTAINER:
        yield f"{start}</vos:node>\n".encode()
        return
    yield f"{start}<vos:nodes>".encode()
    for page in pages:
        shared: dict[int, str] = {}
        yield "".join(
            [
                f"{_start_of(child, detail, shared, None)}{_ENDS[child.type]}</vos:node>"
                for child in page
            ]
        ).encode()
    yield b"</vos:nodes></vos:node>\n"


def read_transfer(document: bytes) -> Transfer:
    """Read a ``transfer`` document.

    Raises
    ------
    UsageError
        When it is none.
    """
    top = read(document)
    if top.name != "transfer":
        raise UsageError("The document is not a <transfer>.", "Send one of VOSpace 2.1.")
    protocols = top.all("protocol")
    endpoints = [e.text.strip() for e in top.all("protocol", "endpoint") if e.text.strip()]
    views = top.all("view")
    return Transfer(
        targets=tuple(e.text.strip() for e in top.all("target")),
        direction=top.value("direction") or "",
        keep_bytes=(top.value("keepBytes") or "").lower() in ("true", "1"),
        protocols=tuple(e.attributes.get("uri", "") for e in protocols),
        endpoint=endpoints[0] if endpoints else None,
        view=_view(views[0]) if views else "",
    )


def write_transfer(transfer: Transfer, endpoints: Iterable[tuple[str, str]] = ()) -> bytes:
    """Write a ``transfer`` document, with the URL for each protocol."""
    document = _DECLARATION + _transfer(transfer, endpoints, _NAMESPACES) + "\n"
    return document.encode()


def transfer_element(transfer: Transfer) -> bytes:
    """Write a transfer as a part of another document."""
    return _transfer(transfer, (), _NAMESPACES).encode()


def write_protocols() -> bytes:
    """Write the protocols that this service speaks, as a client and as a server."""
    uris = "".join(f"<vos:protocol uri={attribute(uri)}/>" for uri in HTTP_PROTOCOLS)
    return _list("protocols", accepts=uris, provides=uris)


def write_views() -> bytes:
    """Write the forms in which files are taken and given."""
    given = (f"{CORE}#binaryview", f"{CORE}#defaultview", ZIP, TAR)
    return _list(
        "views",
        accepts=f'<vos:view uri="{CORE}#anyview"/>',
        provides="".join(f"<vos:view uri={attribute(uri)}/>" for uri in given),
    )


def write_properties(used: Iterable[str]) -> bytes:
    """Write the properties that there are: those that mean something here, and all in use."""
    settable = [uri for uri in _STANDARD if uri not in READ_ONLY]
    return _list(
        "properties",
        accepts=_properties([(uri, None) for uri in settable]),
        provides=_properties([(uri, None) for uri in _STANDARD]),
        contains=_properties([(uri, None) for uri in sorted({*_STANDARD, *used})]),
    )


def _list(name: str, **parts: str) -> bytes:
    inner = "".join(f"<vos:{part}>{uris}</vos:{part}>" for part, uris in parts.items())
    return f"{_DECLARATION}<vos:{name} {_NAMESPACES}>{inner}</vos:{name}>\n".encode()


_ENDS = {NodeType.CONTAINER: "<vos:nodes></vos:nodes>", NodeType.LINK: "", NodeType.DATA: ""}
_VIEWS = (
    f'<vos:accepts><vos:view uri="{CORE}#anyview"/></vos:accepts>'
    f'<vos:provides><vos:view uri="{CORE}#binaryview"/></vos:provides><vos:capabilities/>'
)


def _start_of(
    node: Node, detail: str, shared: dict[int, str], quota: int | None, namespaces: str = ""
) -> str:
    """A node up to what is in it.

    Who may read and write it is kept in ``shared``, by the identity of how it is shared: a list has
    a hundred thousand nodes for which that is the same.
    """
    busy = ' busy="false"' if node.type is NodeType.DATA else ""
    start = (
        f"<vos:node {namespaces} uri={attribute(node.path.uri)} "
        f'xsi:type="vos:{_NAMES[node.type]}" version="2.1"{busy}>'
    )
    if detail != "min":
        same = shared.get(id(node.sharing))
        if same is None:
            same = shared[id(node.sharing)] = _sharing(node.sharing)
        start += f"<vos:properties>{_described(node, quota)}{same}</vos:properties>"
    if detail == "max" and node.type is NodeType.DATA:
        start += _VIEWS
    if node.type is NodeType.LINK:
        start += f"<vos:target>{content(node.target or '')}</vos:target>"
    return start


def _described(node: Node, quota: int | None) -> str:
    # Without the Z, which the clients of the CADC cannot read. Times and digests are ours, and have
    # nothing in them that XML would take for its own.
    date, born = node.modified_text.removesuffix("Z"), node.created_text.removesuffix("Z")
    text = f"{_DATE}{date}{_END}{_MTIME}{date}{_END}{_BTIME}{born}{_END}"
    if node.creator:
        text += f"{_CREATOR}{content(node.creator)}{_END}"
    if node.properties:
        text += _properties(node.properties.items())
    if node.type is NodeType.DATA:
        text += f"{_LENGTH}{node.size_bytes}{_END}"
        if node.md5 is not None:
            text += f"{_MD5}{node.md5}{_END}"
        if node.content_type:
            text += f"{_start(_TYPE)}>{content(node.content_type)}{_END}"
    return text if quota is None else text + _properties([(f"{CORE}#quota", str(quota))])


def _sharing(sharing: Sharing) -> str:
    return _properties(
        [
            (_PUBLIC, "true" if sharing.public else "false"),
            (_GROUPREAD, " ".join(sharing.groupread or ())),
            (_GROUPWRITE, " ".join(sharing.groupwrite or ())),
        ]
    )


def _properties(given: Iterable[tuple[str, str | None]]) -> str:
    return "".join(
        [
            f"{_start(uri)}/>" if value is None else f"{_start(uri)}>{content(value)}{_END}"
            for uri, value in given
        ]
    )


_END = "</vos:property>"


@lru_cache(1024)
def _start(uri: str) -> str:
    """The start of a property; lists repeat the same few a hundred thousand times."""
    locked = "true" if uri in READ_ONLY else "false"
    return f'<vos:property uri={attribute(uri)} readOnly="{locked}"'


_DATE, _MTIME, _BTIME, _CREATOR, _LENGTH, _MD5 = (
    f"{_start(f'{CORE}#{name}')}>"
    for name in ("date", "mtime", "btime", "creator", "length", "MD5")
)


def _transfer(transfer: Transfer, endpoints: Iterable[tuple[str, str]], namespaces: str) -> str:
    given = list(endpoints)
    protocols = [
        f"<vos:protocol uri={attribute(uri)}><vos:endpoint>{content(url)}</vos:endpoint>"
        "</vos:protocol>"
        for uri, url in given
    ]
    if not given:
        protocols = [f"<vos:protocol uri={attribute(uri)}/>" for uri in transfer.protocols]
    view = f"<vos:view uri={attribute(transfer.view)}/>" if transfer.view else ""
    return "".join(
        [
            f'<vos:transfer {namespaces} version="2.1">',
            *(f"<vos:target>{content(target)}</vos:target>" for target in transfer.targets),
            f"<vos:direction>{content(transfer.direction)}</vos:direction>",
            view,
            *protocols,
            f"<vos:keepBytes>{'true' if transfer.keep_bytes else 'false'}</vos:keepBytes>",
            "</vos:transfer>",
        ]
    )


def _view(view: Element) -> str:
    """The URI of a view; of the CADC's package, which of the two it is stands in a parameter."""
    uri = view.attributes.get("uri", "")
    if uri.endswith("#package"):
        wanted = " ".join(param.text for param in view.all("param"))
        return TAR if "tar" in wanted else ZIP
    return uri


def _groups(text: str | None) -> tuple[str, ...] | None:
    """The names of groups; of the URI of a group, such as ``ivo://host/gms?name``, the name."""
    if text is None:
        return None
    return tuple(group.rpartition("?")[2] for group in text.split())
