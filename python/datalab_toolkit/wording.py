"""Words for who reads them: who writes Python, or who sits at a shell with the ``datalab`` command.

The same sentences reach both. Where one says what to type, it says it as the reader would.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_at_a_shell = False


@contextmanager
def for_a_shell() -> Iterator[None]:
    """Speak to who sits at a shell, in all threads, until the command ends."""
    global _at_a_shell
    before, _at_a_shell = _at_a_shell, True
    try:
        yield
    finally:
        _at_a_shell = before


def suited(python: str, shell: str) -> str:
    """The words that suit the reader."""
    return shell if _at_a_shell else python


def how_to_sign_in() -> str:
    """What to do where a sign-in is wanted."""
    return suited(
        "Sign in with dl.login('name'), or `datalab login` in a shell.",
        "Sign in with `datalab login`.",
    )
