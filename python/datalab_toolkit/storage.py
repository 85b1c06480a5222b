"""Files of one's own at a Data Lab: ``dl.storage.ls()``, ``get``, ``put`` and others.

Names are written ``vos://folder/file`` (or ``folder/file`` for short) for files of one's own and
``alice://public/file`` for those that alice shares. ``*``, ``?`` and ``[…]`` match as in a shell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from datalab_toolkit import nodetrees
from datalab_toolkit.errors import AlreadyThereError, DatalabError, Interrupted, NotEmptyError
from datalab_toolkit.nodes import Node, NodeList
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.vospace import VOSpace
from datalab_toolkit.vospaths import VosName, parse

__all__ = [
    "cp",
    "exists",
    "get",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "pull",
    "put",
    "read",
    "rm",
    "share",
    "shared",
    "stat",
    "tag",
    "write",
]

TAGS = "tags"
"""The property that holds what `tag` notes, with commas between."""

_KEPT = ("public", "tmp")


def ls(name: str = "vos://", service: str = DEFAULT) -> NodeList:
    """List what is in a folder, or what a pattern matches.

    Parameters
    ----------
    name
        A folder, a file or a pattern such as ``vos://run*/*.fits``.
    service
        The name of the service; `services` lists those that are known.

    Raises
    ------
    NodeNotFoundError
        It is not there, or not to be seen.
    """
    space, asked = _space(service), parse(name)
    found = nodetrees.matching(space, asked)
    if found[0][0] != asked:
        return NodeList([node for _, node in found], str(asked))
    node = found[0][1]
    if node.is_link:
        asked, node = nodetrees.followed(space, asked, node)
    return NodeList([*space.children(asked)] if node.is_folder else [node], str(asked))


def shared(service: str = DEFAULT) -> NodeList:
    """List the files and folders that others share with groups that one is in.

    What somebody shares with everybody is listed by ``ls("alice://")``.
    """
    return NodeList(_space(service).shared(), "shared with your groups", is_folder=False)


def stat(name: str, service: str = DEFAULT) -> Node:
    """What is known of a file or folder: size, checksum, times, who may read it."""
    return _space(service).node(parse(name))


def exists(name: str, service: str = DEFAULT) -> bool:
    """Whether a file or folder is there, and to be seen."""
    return _space(service).find(parse(name)) is not None


def get(name: str, path: str | Path = ".", service: str = DEFAULT) -> Path | list[Path]:
    """Fetch a file, the files of a pattern, or a folder with all that is in it.

    A file is there whole or not at all, and checked by its MD5 sum. Fetching one again that broke
    off goes on where it was.

    Parameters
    ----------
    name
        What to fetch.
    path
        The folder to put it into, or the file to write.
    service
        As for `ls`.

    Returns
    -------
    Path or list of Path
        The file; the files of a pattern or a folder.
    """
    asked = parse(name)
    target = Path(path).expanduser()
    try:
        written = nodetrees.fetch(_space(service), asked, target)
    except KeyboardInterrupt:
        raise Interrupted(
            f"{name} is not whole yet; fetching it again goes on where it was."
        ) from None
    # What looks like a pattern may be the name of one file.
    if len(written) == 1 and (not asked.is_pattern or written[0] in (target, target / asked.name)):
        return written[0]
    return written


def put(
    path: str | Path | Iterable[str | Path], name: str = "vos://", service: str = DEFAULT
) -> Node | NodeList:
    """Send a file, the files of a pattern, or a folder with all that is in it.

    A file takes the place of what was there when the whole of it has come.

    Parameters
    ----------
    path
        What to send; may be several.
    name
        The folder to put it into, or the file to write.
    service
        As for `ls`.

    Returns
    -------
    Node or NodeList
        The file; the files when there are several.
    """
    sources = [path] if isinstance(path, (str, Path)) else list(path)
    try:
        sent = nodetrees.send(_space(service), sources, parse(name))
    except KeyboardInterrupt:
        raise Interrupted(f"{path} was not sent; what was there before still is.") from None
    return sent[0] if len(sent) == 1 else NodeList(sent, str(parse(name)))


def read(name: str, service: str = DEFAULT) -> bytes:
    """The content of a file."""
    with _space(service).open(parse(name)) as answer:
        return answer.read()


def write(name: str, content: bytes | str, service: str = DEFAULT) -> Node:
    """Make bytes, or text as UTF-8, the content of a file.

    Examples
    --------
    >>> dl.storage.write("vos://notes.txt", "The third field is best.")
    """
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise DatalabError(
            f"What is of type {type(content).__name__} is neither bytes nor text.",
            "Write a DataFrame with df.to_parquet('vos://name.parquet') or df.to_csv(…).",
        )
    return _space(service).write(parse(name), bytes(content), len(content))


def cp(source: str, target: str, service: str = DEFAULT) -> None:
    """Copy files or folders within the storage; see `mv` for where they go."""
    _between(source, target, keep=True, service=service)


def mv(source: str, target: str, service: str = DEFAULT) -> None:
    """Move or rename files or folders.

    Parameters
    ----------
    source
        What to move; may be a pattern.
    target
        A folder that is there, which it goes into; or its new name.
    service
        As for `ls`.
    """
    _between(source, target, keep=False, service=service)


def rm(name: str, recursive: bool = False, service: str = DEFAULT) -> None:
    """Remove a file, a link, the files of a pattern, or a folder.

    Parameters
    ----------
    name
        What to remove.
    recursive
        Whether a folder goes with all that is in it.
    service
        As for `ls`.

    Raises
    ------
    NotEmptyError
        A folder has something in it.
    DatalabError
        It may not be removed.
    """
    space, asked = _space(service), parse(name)
    refuse_to_remove(asked)
    for found, node in nodetrees.matching(space, asked):
        refuse_to_remove(found)
        if node.is_folder and not recursive and next(space.children(found), None) is not None:
            raise NotEmptyError(
                f"{found} is not empty.", "Remove it with all that is in it: recursive=True."
            )
        space.delete(found, recursive)


def mkdir(name: str, service: str = DEFAULT) -> None:
    """Make a folder, and those above it that are not there.

    Raises
    ------
    AlreadyThereError
        It is there.
    """
    space, asked = _space(service), parse(name)
    if space.find(asked) is not None:
        raise AlreadyThereError(f"{asked} is there already.", "Choose another name.")
    nodetrees.make_folders(space, asked)


def ln(target: str, name: str, service: str = DEFAULT) -> None:
    """Make a link, as ``ln -s`` does.

    Parameters
    ----------
    target
        The file, folder or address that the link leads to.
    name
        The link.
    service
        As for `ls`.
    """
    space = _space(service)
    space.link(parse(name), link_target(space, target))


def tag(name: str, *tags: str, service: str = DEFAULT) -> Node:
    """Note words with a file or folder, beside those that are there."""
    return add_tags(_space(service), parse(name), tags)


def share(
    name: str,
    *misplaced: object,
    public: bool | None = None,
    read: str | Sequence[str] | None = None,
    write: str | Sequence[str] | None = None,
    service: str = DEFAULT,
) -> Node:
    """Let others read or change a file or folder.

    Parameters
    ----------
    name
        The file or folder.
    public
        Whether everybody may read it; None leaves it as it is.
    read, write
        The group or groups that may; empty for none, None leaves them as they are.
    service
        As for `ls`.

    Raises
    ------
    DatalabError
        It does not say who may do what: ``share("f", "dwarfs")``.
    """
    if misplaced:
        raise DatalabError(
            f"{misplaced[0]!r} may read, or change? share() has to be told.",
            f"Write share({name!r}, read='dwarfs'), write='dwarfs' or public=True.",
        )
    return _space(service).change(parse(name), public, _groups(read), _groups(write))


def pull(address: str, name: str, service: str = DEFAULT) -> Node:
    """Have the Data Lab fetch a file from an address of the web into the storage."""
    space, asked = _space(service), parse(name)
    space.pull(address, asked)
    return space.node(asked)


def add_tags(space: VOSpace, name: VosName, tags: Iterable[str]) -> Node:
    """Note words with a file or folder, beside those that are there."""
    before = space.node(name).properties.get(TAGS, "")
    words = [word.strip() for text in (before, *tags) for word in text.split(",")]
    noted = ",".join(dict.fromkeys(word for word in words if word))
    return space.change(name, properties={TAGS: noted})


def link_target(space: VOSpace, target: str) -> str:
    """How a link says where it leads: an address as it is, a file by its path at the server."""
    if target.startswith(("http://", "https://")):
        return target
    return space.path(parse(target))


def refuse_to_remove(name: VosName) -> None:
    """Keep what every account has from being removed."""
    if not name.parts or (not name.space and name.parts in [(kept,) for kept in _KEPT]):
        raise DatalabError(f"{name} is not removed: every account has it.", "Remove what is in it.")


def _groups(names: str | Sequence[str] | None) -> Sequence[str] | None:
    """Groups as they are asked for: text is the name of one, not its letters."""
    return [names] * bool(names) if isinstance(names, str) else names


def _between(source: str, target: str, keep: bool, service: str) -> None:
    space, name = _space(service), parse(source)
    found = nodetrees.matching(space, name)
    for one, _ in found:
        into = nodetrees.place_for(space, one, parse(target), many=found[0][0] != name)
        (space.copy if keep else space.move)(one, into)


def _space(service: str) -> VOSpace:
    return find(service).storage
