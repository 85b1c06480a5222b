"""Jobs over HTTP, as a plain UWS client sees them."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import httpx
from datalab_process import PATIENCE_S

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

ENDED = ("COMPLETED", "ERROR", "ABORTED")


def submit(client: httpx.Client, adql: str, **parameters: object) -> str:
    """Make a job and give its path; it is run with ``PHASE="RUN"``."""
    form = {"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": adql, **parameters}
    answer = client.post("/tap/async", data=form)
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.headers["Location"]).path


def run(client: httpx.Client, adql: str, **parameters: object) -> str:
    """Make a job that is run at once."""
    return submit(client, adql, PHASE="RUN", **parameters)


def phase(client: httpx.Client, job: str) -> str:
    """The phase of a job."""
    return client.get(f"{job}/phase").text


def reach(client: httpx.Client, job: str, *phases: str) -> str:
    """Wait until a job is in one of these phases."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        now = phase(client, job)
        if now in phases:
            return now
        assert now not in ENDED, f"{now}: {client.get(f'{job}/error').text}"
        time.sleep(0.02)
    raise AssertionError(f"the job is {now} and never was {phases}")


def document(client: httpx.Client, job: str, **parameters: object) -> ET.Element:
    """The document of a job."""
    answer = client.get(job, params=parameters)
    assert answer.status_code == 200, answer.text
    return ET.fromstring(answer.content)


def jobs(client: httpx.Client, **parameters: object) -> list[str]:
    """The ids in the list of jobs."""
    answer = client.get("/tap/async", params=parameters)
    assert answer.status_code == 200, answer.text
    return [ref.get("id") for ref in ET.fromstring(answer.content).iter(f"{UWS}jobref")]
