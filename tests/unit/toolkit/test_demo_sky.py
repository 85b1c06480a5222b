"""A Data Lab with nothing in it yet says so, and makes the sky to try it on."""

from __future__ import annotations

from pathlib import Path

import datalab_toolkit as dl
import pytest
from datalab_process import serving


def test_an_empty_data_lab_becomes_one_with_a_sky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = tmp_path / "data"
    monkeypatch.setenv("DATALAB_DATA", str(data))
    with serving(data):
        assert "dl.make_demo()" in repr(dl.tables())
        with pytest.raises(dl.QueryError, match=r"none at all yet: make the demo sky"):
            dl.query("SELECT name FROM openngc.objects")
        made = dl.make_demo()
        assert {"openngc.objects", "sim_smash.object"} <= {table.full_name for table in made}
        assert len(dl.query("SELECT name FROM openngc.objects WHERE name = 'NGC3115'")) == 1
        assert len(dl.make_demo()) == len(made)


def test_a_service_that_makes_no_sky_says_so(observatory: str):
    with pytest.raises(dl.NotFoundError, match="has no demo service"):
        dl.make_demo(service=observatory)
