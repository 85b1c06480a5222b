"""Many files at once: patterns, folders with all that is in them, here and in the storage."""

from __future__ import annotations

import glob
import re
import warnings
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TextIO

from datalab_toolkit import transfers
from datalab_toolkit.errors import DatalabError, NodeNotFoundError, SkippedFileWarning
from datalab_toolkit.nodes import Node
from datalab_toolkit.transferbar import TransferBar
from datalab_toolkit.vospace import VOSpace
from datalab_toolkit.vospaths import VosName, parse

# Names that every storage takes; about others it is asked before anything is sent.
_PLAIN = re.compile(r"\w([\w .+-]{0,98}\w)?", re.ASCII)


def matching(space: VOSpace, name: VosName) -> list[tuple[VosName, Node]]:
    """The files and folders that a name means: itself, or all that its wildcards match.

    Raises
    ------
    NodeNotFoundError
        There is none.
    """
    if not name.is_pattern:
        return [(name, space.node(name))]
    if (literal := space.find(name)) is not None:  # it may be called so
        return [(name, literal)]
    found = [VosName(name.space, ())]
    known: dict[VosName, Node] = {}
    for i, part in enumerate(name.parts):
        is_last = i == len(name.parts) - 1
        step: list[VosName] = []
        for folder in found:
            if not VosName("", (part,)).is_pattern:
                step.append(folder.joined(part))
                continue
            for child in _children(space, folder):
                if fnmatchcase(child.name, part) and (is_last or child.type != "data"):
                    step.append(folder.joined(child.name))
                    known[step[-1]] = child
        found = step
    pairs = [(one, known.get(one) or space.find(one)) for one in found]
    there = [(one, node) for one, node in pairs if node is not None]
    if not there:
        raise NodeNotFoundError(f"Nothing matches {name}.")
    return there


def fetch(space: VOSpace, name: VosName, target: Path, stream: TextIO | None = None) -> list[Path]:
    """Fetch what a name means: a file, the files of a pattern, a folder with all that is in it.

    Parameters
    ----------
    space, name
        What is fetched.
    target
        A folder to put it into, or the name of the file or folder to be.
    stream
        As for `TransferBar`.

    Returns
    -------
    list of Path
        The files that were written.
    """
    wanted = matching(space, name)
    many = wanted[0][0] != name
    if many and not target.is_dir():
        raise DatalabError(
            f"{target} is not a folder, and {name} may be several files.", "Name a folder to get."
        )
    planned: list[tuple[VosName, Node, Path]] = []
    for source, node in wanted:
        into = target / source.name if many or target.is_dir() else target
        planned += _planned(space, source, node, into)
    bar = TransferBar(len(planned), stream)
    for source, node, path in planned:
        path.parent.mkdir(parents=True, exist_ok=True)
        with bar.fetching("/".join(source.parts), node.size_bytes) as advance:
            transfers.download(space, source, node, path, advance)
    return [path for *_, path in planned]


def send(
    space: VOSpace, sources: Iterable[str | Path], target: VosName, stream: TextIO | None = None
) -> list[Node]:
    """Send files, the files of patterns, folders with all that is in them.

    All names are looked at before anything is sent. In folders, links to files in the same folder
    are followed; of other links a warning tells.

    Parameters
    ----------
    space
        Where to.
    sources
        Paths on this machine; ``*``, ``?`` and ``[…]`` match as in a shell.
    target
        A folder to put them into, or the name of the file or folder to be.
    stream
        As for `TransferBar`.

    Returns
    -------
    list of Node
        The files that were written.
    """
    found = [path for source in sources for path in _local(source)]
    there = None if target.is_folder and not target.parts else space.find(target)
    into_folder = target.is_folder or (there is not None and there.type != "data")
    if len(found) > 1 and not into_folder:
        raise DatalabError(
            f"{target} is not a folder, and there are {len(found)} files to put.",
            "Make the folder first, with mkdir.",
        )
    if target.is_folder and target.parts and there is None:
        make_folders(space, target)
    planned: list[tuple[Path, VosName]] = []
    folders: list[tuple[Path, VosName]] = []
    for path in found:
        into = target.joined(path.resolve().name) if into_folder else target
        if path.is_dir():
            folders.append((path, into))
        for inside in [path] if path.is_file() else _inside(path):
            to = folders if inside.is_dir() else planned
            to.append((inside, into.joined(*inside.relative_to(path).parts)))
    for path, name in (*folders, *planned):
        _check(space, path, name)
    for _, name in folders:
        make_folders(space, name)
    bar = TransferBar(len(planned), stream)
    sent = []
    for path, name in planned:
        with bar.sending(f"{path} -> {name}", path.stat().st_size) as advance:
            sent.append(transfers.upload(space, path, name, advance))
    return sent


def make_folders(space: VOSpace, name: VosName) -> None:
    """Make a folder, and those above it, where they are not."""
    there = space.find(name)
    if there is not None:
        if there.type == "data":
            raise DatalabError(f"{name} is a file.", "Choose another name for the folder.")
        return
    if len(name.parts) > 1:
        make_folders(space, name.parent)
    space.make_folder(name)


def walk(space: VOSpace, name: VosName) -> Iterator[tuple[VosName, Node]]:
    """All that is in a folder and in the folders in it; links are not followed."""
    for child in space.children(name):
        if child.name in ("", ".", ".."):
            continue  # no server of ours has such, and no file here is to be
        inside = name.joined(child.name)
        yield inside, child
        if child.is_folder:
            yield from walk(space, inside)


def place_for(space: VOSpace, source: VosName, target: VosName, many: bool = False) -> VosName:
    """Where something goes that is copied or moved: into a folder that is there, or to a name."""
    there = space.find(target)
    if there is not None and there.type != "data":
        return target.joined(source.name)
    if many:
        raise DatalabError(f"{target} is not a folder.", "Make it first; several files go there.")
    return target.joined(source.name) if target.is_folder and there is None else target


def followed(space: VOSpace, name: VosName, node: Node) -> tuple[VosName, Node]:
    """The file or folder that a link leads to; itself when it is none."""
    for _ in range(8):
        if not node.is_link:
            return name, node
        if node.target.startswith(("http://", "https://")):
            break
        name = parse(node.target)
        node = space.node(name)
    raise DatalabError(
        f"{name} leads to {node.target}, not to a file here.", "Fetch that address by itself."
    )


def _planned(
    space: VOSpace, name: VosName, node: Node, path: Path
) -> list[tuple[VosName, Node, Path]]:
    source, found = followed(space, name, node)
    if not found.is_folder:
        return [(source, found, path)]
    path.mkdir(parents=True, exist_ok=True)
    planned = []
    for inside, child in walk(space, source):
        local = path.joinpath(*inside.parts[len(source.parts) :])
        if child.is_folder:
            local.mkdir(parents=True, exist_ok=True)
        elif not child.is_link:
            planned.append((inside, child, local))
    return planned


def _inside(folder: Path) -> Iterator[Path]:
    """What is sent of a folder: its folders and files, and links that lead to files in it."""
    top = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not (path.is_file() and path.resolve().is_relative_to(top)):
            reason = "it is a link, and not to a file in the folder"
        elif not path.is_file() and not path.is_dir():
            reason = "it is neither a file nor a folder"
        else:
            yield path
            continue
        warnings.warn(f"{path} is not sent: {reason}.", SkippedFileWarning, stacklevel=4)


def _check(space: VOSpace, path: Path, name: VosName) -> None:
    """Say before anything is sent which path here has a name that the storage does not take."""
    if all(map(_PLAIN.fullmatch, name.parts)):
        return
    try:
        space.find(parse(str(name)))
    except UnicodeEncodeError:
        raise DatalabError(
            f"{str(path)!r} has a name that is no text.", "Rename it; nothing was sent."
        ) from None
    except DatalabError as error:
        raise DatalabError(
            f"{path} cannot be sent: {error.message}", f"{error.hint} Nothing was sent.".strip()
        ) from None


def _children(space: VOSpace, folder: VosName) -> Iterator[Node]:
    try:
        yield from space.children(folder)
    except NodeNotFoundError:
        return


def _local(source: str | Path) -> list[Path]:
    path = Path(source).expanduser()
    if path.exists():
        return [path]
    found = [Path(name) for name in sorted(glob.glob(str(path)))]  # noqa: PTH207
    if not found:
        raise DatalabError(f"There is no file {source}.", "Check its name and folder.")
    return found
