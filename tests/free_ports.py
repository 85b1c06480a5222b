"""Ports of the loopback interface for servers that do not tell which port they took."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

# Linux gives the ports above to whoever takes any, which all other tests do: one of those that is
# free now may be somebody's before the server has it.
_PORTS = range(20_000, 32_768)


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens at, and that the system gives to nobody else."""
    found: list[int] = []
    with ExitStack() as held:
        for port in random.sample(_PORTS, len(_PORTS)):
            if len(found) == count:
                break
            try:
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:  # it is taken
                continue
            found.append(port)
    return found


def free_port() -> int:
    """One such port."""
    return free_ports(1)[0]
