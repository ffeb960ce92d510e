"""What is asked of the decoding processes: preparing pictures for a project, their pixels, and pictures to show."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from core.errors import StorageFailed
from core.items.caps import Caps
from core.items.decoders import Answer, Decoders
from core.items.files import Files
from core.items.forgotten import SENTENCE, Forgotten
from core.items.pictures import decode
from core.items.report import Outcome, Unreadable
from core.items.store import content_digest, media_name
from core.items.thumbnails import make_thumbnail
from core.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

CHUNK = 64
_FEW = 32  # pictures that are not worth another process


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

    Of a picture that is among the `forgotten` nothing is written anywhere.
    """

    files: Files
    limits: Limits = DEFAULT
    media: Path | None = None
    forgotten: Forgotten = field(default_factory=Forgotten)

    def work(self, task: Task) -> tuple[Mapping[str, Any], bytes]:
        """The digest and the thumbnail of one picture, decoded once. Raises `Unreadable`, `StorageFailed`."""
        data = self.files.read(task.file_name, self.limits)
        image = decode(data, self.limits, max_side=self.limits.thumbnail_side)
        digest = content_digest(data, task.text)
        if self.forgotten.holds(digest):
            raise Unreadable(Outcome.FORGOTTEN, SENTENCE)
        if self.media is not None:
            _keep(self.media / media_name(digest), data)
        return {"digest": digest}, make_thumbnail(image, self.limits.thumbnail_side)


def prepare_pictures(bench: Workbench, tasks: Sequence[Task], workers: int | None = None) -> Iterator[list[Prepared]]:
    """Prepare all tasks, in chunks, in any order, in `workers` processes (default: one a core).

    They end with the iterator. A picture that kills two of them is QUARANTINED.
    """
    chunks = iter([tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)])
    workers = min(workers or os.cpu_count() or 1, 1 + len(tasks) // _FEW)
    running: dict[Future[list[Answer]], Sequence[Task]] = {}
    caps = Caps.of_picture(bench.limits)
    with ThreadPoolExecutor(workers, "decoding") as threads, Decoders(bench.work, workers, caps) as decoders:
        while True:
            for chunk in islice(chunks, 2 * workers - len(running)):
                running[threads.submit(decoders.do_all, chunk)] = chunk
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                chunk = running.pop(future)
                yield [_prepared(task, answer) for task, answer in zip(chunk, future.result(), strict=True)]


def _prepared(task: Task, answer: Answer) -> Prepared:
    if answer.refusal is not None:
        return Prepared(task.index, outcome=answer.refusal.outcome, sentence=answer.refusal.sentence)
    return Prepared(task.index, str(answer.told["digest"]), answer.data)


class Wanted(NamedTuple):
    """One picture to decode: the bytes of its file, and how many pixels the longer side may have (None: all)."""

    data: bytes
    max_side: int | None = None


class Pixels:
    """Decodes pictures in processes of their own; may be used from several threads."""

    def __init__(self, workers: int | None = None) -> None:
        self._decoders = Decoders(_pixels, workers)

    def decode(self, data: bytes, max_side: int | None = None) -> Picture:
        """Like `core.items.pictures.decode`. Raises `Unreadable`, also for what kills the process that decodes it."""
        return self.decode_all([data], max_side)[0]()

    def decode_all(self, files: Sequence[bytes], max_side: int | None = None) -> list[Callable[[], Picture]]:
        """The pictures of some files, in one process; each gives its picture when called, or raises `Unreadable`."""
        return [partial(_picture, answer) for answer in self._decoders.do_all([Wanted(one, max_side) for one in files])]

    def close(self) -> None:
        """End the processes."""
        self._decoders.close()


def _picture(answer: Answer) -> Picture:
    from PIL import Image

    told = answer.checked().told
    return Image.frombuffer("RGB", (told["width"], told["height"]), answer.data, "raw", "RGB", 0, 1)


def _pixels(wanted: Wanted) -> tuple[Mapping[str, Any], bytes]:
    image = decode(wanted.data, max_side=wanted.max_side)
    return {"width": image.width, "height": image.height}, image.tobytes()


def as_webp(wanted: Wanted) -> tuple[Mapping[str, Any], bytes]:
    """Work for `Decoders`: the picture as WebP, upright, without metadata."""
    buffer = io.BytesIO()
    decode(wanted.data, max_side=wanted.max_side).save(buffer, "WEBP", quality=88, method=2)
    return {}, buffer.getvalue()


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
