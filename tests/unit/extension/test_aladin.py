"""Aladin Lite comes with the front end: as it is, with its licence, from our own server."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from free_ports import free_port

from jupyterlab_datalab import aladin

ROOT = Path(__file__).parents[3]
PATIENCE_S = 300  # for what must come, on the slowest machine
TOKEN = "a-token-of-the-tests"
# A base URL as a hub gives it to a user named "me@home", with a named server.
BASE_URL = "/user/me%40home/my%20lab/"
# Of dist/aladin.js in the npm package aladin-lite 3.9.2-beta.
SHA256 = "575eff7e672bc99a1a5bf62469b75455353aa6574a75bcfbfc2c53c799f6693f"


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Jupyter server with JupyterLab and Notebook 7."""
    home = tmp_path_factory.mktemp("jupyter")
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.base_url={BASE_URL}"]
    command += [f"--ServerApp.jpserver_extensions={ {'notebook': True} }"]
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(home / "config"), "HOME": str(home)}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}{BASE_URL}"
    try:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                httpx.get(f"{url}api", trust_env=False)
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline, (home / "log").read_text()
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


def the_file() -> Path:
    path = aladin.file_path()
    assert path is not None
    return path


def test_the_file_is_that_of_the_npm_package_and_named_after_its_content() -> None:
    digest = hashlib.sha256(the_file().read_bytes()).hexdigest()
    assert digest == SHA256
    assert digest.startswith(the_file().name.split(".")[1])


def test_the_licence_is_beside_it() -> None:
    beside = the_file().parent
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (beside / "aladin.LICENSE.txt").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in (beside / "aladin.COPYING.txt").read_text()


def test_wheel_and_sdist_carry_both(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=PATIENCE_S,
    )
    (wheel,), (sdist,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = archive.namelist()
    with tarfile.open(sdist) as archive:
        in_sdist = archive.getnames()
    for name in (the_file().name, "aladin.LICENSE.txt", "aladin.COPYING.txt"):
        static = f"jupyterlab-datalab/static/{name}"
        assert any(path.endswith(f"share/jupyter/labextensions/{static}") for path in in_wheel)
        assert any(path.endswith(f"labextension/static/{name}") for path in in_sdist)


@pytest.mark.parametrize("page", ["lab", "tree"])
def test_pages_of_jupyterlab_and_notebook_7_tell_where_it_is(jupyter: str, page: str) -> None:
    headers = {"Authorization": f"token {TOKEN}"}
    options = {"timeout": PATIENCE_S, "trust_env": False}
    text = httpx.get(f"{jupyter}{page}", headers=headers, **options).text
    found = re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found is not None
    path = json.loads(html.unescape(found[1]))[aladin.PAGE_OPTION]
    assert path.startswith(BASE_URL)
    answer = httpx.get(urljoin(jupyter, path), **options)
    assert answer.status_code == 200
    assert "javascript" in answer.headers["Content-Type"]
    assert answer.content == the_file().read_bytes()


def test_where_the_front_end_is_not_installed_there_is_none(tmp_path: Path) -> None:
    assert aladin.file_path([tmp_path]) is None
    assert aladin.url_path("/", [tmp_path]) is None
