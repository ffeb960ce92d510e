"""Keeps a Python process off the network: every connection and every look-up that leaves this machine is refused.

Python imports a module of this name at its start, so processes that a test starts are held back as well. Each attempt
is written to the file named in TAXON_NETWORK_LOG, because code that expects to be offline may hide the refusal.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Any

_connect, _connect_ex, _sendto, _look_up = (
    socket.socket.connect,
    socket.socket.connect_ex,
    socket.socket.sendto,
    socket.getaddrinfo,
)


def stays_here(host: Any) -> bool:
    """Whether a host is this machine itself."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", "0.0.0.0", "::", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def _check(host: Any) -> None:
    if not stays_here(host):
        if log := os.environ.get("TAXON_NETWORK_LOG"):
            with open(log, "a") as file:  # noqa: PTH123
                file.write(f"{host}\n")
        raise ConnectionRefusedError(f"the tests stay off the network: {host}")


def _check_address(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _check(address[0])


def _guarded_connect(self: socket.socket, address: Any) -> Any:
    _check_address(self, address)
    return _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> Any:
    _check_address(self, address)
    return _connect_ex(self, address)


def _guarded_sendto(self: socket.socket, data: Any, *rest: Any) -> Any:
    _check_address(self, rest[-1])
    return _sendto(self, data, *rest)


def _guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
    _check(host)
    return _look_up(host, *rest, **named)


socket.socket.connect = _guarded_connect
socket.socket.connect_ex = _guarded_connect_ex
socket.socket.sendto = _guarded_sendto
socket.getaddrinfo = _guarded_look_up
