"""The orders in which a page can show the items of a scope."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.browse import Scope
from core.errors import BadInput
from core.explanation import Middles
from core.partition.partition import UNDECIDED, Partition
from core.pipeline import Structure
from core.structure import tour
from core.structure.long_tour import long_tour

GIVEN, TYPICAL, BORDER, UNSURE, LIKE, WALK = "", "typical", "border", "unsure", "like", "walk"
TITLES = {
    GIVEN: "As found",
    TYPICAL: "Most typical first",
    BORDER: "At the border first",
    UNSURE: "Least sure first",
    LIKE: "Most like the selection",
    WALK: "Walk along likeness",
}
_BLOCK = 65_536
_LONG = 50_000  # items from which on a walk goes part by part: as good, and quicker


def possible(scope: Scope, partition: Partition, found: Structure, chosen: int) -> list[str]:
    """Keys of `TITLES` that make sense for a scope; `chosen` = how many items there are to compare with."""
    if not found.has("features"):
        return [GIVEN]
    offered = [GIVEN, TYPICAL]
    offered += [BORDER] if len(partition.clusters) > 1 else []
    offered += [UNSURE] if np.isfinite(partition.confidence).any() else []
    offered += [LIKE] if chosen else []
    short = len(scope) <= tour.MOST or found.has("tree")
    return [*offered, WALK] if found.has("graph") and len(scope) > 2 and short else offered


def arranged(
    scope: Scope, order: str, partition: Partition, found: Structure, middles: Middles, chosen: np.ndarray
) -> Scope:
    """The same items in another order; those that it says nothing about come last, as they were.

    Parameters
    ----------
    order
        A key of `TITLES`. TYPICAL: the greater the cosine to the middle of an item's own cluster, the sooner; the
        undecided are compared with their own middle. BORDER: the less this exceeds the cosine to the nearest other
        middle, the sooner. UNSURE: by confidence. LIKE: by cosine to the middle of `chosen`. WALK: neighbours are
        alike.
    middles
        Of all clusters, from `core.explanation.middles`.
    chosen
        (c,) rows to compare with; only LIKE reads them.

    Raises
    ------
    BadInput
        For another order, or a walk through more than `tour.MOST` items without a tree.
    """
    if order == GIVEN:
        return scope
    if order not in TITLES:
        raise BadInput(f"There is no order “{order}”.", next_step=f"Choose {', '.join(key for key in TITLES if key)}.")
    if order == WALK:
        return _walk(scope, found)
    if order == UNSURE:
        known = scope.rows < len(partition)
        scores = np.where(known, partition.confidence[np.where(known, scope.rows, 0)], np.nan)
    else:
        scores = _scores(scope.rows, order, found, middles, chosen)
    falling = order in (TYPICAL, LIKE)
    ranked = np.argsort(np.where(np.isnan(scores), np.inf, -scores if falling else scores), kind="stable")
    return replace(scope, rows=scope.rows[ranked], scores=scores[ranked].astype(np.float32))


def _walk(scope: Scope, found: Structure) -> Scope:
    treeless = not found.has("tree")
    if treeless and len(scope) > tour.MOST:
        what = f"A walk goes through at most {tour.MOST:,} items before the groups are found; these are {len(scope):,}."
        raise BadInput(what, "It would take minutes.", "Find the groups first, or choose a part.")
    positions = found.positions(scope.rows)
    there = positions[positions >= 0]
    if treeless or len(there) <= _LONG:
        order = tour.tour(found.features, found.graph, there)
    else:
        order = long_tour(found.features, found.graph, there, np.asarray(found.tree.micro))
    rows = np.concatenate([scope.rows[positions >= 0][order], scope.rows[positions < 0]])
    return replace(scope, rows=rows, scores=None)


def _scores(rows: np.ndarray, order: str, found: Structure, middles: Middles, chosen: np.ndarray) -> np.ndarray:
    """(k,) float64: typicality, margin or likeness of each item; NaN for one without a vector."""
    positions = found.positions(rows)
    scores = np.full(len(rows), np.nan)
    here = np.flatnonzero(positions >= 0)
    ids = np.array(sorted(middles.of), dtype=np.int64)
    centres = np.stack([middles.of[one] for one in ids.tolist()]) if len(ids) else np.zeros((0, 1), np.float32)
    if order == LIKE:
        with_vector = found.positions(chosen)
        wanted = _middle(found.features, with_vector[with_vector >= 0])
    elif order == TYPICAL:
        loose = positions[here][middles.labels[positions[here]] == UNDECIDED]
        nowhere = _middle(found.features, loose)
    for begin in range(0, len(here), _BLOCK):
        part = here[begin : begin + _BLOCK]
        seen = np.asarray(found.features[positions[part]], dtype=np.float32)
        if order == LIKE:
            scores[part] = seen @ wanted
            continue
        labels = middles.labels[positions[part]]
        place = np.searchsorted(ids, labels)
        own = (place < len(ids)) & (ids[np.minimum(place, len(ids) - 1)] == labels) if len(ids) else labels < 0
        if order == TYPICAL:
            scores[part[own]] = np.einsum("kd,kd->k", seen[own], centres[place[own]])
            scores[part[~own]] = seen[~own] @ nowhere
        else:
            scores[part] = _margin(seen @ centres.T, place, own)
    return scores


def _margin(alike: np.ndarray, place: np.ndarray, own: np.ndarray) -> np.ndarray:
    """By how much each row of (k, c) cosines is nearer to its own middle, or the best one, than to the next."""
    if alike.shape[1] < 2:
        return np.full(len(alike), np.nan)
    mine = np.where(own, place, alike.argmax(axis=1))
    rows = np.arange(len(alike))
    near = alike[rows, mine]
    alike[rows, mine] = -np.inf
    return near - alike.max(axis=1)


def _middle(features: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """(d,) float32: the direction of the mean of some items; zero for none."""
    total = np.zeros(features.shape[1], dtype=np.float64)
    for begin in range(0, len(positions), _BLOCK):
        total += np.asarray(features[positions[begin : begin + _BLOCK]], dtype=np.float32).sum(axis=0)
    length = float(np.linalg.norm(total))
    return (total / length if length else total).astype(np.float32)
