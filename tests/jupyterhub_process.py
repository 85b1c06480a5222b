"""A JupyterHub as a process of its own, whose users have Jupyter servers with the extension."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import websocket
from free_ports import free_port

PATIENCE_S = 300  # for what must come, on the slowest machine

# Of all extensions of Jupyter the servers load only ours, to start quickly.
OTHER_EXTENSIONS = (
    *("jupyterlab", "notebook", "notebook_shim", "jupyter_lsp", "jupyter_server_terminals"),
    "panel.io.jupyter_server_extension",
)


def until(question: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is true
    """Wait for an answer that is true."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if answer := question():
                return answer
        time.sleep(0.1)
    raise AssertionError("waited in vain")


@dataclass
class Hub:
    """A running JupyterHub, spoken to as its administrator."""

    url: str
    api_url: str
    home: Path
    log_file: Path
    service_tokens: dict[str, str]

    def ask(self, method: str, path: str, **request: object) -> httpx.Response:
        """Use the hub's API."""
        headers = {"Authorization": f"token {self.service_tokens['tests']}"}
        return httpx.request(
            method,
            f"{self.api_url}{path}",
            headers=headers,
            timeout=PATIENCE_S,
            trust_env=False,
            **request,  # type: ignore[arg-type]
        )

    def start(self, *names: str) -> list[Server]:
        """Make users and start their Jupyter servers, all at the same time."""
        self.ask("POST", "/users", json={"usernames": list(names)}).raise_for_status()
        for name in names:
            self.ask("POST", f"/users/{name}/server").raise_for_status()
        for name in names:
            until(lambda name=name: self.ask("GET", f"/users/{name}").json()["server"])
        return [Server(self, name, self.token(name)) for name in names]

    def stop(self, name: str) -> None:
        """Stop a user's Jupyter server."""
        self.ask("DELETE", f"/users/{name}/server").raise_for_status()
        until(lambda: not self.ask("GET", f"/users/{name}").json()["servers"])

    def token(self, name: str) -> str:
        """A token that a user makes for themselves."""
        return str(self.ask("POST", f"/users/{name}/tokens").json()["token"])


@dataclass
class Server:
    """The Jupyter server of a user of the hub."""

    hub: Hub
    name: str
    token: str

    def ask(self, method: str, path: str, **request: object) -> httpx.Response:
        """Ask the server, through the hub's proxy, as the user's browser does."""
        return httpx.request(
            method,
            f"{self.hub.url}/user/{self.name}/{path}",
            headers={"Authorization": f"token {self.token}"},
            timeout=PATIENCE_S,
            trust_env=False,
            **request,  # type: ignore[arg-type]
        )

    def run(self, code: str) -> str:
        """Run code in a new kernel; what it prints."""
        kernel = self.ask("POST", "api/kernels", json={"name": "python3"}).json()["id"]
        address = self.hub.url.replace("http", "ws", 1)
        channel = websocket.create_connection(
            f"{address}/user/{self.name}/api/kernels/{kernel}/channels",
            header={"Authorization": f"token {self.token}"},
            timeout=PATIENCE_S,
        )
        identity = uuid.uuid4().hex
        header = {"msg_id": identity, "msg_type": "execute_request", "version": "5.3"}
        header |= {"username": "", "session": uuid.uuid4().hex}
        content = {"code": code, "silent": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        channel.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        printed = ""
        while True:
            told = json.loads(channel.recv())
            if told["parent_header"].get("msg_id") != identity:
                continue
            content = told["content"]
            match told["msg_type"]:
                case "stream":
                    printed += content["text"] if content["name"] == "stdout" else ""
                case "error":
                    raise AssertionError("\n".join(content["traceback"]))
                case "execute_reply":
                    break
        channel.close()
        self.ask("DELETE", f"api/kernels/{kernel}")
        return printed

    @property
    def token_file(self) -> Path:
        """The file with the token that the Data Lab gave."""
        runtime = self.hub.home / self.name / ".local" / "share" / "jupyter" / "runtime"
        return until(lambda: next(runtime.glob("datalab-token-*"), None))  # type: ignore[no-any-return]


@contextmanager
def running_hub(home: Path, api_port: int, datalab_url: str) -> Iterator[Hub]:
    """Run a hub until the block ends.

    Parameters
    ----------
    home
        Where the hub and its users keep their files.
    api_port
        Where the hub's API listens.
    datalab_url
        The Data Lab of all users.
    """
    assert shutil.which("configurable-http-proxy"), "`make setup` installs it"
    url = f"http://127.0.0.1:{free_port()}"
    tokens = {name: secrets.token_hex(16) for name in ("tests", "carol")}
    enabled = dict.fromkeys(OTHER_EXTENSIONS, False) | {"jupyterlab_datalab": True}
    settings = {
        "JupyterHub.bind_url": url,
        "JupyterHub.hub_bind_url": f"http://127.0.0.1:{api_port}",
        "JupyterHub.db_url": f"sqlite:///{home / 'hub.sqlite'}",
        "JupyterHub.cookie_secret_file": str(home / "cookie_secret"),
        "JupyterHub.authenticator_class": "dummy",
        "Authenticator.allow_all": True,
        "JupyterHub.spawner_class": "simple",
        "JupyterHub.services": [{"name": n, "api_token": t} for n, t in tokens.items()],
        "JupyterHub.load_roles": [
            {
                "name": "tests",
                "scopes": ["admin:users", "admin:servers", "tokens", "access:servers"],
                "services": ["tests"],
            }
        ],
        "ConfigurableHTTPProxy.api_url": f"http://127.0.0.1:{free_port()}",
        "ConfigurableHTTPProxy.pid_file": str(home / "proxy.pid"),
        "SimpleLocalProcessSpawner.home_dir_template": f"{home}/{{username}}",
        "Spawner.cmd": [sys.executable, "-m", "jupyterhub.singleuser"],
        "Spawner.args": [
            "--allow-root",
            f"--ServerApp.jpserver_extensions={enabled}",
            f"--DatalabApp.backend_url={datalab_url}",
        ],
        "Spawner.environment": {
            "JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        },
        "JupyterHub.tornado_settings": {"slow_spawn_timeout": 0},
        "Spawner.start_timeout": PATIENCE_S,
        "Spawner.http_timeout": PATIENCE_S,
    }
    config = home / "jupyterhub_config.py"
    config.write_text("\n".join(f"c.{name} = {value!r}" for name, value in settings.items()))
    log_file = home / "hub.log"
    with log_file.open("w") as log, ExitStack() as stack:
        environment = os.environ | {"CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16)}
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "--config", str(config)],
            cwd=home,
            env=environment,
            stdout=log,
            stderr=log,
        )
        stack.callback(_end, process)
        hub = Hub(url, f"http://127.0.0.1:{api_port}/hub/api", home, log_file, tokens)
        until(lambda: process.poll() is not None or hub.ask("GET", "/").is_success)
        assert process.poll() is None, log_file.read_text()
        yield hub


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the hub, its proxy and its users' servers."""
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in family:
            with suppress(psutil.NoSuchProcess):
                child.kill()
    process.wait(PATIENCE_S)
