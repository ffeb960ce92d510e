"""The import: everything a source offers is read once, ends in a named outcome, and is stored all at once."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import BadInput
from core.fingerprint import digest_bytes
from core.items import filenames
from core.items.decoding import Prepared, Task, Workbench, prepare_pictures
from core.items.forgotten import Forgotten
from core.items.given import check_aligned
from core.items.identify import NEW, REPEATED, Identified, identify
from core.items.report import ImportReport, Outcome, Tally
from core.items.source import Candidates, Source
from core.items.store import ItemStore, Part, SourceRecord
from core.items.table import OWN, Items, Kind
from core.items.thumbnails import ThumbnailStore
from core.limits import DEFAULT, Limits
from core.lock import at_work
from core.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow


def import_source(
    store: ItemStore,
    thumbnails: ThumbnailStore,
    source: Source,
    progress: Progress = silent,
    limits: Limits = DEFAULT,
    bring_back: bool = False,
) -> ImportReport:
    """Add to the project what a source has and the project has not; `bring_back` = also what was forgotten here.

    Pictures copied out of archives and thumbnails are stored first; the items and the report appear together in one
    rename at the end. A kill or a cancel before it leaves the project as it was.

    Raises
    ------
    BadInput
        Nothing of the source could be read; the message names the first reason.
    StorageFailed
        The disk refused a write.
    Cancelled
        `progress` asked to stop.
    ProjectLocked
        A forgetting was interrupted and must be completed first.
    """
    with at_work(store.project):
        return _imported(store, thumbnails, source, progress, limits, bring_back)


def _imported(
    store: ItemStore,
    thumbnails: ThumbnailStore,
    source: Source,
    progress: Progress,
    limits: Limits,
    bring_back: bool,
) -> ImportReport:
    tally = Tally(source.title)
    candidates = source.candidates(progress)
    tally.notes += candidates.notes
    if source.vectors is not None:
        check_aligned(source.vectors, candidates.total, source.title)
        store.check_vector_length(source.vectors.shape[1])
    for refused in candidates.refused:
        tally.refuse(*refused)
    items = store.load()
    forgotten = Forgotten() if bring_back else Forgotten.of(store.folder).without(items)
    content = _read_content(candidates, source, store, thumbnails, tally, progress, limits, forgotten)
    _leave_forgotten(candidates, content, forgotten, tally)
    kept = np.flatnonzero(content.good)
    identified = _identified(candidates, content, kept, items, store, source)
    _count(identified, tally, candidates, kept)
    new = identified.rows == NEW
    if not (new.any() or tally.known or tally.count(Outcome.FORGOTTEN)):
        raise BadInput(
            f"Nothing in “{source.title}” could be read.",
            tally.first_refusal(),
            "Name a folder or zip with pictures, or a table with texts.",
        )
    _note_copies(content, kept[new], items, tally)
    rows = np.where(new, len(items) + np.cumsum(new) - 1, identified.rows)
    vector_rows, vectors = _vectors_of(source, candidates.positions[kept], rows)
    table = _part_table(candidates, content, kept[new], [identified.item_ids[i] for i in np.flatnonzero(new)])
    report = tally.report()
    progress(len(candidates), len(candidates), "storing")
    store.append(Part(table, _record(source, store), vector_rows, vectors), report)
    return report


@dataclass(eq=False)
class _Content:
    """By candidate: whether it can be an item, its kind, text as stored and digest."""

    good: np.ndarray
    kinds: np.ndarray
    texts: list[str]
    digests: list[str]


def _read_content(
    candidates: Candidates,
    source: Source,
    store: ItemStore,
    thumbnails: ThumbnailStore,
    tally: Tally,
    progress: Progress,
    limits: Limits,
    forgotten: Forgotten,
) -> _Content:
    total = len(candidates)
    content = _Content(np.zeros(total, bool), np.zeros(total, np.uint8), list(candidates.texts), [""] * total)
    _settle_texts(candidates, content, source, tally, limits)
    tasks = [
        Task(index, candidates.file_names[index], content.texts[index])
        for index in np.flatnonzero(content.good)
        if candidates.file_names[index]
    ]
    files = source.files()
    if not tasks or files is None:
        return content
    bench = Workbench(files, limits, None if source.root is not None else store.media, forgotten=forgotten)
    done = 0
    with closing(prepare_pictures(bench, tasks)) as chunks:
        progress(0, len(tasks), "reading pictures")
        for chunk in chunks:
            _settle_pictures(chunk, candidates, content, thumbnails, tally)
            done += len(chunk)
            progress(done, len(tasks), "reading pictures")
    return content


def _settle_texts(candidates: Candidates, content: _Content, source: Source, tally: Tally, limits: Limits) -> None:
    cut = 0
    for index, text in enumerate(candidates.texts):
        item_id = candidates.item_ids[index]
        picture = bool(candidates.file_names[index])
        blank = not text or text.isspace()
        if len(item_id) > limits.item_id_chars:
            tally.refuse(item_id, Outcome.TOO_LARGE, f"Its id is longer than {limits.item_id_chars:,} characters.")
            continue
        if blank and not picture and source.vectors is None:
            tally.refuse(item_id, Outcome.MISSING, "There is no text in this row.")
            continue
        stored = "" if blank else text
        if len(stored) > limits.text_chars:
            stored = stored[: limits.text_chars]
            cut += 1
        content.texts[index] = stored
        content.good[index] = True
        if blank:
            content.kinds[index] = Kind.PICTURE if picture else Kind.VECTOR
            if not picture and source.vectors is not None:
                content.digests[index] = digest_bytes(source.vectors[candidates.positions[index]].tobytes())
        else:
            content.kinds[index] = Kind.BOTH if picture else Kind.TEXT
            content.digests[index] = digest_bytes(stored.encode())
    if cut:
        tally.notes.append(f"{cut:,} texts were longer than {limits.text_chars:,} characters and were cut there.")


def _settle_pictures(
    chunk: list[Prepared], candidates: Candidates, content: _Content, thumbnails: ThumbnailStore, tally: Tally
) -> None:
    for prepared in chunk:
        if prepared.outcome is Outcome.READ:
            content.digests[prepared.index] = prepared.digest
            continue
        content.good[prepared.index] = False
        if prepared.outcome is Outcome.FORGOTTEN:
            tally.add(Outcome.FORGOTTEN)
        else:
            tally.refuse(candidates.file_names[prepared.index], prepared.outcome, prepared.sentence)
    thumbnails.put_many((prepared.digest, prepared.thumbnail) for prepared in chunk if prepared.thumbnail)


def _leave_forgotten(candidates: Candidates, content: _Content, forgotten: Forgotten, tally: Tally) -> None:
    """Leave out what was forgotten here: counted, never named, or the report would remember it."""
    for index in np.flatnonzero(content.good) if forgotten.marks else ():
        if forgotten.holds(content.digests[index], candidates.item_ids[index]):
            content.good[index] = False
            tally.add(Outcome.FORGOTTEN)
    if tally.count(Outcome.FORGOTTEN):
        tally.notes.append(
            "What was forgotten earlier was left out; `python -m core import SOURCE --bring-back` takes it in again."
        )


def _identified(
    candidates: Candidates, content: _Content, kept: np.ndarray, items: Items, store: ItemStore, source: Source
) -> Identified:
    comparable = np.ones(len(items), dtype=bool)
    if not source.stable_ids:
        here = _record(source, store).location
        numbers = [record.number for record in store.sources() if record.location == here]
        comparable = np.isin(items.source, numbers)
    return identify([candidates.item_ids[i] for i in kept], [content.digests[i] for i in kept], items, comparable)


def _count(identified: Identified, tally: Tally, candidates: Candidates, kept: np.ndarray) -> None:
    rows = identified.rows
    tally.add(Outcome.READ, int((rows == NEW).sum()))
    tally.known = int((rows >= 0).sum())
    for index in np.flatnonzero(rows != NEW):
        here = "an earlier row of this source" if rows[index] == REPEATED else "the project"
        tally.refuse(
            candidates.item_ids[kept[index]], Outcome.DUPLICATE, f"It is in {here} already, with the same content."
        )
    if identified.renamed_count:
        asked, given = identified.renamed[0]
        tally.notes.append(
            f"{identified.renamed_count:,} ids stand for other content already and got a number: "
            f"“{asked}” became “{given}”."
        )


def _note_copies(content: _Content, new: np.ndarray, items: Items, tally: Tally) -> None:
    pictures = [content.digests[index] for index in new if content.kinds[index] == Kind.PICTURE]
    earlier = set(items.digest[items.kind == Kind.PICTURE]) if pictures else set()
    copies = len(pictures) - len(set(pictures) - earlier)
    if copies:
        tally.notes.append(f"{copies:,} pictures are byte-identical copies of others; each is an item of its own.")


def _vectors_of(source: Source, positions: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    if source.vectors is None:
        return None, None
    used = np.flatnonzero(rows >= 0)
    return rows[used], source.vectors[positions[used]]


def _part_table(candidates: Candidates, content: _Content, new: np.ndarray, item_ids: list[str]) -> pyarrow.Table:
    import pyarrow as pa

    table = pa.table(
        {
            "item_id": pa.array(item_ids, pa.string()),
            "kind": pa.array(content.kinds[new], pa.uint8()),
            "file_name": pa.array([candidates.file_names[index] for index in new], pa.string()),
            "text": pa.array([content.texts[index] for index in new], pa.large_string()),
            "digest": pa.array([content.digests[index] for index in new], pa.string()),
        }
    )
    own = candidates.columns.take(pa.array(new)) if candidates.columns.num_columns else candidates.columns
    for name in own.column_names:
        table = table.append_column(OWN + name, own.column(name))
    return table


def _record(source: Source, store: ItemStore) -> SourceRecord:
    location = source.location
    if isinstance(location, Path):
        location = _relative(location, store)
    pictures = "" if source.files() is None else "media" if source.root is None else "folder"
    root = "" if source.root is None or not pictures else _relative(source.root, store)
    return SourceRecord(source.title, location, pictures, root)


def _relative(path: Path, store: ItemStore) -> str:
    try:
        return filenames.to_text(os.path.relpath(path, store.project))
    except ValueError:  # another drive on Windows has no relative path
        return filenames.to_text(str(path))
