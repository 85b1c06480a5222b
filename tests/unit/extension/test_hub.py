"""The sign-in of a Jupyter server that a JupyterHub started; with a real hub in `interop`."""

from __future__ import annotations

import logging
import os

import pytest
from datalab_process import DatalabProcess
from datalab_toolkit.errors import ServiceUnavailableError

from jupyterlab_datalab.hub import HubSignIn

LOG = logging.getLogger("tests")
UNDER_A_HUB = {"JUPYTERHUB_API_TOKEN": "secret", "JUPYTERHUB_API_URL": "http://127.0.0.1:1/hub/api"}


@pytest.mark.parametrize(
    ("url", "changes"),
    [
        ("", {}),  # the embedded Data Lab
        ("http://127.0.0.1:1", {"JUPYTERHUB_API_TOKEN": ""}),
        ("http://127.0.0.1:1", {"JUPYTERHUB_API_URL": ""}),
        ("http://127.0.0.1:1", {"DATALAB_TOKEN_FILE": "mine"}),  # says already who calls
    ],
)
def test_where_there_is_no_hub_or_nothing_to_ask_it_for_nothing_is_sent(
    url: str, changes: dict[str, str]
):
    assert HubSignIn.of_environment(url, UNDER_A_HUB | changes, LOG) is None


def test_each_server_of_a_user_has_a_file_of_its_own():
    named = UNDER_A_HUB | {"JUPYTERHUB_SERVICE_PREFIX": "/user/alice/named/"}
    first = HubSignIn.of_environment("http://127.0.0.1:1", UNDER_A_HUB, LOG)
    second = HubSignIn.of_environment("http://127.0.0.1:1", named, LOG)
    assert first is not None
    assert second is not None
    assert first.path != second.path


def test_a_data_lab_that_knows_no_hub_is_used_without_a_sign_in(
    datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch
):
    sign_in = HubSignIn(datalab.url, "secret", "", LOG)
    monkeypatch.setenv("DATALAB_TOKEN_FILE", str(sign_in.path))
    sign_in.renew()
    assert "DATALAB_TOKEN_FILE" not in os.environ
    assert not sign_in.path.exists()
    assert sign_in.due_s > 1e6


def test_a_data_lab_that_is_away_is_told_and_asked_again_soon():
    sign_in = HubSignIn("http://127.0.0.1:1", "secret", "", LOG)
    with pytest.raises(ServiceUnavailableError, match="cannot be reached to sign in") as told:
        sign_in.renew()
    assert "secret" not in str(told.value)
    assert sign_in.due_s <= 60


def test_a_token_that_goes_in_the_clear_over_a_network_is_warned_of(
    caplog: pytest.LogCaptureFixture,
):
    HubSignIn("http://lab.example.org", "secret", "", LOG)
    HubSignIn("https://lab.example.org", "secret", "", LOG)
    assert [record.getMessage().count("in the clear") for record in caplog.records] == [1]
    assert "secret" not in caplog.text
