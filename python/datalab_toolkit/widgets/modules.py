"""Joins the JavaScript modules of a widget into the one that anywidget sends to the browser.

A widget's module has no address in the browser from which it could import its neighbours, and a
build step would stand between the source and what runs. So neighbours are put before it, each once,
with their imports and exports taken off. Their top-level names must differ.
"""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r"^import \{[^}]*\} from '\./([\w.]+)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)

BROWSER = Path(__file__).parent / "browser"


def joined(entry: str) -> str:
    """Source of a module of the `browser` directory with all that it imports."""
    return "\n".join(_parts(entry, set()))


def _parts(name: str, done: set[str]) -> list[str]:
    if name in done:
        return []
    done.add(name)
    text = (BROWSER / name).read_text(encoding="utf-8")
    needed = [part for found in _IMPORT.findall(text) for part in _parts(found, done)]
    return [*needed, _EXPORT.sub("", _IMPORT.sub("", text))]
