"""Decoding in processes that may die: capped in memory and time, replaced when they do, never trusted.

A decoder's bug, found by a stranger's picture, takes such a process and nothing else. The picture in work when a
process dies is tried once more in a fresh one; if that dies as well, the picture is quarantined and the rest goes on.
What comes back is read as JSON and bytes, never as objects, so an answer cannot bring code with it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from core.errors import BadInput, NotAvailable, StorageFailed
from core.items.caps import Caps
from core.items.decoder_process import Work
from core.items.report import Outcome, Unreadable

LIVES = 2  # processes that a picture may kill before it is quarantined
_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 120  # of a machine that is very busy
_GRACE_SECONDS = 30  # the kernel ends a process that is late; if it cannot, we do
_MOST_TOLD = 1024**2  # bytes of JSON
_MOST_DATA = 1024**3
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True)
class Answer:
    """What became of one task: what the work told and its bytes; or, in `refusal`, why there is nothing."""

    told: Mapping[str, Any] = field(default_factory=dict)
    data: bytes = b""
    refusal: Unreadable | None = None

    def checked(self) -> Answer:
        """The answer itself. Raises `Unreadable` when it is a refusal."""
        if self.refusal is not None:
            raise Unreadable(self.refusal.outcome, self.refusal.sentence)
        return self


class Closed(Exception):
    """The decoders were closed while a task was in work."""


class Decoders:
    """At most `workers` processes, started when needed, that do one kind of work. May be used from several threads.

    Parameters
    ----------
    work
        Gets a task, returns (plain JSON values, bytes), raises `Unreadable`. It is sent to the processes once, so it
        must be importable by name.
    workers
        Default: one a core.
    caps
        Of one task; default: those of a picture.
    """

    def __init__(self, work: Work, workers: int | None = None, caps: Caps | None = None) -> None:
        self._work, self._caps = work, caps or Caps.of_picture()
        self._free = threading.Semaphore(workers or os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def __enter__(self) -> Decoders:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, task: Any) -> Answer:
        """Do one task."""
        return self.do_all([task])[0]

    def do_all(self, tasks: Sequence[Any]) -> list[Answer]:
        """Do tasks one after the other in one process; waits for a free one.

        Raises
        ------
        NotAvailable
            No process can be started.
        StorageFailed
            By the work: nothing is wrong with the picture.
        BadInput
            By the work.
        Closed
            By `close` from another thread.
        """
        with self._free:
            worker, done, kills = None, [], 0
            try:
                while len(done) < len(tasks):
                    worker = worker or self._take()
                    given = len(done)
                    done += worker.work_on(tasks[given:])
                    if len(done) == len(tasks):
                        break
                    dead, worker = worker, None
                    why = self._bury(dead)
                    kills = kills + 1 if len(done) == given else 1
                    if kills == LIVES:
                        done.append(Answer(refusal=Unreadable(Outcome.QUARANTINED, why)))
                        kills = 0
                return done
            finally:
                self._put_back(worker)

    def pids(self) -> list[int]:
        """The processes that there are now."""
        with self._lock:
            return [worker.process.pid for worker in self._all]

    def close(self) -> None:
        """End all processes at once, those that work as well."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = self._all.difference(idle)
        for worker in idle:
            self._end(worker)
        for worker in busy:
            worker.process.kill()  # the thread that waits for its answer cleans up

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise Closed
            if self._idle:
                return self._idle.pop()
        worker = _Worker()
        with self._lock:
            self._all.add(worker)
        if self._closed or not worker.ready(self._work, self._caps):
            self._bury(worker)
            raise NotAvailable(
                "No process for decoding files could be started.",
                f"It ended at once ({worker.process.returncode}); most likely memory or processes are short.",
                "Close other programs and try again.",
            )
        return worker

    def _put_back(self, worker: _Worker | None) -> None:
        if worker is None:
            return
        with self._lock:
            if not self._closed and worker.waits:
                self._idle.append(worker)
                return
        self._bury(worker)

    def _bury(self, worker: _Worker) -> str:
        """The cause of death in a sentence. Raises `Closed` when it is ours."""
        self._end(worker)
        if self._closed:
            raise Closed
        return _cause(worker.process.returncode, self._caps)

    def _end(self, worker: _Worker) -> None:
        worker.end()
        with self._lock:
            self._all.discard(worker)


class _Worker:
    """One process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        life, self._life = os.pipe()
        kept = [theirs.fileno(), life]
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "core.items.decoder_process", *map(str, kept)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=kept,
                # One thread: pictures are decoded side by side in processes, and idle threads count as memory.
                env={**os.environ, "PYTHONPATH": path, **_ONE_THREAD},
            )
        except OSError as error:
            os.close(self._life)
            ours.close()
            raise NotAvailable(
                "No process for decoding files could be started.", f"{error.strerror}.", "Close other programs."
            ) from error
        finally:
            theirs.close()
            os.close(life)
        self._connection = Connection(ours.detach())
        self.waits = False

    def ready(self, work: Work, caps: Caps) -> bool:
        """Hand the work over; whether the process is ready for tasks."""
        self._patience = caps.wait_seconds + _GRACE_SECONDS
        try:
            self._connection.send((work, caps))
            self.waits = self._connection.poll(_START_SECONDS) and self._connection.recv_bytes(16) == b"ready"
        except (OSError, EOFError):
            self.waits = False
        return self.waits

    def work_on(self, tasks: Sequence[Any]) -> list[Answer]:
        """Answers to the first of the tasks; fewer than there are tasks when the process is not usable any more."""
        done: list[Answer] = []
        self.waits = False
        with suppress(OSError, EOFError, ValueError, KeyError, TypeError):
            self._connection.send(list(tasks))
            for _ in tasks:
                if not self._connection.poll(self._patience):
                    return done
                told = json.loads(self._connection.recv_bytes(_MOST_TOLD))
                data = self._connection.recv_bytes(_MOST_DATA) if told["bytes"] else b""
                done.append(_read(told, data))
            self.waits = True
        return done

    def end(self) -> None:
        """Kill the process, if it lives, and wait until it is gone."""
        self.process.kill()
        self.process.wait()
        os.close(self._life)
        self._connection.close()


def _read(told: Mapping[str, Any], data: bytes) -> Answer:
    if failed := told.get("failed"):
        raise StorageFailed(*map(str, failed))
    if bad := told.get("bad"):
        raise BadInput(*map(str, bad))
    if refused := told.get("refused"):
        return Answer(refusal=Unreadable(Outcome(refused[0]), str(refused[1])))
    return Answer(told, data)


def _cause(code: int, caps: Caps) -> str:
    if hasattr(signal, "SIGPROF") and code == -signal.SIGPROF:
        return f"Decoding it takes more than {caps.seconds} seconds of computing."
    if hasattr(signal, "SIGALRM") and code == -signal.SIGALRM:
        return f"Reading it takes more than {caps.wait_seconds} seconds."
    return "Decoding it crashed the decoder."
