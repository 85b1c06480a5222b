"""``datalab-server``: runs the Data Lab and fills it."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from platformdirs import user_data_path

from datalab_backend import check_command, ingest_command, user_command
from datalab_backend.errors import DatalabError, NotFoundError, UsageError
from datalab_backend.progress import interrupted, printable, reporter


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    The exit code is 0, 1 for an error, 2 for a wrong command line, and 3 when a table was made but
    some rows could not be read.
    """
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = parsed.command
    try:
        code = command(parsed)
        print(end="", flush=True)  # here, where it is told when it cannot be
        return code
    except DatalabError as error:
        print(f"datalab-server: {printable(str(error))}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        told = printable(f"{name}{error.strerror or error}")
        print(f"datalab-server: {told}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    """A command line, whose errors name the help."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and where to read on, and end."""
        super().error(f"{message}\n`{self.prog} --help` tells more.")


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="datalab-server",
        description="The Data Lab: catalogues of the sky, served to every Virtual Observatory "
        "client.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_serve(commands)
    _add_demo(commands)
    _add_ingest(commands)
    _add_export_hats(commands)
    _add_user(commands)
    _add_check(commands)
    return parser


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser(
        "serve",
        help="serve the catalogues of a data directory",
        description="Serve the catalogues of a data directory over HTTP. When a server has the "
        "directory already, print its URL and exit.",
        allow_abbrev=False,
    )
    _add_data(serve)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at (%(default)s)")
    serve.add_argument(
        "--port", type=_port, default=0, help="port to listen at; 0, the default, takes a free one"
    )
    serve.add_argument(
        "--tls-cert",
        type=Path,
        metavar="FILE",
        help="certificate with its chain, in PEM format: speak https",
    )
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="the key of --tls-cert")
    serve.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name under which clients call the server; may be repeated",
    )
    serve.add_argument(
        "--allow-origin",
        action="append",
        type=_origin,
        default=[],
        metavar="ORIGIN",
        help="a web site whose pages may read the sky layers below /hips, such as "
        "https://sky.esa.int; may be repeated",
    )
    serve.add_argument(
        "--upload-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host that uploads may be fetched from although it is not on the public internet; "
        "may be repeated",
    )
    serve.add_argument(
        "--trust-proxy",
        action="append",
        type=_address,
        default=[],
        metavar="ADDRESS",
        help="believe the proxy at this address when it says, by X-Forwarded-For and "
        "X-Forwarded-Proto, who called and whether by https; may be repeated",
    )
    serve.add_argument(
        "--require-sign-in",
        action="store_true",
        help="let nobody read anything without an account",
    )
    serve.add_argument(
        "--hub-api",
        metavar="URL",
        help="let the users of a JupyterHub sign in: the URL of its API, such as "
        "http://127.0.0.1:8081/hub/api",
    )
    serve.add_argument(
        "--idle-exit",
        type=_seconds,
        metavar="SECONDS",
        help="exit after so many seconds without a request",
    )
    serve.add_argument(
        "--limit",
        action="append",
        type=_limit,
        default=[],
        metavar="NAME=NUMBER",
        help="set a limit, such as rows=1000000; may be repeated",
    )
    serve.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="exit when standard input ends, as it does when the parent process dies",
    )
    serve.add_argument(
        "--log-level",
        choices=("debug", "info", "warning"),
        default="info",
        help="what to log: debug also tells of each look at tables, jobs and maps (%(default)s)",
    )
    serve.set_defaults(command=_serve)


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser(
        "demo",
        help="make the demo sky",
        description="Make the demo sky: real Gaia stars and OpenNGC objects first, then simulated "
        "surveys, then images of the simulated field around Hydra II. A running server shows each "
        "table as soon as it is whole. What is there already is kept.",
        allow_abbrev=False,
    )
    _add_data(demo)
    demo.add_argument(
        "--rows",
        type=_rows,
        default=1_000_000,
        help="about how many rows the simulated surveys have in all, their truth not counted "
        "(%(default)s)",
    )
    demo.add_argument(
        "--views",
        action="store_true",
        help="give the simulated surveys the names of the real ones, too: smash_dr1.object, "
        "ls_dr3.tractor_primary",
    )
    demo.add_argument(
        "--progress",
        choices=("auto", "json"),
        default="auto",
        help="a bar on a terminal and lines elsewhere (auto), or one JSON object a line (json)",
    )
    demo.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="exit when standard input ends, as it does when the parent process dies",
    )
    demo.set_defaults(command=_demo)


def _add_ingest(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ingest = commands.add_parser(
        "ingest",
        help="make files a table",
        description="Make files a table that can be queried, in the order of the sky. A running "
        "server shows it as soon as it is whole. Interrupted, the same command goes on.",
        allow_abbrev=False,
    )
    _add_data(ingest)
    ingest_command.add_options(ingest)
    ingest.set_defaults(command=_ingest)


def _add_export_hats(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = commands.add_parser(
        "export-hats",
        help="write a table as a HATS folder",
        description="Write a table as a HATS folder, which LSDB opens. Rows without a position are "
        "not in it.",
        allow_abbrev=False,
    )
    _add_data(export)
    ingest_command.add_export_options(export)
    export.set_defaults(command=_export_hats)


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check",
        help="look whether what a data directory keeps fits together",
        description="Look whether what a data directory keeps of users' files and jobs fits "
        "together. The exit code is 1 when something is wrong.",
        allow_abbrev=False,
    )
    _add_data(check)
    check_command.add_options(check)
    check.set_defaults(command=_check)


def _add_user(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    user = commands.add_parser(
        "user",
        help="say who may come in, and how much they may keep",
        description="Say who may come in, and how much they may keep. A running server takes a "
        "change up at once.",
        allow_abbrev=False,
    )
    user_command.add_commands(user, _add_data)
    user.set_defaults(command=_user)


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        type=Path,
        default=None,
        metavar="DIR",
        help="data directory ($DATALAB_DATA, or else the user's data directory)",
    )


def _data(parsed: argparse.Namespace) -> Path:
    chosen = parsed.data or os.environ.get("DATALAB_DATA") or user_data_path("jupyterlab-datalab")
    try:
        data = Path(chosen).expanduser().resolve()
    except RuntimeError:
        raise NotFoundError(
            f"{chosen} is in the home of a user that is not known here.", "Write the path in full."
        ) from None
    if data.exists() and not data.is_dir():
        raise UsageError(f"{data} is a file, not a data directory.", "Name another with --data.")
    return data


def _serve(parsed: argparse.Namespace) -> int:
    from datalab_backend.server import Settings, serve

    serve(
        Settings(
            data=_data(parsed),
            host=parsed.host,
            port=parsed.port,
            allowed_hosts=tuple(parsed.allowed_host),
            allowed_origins=tuple(parsed.allow_origin),
            upload_hosts=tuple(parsed.upload_host),
            idle_exit_s=parsed.idle_exit,
            stop_with_stdin=parsed.stop_with_stdin,
            log_level=parsed.log_level,
            limits=dict(parsed.limit),
            trusted_proxies=tuple(parsed.trust_proxy),
            sign_in_required=parsed.require_sign_in,
            hub_api=parsed.hub_api,
            tls=_tls(parsed),
        )
    )
    return 0


def _user(parsed: argparse.Namespace) -> int:
    return user_command.run(parsed, _data(parsed))


def _tls(parsed: argparse.Namespace) -> tuple[Path, Path] | None:
    if (parsed.tls_cert is None) != (parsed.tls_key is None):
        raise UsageError("--tls-cert and --tls-key belong together.", "Give both, or neither.")
    return (parsed.tls_cert, parsed.tls_key) if parsed.tls_cert else None


def _demo(parsed: argparse.Namespace) -> int:
    from datalab_backend.catalogues.demo import make_demo
    from datalab_backend.catalogues.demo.views import make_views
    from datalab_backend.catalogues.store import CatalogueStore
    from datalab_backend.images.deepfield.files import make_field
    from datalab_backend.images.store import ImageStore
    from datalab_backend.stdin import when_stdin_ends

    if parsed.stop_with_stdin:
        # What is half written stays unseen, so there is nothing to tidy up first.
        when_stdin_ends(lambda: os._exit(1))
    report = reporter(parsed.progress)
    try:
        store = CatalogueStore(_data(parsed))
        images = partial(make_field, ImageStore(store.data))
        make_demo(store, rows=parsed.rows, progress=report, images=images)
        if parsed.views:
            make_views(store)
    except BaseException:
        interrupted(report)
        raise
    return 0


def _check(parsed: argparse.Namespace) -> int:
    return check_command.run(parsed, _data(parsed))


def _export_hats(parsed: argparse.Namespace) -> int:
    report = reporter("auto")
    try:
        return ingest_command.export(parsed, _data(parsed), report)
    except BaseException:
        interrupted(report)
        raise


def _ingest(parsed: argparse.Namespace) -> int:
    report = reporter(parsed.progress)
    try:
        return ingest_command.run(parsed, _data(parsed), report)
    except BaseException:
        interrupted(report)
        raise


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; use a number from 0 to 65535")
    return port


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is not an address, such as 127.0.0.1 or 10.0.0.0/24"
        ) from None


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_origin = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_origin = is_origin and not (parts.path.strip("/") or parts.query or parts.fragment)
    except ValueError:
        is_origin = False
    if not is_origin:
        raise argparse.ArgumentTypeError(
            f"{text} is not the origin of a web site, such as https://sky.esa.int"
        )
    return text


def _limit(text: str) -> tuple[str, int]:
    from datalab_backend.limits import parse

    try:
        return parse(text)
    except DatalabError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _rows(text: str) -> int:
    digits = text.replace("_", "")
    if not (digits.isascii() and digits.isdigit() and int(digits) > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a number of rows, such as 1000000")
    return int(digits)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds, such as 900")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
