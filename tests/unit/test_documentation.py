"""The documentation names what there is: options, settings, addresses, formats, functions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import datalab_toolkit as dl
import pytest
from datalab_backend import formats, limits
from datalab_backend.accounts.callers import Callers
from datalab_backend.jobs.service import JobLimits
from datalab_backend.server import create_app, make_context
from datalab_backend.web.context import Limits
from datalab_process import PATIENCE_S
from datalab_toolkit import exports

from jupyterlab_datalab.app import DatalabApp

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ALL = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def page(name: str) -> str:
    """A page of the documentation."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def first_cells(text: str) -> set[str]:
    """What stands as code in the first cells of the tables of a page."""
    rows = re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE)
    return {code for cell in rows for code in re.findall(r"`([^`]+)`", cell)}


def options(module: str, command: str) -> set[str]:
    """The options that a command says it has."""
    line = [sys.executable, "-m", module, *command.split(), "--help"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    return set(re.findall(r"--[a-z][a-z-]*", done.stdout)) - {"--help"}


def test_each_option_of_the_server_is_told_and_no_other():
    told = {name.split()[0] for name in first_cells(page("server.md")) if name.startswith("--")}
    assert told == options("datalab_backend.cli", "serve")


def test_each_limit_is_told_with_what_it_is(tmp_path: Path):
    section = page("server.md").partition("## Limits")[2].partition("\n## ")[0]
    told = {}
    for names, numbers in re.findall(r"^\| ([a-z-]+(?:, [a-z-]+)*) \| ([\d, ]+) \|", section, re.M):
        told |= zip(names.split(", "), numbers.split(", "), strict=True)
    numbers = {name: int(number.replace(",", "")) for name, number in told.items()}
    assert tuple(numbers) == limits.NAMES
    standard = (Limits(), JobLimits())
    assert limits.applied(numbers, *standard) == standard
    assert limits.applied(dict.fromkeys(numbers, 1), *standard) != standard


def test_each_option_of_ingest_is_told_and_no_other():
    told = {name.split()[0] for name in first_cells(page("ingest.md")) if name.startswith("--")}
    assert told == options("datalab_backend.cli", "ingest")


def test_each_option_that_is_spoken_of_is_there():
    there = {"--DatalabApp.open_panel", "--DatalabApp.backend_url", "--help-all"}
    for module, commands in (
        (
            "datalab_backend.cli",
            ("serve", "demo", "ingest", "user add", "user quota", "user remove", "check"),
        ),
        ("datalab_toolkit.cli", ("query", "tables", "describe", "jobs", "job")),
    ):
        there = there.union(*(options(module, command) for command in commands))
    assert set(re.findall(r"(?<![\w-])--[A-Za-z][\w.-]*\w", ALL)) <= there


def test_each_option_of_the_command_for_queries_and_jobs_is_told():
    there = set().union(*(options("datalab_toolkit.cli", c) for c in ("query", "jobs", "job")))
    assert there <= set(re.findall(r"--[a-z][a-z-]*", page("command.md")))


def test_each_setting_is_told_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| (?:`(.+?)`|[^|]+) \|", page("install.md"), re.MULTILINE)
    own = DatalabApp.class_own_traits(config=True)
    assert {name for name, _ in rows} == set(own)
    assert {n: d for n, d in rows if d} == {
        n: repr(own[n].default_value) if n != "services" else "{}" for n, d in rows if d
    }


def test_each_address_is_told_and_no_other(tmp_path: Path):
    app = create_app(make_context(tmp_path), Callers("token"))
    there = {route.path.replace(":path}", "}") for route in app.routes}
    there = {path for path in there if not path.startswith(("/tap/async/", "/vospace/transfers/"))}
    told = {name for name in first_cells(page("server.md")) if name.startswith("/")}
    assert {path.replace("{schema.table}", "{name}") for path in told} == there - {"/"}


def test_each_format_is_told_and_no_other():
    told = {name for name in first_cells(page("server.md")) if not name.startswith(("/", "-"))}
    assert told == {output.name for output in formats.FORMATS}
    sentence = page("command.md").partition("`--format` is ")[2].partition(";")[0]
    assert tuple(re.findall(r"`(\w+)`", sentence)) == exports.FORMATS


@pytest.mark.parametrize("name", sorted(set(re.findall(r"(?<![/\w])dl\.([a-z_][a-z0-9_]*)", ALL))))
def test_each_function_that_is_spoken_of_is_there(name: str):
    assert name in dl.__all__


def test_each_public_name_is_in_the_reference_and_no_other():
    told = re.findall(r"^\.\. auto\w+:: (?:datalab_toolkit\.)?(\w+)$", page("api.md"), re.MULTILINE)
    assert sorted(told) == sorted(dl.__all__)


def test_each_make_target_that_is_spoken_of_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    there = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    there |= set(re.findall(r"^(test-[a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", ALL, re.MULTILINE)) <= there


def test_each_page_and_picture_that_is_linked_is_there():
    for found in PAGES:
        text = found.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^):#]+)\)|^```\{image\} (\S+)", text, re.MULTILINE)
        for target in (link or image for link, image in links):
            assert (found.parent / target).exists(), f"{found.name}: {target}"


def test_each_test_that_security_is_held_by_is_there():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    there = set(re.findall(r"^(?:async )?def (test_\w+)\(", tests, re.MULTILINE))
    told = set(re.findall(r"`(test_\w+)`", page("security.md")))
    assert len(told) > 50
    assert told <= there
