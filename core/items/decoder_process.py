"""The other end of `core.items.decoders`: the process in which a stranger's bytes are decoded, and may do harm.

It takes tasks over one socket and answers over the same one: a line of JSON, then bytes. It ends when the socket does,
when a task exceeds its time, or when the process that started it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from core.errors import BadInput, StorageFailed
from core.items.caps import Caps
from core.items.report import Outcome, Unreadable

Work = Callable[[Any], tuple[Mapping[str, Any], bytes]]
_HAS_TIMERS = hasattr(signal, "setitimer")


def main(socket: int, life: int) -> None:
    """Answer tasks from `socket` until it is closed; `life` is a pipe whose other end only the parent holds."""
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()
    _settle_signals()
    connection = Connection(socket)
    with suppress(EOFError, ConnectionError):
        work, caps = connection.recv()
        _LOAD[caps.reads]()
        _cap(caps)
        connection.send_bytes(b"ready")
        while True:
            for task in connection.recv():
                _allow(caps.seconds, caps.wait_seconds)
                told, data = _answer(work, task)
                _allow(0, 0)
                connection.send_bytes(json.dumps({**told, "bytes": len(data)}).encode())
                if data:
                    connection.send_bytes(data)


def _answer(work: Work, task: Any) -> tuple[Mapping[str, Any], bytes]:
    try:
        return work(task)
    except Unreadable as problem:
        return {"refused": [problem.outcome, problem.sentence]}, b""
    except (BadInput, StorageFailed) as error:
        kind = "bad" if isinstance(error, BadInput) else "failed"
        return {kind: [error.what, error.why, error.next_step]}, b""
    except MemoryError:
        return {"refused": [Outcome.TOO_LARGE, "Decoding it needs more memory than is allowed."]}, b""
    except Exception as error:  # one picture must not stop a million
        return {"refused": [Outcome.BROKEN, f"It could not be read ({type(error).__name__})."]}, b""


def _load_pictures() -> None:
    """No plugin beside these."""
    from PIL import (  # noqa: F401
        AvifImagePlugin,
        BmpImagePlugin,
        GifImagePlugin,
        ImageCms,
        ImageOps,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )


def _load_tables() -> None:
    import numpy  # noqa: F401
    import pyarrow.parquet

    pyarrow.set_cpu_count(1)  # each thread would count as memory


_LOAD = {"pictures": _load_pictures, "tables": _load_tables}


def _settle_signals() -> None:
    """Ctrl+C is the parent's business; the timers must end this process even inside of a decoder's C code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _HAS_TIMERS:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM, signal.SIGPROF))


def _allow(computing: float, waiting: float) -> None:
    """Let the kernel end this process after so many seconds on the processor, or by the clock; 0 = no end."""
    if _HAS_TIMERS:
        signal.setitimer(signal.ITIMER_PROF, computing)
        signal.setitimer(signal.ITIMER_REAL, waiting)


def _cap(caps: Caps) -> None:
    """Cap memory above what is in use now, and written files; leave no core dump."""
    if sys.platform != "linux":
        return  # elsewhere address space is not counted, or the cap is not kept
    import resource

    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        used = int(file.read().split()[0]) * resource.getpagesize()
    for kind, most in (
        (resource.RLIMIT_AS, used + caps.memory_bytes),
        (resource.RLIMIT_FSIZE, caps.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (wanted, wanted))


def _end_with(life: int) -> None:
    os.read(life, 1)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
