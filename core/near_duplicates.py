"""The near-duplicates of a project: looked for once in a job, stored as pairs, joined into groups when asked for."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import numpy as np

from core.assist import duplicates
from core.errors import NotAvailable, NotFound, TaxonError
from core.fingerprint import fingerprint
from core.items.decoding import Pixels
from core.items.report import Unreadable
from core.items.table import Items, Kind
from core.limits import DEFAULT
from core.pipeline import Structure, structure
from core.progress import Progress, silent
from core.project import Project
from core.storage import Artifact

STAGE = "duplicates"
_VERSION = 1
_EQUAL = 0.99999  # cosine of items that are nothing but a vector
_BLOCK = 512


def prepared(project: Project, found: Structure) -> bool:
    """Whether the pairs of the active graph are stored."""
    return found.has("graph") and project.artifacts.has(STAGE, _key(found))


def prepare(project: Project, progress: Progress = silent) -> Artifact:
    """Compare the pictures and the texts, unless that is stored. Meant for a job: a picture takes about a millisecond.

    Raises
    ------
    NotFound
        Before the first run.
    Cancelled
        From `progress`.
    """
    found = structure(project)
    found.artifact("graph")
    key = _key(found)
    if project.artifacts.has(STAGE, key):
        return project.artifacts.load(STAGE, key)
    items = project.items.load()
    kind = np.asarray(items.kind)[found.rows]
    pairs = np.concatenate(
        [
            _of_pictures(project, items, found, np.flatnonzero(np.isin(kind, (Kind.PICTURE, Kind.BOTH))), progress),
            _of_texts(items, found, np.flatnonzero(kind == Kind.TEXT)),
            _of_vectors(found, kind == Kind.VECTOR),
        ]
    )
    return project.artifacts.put(STAGE, key, {"pairs": found.rows[pairs]}, {"pairs": len(pairs)})


def groups(project: Project, found: Structure) -> list[np.ndarray]:
    """Groups of rows that show or say the same, biggest first, each ascending. Raises `NotFound` before `prepare`."""
    if not prepared(project, found):
        raise NotFound("Near-duplicates were not looked for since the last run.", next_step="Look for them first.")
    pairs = np.asarray(project.artifacts.load(STAGE, _key(found)).array("pairs"))
    return duplicates.groups(pairs, int(found.active.get("n", 0)))


def _key(found: Structure) -> str:
    return fingerprint(STAGE, _VERSION, found.active["graph"], found.active["items"])


def _of_pictures(
    project: Project, items: Items, found: Structure, positions: np.ndarray, progress: Progress
) -> np.ndarray:
    if len(positions) < 2:
        return np.zeros((0, 2), np.int64)
    # On the disk: a million signatures take three gigabytes.
    scratch = project.artifacts.scratch(STAGE, _key(found)) / "signatures.npy"
    seen = np.lib.format.open_memmap(scratch, "w+", np.uint8, (len(positions), duplicates.SIDE, duplicates.SIDE, 3))
    readable = np.ones(len(positions), bool)
    rows = found.rows[positions].tolist()
    workers = min(os.cpu_count() or 1, 1 + len(rows) // _BLOCK)
    with ThreadPoolExecutor(workers, "signatures") as threads, closing(Pixels(workers)) as pixels:
        for begin in range(0, len(rows), _BLOCK):
            progress(begin, len(positions), "Looking at the pictures")
            block = threads.map(partial(_signature, project, items, pixels), rows[begin : begin + _BLOCK])
            for place, signature in enumerate(block, begin):
                if signature is None:
                    readable[place] = False
                else:
                    seen[place] = signature
    positions, kept = positions[readable], np.flatnonzero(readable)
    place_of = np.full(len(found.rows), -1, np.int64)
    place_of[positions] = np.arange(len(positions))
    near = place_of[found.graph.neighbours[positions]]
    near = np.where(near >= 0, near, np.arange(len(positions))[:, None])
    hashed = duplicates.hashes(seen)[kept]
    pairs = duplicates.near_pairs(near, hashed, found.vectors[positions])
    same = np.zeros(len(pairs), bool)
    for begin in range(0, len(pairs), _BLOCK):
        progress(begin, len(pairs), "Comparing pictures that look alike")
        block = pairs[begin : begin + _BLOCK]
        same[begin : begin + _BLOCK] = duplicates.same_picture(seen[kept[block[:, 0]]], seen[kept[block[:, 1]]])
    return positions[pairs[same]]


def _signature(project: Project, items: Items, pixels: Pixels, row: int) -> np.ndarray | None:
    """(SIDE, SIDE, 3) uint8; None for a picture that cannot be read."""
    try:
        return duplicates.signature(pixels.decode(_small(project, items, row), DEFAULT.thumbnail_side))
    except NotAvailable:
        raise
    except (TaxonError, Unreadable):
        return None


def _small(project: Project, items: Items, row: int) -> bytes:
    return project.thumbnails.get(str(items.digest[row])) or project.items.picture(row)


def _of_texts(items: Items, found: Structure, positions: np.ndarray) -> np.ndarray:
    return positions[duplicates.same_text_pairs(items.text[found.rows[positions]].tolist())]


def _of_vectors(found: Structure, bare: np.ndarray) -> np.ndarray:
    """Neighbours with equal vectors, among items that are nothing else."""
    graph = found.graph
    one, place = np.nonzero((np.asarray(graph.similarity) >= _EQUAL) & bare[:, None] & bare[graph.neighbours])
    pairs = np.stack([one, np.asarray(graph.neighbours)[one, place].astype(np.int64)], axis=1)
    return np.unique(np.sort(pairs, axis=1), axis=0)
