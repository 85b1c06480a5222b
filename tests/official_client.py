"""The official client of the Data Lab, astro-datalab, in an environment of its own.

It wants older packages than ours and owns the name of our command, so it never shares ours.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import client_environments
from datalab_process import PATIENCE_S

PACKAGES = ("astro-datalab==2.24.0", "numpy<1.26.4")
SERVICES = {"AM": "auth", "QM": "query", "SM": "storage", "RM": "res"}
_DRIVER = Path(__file__).with_name("official_driver.py")


def environment() -> Path:
    """The directory of the environment, which the first test makes and all others find."""
    return client_environments.environment("official-client", *PACKAGES)


def configuration(url: str) -> str:
    """The dl.conf of the documentation, for a Data Lab."""
    page = Path(__file__).parents[1] / "docs" / "official-client.md"
    (found,) = re.findall(r"^```ini\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    return found.replace("http://127.0.0.1:8080", url)


@dataclass(frozen=True)
class Answer:
    """What a call of the client came to."""

    value: object = None
    printed: str = ""
    raised: str = ""
    message: str = ""


class Module:
    """A module of the client, whose functions are called in its own process."""

    def __init__(self, call: Callable[..., Answer], name: str) -> None:
        self._call = call
        self._name = name

    def __getattr__(self, function: str) -> Callable[..., object]:
        def called(*arguments: object, **options: object) -> object:
            answer = self.answer(function, *arguments, **options)
            if answer.raised:
                raise ClientError(f"{answer.raised}: {answer.message}")
            return answer.value

        return called

    def answer(self, function: str, *arguments: object, **options: object) -> Answer:
        """Call a function; what it raised and printed is in the answer."""
        return self._call(self._name, function, arguments, options)


class ClientError(Exception):
    """An exception that the client raised."""


class OfficialClient:
    """The client of one user, as Python sees it.

    Parameters
    ----------
    url
        The Data Lab.
    home
        The user's home directory.
    """

    def __init__(self, url: str, home: Path) -> None:
        place = environment()
        self.home = home
        self.url = url
        home.mkdir(exist_ok=True)
        for short, service in SERVICES.items():
            (home / f"{short}_SVC_URL").write_text(f"{url}/{service}\n")
        self.tokens.mkdir(exist_ok=True)
        (self.tokens / "dl.conf").write_text(configuration(url))
        self._environment = {
            "HOME": str(home),
            "PATH": f"{place}/bin:/usr/bin:/bin",
            "NO_PROXY": "*",
        }
        self._python = place / "bin" / "python"
        self._command = place / "bin" / "datalab"
        answers, ours = os.pipe()
        self._process = subprocess.Popen(
            [self._python, _DRIVER, home, str(ours)],
            stdin=subprocess.PIPE,
            text=True,
            env=self._environment,
            cwd=home,
            pass_fds=[ours],
        )
        os.close(ours)
        self._answers = os.fdopen(answers)
        self.auth = Module(self._call, "dl.authClient")
        self.query = Module(self._call, "dl.queryClient")
        self.store = Module(self._call, "dl.storeClient")
        self.res = Module(self._call, "dl.resClient")

    @property
    def tokens(self) -> Path:
        """Where the client keeps what it knows of the user."""
        return self.home / ".datalab"

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the client's own ``datalab`` command, which finds the services by its dl.conf."""
        return subprocess.run(
            [self._command, *words],
            env=self._environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )

    def close(self) -> None:
        """End the client's process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._answers.close()

    def _call(
        self, module: str, function: str, arguments: tuple[object, ...], options: dict[str, object]
    ) -> Answer:
        request = {"module": module, "function": function}
        assert self._process.stdin is not None
        self._process.stdin.write(
            json.dumps({**request, "arguments": arguments, "options": options}) + "\n"
        )
        self._process.stdin.flush()
        line = self._answers.readline()
        assert line, "the official client's process has ended"
        return Answer(**json.loads(line))
