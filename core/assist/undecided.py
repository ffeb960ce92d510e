"""What a threshold on the confidence would do, before it is done: who is accepted, who waits, how many are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.partition.edits import Spread
from core.partition.partition import UNDECIDED, Partition
from core.partition.rows import Rows
from core.partition.sentences import count


@dataclass(frozen=True, eq=False)
class Moves:
    """What would change at a threshold.

    Attributes
    ----------
    threshold
        Least confidence that a label is accepted with, 0–1.
    accept
        (a,) int64 rows that would enter the cluster proposed for them.
    release
        (r,) int64 rows that would leave their cluster and wait undecided.
    accepted, judged
        How many of the items whose label has a confidence would be in a cluster, and how many such items there are.
    wrong
        How many of the accepted ones are expected to be wrong.
    """

    threshold: float
    accept: np.ndarray
    release: np.ndarray
    accepted: int
    judged: int
    wrong: float

    @property
    def stated(self) -> float:
        """Expected share of right labels among the accepted ones; NaN when there are none."""
        return 1 - self.wrong / self.accepted if self.accepted else float("nan")

    def sentence(self) -> str:
        """“At 90 %: 8,121 of 10,000 accepted, about 1 in 50 of them wrong.”"""
        head = f"At {100 * self.threshold:.0f} %:"
        if not self.judged:
            return f"{head} nothing to accept, no label has a confidence yet."
        if not self.accepted:
            return f"{head} none of {count(self.judged)} accepted."
        return f"{head} {self.accepted:,} of {self.judged:,} accepted, {_how_wrong(self.wrong, self.accepted)}."

    def scope(self) -> str:
        """“120 items enter a cluster, 14 go back to undecided”, for the button's side."""
        parts = []
        if len(self.accept):
            parts.append(f"{count(len(self.accept))} {'enter' if len(self.accept) > 1 else 'enters'} a cluster")
        if len(self.release):
            parts.append(f"{count(len(self.release))} {'go' if len(self.release) > 1 else 'goes'} back to undecided")
        return ", ".join(parts) or "nothing moves"

    def edit(self, proposed: np.ndarray, confidence: np.ndarray) -> Spread | None:
        """The one edit that does it, with the arrays that the moves were computed from; None when nothing moves."""
        rows = np.concatenate([self.accept, self.release])
        if not len(rows):
            return None
        targets = np.concatenate([proposed[self.accept], np.full(len(self.release), UNDECIDED)]).astype(np.int32)
        order = np.argsort(rows, kind="stable")
        return Spread(Rows(rows[order]), targets[order], confidence[rows[order]].astype(np.float32))


def moves(partition: Partition, proposed: np.ndarray, confidence: np.ndarray, threshold: float) -> Moves:
    """What accepting every proposed label from `threshold` on, and no other, would change.

    What a person decided (confirmed, set aside, rejected) does not move and is not counted, and neither is a label
    without a confidence: nobody knows what a threshold means for it.

    Parameters
    ----------
    proposed
        (n,) int32 cluster id for each row, `UNDECIDED` where there is no proposal.
    confidence
        (n,) float32 probability that the proposal is right; NaN = absent.
    """
    judged = undecided_by_person(partition, proposed) & np.isfinite(confidence)
    good = judged & (confidence >= threshold)
    return Moves(
        threshold=float(threshold),
        accept=np.flatnonzero(good & (partition.cluster_of != proposed)),
        release=np.flatnonzero(judged & ~good & (partition.cluster_of != UNDECIDED)),
        accepted=int(good.sum()),
        judged=int(judged.sum()),
        wrong=float((1 - confidence[good].astype(np.float64)).sum()),
    )


def likely_labels(partition: Partition) -> np.ndarray:
    """(n,) int32: the cluster that each item's confidence speaks of: its likely one, else the one it is in."""
    return np.where(partition.likely == UNDECIDED, partition.cluster_of, partition.likely)


def undecided_by_person(partition: Partition, proposed: np.ndarray) -> np.ndarray:
    """(n,) bool: a machine may place the item as proposed; no person has said otherwise."""
    known = np.zeros(partition.next_id + 1, dtype=bool)
    known[list(partition.clusters)] = True
    inside = (proposed > 0) & (proposed < partition.next_id)
    free = inside & known[np.where(inside, proposed, 0)] & ~partition.confirmed & ~partition.aside
    pairs = partition.rejected()
    if len(pairs):
        refused = pairs[:, 0][proposed[pairs[:, 0]] == pairs[:, 1]]
        free[refused] = False
    return free


def threshold_for(confidence: np.ndarray, target: float = 0.98) -> float | None:
    """The lowest threshold at which the accepted labels are expected to be right in at least `target` of cases.

    Parameters
    ----------
    confidence
        (m,) float32; NaN is left out.

    Returns
    -------
    float or None
        A value of `confidence`; None when not even the surest labels are that good.
    """
    known = np.sort(confidence[np.isfinite(confidence)].astype(np.float64))[::-1]
    if not len(known) or known[0] < target:
        return None
    right = np.cumsum(known) / np.arange(1, len(known) + 1)
    # The mean falls along the order, and equal values are accepted together.
    last = int(np.flatnonzero(right >= target - 1e-12)[-1])
    while last >= 0 and last + 1 < len(known) and known[last + 1] == known[last]:
        last -= 1
    return float(known[last]) if last >= 0 else None


def _how_wrong(wrong: float, accepted: int) -> str:
    if wrong < 0.5:
        return "probably none of them wrong"
    share = accepted / wrong
    if share >= 3:
        return f"about 1 in {_round(share):,} of them wrong"
    return f"about {100 / share:.0f} % of them wrong"


def _round(value: float) -> int:
    """To two digits: more would pretend to know."""
    step = 10 ** max(0, len(str(int(value))) - 2)
    return int(round(value / step) * step)
