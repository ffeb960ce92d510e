"""Names for the items of a card, from the names that are suggested for the clusters they lie in."""

from __future__ import annotations

import threading

import numpy as np

from core import naming
from core.assist.names.suggest import suggest
from core.errors import TaxonError
from core.pipeline import Structure
from core.project import Project

_MOST = 6


class Namer:
    """Suggests names for rows without ever keeping anybody waiting: () until they have been worked out beside.

    Parameters
    ----------
    project, found
        Open, with a finished analysis. Nothing is suggested where `naming.prepare` has not run.
    """

    def __init__(self, project: Project, found: Structure) -> None:
        partition = project.partition()
        self._cluster_of = partition.cluster_of
        self._names: dict[int, tuple[str, ...]] = {}
        self._ready = threading.Event()
        if not naming.prepared(project, found):
            self._ready.set()
            return
        ids = np.array([one for one, size in partition.sizes().items() if size], np.int64)
        members = [partition.members(one) for one in ids.tolist()]
        # Only what never changes is read beside: the journal is its owner's.
        work = threading.Thread(target=self._work, args=(project, found, ids, members), name="namer", daemon=True)
        work.start()

    def __call__(self, rows: np.ndarray) -> tuple[str, ...]:
        """Names for rows (k,) int64 that are shown together, best first."""
        known = rows[rows < len(self._cluster_of)]
        if not len(known):
            return ()
        ids, counts = np.unique(self._cluster_of[known], return_counts=True)
        return self._names.get(int(ids[counts.argmax()]), ())

    def wait(self, seconds: float) -> bool:
        """Whether the names are there, after `seconds` at most."""
        return self._ready.wait(seconds)

    def _work(self, project: Project, found: Structure, ids: np.ndarray, members: list[np.ndarray]) -> None:
        try:
            offered = suggest(naming.inputs(project, found), members)
            names = {place: tuple(dict.fromkeys(one.name for one in told))[:_MOST] for place, told in offered.items()}
            self._names = {int(ids[place]): told for place, told in names.items()}
        except TaxonError:
            self._names = {}  # items were forgotten meanwhile: no name is better than a wrong one
        finally:
            self._ready.set()
