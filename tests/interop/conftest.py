"""Data Labs for real clients: one with the demo sky, and one that speaks https."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator

import httpx
import pytest
import trustme
from datalab_backend.catalogues.demo import make_demo
from datalab_backend.catalogues.demo.surveys import FEWEST_ROWS
from datalab_backend.catalogues.store import CatalogueStore
from datalab_process import PATIENCE_S, DatalabProcess, serving
from storage_lab import StorageLab, storage_lab


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A running Data Lab over the smallest demo sky; nobody stops it."""
    data = tmp_path_factory.mktemp("demo") / "data"
    make_demo(CatalogueStore(data), FEWEST_ROWS)
    with serving(data) as running:
        yield running


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A throw-away certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="session")
def https_lab(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StorageLab]:
    """A Data Lab that speaks https: the clients of VOSpace speak nothing else."""
    directory = tmp_path_factory.mktemp("https-lab")
    made = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key = directory / "lab.crt", directory / "lab.key"
    certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    with storage_lab(
        directory / "data", "--tls-cert", str(certificate), "--tls-key", str(key)
    ) as running:
        yield running


@pytest.fixture(scope="session")
def cadc(
    authority: trustme.CA, https_lab: StorageLab, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The variables of a shell in which the CADC's clients find the Data Lab, as ``lab:``."""
    home = tmp_path_factory.mktemp("cadc-home")
    # What they know of the registry, which says where the services are.
    registry = home / ".config" / "cadc-registry" / "resource-caps"
    registry.parent.mkdir(parents=True)
    registry.write_text(
        f"ivo://jupyterlab-datalab/vospace = {https_lab.server.url}/vospace/capabilities\n"
    )
    short_names = home / ".config" / "vos" / "vos-config"
    short_names.parent.mkdir()
    short_names.write_text("[vos]\nresourceID=ivo://jupyterlab-datalab/vospace lab\n")
    # They take certificate authorities from this module alone.
    trusted = home / "python" / "certifi"
    trusted.mkdir(parents=True)
    authority.cert_pem.write_to_path(str(trusted / "ca.pem"))
    (trusted / "__init__.py").write_text(
        f"def where():\n    return {str(trusted / 'ca.pem')!r}\n"
        "def contents():\n    return open(where()).read()\n"
    )
    return {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(trusted.parent)}


@pytest.fixture
def alice(authority: trustme.CA, https_lab: StorageLab) -> Iterator[httpx.Client]:
    """A client of alice, to see what there is."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    bearer = f"Bearer {https_lab.tokens['alice']}"
    headers = {"Authorization": bearer, "Accept": "application/json"}
    with httpx.Client(
        base_url=f"{https_lab.server.url}/vospace",
        headers=headers,
        verify=context,
        timeout=PATIENCE_S,
        trust_env=False,
    ) as client:
        yield client
