"""A Data Lab that speaks https."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from datalab_backend.errors import UsageError
from datalab_backend.tls import Certificate
from datalab_process import PATIENCE_S, DatalabProcess, launch, ready_url, serving
from datalab_toolkit.connection import find_running
from datalab_toolkit.service import Service


def _issue(authority: trustme.CA, directory: Path, name: str) -> tuple[Path, Path]:
    """A certificate for this machine and its key."""
    made = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key = directory / f"{name}.crt", directory / f"{name}.key"
    certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    return certificate, key


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A throw-away certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def secured(
    authority: trustme.CA, small_sky: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatalabProcess]:
    """A Data Lab that speaks https."""
    directory = tmp_path_factory.mktemp("tls")
    data = shutil.copytree(small_sky, directory / "data")
    certificate, key = _issue(authority, directory, "lab")
    with serving(data, "--tls-cert", str(certificate), "--tls-key", str(key)) as running:
        yield running


@pytest.fixture
def client(authority: trustme.CA, secured: DatalabProcess) -> Iterator[httpx.Client]:
    """A client that knows the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with httpx.Client(
        base_url=secured.url, verify=context, timeout=PATIENCE_S, trust_env=False
    ) as client:
        yield client


def test_all_addresses_that_it_tells_are_https(secured: DatalabProcess, client: httpx.Client):
    assert secured.url.startswith("https://127.0.0.1:")
    assert secured.connection["url"] == secured.url
    capabilities = client.get("/tap/capabilities").text
    assert f"{secured.url}/tap" in capabilities
    assert f"http://{secured.url.removeprefix('https://')}" not in capabilities
    form = {"LANG": "ADQL", "QUERY": "SELECT TOP 1 ra FROM small.stars"}
    assert client.post("/tap/async", data=form).headers["Location"].startswith(secured.url)
    refused = client.get("/tap/capabilities", headers={"Authorization": "Bearer wrong"})
    assert f'access_url="{secured.url}/auth/login"' in refused.headers["WWW-Authenticate"]
    own = {"Origin": secured.url}
    assert client.get("/tap/availability", headers=own).status_code == 200
    other = {"Origin": secured.url.replace("https", "http")}
    assert client.get("/tap/availability", headers=other).status_code == 403


def test_programs_of_this_machine_find_it_by_the_connection_file(secured: DatalabProcess):
    connection = find_running(secured.data)
    assert connection is not None
    service = Service("datalab", connection.url, connection.token)
    assert "small" in [schema.name for schema in service.schemas()]
    service.close()
    second = launch(secured.data, stderr=subprocess.PIPE)
    assert ready_url(second) == secured.url
    second.communicate(timeout=PATIENCE_S)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_it_answers_nothing_in_the_clear_and_to_no_old_tls(secured: DatalabProcess):
    with pytest.raises(httpx.HTTPError):
        httpx.get(secured.url.replace("https", "http"), trust_env=False)
    old = ssl._create_unverified_context()
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(httpx.HTTPError):
        httpx.get(secured.url, verify=old, trust_env=False)


def test_a_renewed_certificate_is_taken_up_once_its_key_is_there(
    authority: trustme.CA, tmp_path: Path
):
    certificate, key = _issue(authority, tmp_path, "lab")
    held = Certificate(certificate, key)
    assert not held.renew()
    new_certificate, new_key = _issue(authority, tmp_path, "new")
    new_certificate.replace(certificate)
    with pytest.raises(UsageError, match="are not a certificate and its key"):
        held.renew()
    new_key.replace(key)
    assert held.renew()
    assert not held.renew()


def test_files_that_are_no_certificate_and_key_are_refused_in_a_sentence(
    authority: trustme.CA, tmp_path: Path
):
    certificate, key = _issue(authority, tmp_path, "lab")
    other, _ = _issue(authority, tmp_path, "other")
    encrypted = tmp_path / "encrypted.key"
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    encrypted.write_bytes(
        loaded.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    text = tmp_path / "text"
    text.write_text("a poem")
    for files, sentence in (
        ((other, key), "are not a certificate and its key"),
        ((text, key), "are not a certificate and its key"),
        ((certificate, text), "are not a certificate and its key"),
        ((certificate, encrypted), "is encrypted"),
        ((certificate, tmp_path / "nowhere"), "cannot be read: No such file"),
    ):
        with pytest.raises(UsageError, match=sentence):
            Certificate(*files)


def test_half_a_pair_is_refused(tmp_path: Path):
    command = [sys.executable, "-m", "datalab_backend.cli", "serve", "--data", str(tmp_path)]
    run = subprocess.run(
        [*command, "--tls-cert", "x.crt"], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert run.returncode == 1
    assert "--tls-cert and --tls-key belong together." in run.stderr
