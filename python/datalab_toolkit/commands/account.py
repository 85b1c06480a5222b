"""``datalab login``, ``logout``, ``whoami``, ``status``."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass

from datalab_toolkit import keptsignins, signin
from datalab_toolkit.account import WITHOUT_PASSWORD
from datalab_toolkit.commands import arguments
from datalab_toolkit.errors import UsageError
from datalab_toolkit.registry import place


def add(commands: argparse._SubParsersAction[arguments.Command]) -> None:
    """Add the commands."""
    login = commands.add_parser("login", help="sign in")
    login.add_argument("name", nargs="?", help="the name of the account")
    login.add_argument("--user", metavar="NAME", help="the same by its name")
    login.add_argument(
        "--password",
        help="the password, which others on this machine can see there; without it, it is asked "
        "for, or read from standard input",
    )
    login.set_defaults(run=_login)

    logout = commands.add_parser("logout", help="sign out")
    logout.set_defaults(run=_logout)

    whoami = commands.add_parser("whoami", help="the name of who is signed in")
    whoami.set_defaults(run=_whoami)

    status = commands.add_parser("status", help="who is signed in, and how much is used")
    status.set_defaults(run=_status)

    arguments.add_service(login, logout, whoami, status)


def _login(asked: argparse.Namespace) -> None:
    user = arguments.required(asked, "user", asked.user or asked.name, "Name of the account")
    password = asked.password or None
    if password is None and user not in WITHOUT_PASSWORD:
        password = (
            getpass(f"Password of {user}: ")
            if sys.stdin.isatty()
            else sys.stdin.readline().rstrip("\r\n")
        )
    if password == "":
        raise UsageError(
            "There is no password on standard input.",
            "Type it at a terminal, where it is asked for, or send it to standard input.",
        )
    known = signin.login(user, password, asked.service)
    print(f"Welcome to the Data Lab, {known.name}")


def _logout(asked: argparse.Namespace) -> None:
    kept = keptsignins.kept(place(asked.service))
    if kept is None:
        print("No user is currently logged into the Data Lab")
        return
    signin.logout(asked.service)
    print(f"'{kept.user}' is now logged out of the Data Lab")


def _whoami(asked: argparse.Namespace) -> None:
    print(signin.whoami(asked.service).name)


def _status(asked: argparse.Namespace) -> None:
    known = signin.whoami(asked.service)
    if known.is_anonymous:
        print("No user is currently logged into the Data Lab")
        return
    print(f"User {known.name} is logged into the Data Lab")
    print("\n".join(repr(known).splitlines()[1:]))
