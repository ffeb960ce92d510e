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


def calibration(beliefs: Beliefs, evidence: Evidence) -> confidence.Calibration | None:
    """From what was verified by itself, each item judged from the others; None before there is enough."""
    if beliefs.left_out.shape[1] < 2:
        return None
    judging = evidence.judges()
    right = beliefs.left_out.argmax(axis=1) == evidence.classes
    return confidence.fit(beliefs.left_out[judging].max(axis=1), right[judging])


def spread(
    partition: Partition, found: Classes, rows: np.ndarray, beliefs: Beliefs, stated: confidence.Calibration | None
) -> list[Spread]:
    """Edits that bring labels and confidence of the undecided-about up to date; only what differs.

    Parameters
    ----------
    rows
        (m,) int64: the items that the beliefs are about.
    stated
        Turns probability into confidence; None = there is none yet.
    """
    open_items = ~(partition.confirmed[rows] | partition.aside[rows])
    best = beliefs.best()
    probability = beliefs.probability[np.arange(len(rows)), best]
    sure = np.full(len(rows), np.nan, np.float32)
    if stated is not None:
        sure = (np.round(stated.of(probability) / _STEP) * _STEP).astype(np.float32)
    place = partition.cluster_of[rows]
    own = found.of_cluster[place]
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
