"""Preparing many pictures: digest, check and thumbnail from one decoding, in processes that may die without harm."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path

from core.errors import StorageFailed
from core.items.files import Files
from core.items.forgotten import SENTENCE, Forgotten
from core.items.pictures import decode
from core.items.report import Outcome, Unreadable
from core.items.store import content_digest, media_name
from core.items.thumbnails import make_thumbnail
from core.limits import DEFAULT, Limits

CHUNK = 64
FEW = 200  # below this, starting processes costs more than they save
_WORKER_BYTES = 3 * 1024**3


@dataclass(frozen=True)
class Task:
    """One picture to prepare: its index among the candidates, its file name, and the text that goes with it."""

    index: int
    file_name: str
    text: str


@dataclass(frozen=True)
class Prepared:
    """A picture that was decoded: the item's digest and the WebP thumbnail; or why it was not."""

    index: int
    digest: str = ""
    thumbnail: bytes = b""
    outcome: Outcome = Outcome.READ
    sentence: str = ""


@dataclass
class Workbench:
    """What preparing needs: where pictures are read from, the caps, and where copies go (None: they stay in place).

    A picture that takes longer than `seconds` counts as one that crashed the decoder. Of one that is among the
    `forgotten` nothing is written anywhere.
    """

    files: Files
    limits: Limits = DEFAULT
    media: Path | None = None
    seconds: int = 60
    forgotten: Forgotten = field(default_factory=Forgotten)

    def prepare(self, task: Task) -> Prepared:
        """Decode one picture once; never raises for what the picture is."""
        try:
            data = self.files.read(task.file_name, self.limits)
            image = decode(data, self.limits, max_side=self.limits.thumbnail_side)
        except Unreadable as problem:
            return Prepared(task.index, outcome=problem.outcome, sentence=problem.sentence)
        digest = content_digest(data, task.text)
        if self.forgotten.holds(digest):
            return Prepared(task.index, outcome=Outcome.FORGOTTEN, sentence=SENTENCE)
        if self.media is not None:
            _keep(self.media / media_name(digest), data)
        return Prepared(task.index, digest, make_thumbnail(image, self.limits.thumbnail_side))


def prepare_pictures(bench: Workbench, tasks: Sequence[Task], workers: int | None = None) -> Iterator[list[Prepared]]:
    """Prepare all tasks, in chunks, in any order.

    Many pictures go to `workers` processes (default: one a core). When a process dies, the pictures that it may have
    died of are tried again one at a time, and the one that kills again is BROKEN.
    """
    chunks = [list(tasks[start : start + CHUNK]) for start in range(0, len(tasks), CHUNK)]
    if len(tasks) < FEW or not _processes_start(bench):
        for chunk in chunks:
            yield [bench.prepare(task) for task in chunk]
        return
    workers = workers or os.cpu_count() or 1
    waiting = iter(chunks)
    while True:
        unfinished: list[list[Task]] = []
        yield from _run(bench, waiting, min(workers, len(chunks)), unfinished)
        if not unfinished:
            return
        for chunk in unfinished:
            yield _one_by_one(bench, chunk)


def _run(
    bench: Workbench, waiting: Iterator[list[Task]], workers: int, unfinished: list[list[Task]]
) -> Iterator[list[Prepared]]:
    """Work through `waiting` until it is empty or a process died; then `unfinished` holds what was under way."""
    pool = _pool(bench, workers)
    running: dict[Future[list[Prepared]], list[Task]] = {}
    try:
        while True:
            for chunk in islice(waiting, 0 if unfinished else 2 * workers - len(running)):
                running[_submitted(pool, chunk)] = chunk
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                chunk = running.pop(future)
                try:
                    prepared = future.result()
                except BrokenProcessPool:
                    unfinished.append(chunk)
                    continue
                yield prepared
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, chunk: list[Task]) -> Future[list[Prepared]]:
    try:
        return pool.submit(_prepare_chunk, chunk)
    except BrokenProcessPool as error:
        failed: Future[list[Prepared]] = Future()
        failed.set_exception(error)
        return failed


def _one_by_one(bench: Workbench, chunk: list[Task]) -> list[Prepared]:
    results: list[Prepared] = []
    rest = iter(chunk)
    exhausted = False
    while not exhausted:
        with _pool(bench, 1) as pool:
            exhausted = True
            for task in rest:
                try:
                    results += pool.submit(_prepare_chunk, [task]).result()
                except BrokenProcessPool:
                    results.append(
                        Prepared(task.index, outcome=Outcome.BROKEN, sentence="Decoding it crashed the decoder.")
                    )
                    exhausted = False
                    break
    return results


def _pool(bench: Workbench, workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(bench,))


def _processes_start(bench: Workbench) -> bool:
    """Whether processes can be started here; they cannot from a script without an `if __name__ == "__main__"` guard."""
    try:
        with _pool(bench, 1) as pool:
            return pool.submit(_prepare_chunk, []).result() == []
    except (BrokenProcessPool, OSError):
        return False


_bench: Workbench | None = None


def _start_worker(bench: Workbench) -> None:
    global _bench
    _bench = bench
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if sys.platform == "linux":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        wanted = _WORKER_BYTES if hard == resource.RLIM_INFINITY else min(_WORKER_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _prepare_chunk(chunk: list[Task]) -> list[Prepared]:
    assert _bench is not None
    results = []
    for task in chunk:
        if hasattr(signal, "alarm"):
            signal.alarm(_bench.seconds)  # a decoder that hangs dies of it
        results.append(_bench.prepare(task))
    if hasattr(signal, "alarm"):
        signal.alarm(0)
    return results


def _keep(path: Path, data: bytes) -> None:
    try:
        if path.is_file() and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(prefix=".", suffix=".aside", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(aside).replace(path)
    except OSError as error:
        raise StorageFailed(
            "A picture could not be copied into the project.",
            f"The disk answered: {error.strerror or error}.",
            "Free some space, then import again.",
        ) from error
