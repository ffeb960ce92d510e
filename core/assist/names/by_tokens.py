"""Names by what came with the files: offered only where they hold for most of a cluster, else shown as a reason."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core import safe
from core.assist.names.assign import Candidate
from core.assist.names.inputs import Scene
from core.assist.names.marks import chance, false_discovery, log_odds
from core.assist.names.separation import auc_of_shares
from core.assist.names.suggestion import Suggestion

LEAST_SHARE = 0.6
LEAST_LIFT = 3.0
DISCOVERY = 0.01  # share of false finds
_LEAST_ITEMS = 3
_DESCRIBING_LIFT = 1.5


@dataclass(eq=False)
class ByTokens:
    """Names by folders, file names and columns for the clusters of a scene."""

    scene: Scene
    _tallies: dict[int, np.ndarray] = field(default_factory=dict)

    def wanted(self, cluster: int) -> list[Candidate]:
        """The tokens that ≥ 60 % of the members carry and that are ≥ 3 times as frequent as elsewhere."""
        return [one for one, share, lift in self._found(cluster, True) if share >= LEAST_SHARE and lift >= LEAST_LIFT]

    def describing(self, cluster: int) -> list[Candidate]:
        """All tokens that are more frequent here than elsewhere and not by chance, the most telling first."""
        return [one for one, _, lift in self._found(cluster, False) if lift >= _DESCRIBING_LIFT]

    def apart(self, cluster: int, other: int, term: int) -> bool:
        """Whether the token is in the first cluster and hardly in the other."""
        return bool(self._share(cluster, term) >= LEAST_LIFT * self._share(other, term))

    def suggestion(self, cluster: int, one: Candidate) -> Suggestion:
        """The candidate with its reasons."""
        tokens, members = self.scene.inputs.tokens, self.scene.members[cluster]
        carriers = tokens.marks.carriers(one.term, members)
        outside = int(tokens.marks.totals[one.term]) - len(carriers)
        others = len(self.scene.inputs.rows) - len(members)
        why = (
            f"{len(carriers):,} of {len(members):,} items here ({len(carriers) / len(members):.0%}): "
            f"{safe.plain(tokens.titles[one.term], 120)}; {outside / max(others, 1):.0%} of all others."
        )
        rows = self.scene.inputs.rows[carriers]
        return Suggestion(one.name, one.score, one.margin, tokens.sources[one.term], why, rows)

    def _found(self, cluster: int, as_names: bool) -> list[tuple[Candidate, float, float]]:
        tokens, size = self.scene.inputs.tokens, len(self.scene.members[cluster])
        marks, everything = tokens.marks, len(self.scene.inputs.rows)
        if not size or not marks.terms or size == everything:
            return []
        counts, _ = marks.of(self.scene.members[cluster])
        usable = counts >= _LEAST_ITEMS
        some = np.flatnonzero(usable & tokens.nameable if as_names else usable)
        tested = int((tokens.nameable if as_names else np.ones(len(counts), bool)).sum())
        unlikely = false_discovery(chance(counts[some], size, marks.totals[some], everything), tested)
        some = some[unlikely <= DISCOVERY]
        inside, outside = counts[some], marks.totals[some] - counts[some]
        shares, elsewhere = inside / size, outside / (everything - size)
        lifts = shares / np.maximum(elsewhere, 0.5 / (everything - size))
        odds = log_odds(inside, size, outside, everything - size, marks.totals[some] / everything)
        return [
            (self._candidate(cluster, int(some[place]), float(odds[place])), float(shares[place]), float(lifts[place]))
            for place in np.argsort(-odds, kind="stable")
        ]

    def _candidate(self, cluster: int, term: int, rank: float) -> Candidate:
        near = self.scene.near[cluster]
        share = self._share(cluster, term)
        sizes = [len(self.scene.members[one]) for one in near]
        others = float(np.average([self._share(one, term) for one in near], weights=sizes)) if len(near) else 0.0
        name = safe.name(self.scene.inputs.tokens.marks.terms[term])
        return Candidate(term, name, rank, share - others, auc_of_shares(share, others))

    def _share(self, cluster: int, term: int) -> float:
        if cluster not in self._tallies:
            self._tallies[cluster] = self.scene.tally(self.scene.inputs.tokens.marks, cluster)[0]
        return float(self._tallies[cluster][term])
