"""Names by what the pictures look like, or by what the texts mean: the words that the members vote for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core import safe
from core.assist.names.assign import Candidate
from core.assist.names.inputs import Ballot, Scene
from core.assist.names.marks import chance
from core.assist.names.separation import auc
from core.assist.names.suggestion import OWN, Suggestion

LEAST_SHARE = 0.2  # of the members must vote for a name
LEAST_MARGIN = 0.05  # of the cluster's vote, above that of the nearest clusters
LEAST_AUC = 0.7
CHANCE = 0.01  # that any of all words would be found so often in as many items drawn at random
_TRIED = 12
_SAMPLE = 400


@dataclass(eq=False)
class ByVotes:
    """One vocabulary's names for the clusters of a scene; remembers the tallies of one call."""

    scene: Scene
    ballot: Ballot
    _tallies: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    _seen: dict[int, np.ndarray] = field(default_factory=dict)

    def wanted(self, cluster: int) -> list[Candidate]:
        """The words that stand for this cluster more than for its neighbours, and not by chance."""
        size = len(self.scene.members[cluster])
        if not size or not self.ballot.vocabulary.terms:
            return []
        shares, votes = self._tally(cluster)
        margins = votes - self._votes_around(cluster)
        some = np.flatnonzero((shares >= LEAST_SHARE) & (margins >= LEAST_MARGIN))
        marks = self.ballot.marks
        counts = np.rint(shares[some] * size).astype(np.int64)
        unlikely = chance(counts, size, marks.totals[some], marks.carried.shape[0])
        some = some[unlikely * max(int((marks.totals > 0).sum()), 1) <= CHANCE]
        some = some[np.argsort(-margins[some], kind="stable")][:_TRIED]
        scores = self._separations(cluster, some)
        return [
            Candidate(int(term), safe.name(marks.terms[term]), float(margins[term]), float(margins[term]), score)
            for term, score in zip(some, scores, strict=True)
            if score >= LEAST_AUC
        ]

    def apart(self, cluster: int, other: int, term: int) -> bool:
        """Whether the word's vector tells the two clusters apart."""
        direction = self.ballot.directions[term]
        return auc(self._looked_at(cluster) @ direction, self._looked_at(other) @ direction) >= LEAST_AUC

    def suggestion(self, cluster: int, one: Candidate) -> Suggestion:
        """The candidate with its reasons."""
        members = self.scene.members[cluster]
        carriers = self.ballot.marks.carriers(one.term, members)
        around = [self._tally(other)[0][one.term] for other in self.scene.near[cluster]]
        whose = "of your list" if self.ballot.source == OWN else "that there are"
        why = (
            f"Of all words {whose}, “{one.name}” is among the nearest to {len(carriers):,} of {len(members):,} items "
            f"here ({len(carriers) / len(members):.0%}) and to {np.mean(around) if around else 0:.0%} in the nearest "
            "clusters."
        )
        rows = self.scene.inputs.rows[carriers]
        return Suggestion(one.name, one.score, one.margin, self.ballot.source, why, rows)

    def _tally(self, cluster: int) -> tuple[np.ndarray, np.ndarray]:
        if cluster not in self._tallies:
            self._tallies[cluster] = self.scene.tally(self.ballot.marks, cluster)
        return self._tallies[cluster]

    def _votes_around(self, cluster: int) -> np.ndarray:
        near = self.scene.near[cluster]
        if not len(near):
            return self.ballot.marks.totals / max(self.ballot.marks.carried.shape[0], 1)
        return np.mean([self._tally(other)[1] for other in near], axis=0)

    def _separations(self, cluster: int, terms: np.ndarray) -> list[float]:
        if not len(terms):
            return []
        directions = self.ballot.directions[terms].T
        inside = self._looked_at(cluster) @ directions
        around = [self._looked_at(other) for other in self.scene.near[cluster]]
        outside = np.concatenate(around) @ directions if around else np.zeros((0, len(terms)), np.float32)
        return [auc(inside[:, place], outside[:, place]) for place in range(len(terms))]

    def _looked_at(self, cluster: int) -> np.ndarray:
        """Centred vectors of at most 400 members, evenly spread over the rows."""
        if cluster not in self._seen:
            members = self.scene.members[cluster]
            chosen = members[np.linspace(0, len(members) - 1, min(len(members), _SAMPLE)).astype(np.int64)]
            self._seen[cluster] = self.scene.inputs.centred(chosen)
        return self._seen[cluster]
