"""Which addresses tables may be fetched from: those of the public internet."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

_Address: TypeAlias = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 addresses in the clothes of IPv6 (RFC 6052, section 2.1)."""


def resolve(host: str, port: int) -> list[str]:
    """The numeric addresses of a host, in the order to try them.

    Every spelling goes through the resolver, so that what is judged is what is connected to:
    ``2130706433`` and ``0177.1`` are 127.0.0.1 here as they would be there.

    Raises
    ------
    OSError
        When there is no such host.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(numeric: str) -> bool:
    """Whether an address belongs to the public internet, whatever it is wrapped in."""
    try:
        address: _Address = ip_address(numeric)
    except ValueError:  # an address with a scope, such as fe80::1%eth0
        return False
    return all(part.is_global and not part.is_multicast for part in _unwrapped(address))


def _unwrapped(address: _Address) -> list[_Address]:
    """The address, and those that routers may take out of it."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    inside: list[_Address] = [address]
    if address.sixtofour:
        inside.append(address.sixtofour)
    if address.teredo:
        inside += address.teredo
    if address in _NAT64:
        inside.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return inside
