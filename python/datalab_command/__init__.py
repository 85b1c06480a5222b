"""The ``datalab`` command from its first moment on.

It is loaded in a second, in which somebody may stop it already: that is to be told as at any other
moment. So this package has nothing else in it.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command and return its exit status; see `datalab_toolkit.cli.main`."""
    try:
        from datalab_toolkit import cli

        return cli.main()
    except KeyboardInterrupt:
        print("datalab: cancelled", file=sys.stderr)
        return 130
