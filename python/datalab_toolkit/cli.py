"""The ``datalab`` command: browse, query, and keep tables and files, from a shell.

A table is laid out for reading on a terminal and written as CSV into a pipe or a file. Files are
there whole or not at all. What there is to say beside the rows goes to standard error.
"""

from __future__ import annotations

import os
import sys
import warnings
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from datalab_toolkit.commands import about, account, jobs, mydb, query, storage, tables
from datalab_toolkit.commands.arguments import Command, Parser, say
from datalab_toolkit.errors import (
    DatalabError,
    Interrupted,
    TruncatedResultWarning,
    UsageError,
)
from datalab_toolkit.wording import for_a_shell

_EXAMPLES = """\
examples:
  datalab tables "proper motion"
  datalab describe gaia_dr3.gaia_source_g10
  datalab query "SELECT TOP 10 * FROM gaia_dr3.gaia_source_g10"
  datalab query - --output stars.parquet < query.sql
  datalab query "SELECT * FROM TAP_UPLOAD.mine" --upload mine=targets.csv
  datalab query "SELECT * FROM gaia_dr3.gaia_source_g10" --async
  datalab job 3f2a… --result stars.fits
as users of Astro Data Lab write it:
  datalab login user=demo00
  datalab query sql="select * from openngc.objects limit 10" out="mydb://ngc"
  datalab put fr=targets.csv to=vos://
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Returns
    -------
    int
        0 done, 1 refused or failed, 2 misused, 130 interrupted.
    """
    _open_what_is_closed()
    with for_a_shell():
        return _run(_parser().parse_args(sys.argv[1:] if arguments is None else arguments))


def _run(asked: Namespace) -> int:
    # Told here in the words of the command.
    warnings.simplefilter("ignore", TruncatedResultWarning)
    try:
        asked.run(asked)
        sys.stdout.flush()
    except DatalabError as error:
        say(str(error))
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:  # whoever read our output has seen enough
        _forget_output()
        return 0
    except OSError as error:
        say(f"the output cannot be written: {error.strerror}.")
        _forget_output()
        return 1
    except UnicodeError:
        say("what is asked for is not UTF-8 text.")
        return 2
    except Interrupted as interrupt:
        say(str(interrupt))
        return 130
    except KeyboardInterrupt:
        say("cancelled")
        return 130
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="datalab",
        description="Browse and query the catalogues of a Data Lab, or of any TAP service, and "
        "keep tables and files at a Data Lab.",
        epilog=_EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=Command
    )
    for part in (query, tables, jobs, account, mydb, storage, about):
        part.add(commands)
    return parser


def _open_what_is_closed() -> None:
    """Read nothing from, and write nothing to, what whoever called us has closed (``>&-``)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - open until the end


def _forget_output() -> None:
    """Have the interpreter not complain at its end of what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
