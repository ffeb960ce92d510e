"""What the machine would merge and split in a project now, for the person to say yes or no to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.assist import merges, split_suggestions
from core.assist.merges import LEARN_FROM, SHIPPED, MergeModel, MergeSuggestion
from core.assist.split_suggestions import SplitSuggestion
from core.fingerprint import fingerprint
from core.partition.events import Event
from core.partition.partition import UNDECIDED, Partition
from core.pipeline import Structure
from core.project import Project

# A look into a cluster takes 5 to 20 ms; the biggest hold most of what a split could put right.
MOST_LOOKED_INTO = 100
_TELLING = ("merge", "apart", "split", "together")


@dataclass(frozen=True, eq=False)
class Suggestions:
    """Merges and splits, each best first."""

    merges: Sequence[MergeSuggestion] = ()
    splits: Sequence[SplitSuggestion] = ()

    def __len__(self) -> int:
        return len(self.merges) + len(self.splits)

    def standing(self, partition: Partition) -> Suggestions:
        """Those that no answer since has settled, where members have not moved."""
        kept, clusters = partition.kept_apart(), partition.clusters
        joined = [each for each in self.merges if tuple(sorted(each.cluster_ids)) not in kept]
        joined = [each for each in joined if clusters.keys() >= set(each.cluster_ids)]
        parted = [each for each in self.splits if each.cluster_id in clusters]
        left = [not all(partition.confirmed[shown].all() for shown in each.shown) for each in parted]
        return Suggestions(joined, [each for each, keep in zip(parted, left, strict=True) if keep])


def key(partition: Partition, found: Structure) -> str:
    """A fingerprint of what `find` reads but for names and answers: the same members, the same suggestions."""
    return fingerprint(partition.cluster_of, partition.likely, found.active)


def find(project: Project, partition: Partition, found: Structure) -> Suggestions:
    """Merges and splits as they are suggested now; none before there is a graph.

    Raises
    ------
    NotFound, StorageFailed
        When an artifact or the journal cannot be read.
    """
    if not (found.has("features") and found.has("graph")):
        return Suggestions()
    features, neighbours, rows = np.asarray(found.features), found.graph.neighbours, found.rows
    model = learned(project, found)
    biggest = sorted(partition.clusters, key=lambda each: (-partition.size(each), each))[:MOST_LOOKED_INTO]
    likely = partition.likely[rows]
    return Suggestions(
        merges.suggest(partition, rows, features, neighbours, model),
        split_suggestions.suggest(
            partition,
            rows,
            features,
            neighbours,
            model,
            believed=np.where(likely == UNDECIDED, -1, likely),
            cluster_ids=biggest,
        ),
    )


def learned(project: Project, found: Structure) -> MergeModel:
    """The model of what this project's person calls one thing: the shipped one, moved by what its journal tells."""
    if sum(_tells(event) for event in project.history()) < LEARN_FROM:
        return SHIPPED
    n = len(project.partition())
    decisions = merges.decided(Partition.start(n), project.journal.edits())
    positions = found.positions(np.arange(n))
    return merges.learn(decisions, positions, np.asarray(found.features), found.graph.neighbours)


def _tells(event: Event) -> bool:
    return event.kind in _TELLING and not event.undone
