"""Names become places on the sky, and nothing leaves the machine unless that is allowed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import datalab_toolkit as dl
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.coordinates.name_resolve import sesame_url
from datalab_process import DatalabProcess


@pytest.fixture(autouse=True)
def offline(datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The Data Lab that is found, and a Sesame on this machine that notes who asks it."""
    asked: list[str] = []

    class Sesame(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            known = b"%J 10.500000 -20.250000 = 00:42:00 -20:15:00\n"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(known if "Known" in self.path else b"#!SIMBAD: No known\n")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Sesame)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DATALAB_DATA", str(datalab.data))
    monkeypatch.delenv("DATALAB_SESAME", raising=False)
    with sesame_url.set([f"http://127.0.0.1:{server.server_port}/"]):
        yield asked
    server.shutdown()
    server.server_close()


ANDROMEDA = SkyCoord("00h42m44.35s", "+41d16m08.6s")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("M 31", ANDROMEDA),
        ("m31", ANDROMEDA),
        ("Messier 031", ANDROMEDA),
        ("NGC 224", ANDROMEDA),
        ("ngc0224", ANDROMEDA),
        ("Andromeda Galaxy", ANDROMEDA),
        ("ic 10", SkyCoord("00h20m17.34s", "+59d18m13.6s")),
        ("Pleiades", SkyCoord("03h47m28.6s", "+24d06m19s")),
        ("10.6848 41.2691", ANDROMEDA),
        ("10.6848, +41.2691", ANDROMEDA),
        ("00h42m44.35s +41d16m08.6s", ANDROMEDA),
        ("00:42:44.35 +41:16:08.6", ANDROMEDA),
        ("00 42 44.35 +41 16 08.6", ANDROMEDA),
    ],
)
def test_a_name_or_a_place_in_numbers_is_found(
    name: str, place: SkyCoord, offline: list[str]
) -> None:
    assert dl.resolve(name).separation(place) < 20 * u.arcsec
    assert offline == []


def test_a_name_that_is_not_known_is_told_and_asked_of_nobody(offline: list[str]) -> None:
    with pytest.raises(dl.NotFoundError, match="No object is known here as “Known Star”"):
        dl.resolve("Known Star")
    assert offline == []


def test_who_gives_a_table_for_a_place_is_told_what_shows_it(offline: list[str]) -> None:
    with pytest.raises(dl.NotFoundError, match=r'dl.sky\(survey="gaia_dr3.gaia_source"\)'):
        dl.resolve("gaia_dr3.gaia_source")
    assert offline == []


def test_with_leave_of_the_network_sesame_is_asked(
    offline: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATALAB_SESAME", "1")
    assert dl.resolve("Known Star").separation(SkyCoord(10.5, -20.25, unit="deg")) < 1 * u.arcsec
    assert len(offline) == 1
    with pytest.raises(dl.NotFoundError, match="Neither the Data Lab nor CDS"):
        dl.resolve("Nowhere At All")


@pytest.mark.parametrize("name", ["", "10.5 +95", "1 2 3 4"])
def test_what_is_no_place_is_a_sentence(name: str) -> None:
    with pytest.raises(dl.DatalabError):
        dl.resolve(name)


def test_apostrophes_in_names_are_names() -> None:
    with pytest.raises(dl.NotFoundError):
        dl.resolve("O'Brien's ' OR 1 = 1")
