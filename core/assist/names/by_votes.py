"""Names by what the pictures look like, or by what the texts mean: the words that members and their centre vote for.

Members vote for what each of them is (mouse, tiger, hamster); the centre, in which that averages out, for what they
have in common (mammal). Either vote counts only as far as the nearest clusters do not cast it too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core import safe
from core.assist.names.assign import Candidate
from core.assist.names.inputs import Ballot, Scene
from core.assist.names.marks import chance
from core.assist.names.separation import auc
from core.assist.names.suggestion import OWN, Suggestion
from core.assist.names.votes import unit_rows, vote_of

LEAST_SHARE = 0.3  # of the members must be among the items nearest to a name
LEAST_MARGIN = 0.05  # of both votes' mean, above that of the nearest clusters
LEAST_AUC = 0.8
CHANCE = 0.01  # that any of all words would be found so often in as many items drawn at random
_NEAREST = 0.02  # share of the collection that is near a word, where the cluster is smaller than that
_TRIED = 16
_SAMPLE = 400


@dataclass(eq=False)
class ByVotes:
    """One vocabulary's names for the clusters of a scene; remembers the votes of one call."""

    scene: Scene
    ballot: Ballot
    _votes: dict[int, np.ndarray] = field(default_factory=dict)
    _seen: dict[int, np.ndarray] = field(default_factory=dict)

    def wanted(self, cluster: int) -> list[Candidate]:
        """The words that stand for this cluster more than for its neighbours, and not by chance."""
        size = len(self.scene.members[cluster])
        if not size or not self.ballot.vocabulary.terms:
            return []
        margins = self._vote(cluster) - self._around(cluster)
        some = np.flatnonzero(margins >= LEAST_MARGIN)
        some = some[np.argsort(-margins[some], kind="stable")][:_TRIED]
        seen, directions = self._looked_at(cluster), self.ballot.directions[some].T
        near = seen @ directions >= self._thresholds(some, size)
        counts, everything = near.sum(axis=0), len(self.scene.inputs.rows)
        total = np.full(len(some), round(self._reach(size) * everything))
        unlikely = chance(counts, len(seen), total, everything) * len(self.ballot.vocabulary.terms)
        kept = (counts >= LEAST_SHARE * len(seen)) & (unlikely <= CHANCE)
        some, scores = some[kept], self._separations(cluster, (seen @ directions)[:, kept], directions[:, kept])
        return [
            Candidate(int(term), safe.name(self.ballot.vocabulary.terms[term]), margin, margin, score)
            for term, margin, score in zip(some, margins[some].tolist(), scores, strict=True)
            if score >= LEAST_AUC
        ]

    def apart(self, cluster: int, other: int, term: int) -> bool:
        """Whether the word's vector tells the two clusters apart."""
        direction = self.ballot.directions[term]
        return auc(self._looked_at(cluster) @ direction, self._looked_at(other) @ direction) >= LEAST_AUC

    def suggestion(self, cluster: int, one: Candidate) -> Suggestion:
        """The candidate with its reasons."""
        inputs, members = self.scene.inputs, self.scene.members[cluster]
        near = inputs.centred(members) @ self.ballot.directions[one.term] >= self._thresholds([one.term], len(members))
        carriers = members[near]
        own = " of your list" if self.ballot.source == OWN else ""
        share, reach = len(carriers) / len(members), self._reach(len(members))
        why = (
            f"It fits these items best of the {len(self.ballot.vocabulary.terms):,} words{own}, beside the nearest "
            f"clusters: {len(carriers):,} of {len(members):,} items here ({share:.0%}) are among the {reach:.0%} of "
            "all that are nearest to it."
        )
        return Suggestion(one.name, one.score, one.margin, self.ballot.source, why, inputs.rows[carriers])

    def _vote(self, cluster: int) -> np.ndarray:
        """(v,) the mean of what the members and what their centre would give to each word."""
        if cluster not in self._votes:
            if not len(self.scene.members[cluster]):
                return np.zeros(len(self.ballot.vocabulary.terms))
            centre = unit_rows(self._looked_at(cluster).mean(axis=0))[0]
            members = self.scene.tally(self.ballot.marks, cluster)[1]
            self._votes[cluster] = (members + vote_of(centre, self.ballot.directions)) / 2
        return self._votes[cluster]

    def _around(self, cluster: int) -> np.ndarray:
        near = self.scene.near[cluster]
        return np.mean([self._vote(other) for other in near], axis=0) if len(near) else self._vote(cluster)

    def _reach(self, size: int) -> float:
        """Share of the collection that counts as near a word: as much as the cluster holds, but not too little."""
        return min(max(_NEAREST, size / max(len(self.scene.inputs.rows), 1)), 0.5)

    def _thresholds(self, terms: np.ndarray | list[int], size: int) -> np.ndarray:
        """(k,) cosines from which on an item counts as near each word."""
        usual = self.ballot.directions[terms] @ self.scene.inputs.sample.T
        place = min(int((1 - self._reach(size)) * usual.shape[1]), usual.shape[1] - 1)
        return np.partition(usual, place, axis=1)[:, place]

    def _separations(self, cluster: int, inside: np.ndarray, directions: np.ndarray) -> list[float]:
        around = [self._looked_at(other) for other in self.scene.near[cluster]]
        outside = np.concatenate(around) @ directions if around else np.zeros((0, inside.shape[1]), np.float32)
        return [auc(inside[:, place], outside[:, place]) for place in range(inside.shape[1])]

    def _looked_at(self, cluster: int) -> np.ndarray:
        """Centred vectors of at most 400 members, evenly spread over the rows."""
        if cluster not in self._seen:
            members = self.scene.members[cluster]
            chosen = members[np.linspace(0, len(members) - 1, min(len(members), _SAMPLE)).astype(np.int64)]
            self._seen[cluster] = self.scene.inputs.centred(chosen)
        return self._seen[cluster]
