"""What the beliefs change in the partition: labels for items that no person decided about, with their confidence."""

from __future__ import annotations

import numpy as np

from core.assist import confidence
from core.assist.beliefs import Beliefs, Evidence
from core.assist.known import Classes
from core.partition.edits import Spread
from core.partition.partition import UNDECIDED, Origin, Partition
from core.partition.rows import Rows

# A machine's word moves an item out of a cluster that a person named as a whole, or of one that she said most of its
# group belong to, only when it is much surer.
_AGAINST_A_PERSON = 0.5
# An item of no cluster is put into one from this probability on; below, the label is only a likely one.
_OUT_OF_UNDECIDED = 0.5
_STEP = 0.02
# Parts of equal size into which the verified items are divided by how probable their labels were; and how much more, or
# less, one of them may count than if they were a random sample.
_STRATA, _MOST = 3, 5.0


def calibration(beliefs: Beliefs, evidence: Evidence) -> confidence.Calibration | None:
    """From what was verified by itself, each item judged from the others; None before there is enough."""
    if beliefs.left_out.shape[1] < 2:
        return None
    judging = evidence.judges()
    right = (beliefs.left_out.argmax(axis=1) == evidence.classes)[judging]
    signals = beliefs.signals_left_out()[judging]
    if len(right) < confidence.FEWEST:
        return None
    others = np.ones(len(beliefs.probability), dtype=bool)
    others[evidence.positions] = False
    return confidence.fit(signals, right, stood_for(signals[:, 0], beliefs.probability[others].max(axis=1)))


def stood_for(verified: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(v,) float64: how much each verified item counts so that all together are as sure as the others are.

    Questions go to the doubtful, so their mean says too little of the rest (post-stratification: Holt and Smith 1979,
    doi:10.2307/2344652).

    Parameters
    ----------
    verified, others
        (v,) and (k,) float: how probable the likeliest class is.
    """
    edges = np.quantile(verified, np.linspace(0, 1, _STRATA + 1)[1:-1])
    of_verified, of_others = np.searchsorted(edges, verified), np.searchsorted(edges, others)
    share, wanted = (np.bincount(one, minlength=_STRATA) + 1.0 for one in (of_verified, of_others))
    weights = (wanted / wanted.sum()) / (share / share.sum())
    return np.clip(weights, 1 / _MOST, _MOST)[of_verified]


def spread(
    partition: Partition, found: Classes, rows: np.ndarray, beliefs: Beliefs, stated: confidence.Calibration | None
) -> list[Spread]:
    """Edits that bring labels and confidence of the undecided-about up to date; only what differs.

    Parameters
    ----------
    rows
        (m,) int64: the items that the beliefs are about.
    stated
        Turns signals into confidence; None = there is none yet.
    """
    open_items = ~(partition.confirmed[rows] | partition.aside[rows])
    best = beliefs.best()
    sure = np.full(len(rows), np.nan, np.float32) if stated is None else np.round(stated.of(beliefs.signals()) / _STEP)
    sure = sure if stated is None else (sure * _STEP).astype(np.float32)
    place = partition.cluster_of[rows]
    own = found.of_cluster[place]
    probability = beliefs.probability[np.arange(len(rows)), best]
    by_person = (own >= 0) & np.isin(partition.origin[rows], (Origin.MACHINE, Origin.GROUP))
    stays = (own == best) | (by_person & (probability < _AGAINST_A_PERSON))
    target = np.where(stays & (own >= 0), place, found.cluster_ids[best]).astype(np.int32)
    named = own >= 0
    now = np.where(named, place, partition.likely[rows])
    known = partition.confidence[rows]
    same = (target == now) & ((np.abs(sure - known) < _STEP / 2) | (np.isnan(sure) & np.isnan(known)))
    taken = open_items & (place == UNDECIDED) & (probability >= _OUT_OF_UNDECIDED)
    changes = open_items & ~taken & ~same
    edits = []
    if changes.any():
        edits.append(Spread(Rows(rows[changes]), target[changes], sure[changes], take=False))
    if taken.any():
        edits.append(Spread(Rows(rows[taken]), target[taken], sure[taken]))
    return edits
