"""Work for decoding processes that ends in every way that a decoder can end."""

from __future__ import annotations

import os
import re
import socket
import time
from pathlib import Path

from core.errors import StorageFailed
from core.items.report import Outcome, Unreadable


def fate(task):
    """Come to the end that the task names."""
    name, _, seen = task.partition(" if not seen ")
    if name in ENDS and not (seen and Path(seen).exists()):
        if seen:
            Path(seen).touch()
        ENDS[name]()
    return {"text": task}, task.encode()


def spin():
    """Compute without end, in steps of the interpreter."""
    while True:
        pass


def refuse():
    """Say what is wrong with the picture."""
    raise Unreadable(Outcome.MISSING, "Not there.")


def fail():
    """Say what is wrong with the disk."""
    raise StorageFailed("There is no room.")


def answer_with(kind):
    """What a process that was taken over could send: no JSON, an object that would run code, an endless answer."""
    import gc
    from multiprocessing.connection import Connection

    connection = next(one for one in gc.get_objects() if isinstance(one, Connection))
    if kind == "noise":
        connection.send_bytes(b"\xff\x00 no JSON")
    elif kind == "objects":
        connection.send({"bytes": 0})
    else:
        connection.send_bytes(b'{"bytes": 1}')
        os.write(connection.fileno(), b"\xff\xff\xff\xff" + (2**60).to_bytes(8, "big"))
    time.sleep(0.1)
    os._exit(0)


ENDS = {
    "crash": os.abort,
    "spin": spin,
    "spin in C": lambda: re.match(r"(a+)+$", "a" * 60 + "b"),
    "sleep": lambda: time.sleep(1000),
    "noise": lambda: answer_with("noise"),
    "objects": lambda: answer_with("objects"),
    "boast": lambda: answer_with("boast"),
    "hungry": lambda: bytearray(8 * 2**30),
    "refused": refuse,
    "full disk": fail,
    "a bug": lambda: 1 // 0,
    "call": lambda: socket.create_connection(("192.0.2.1", 80), 1),
}
