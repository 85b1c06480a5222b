"""``datalab ls``, ``get``, ``put`` and the like: files of the virtual storage."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from datalab_toolkit import nodeformats, nodetrees, storage
from datalab_toolkit.commands import arguments
from datalab_toolkit.errors import DatalabError, Interrupted, NotEmptyError, SkippedFileWarning
from datalab_toolkit.registry import find
from datalab_toolkit.vospaths import parse

_HERE = "a file, folder or pattern here"
_THERE = "vos://folder/file, alice://public/file, or folder/file for short; * and ? match"
_FOLDER = "vos://folder"


def add(commands: argparse._SubParsersAction[arguments.Command]) -> None:
    """Add the commands."""
    ls = _command(commands, "ls", "list a folder, a file or a pattern", _ls, {"name": _THERE})
    ls.add_argument(
        "--format",
        choices=[*nodeformats.FORMATS, "table"],
        help="default: table on a terminal, else csv",
    )
    ls.add_argument(
        "--shared",
        type=arguments.boolean,
        default=False,
        metavar="BOOL",
        help="list what others share with groups that you are in",
    )
    for name, run, words, source, target in (
        ("get", _get, "fetch files, or a folder with all that is in it", _THERE, "where to, here"),
        ("put", _put, "send files, or a folder with all that is in it", _HERE, "where to, vos://…"),
        ("cp", _cp, "copy within the storage", _THERE, "where to: a folder, or the new name"),
        ("mv", _mv, "move or rename within the storage", _THERE, "where to, likewise"),
        ("ln", _ln, "make a link", "the link", "the file or address that it leads to"),
    ):
        _command(commands, name, words, run, {"fr": source, "to": target})
    rm = _command(commands, "rm", "remove files", _rm, {"name": _THERE})
    rmdir = _command(commands, "rmdir", "remove an empty folder", _rmdir, {"name": _FOLDER})
    for command in (rm, rmdir):
        command.add_argument(
            "--recursive",
            type=arguments.boolean,
            default=False,
            metavar="BOOL",
            help="whether a folder goes with all that is in it",
        )
    _command(commands, "mkdir", "make a folder", _mkdir, {"name": _FOLDER})
    _command(commands, "tag", "note a word with a file", _tag, {"name": _THERE, "tag": "the word"})


def _command(
    commands: argparse._SubParsersAction[arguments.Command],
    name: str,
    words: str,
    run: Callable[[argparse.Namespace], None],
    keys: dict[str, str],
) -> arguments.Command:
    command = commands.add_parser(name, help=words)
    arguments.add_values(command, "NAME", keys)
    for key, meaning in keys.items():
        command.add_argument(f"--{key}", metavar="NAME", help=meaning)
    command.add_argument(
        "--verbose",
        type=arguments.boolean,
        default=True,
        metavar="BOOL",
        help="whether to tell of each file",
    )
    arguments.add_service(command)
    command.set_defaults(run=run)
    return command


def _ls(asked: argparse.Namespace) -> None:
    [name] = arguments.of(asked.values, asked.name)
    if asked.shared:
        # Names alone would not tell whose they are.
        found, plain = storage.shared(asked.service), "raw"
    else:
        found, plain = storage.ls(name or "vos://", asked.service), "csv"
    format = asked.format or ("table" if sys.stdout.isatty() else plain)
    print(repr(found) if format == "table" else nodeformats.write(found, format).rstrip("\n"))


def _get(asked: argparse.Namespace) -> None:
    source, target = _two(asked)
    source = arguments.required(asked, "fr", source, "File to get")
    space = find(asked.service).storage
    try:
        nodetrees.fetch(space, parse(source), Path(target or ".").expanduser(), _stream(asked))
    except KeyboardInterrupt:
        raise Interrupted(
            f"{source} is not whole; getting it again goes on where it was."
        ) from None


def _put(asked: argparse.Namespace) -> None:
    names = [*([asked.fr] if asked.fr else []), *asked.values]
    target = asked.to
    if target is None:  # the last, as cp has it
        target = names.pop() if len(names) > 1 else "vos://"
    if not names:
        names = [arguments.required(asked, "fr", None, "File to put")]
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", SkippedFileWarning)
            nodetrees.send(find(asked.service).storage, names, parse(target), _stream(asked))
    except KeyboardInterrupt:
        raise Interrupted("Not all was sent; what was there before still is.") from None
    for skipped in told:
        arguments.say(str(skipped.message))


def _cp(asked: argparse.Namespace) -> None:
    storage.cp(*_both(asked), asked.service)


def _mv(asked: argparse.Namespace) -> None:
    storage.mv(*_both(asked), asked.service)


def _ln(asked: argparse.Namespace) -> None:
    link, target = _both(asked)
    storage.ln(target, link, asked.service)


def _rm(asked: argparse.Namespace) -> None:
    names = [*([asked.name] if asked.name else []), *asked.values]
    for name in names or [arguments.required(asked, "name", None, "File to remove")]:
        _remove(name, asked)


def _rmdir(asked: argparse.Namespace) -> None:
    name = _one(asked, "Folder to remove")
    if not storage.stat(name, asked.service).is_folder:
        raise DatalabError(f"{name} is not a folder.", f"Remove it with `datalab rm {name}`.")
    _remove(name, asked)


def _remove(name: str, asked: argparse.Namespace) -> None:
    try:
        storage.rm(name, asked.recursive, asked.service)
    except NotEmptyError as error:
        raise NotEmptyError(
            error.message, f"Remove it with all that is in it: datalab rm {name} recursive=true"
        ) from None


def _mkdir(asked: argparse.Namespace) -> None:
    storage.mkdir(_one(asked, "Folder to make"), asked.service)


def _tag(asked: argparse.Namespace) -> None:
    name, word = arguments.of(asked.values, asked.name, asked.tag)
    name = arguments.required(asked, "name", name, "File to tag")
    storage.tag(name, arguments.required(asked, "tag", word, "Tag"), service=asked.service)


def _one(asked: argparse.Namespace, question: str) -> str:
    [name] = arguments.of(asked.values, asked.name)
    return arguments.required(asked, "name", name, question)


def _two(asked: argparse.Namespace) -> list[str | None]:
    return arguments.of(asked.values, asked.fr, asked.to)


def _both(asked: argparse.Namespace) -> tuple[str, str]:
    source, target = _two(asked)
    return (
        arguments.required(asked, "fr", source, "From"),
        arguments.required(asked, "to", target, "To"),
    )


def _stream(asked: argparse.Namespace) -> TextIO | None:
    return sys.stdout if asked.verbose else None
