"""Who imports whom is what the contributors are told."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "python" / "datalab_backend"
PARTS = (ROOT / "python" / "datalab_toolkit", ROOT / "python" / "datalab_command")
EXTENSION = ROOT / "jupyterlab_datalab"

# What starts the Data Lab joins all of it.
COMMANDS = {"cli", "server", "limits", "check_command", "ingest_command", "user_command"}


def layers() -> list[set[str]]:
    """The packages of the backend as CONTRIBUTING.md has them, the outermost first."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    [chain] = re.findall(r"`(web → [^`]+)`", text)
    return [{name.strip() for name in layer.split(",")} for layer in chain.split("→")]


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, also within its functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_each_package_of_the_backend_has_its_place():
    there = {path.parent.name for path in BACKEND.glob("*/__init__.py")}
    assert there <= set().union(*layers())


def test_imports_in_the_backend_go_one_way():
    chain = layers()
    # What is in no layer serves all of them, and knows none but the last.
    last = len(chain) - 1
    places = {name: place for place, layer in enumerate(chain) for name in layer}
    places |= dict.fromkeys(COMMANDS, -1)
    backwards = []
    for file in BACKEND.rglob("*.py"):
        own = file.relative_to(BACKEND).parts[0].removesuffix(".py")
        for module in imported(file):
            package, other = (*module.split("."), "")[:2]
            if package == "datalab_backend" and other != own:
                at, to = places.get(own, last), places.get(other, last)
                if not (at < to or to == last or own in COMMANDS):
                    backwards.append(f"{own} imports {module}")
    assert backwards == []


@pytest.mark.parametrize("part", [*PARTS, EXTENSION], ids=lambda path: path.name)
def test_nothing_else_imports_the_backend(part: Path):
    for file in part.rglob("*.py"):
        assert not {m for m in imported(file) if m.startswith("datalab_backend")}, file


def test_kernels_need_nothing_of_jupyters_server():
    for part in PARTS:
        for file in part.rglob("*.py"):
            strange = {
                m for m in imported(file) if m.startswith(("jupyterlab_datalab", "jupyter_server"))
            }
            assert not strange, file
