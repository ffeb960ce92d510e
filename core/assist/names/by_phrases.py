"""Names by the words of the texts: class-based TF-IDF with log-odds against the nearest clusters, checked by vectors.

Class-based TF-IDF (Grootendorst 2022, arXiv:2203.05794) with shares of texts in place of counts, so that one text that
repeats itself does not name its cluster, and with the rarity squared, because “return” in half of the texts says less
than “spline” in a quarter. A phrase's vector is the mean of the texts that hold it: that needs no
model, so it works for every encoder and language.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core import safe
from core.assist.names import ngrams
from core.assist.names.assign import Candidate
from core.assist.names.inputs import Scene
from core.assist.names.marks import chance, log_odds
from core.assist.names.separation import auc_of_shares
from core.assist.names.suggestion import CAPTION, TEXTS, Suggestion

LEAST_SHARE = 0.12  # of the members must hold a phrase
LEAST_MARGIN = 0.08
LEAST_ITEMS = 3
CHANCE = 0.01
# Captions describe pictures from outside, like folders do, and must hold for most of them.
CAPTION_SHARE, CAPTION_LIFT = 0.6, 3.0
_TRIED = 24
_CARRIERS = 500  # texts whose mean stands for a phrase
_SAME = 0.6  # a phrase that holds this much of what its part holds is the better name


@dataclass(eq=False)
class ByPhrases:
    """The phrases' names for the clusters of a scene; remembers the tallies of one call."""

    scene: Scene
    _tallies: dict[int, np.ndarray] = field(default_factory=dict)

    def wanted(self, cluster: int) -> list[Candidate]:
        """The phrases that this cluster holds more than its neighbours, and not by chance."""
        marks, size = self.scene.inputs.phrases, len(self.scene.members[cluster])
        if not size or not marks.terms:
            return []
        shares, around = self._shares(cluster), self._around(cluster)
        everywhere = marks.totals / max(marks.carried.shape[0], 1)
        margins = shares - around
        least = np.full(len(shares), LEAST_SHARE)
        if self._source(cluster) == CAPTION:
            elsewhere = self._elsewhere(cluster, shares)
            least = np.maximum(CAPTION_SHARE, np.minimum(CAPTION_LIFT * elsewhere, 1.01))
        counts = np.rint(shares * size).astype(np.int64)
        some = np.flatnonzero((shares >= least) & (margins >= LEAST_MARGIN) & (counts >= LEAST_ITEMS))
        unlikely = chance(counts[some], size, marks.totals[some], marks.carried.shape[0])
        some = some[unlikely * len(marks.terms) <= CHANCE]
        others = sum(len(self.scene.members[other]) for other in self.scene.near[cluster])
        odds = log_odds(counts[some], size, around[some] * others, others, everywhere[some])
        rarity = np.log(np.maximum(shares[some] / everywhere[some], 1.0))
        weight = shares[some] * rarity**2 * np.sqrt(np.maximum(odds, 0))
        best = np.argsort(-weight, kind="stable")[:_TRIED]
        near = self._nearness(cluster, some[best])
        ranked = [
            Candidate(
                int(term),
                marks.terms[term],
                float(weight[place] * close),
                float(margins[term]),
                auc_of_shares(float(shares[term]), float(around[term])),
            )
            for term, place, close in zip(some[best], best, near, strict=True)
        ]
        return self._whole(sorted(ranked, key=lambda one: -one.rank), shares)

    def apart(self, cluster: int, other: int, term: int) -> bool:
        """Whether the phrase is clearly more frequent in the first cluster."""
        return bool(self._shares(cluster)[term] - self._shares(other)[term] >= LEAST_MARGIN)

    def suggestion(self, cluster: int, one: Candidate) -> Suggestion:
        """The candidate as it is written, with its reasons."""
        inputs, members = self.scene.inputs, self.scene.members[cluster]
        carriers = inputs.phrases.carriers(one.term, members)
        name = safe.name(ngrams.as_written(one.name, [inputs.texts[place] for place in carriers[:50]]))
        source = self._source(cluster)
        what = "captions" if source == CAPTION else "texts"
        why = (
            f"{len(carriers):,} of {len(members):,} {what} here ({len(carriers) / len(members):.0%}) hold “{name}”, "
            f"and {self._around(cluster)[one.term]:.0%} of those in the nearest clusters."
        )
        return Suggestion(name, one.score, one.margin, source, why, inputs.rows[carriers])

    def _source(self, cluster: int) -> str:
        return TEXTS if self.scene.inputs.modality[self.scene.members[cluster]].mean() >= 0.5 else CAPTION

    def _shares(self, cluster: int) -> np.ndarray:
        if cluster not in self._tallies:
            self._tallies[cluster] = self.scene.tally(self.scene.inputs.phrases, cluster)[0]
        return self._tallies[cluster]

    def _around(self, cluster: int) -> np.ndarray:
        near = self.scene.near[cluster]
        if not len(near):
            marks = self.scene.inputs.phrases
            return marks.totals / max(marks.carried.shape[0], 1)
        sizes = np.array([len(self.scene.members[other]) for other in near], np.float64)
        return np.average([self._shares(other) for other in near], axis=0, weights=sizes)

    def _elsewhere(self, cluster: int, shares: np.ndarray) -> np.ndarray:
        marks, size = self.scene.inputs.phrases, len(self.scene.members[cluster])
        return (marks.totals - shares * size) / max(marks.carried.shape[0] - size, 1)

    def _nearness(self, cluster: int, terms: np.ndarray) -> np.ndarray:
        """(k,) in [0, 1]: how near the texts that hold each phrase lie to the cluster's centre."""
        inputs, centre = self.scene.inputs, self.scene.centres[cluster]
        found = np.zeros(len(terms))
        for place, term in enumerate(terms):
            mean = inputs.features[inputs.phrases.carriers(int(term))[:_CARRIERS]].mean(axis=0)
            length = float(np.linalg.norm(mean))
            found[place] = float(mean @ centre) / length if length > 0 else 0.0
        return np.clip(found, 0.0, 1.0)

    def _whole(self, ranked: list[Candidate], shares: np.ndarray) -> list[Candidate]:
        """Of a phrase and its parts only one: the longer where it is held nearly as often, else the better ranked."""
        kept: list[Candidate] = []
        for one in ranked:
            related = [place for place, other in enumerate(kept) if ngrams.related(one.name, other.name)]
            if not related:
                kept.append(one)
                continue
            first = kept[related[0]]
            longer = len(one.name) > len(first.name)
            if len(related) == 1 and longer and shares[one.term] >= _SAME * shares[first.term]:
                kept[related[0]] = Candidate(one.term, one.name, first.rank, one.margin, one.score)
        return kept
