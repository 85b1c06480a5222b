"""Reads the arguments of the ``datalab`` command, in its own and the official command's form.

Options are written ``--key value``, ``--key=value``, or ``key=value`` as Astro Data Lab's users do.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from datalab_toolkit import exports
from datalab_toolkit.errors import UsageError
from datalab_toolkit.registry import DEFAULT

_PAIR = re.compile(r"(?:--)?([A-Za-z_]\w*)=(.*)", re.DOTALL)
_TRUE, _FALSE = ("true", "yes", "1", "on"), ("false", "no", "0", "off", "none", "")


class Parser(argparse.ArgumentParser):
    """A command line, whose errors name the help."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and where to read on, and end."""
        self.print_usage(sys.stderr)
        say(f"{message}\n`{self.prog} --help` tells more.")
        self.exit(2)


class Command(Parser):
    """A command, which also takes its options as ``key=value``."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Read the arguments."""
        written: list[str] = []
        is_value = False
        for one in args or ():
            written.append(one if is_value else self._written_out(one))
            action = None if is_value else self._option_string_actions.get(written[-1])
            is_value = action is not None and action.nargs is None
        return super().parse_known_args(written, namespace)

    def _written_out(self, argument: str) -> str:
        """An option as argparse knows it."""
        if argument in self._flags():  # alone it says yes; what follows it is no value of its
            return f"{argument}=true"
        found = _PAIR.fullmatch(argument)
        if found is None:
            return argument
        key, value = found.groups()
        if f"--{key}" in self._option_string_actions:
            return f"--{key}={value}"
        known = sorted(
            option.removeprefix("--")
            for option, action in self._option_string_actions.items()
            if option.startswith("--") and action.help is not argparse.SUPPRESS
        )
        return self.error(
            f"there is no parameter {key!r}; there are {', '.join(known)} (a file of such a name "
            f"is written ./{argument})"
        )

    def _flags(self) -> list[str]:
        return [
            option
            for option, action in self._option_string_actions.items()
            if action.type is boolean
        ]


def add_service(*commands: argparse.ArgumentParser) -> None:
    """Let commands say which service is meant, and take what the official command takes."""
    for command in commands:
        command.add_argument(
            "--service",
            default=DEFAULT,
            metavar="NAME",
            help="the service; default: %(default)s",
        )
        # The official command takes them everywhere.
        for name in ("debug", "warning", "profile"):
            command.add_argument(f"--{name}", help=argparse.SUPPRESS)


def add_values(command: argparse.ArgumentParser, metavar: str, keys: Iterable[str]) -> None:
    """Let a command take the values of some options by their place."""
    named = ", ".join(f"--{key}" for key in keys)
    command.add_argument(
        "values", nargs="*", metavar=metavar, help=f"the same as {named}, without names"
    )


def add_output(*commands: argparse.ArgumentParser) -> None:
    """Let commands say where rows go, and how."""
    for command in commands:
        command.add_argument(
            "--format",
            choices=exports.FORMATS,
            help="default: by the name of the output file, table on a terminal, else csv",
        )
        command.add_argument("--output", type=Path, metavar="FILE", help="write into a file")


def required(asked: argparse.Namespace, name: str, value: str | None, question: str) -> str:
    """A value that must be there; who sits at a terminal is asked for it.

    Raises
    ------
    UsageError
        It is not there, and nobody can be asked.
    """
    if value:
        return value
    if sys.stdin.isatty():
        try:
            value = input(f"{question}: ").strip()
        except EOFError:
            value = ""
    if not value:
        raise UsageError(
            f"{asked.command} needs {name}=…", f"`datalab {asked.command} --help` tells more."
        )
    return value


def of(given: Sequence[str], *named: str | None) -> list[str | None]:
    """Values by their place where they did not come with their names.

    Raises
    ------
    UsageError
        There are more than are asked for.
    """
    rest = list(given)
    found = [value if value is not None else (rest.pop(0) if rest else None) for value in named]
    if rest:
        raise UsageError(f"{rest[0]!r} is one argument too many.", "Quote what belongs together.")
    return found


def boolean(text: str) -> bool:
    """Read yes or no."""
    if text.strip().lower() in _TRUE:
        return True
    if text.strip().lower() in _FALSE:
        return False
    raise argparse.ArgumentTypeError(f"{text} is neither true nor false")


def positive(text: str) -> int:
    """Read a number that is at least one."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number, such as 1000")
    return number


def say(sentence: str) -> None:
    """Tell people what is not for the rows."""
    print(f"datalab: {sentence}", file=sys.stderr)
