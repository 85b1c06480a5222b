"""The settings of the extension."""

from __future__ import annotations

import json

import pytest
from traitlets import TraitError

from jupyterlab_datalab import _jupyter_labextension_paths, _jupyter_server_extension_points
from jupyterlab_datalab.app import DatalabApp
from jupyterlab_datalab.config import ServiceSettings, read_services


def test_a_service_is_an_address_or_an_address_and_a_title() -> None:
    given = {"a": "https://a.org/tap/", "b": {"url": "http://b.org/tap", "title": "B"}}
    assert read_services(given) == (
        ServiceSettings("a", "https://a.org/tap", "a"),
        ServiceSettings("b", "http://b.org/tap", "B"),
    )


@pytest.mark.parametrize(
    ("name", "service", "complaint"),
    [
        ("datalab", "https://a.org/tap", "Data Lab's own"),
        ("a/b", "https://a.org/tap", "cannot name a service"),
        ("..", "https://a.org/tap", "cannot name a service"),
        ("a", "ftp://a.org", "not an http or https address"),
        ("a", "a.org/tap", "not an http or https address"),
        ("a", "https://me:secret@a.org/tap", "user name or password"),
        ("a", {"title": "A"}, "needs a 'url'"),
        ("a", {"url": "https://a.org/tap", "token": "x"}, "unknown settings token"),
        ("a", 3, "needs a 'url'"),
    ],
)
def test_a_service_that_cannot_be_is_refused_with_its_name(
    name: str, service: object, complaint: str
) -> None:
    with pytest.raises(TraitError, match=complaint) as refusal:
        DatalabApp(services={name: service})
    assert repr(name) in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_services_come_from_the_environment_when_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATALAB_SERVICES", json.dumps({"a": "https://a.org/tap"}))
    assert DatalabApp().services == {"a": "https://a.org/tap"}
    monkeypatch.setenv("DATALAB_SERVICES", "not json")
    assert DatalabApp().services == {}


def test_each_setting_has_a_help() -> None:
    own = {
        name: trait
        for name, trait in DatalabApp.class_own_traits(config=True).items()
        if name not in ("log_level", "log_format")
    }
    assert {"services", "data_directory", "backend_url", "start_backend", "open_panel"} <= set(own)
    assert all(trait.help for trait in own.values())


def test_jupyter_finds_both_halves() -> None:
    assert _jupyter_labextension_paths() == [{"src": "labextension", "dest": "jupyterlab-datalab"}]
    (point,) = _jupyter_server_extension_points()
    assert point == {"module": "jupyterlab_datalab", "app": DatalabApp}
