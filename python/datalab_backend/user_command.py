"""``datalab-server user``: who may come in, and how much they may keep; also under a server."""

from __future__ import annotations

import argparse
import getpass
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from datalab_backend import sizes
from datalab_backend.connection import DirectoryLock
from datalab_backend.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from datalab_backend.accounts.service import Accounts
    from datalab_backend.accounts.user import User

_Act: TypeAlias = Callable[["Accounts", argparse.Namespace], None]
_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

# More than any password that is taken, and no file that was piped in by mistake.
_MOST_PASSWORD_BYTES = 4096


def add_commands(
    user: argparse.ArgumentParser, add_data: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Declare the commands below ``user``.

    Parameters
    ----------
    user
        The parser of ``user``.
    add_data
        Declares ``--data``.
    """
    commands = user.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(commands: _Commands, name: str, act: _Act, text: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False
        )
        parser.set_defaults(act=act)
        add_data(parser)
        return parser

    add = command(commands, "add", _add, "make an account")
    _add_name(add)
    _add_password(add)
    add.add_argument(
        "--no-password",
        action="store_true",
        help="the user signs in through a JupyterHub only, or is given a password later",
    )
    add.add_argument("--hub-name", metavar="NAME", help="what the JupyterHub calls the user")
    _add_quotas(add)
    command(commands, "list", _list, "list the accounts")
    for name, act, text in (
        ("disable", _disable, "let a user in no longer; their tokens are dead at once"),
        ("enable", _enable, "let a disabled user in again"),
    ):
        _add_name(command(commands, name, act, text))
    quota = command(commands, "quota", _quota, "show or set how much a user may keep")
    _add_name(quota)
    _add_quotas(quota)
    password = command(
        commands, "password", _password, "set a user's password, and sign them out everywhere"
    )
    _add_name(password)
    _add_password(password)
    hub = command(commands, "hub", _hub, "say what the JupyterHub calls a user")
    _add_name(hub)
    hub.add_argument("hub_name", nargs="?", metavar="HUB_NAME", help="left out: nobody there")

    remove = command(commands, "remove", _remove, "remove an account for good")
    _add_name(remove)
    data = remove.add_mutually_exclusive_group(required=True)
    data.add_argument(
        "--keep-data", action="store_true", help="leave the user's files, tables and jobs"
    )
    data.add_argument(
        "--delete-data",
        action="store_true",
        help="delete the user's files, tables and jobs; no server may be running",
    )

    group = commands.add_parser("group", help="make groups, and say who is in them")
    groups = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command(groups, "list", _list_groups, "list the groups and their members")
    for name, act, text in (
        ("create", _create_group, "make a group"),
        ("delete", _delete_group, "delete a group; what was shared with it no longer is"),
    ):
        command(groups, name, act, text).add_argument("group", metavar="GROUP")
    for name, act, text in (
        ("add", _add_members, "let users into a group"),
        ("remove", _remove_members, "let users out of a group"),
    ):
        members = command(groups, name, act, text)
        members.add_argument("group", metavar="GROUP")
        members.add_argument("names", nargs="+", metavar="NAME")


def run(parsed: argparse.Namespace, data: Path) -> int:
    """Run one of the commands."""
    act: _Act = parsed.act
    parsed.data_directory = data
    with _accounts(data, make=act is _add) as accounts:
        act(accounts, parsed)
    return 0


@contextmanager
def _accounts(data: Path, make: bool) -> Iterator[Accounts]:
    from datalab_backend.accounts.service import Accounts

    if not make and not (data / "accounts.sqlite").exists():
        raise NotFoundError(
            f"There are no accounts in {data}.",
            "Name the data directory with --data, or make one with `datalab-server user add`.",
        )
    accounts = Accounts(data)
    try:
        yield accounts
    finally:
        accounts.close()


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the user")


def _add_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input, rather than ask for it at the terminal",
    )


def _add_quotas(parser: argparse.ArgumentParser) -> None:
    for what, text in (("storage", "the virtual storage"), ("mydb", "their tables")):
        parser.add_argument(
            f"--{what}-quota",
            type=_size,
            metavar="SIZE",
            help=f"how much they may keep in {text}, such as 500GB; `none` for any amount",
        )


def _quotas(parsed: argparse.Namespace) -> dict[str, int | None]:
    given = {
        "storage_quota_bytes": parsed.storage_quota,
        "mydb_quota_bytes": parsed.mydb_quota,
    }
    return {
        name: None if size == _NO_LIMIT else size
        for name, size in given.items()
        if size is not None
    }


_NO_LIMIT = -1


def _size(text: str) -> int:
    if text.casefold() == "none":
        return _NO_LIMIT
    size_bytes = sizes.read(text)
    if size_bytes is None:
        raise argparse.ArgumentTypeError(f"{text} is not a size, such as 500GB, 2TB or none")
    return size_bytes


def _read_password(parsed: argparse.Namespace) -> str:
    if not parsed.password_stdin:
        if not sys.stdin.isatty():
            raise UsageError(
                "There is no terminal to ask for the password at.",
                "Send it to standard input, with --password-stdin.",
            )
        password = getpass.getpass(f"Password for {parsed.name}: ")
        if getpass.getpass("The same again: ") != password:
            raise UsageError("The two passwords are not the same.", "Try again.")
        return password
    line = sys.stdin.buffer.readline(_MOST_PASSWORD_BYTES)
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError("The password is not UTF-8 text.", "Send it in UTF-8.") from None


def _add(accounts: Accounts, parsed: argparse.Namespace) -> None:
    if parsed.no_password and parsed.password_stdin:
        raise UsageError("--no-password and --password-stdin exclude each other.", "Give one.")
    password = None if parsed.no_password else _read_password(parsed)
    user = accounts.add(parsed.name, password, hub_name=parsed.hub_name, **_quotas(parsed))
    print(f"{user.name} has the account number {user.uid}.")


def _list(accounts: Accounts, parsed: argparse.Namespace) -> None:
    users = accounts.users()
    if not users:
        print("There are no accounts yet.")
        return
    heads = ("NAME", "NUMBER", "STATE", "SIGNS IN BY", "STORAGE", "TABLES", "GROUPS")
    _print_table([heads, *(_row(user) for user in users)])


def _row(user: User) -> tuple[str, ...]:
    ways = ["password"] * user.has_password
    ways += [f"hub ({user.hub_name})"] if user.hub_name else []
    return (
        user.name,
        str(user.uid),
        "disabled" if user.disabled else "active",
        ", ".join(ways) or "–",
        _told(user.storage_quota_bytes),
        _told(user.mydb_quota_bytes),
        " ".join(sorted(user.groups)),
    )


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _told(quota_bytes: int | None) -> str:
    return "any amount" if quota_bytes is None else sizes.written(quota_bytes)


def _disable(accounts: Accounts, parsed: argparse.Namespace) -> None:
    accounts.set_disabled(parsed.name, True)
    print(f"{parsed.name} may not come in any more. Nothing of theirs is deleted.")


def _enable(accounts: Accounts, parsed: argparse.Namespace) -> None:
    accounts.set_disabled(parsed.name, False)
    print(f"{parsed.name} may sign in again.")


def _remove(accounts: Accounts, parsed: argparse.Namespace) -> None:
    name, data = parsed.name, parsed.data_directory
    if parsed.keep_data:
        accounts.remove(name)
        print(f"{name} is removed. Their files and tables are left, and shared as they were.")
        return
    uid = accounts.removed_uid(name)
    if uid is None:
        uid = accounts.known(name).uid
    lock = DirectoryLock(data)
    if not lock.acquire():
        raise UsageError(
            "A server has this data directory.",
            "Stop it before you have anything deleted, or remove the account with --keep-data.",
        )
    try:
        # The account goes last: a deletion that was interrupted is said again, and goes on.
        if accounts.removed_uid(name) is None:
            accounts.set_disabled(name, True)
        print(_delete_data(accounts, data, name, uid))
        accounts.remove(name)
    finally:
        lock.release()
    print(f"{name} is removed.")


def _delete_data(accounts: Accounts, data: Path, name: str, uid: int) -> str:
    from datalab_backend.jobs.store import JobStore
    from datalab_backend.storage import Storage

    storage = Storage(data / "storage", accounts)
    try:
        nodes = storage.forget(name)
    finally:
        storage.close()
    tables = data / "users" / str(uid)
    if tables.exists():
        shutil.rmtree(tables)
    jobs = 0
    # The next start removes their results, which no job has any more.
    for path in (data / "jobs" / "jobs.sqlite", data / "storage" / "transfers.sqlite"):
        if path.exists():
            store = JobStore(path)
            try:
                for job in store.of(name):
                    store.delete(job.id)
                    jobs += 1
            finally:
                store.close()
    return f"Deleted {nodes:,} files and folders, {jobs:,} jobs, and all tables of {name}."


def _quota(accounts: Accounts, parsed: argparse.Namespace) -> None:
    if quotas := _quotas(parsed):
        accounts.set_quotas(parsed.name, **quotas)
    user = accounts.known(parsed.name)
    print(
        f"{user.name} may keep: in the storage {_told(user.storage_quota_bytes)}, in tables "
        f"{_told(user.mydb_quota_bytes)}."
    )


def _password(accounts: Accounts, parsed: argparse.Namespace) -> None:
    accounts.known(parsed.name)  # before anybody is asked for anything
    accounts.set_password(parsed.name, _read_password(parsed))
    print(f"{parsed.name} has a new password, and is signed out everywhere.")


def _hub(accounts: Accounts, parsed: argparse.Namespace) -> None:
    accounts.set_hub_name(parsed.name, parsed.hub_name)
    whom = f"“{parsed.hub_name}” of the JupyterHub" if parsed.hub_name else "nobody of a JupyterHub"
    print(f"{parsed.name} is {whom}.")


def _list_groups(accounts: Accounts, parsed: argparse.Namespace) -> None:
    groups = accounts.groups()
    if not groups:
        print("There are no groups yet.")
        return
    rows = [(name, " ".join(members)) for name, members in groups.items()]
    _print_table([("GROUP", "MEMBERS"), *rows])


def _create_group(accounts: Accounts, parsed: argparse.Namespace) -> None:
    accounts.add_group(parsed.group)
    print(f"There is a group {parsed.group}, with nobody in it yet.")


def _delete_group(accounts: Accounts, parsed: argparse.Namespace) -> None:
    accounts.remove_group(parsed.group)
    print(f"There is no group {parsed.group} any more.")


def _add_members(accounts: Accounts, parsed: argparse.Namespace) -> None:
    accounts.change_members(parsed.group, add=parsed.names)
    _tell_members(accounts, parsed.group)


def _remove_members(accounts: Accounts, parsed: argparse.Namespace) -> None:
    accounts.change_members(parsed.group, remove=parsed.names)
    _tell_members(accounts, parsed.group)


def _tell_members(accounts: Accounts, group: str) -> None:
    members = accounts.groups().get(group, [])
    print(f"{group}: {', '.join(members) or 'nobody'}.")
