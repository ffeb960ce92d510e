"""Answers leave when they are written: the kernel must not hold a packet back until the one before it is acknowledged.

asyncio asks for that on every connection whose socket names its protocol. Streamlit 1.67 opens its own, which does not,
so that each answer of more than one packet waited 40 ms for the other side's delayed acknowledgement.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from starlette.types import Receive


def send_at_once(receive: Receive) -> None:
    """Switch the waiting off on the connection of a request; uvicorn's `receive` is a method of what holds it."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    connection = transport.get_extra_info("socket") if transport is not None else None
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
