"""Which items a page shows, in which order, and what they are called together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from core import safe, search
from core.assist.typicality import typical_first, typicality
from core.errors import BadInput
from core.items.table import OWN, Items
from core.partition.partition import UNDECIDED, Partition
from core.pipeline import Structure

if TYPE_CHECKING:
    from core.encoders.base import Encoder

_QUOTES = '"“”„«»'
_MOST_HITS = 500
MANY_VALUES = 50  # a column with more different values is no use as a list to choose from


@dataclass(frozen=True)
class Scope:
    """An ordered set of items with a title.

    Attributes
    ----------
    rows
        (k,) int64, in the order of display.
    title
        What these items are, without their number.
    kind
        "all", "cluster", "undecided", "search", "alike", "lasso" or "selection".
    scores
        (k,) float32 that put them in this order; None when nothing did.
    words
        Typed words, to be marked in texts.
    """

    rows: np.ndarray
    title: str
    kind: str
    scores: np.ndarray | None = field(default=None, repr=False)
    words: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Filter:
    """Items whose column holds one of `values`, or lies between `low` and `high` (both included)."""

    column: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Facet:
    """What a person can filter a column by.

    Attributes
    ----------
    values
        Different values with their numbers, most frequent first; empty for a column of numbers or of too many values.
    low, high
        Range of a column of numbers, else None.
    """

    column: str
    values: tuple[tuple[str, int], ...] = ()
    low: float | None = None
    high: float | None = None


def everything(items: Items) -> Scope:
    """All items, in the order of import."""
    return Scope(items.rows, "All items", "all")


def of_cluster(partition: Partition, found: Structure, cluster_id: int) -> Scope:
    """The members of a cluster, most typical first. Raises `BadInput` for a cluster that is gone."""
    if cluster_id == UNDECIDED:
        return Scope(partition.undecided(), "Undecided", "undecided")
    if cluster_id not in partition.clusters:
        what = f"Cluster {cluster_id} is not there any more."
        raise BadInput(what, "It was merged or undone.", "Choose another one.")
    members = partition.members(cluster_id)
    title = partition.clusters[cluster_id].name or f"Cluster {cluster_id}"
    if not found.has("features"):
        return Scope(members, title, "cluster")
    positions = found.positions(members)
    order = typical_first(found.features, positions)
    return Scope(members[order], title, "cluster", typicality(found.features, positions)[order])


def of_rows(rows: np.ndarray, title: str, kind: str) -> Scope:
    """A set that a person drew or picked, in the order of import."""
    return Scope(np.unique(np.asarray(rows, dtype=np.int64)), title, kind)


def inverted(rows: np.ndarray, every: np.ndarray) -> np.ndarray:
    """(n − k,) int64, ascending: those of `every` (n,) ascending rows that are not among (k,) `rows`."""
    others = np.ones(int(every[-1]) + 1 if len(every) else 0, dtype=bool)
    others[rows[rows < len(others)]] = False
    return every[others[every]]


def clusters_of(partition: Partition, rows: np.ndarray) -> list[int]:
    """Ids of the clusters that these items are in, ascending; without the undecided."""
    held = np.bincount(partition.cluster_of[rows], minlength=partition.next_id)
    return [int(one) for one in np.flatnonzero(held) if one != UNDECIDED]


def whole_clusters(partition: Partition, rows: np.ndarray) -> np.ndarray:
    """(k,) int64, ascending: these items, and every member of every cluster that one of them is in."""
    wanted = np.zeros(partition.next_id, dtype=bool)
    wanted[clusters_of(partition, rows)] = True
    chosen = wanted[partition.cluster_of]
    chosen[rows] = True
    return np.flatnonzero(chosen)


def grown(found: Structure, rows: np.ndarray) -> np.ndarray:
    """(k,) int64, ascending: these items and the nearest neighbours of each. Raises `NotFound` without a graph."""
    positions = found.positions(np.asarray(rows, dtype=np.int64))
    near = np.asarray(found.graph.neighbours[positions[positions >= 0]])
    return np.union1d(rows, found.rows[np.unique(near)]).astype(np.int64)


def searched(query: str, items: Items, found: Structure, encoder: Callable[[], Encoder]) -> Scope:
    """What answers to typed words, best first: in "quotes" literally, else by meaning.

    Parameters
    ----------
    encoder
        Loads the encoder of the collection; not called for a literal search.

    Raises
    ------
    BadInput, NotAvailable
        When there is nothing to search for, or the encoder cannot read words.
    """
    wanted = search.checked(query)
    if is_literal(wanted):
        letters = wanted[1:-1]
        rows = search.by_letters(letters, items)
        return Scope(rows, f"Contains {wanted}", "search", words=(letters,))
    hits = search.by_text(wanted, encoder(), found.vectors, found.rows, _MOST_HITS, found.modality)
    return Scope(hits.rows, f"Like “{wanted}”", "search", hits.scores, words=tuple(wanted.split()))


def is_literal(query: str) -> bool:
    """Whether a query stands in quotes."""
    wanted = query.strip()
    return len(wanted) > 2 and wanted[0] in _QUOTES and wanted[-1] in _QUOTES


def alike(row: int, items: Items, found: Structure) -> Scope:
    """What is nearest to an item, itself first. Raises `NotFound` when it has no vector."""
    hits = search.by_item(row, found.vectors, found.rows, _MOST_HITS, found.modality)
    rows = np.concatenate([[row], hits.rows]).astype(np.int64)
    scores = np.concatenate([[1.0], hits.scores]).astype(np.float32)
    return Scope(rows, f"Like {safe.plain(items.some('item_id', [row])[0], 60)}", "alike", scores)


def facets(items: Items) -> list[Facet]:
    """What the user's own columns can be filtered by."""
    found = []
    for column in items.columns:
        if items.is_number(column):
            values = items.column(column)
            known = values[np.isfinite(values.astype(np.float64))]
            if len(known) and known.min() < known.max():
                found.append(Facet(column, low=float(known.min()), high=float(known.max())))
            continue
        different, place_of = categories(items, column)
        counts = np.bincount(place_of[items.rows], minlength=len(different))
        if 1 < np.count_nonzero(counts) <= MANY_VALUES:
            order = [place for place in np.argsort(-counts, kind="stable") if counts[place]]
            found.append(Facet(column, tuple((different[place], int(counts[place])) for place in order)))
    return found


def categories(items: Items, column: str) -> tuple[list[str], np.ndarray]:
    """A column as the pages write it: its different values in alphabetical order, and (n,) the place of each item's."""
    import pyarrow as pa

    stored = items.table.column(OWN + column)
    if pa.types.is_string(stored.type) or pa.types.is_large_string(stored.type):
        # Counted where they are: a million strings as objects would take a second and 80 MB.
        coded = stored.fill_null("").combine_chunks().dictionary_encode()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        values, place_of = coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)
    else:
        words = np.array([shown(value) for value in items.column(column)], dtype=object)
        found, place_of = np.unique(words, return_inverse=True)
        values = [str(value) for value in found]
    order = np.argsort(np.array(values, dtype=object), kind="stable")
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    return [values[place] for place in order], rank[place_of]


def filtered(scope: Scope, items: Items, filters: Sequence[Filter]) -> Scope:
    """The part of a scope that passes all filters, in the same order."""
    keep = np.ones(len(scope), dtype=bool)
    for chosen in filters:
        if chosen.values:
            different, place_of = categories(items, chosen.column)
            wanted = np.array([value in chosen.values for value in different], dtype=bool)
            keep &= wanted[place_of[scope.rows]]
        else:
            numbers = items.column(chosen.column)[scope.rows].astype(np.float64)
            keep &= (numbers >= (-np.inf if chosen.low is None else chosen.low)) & (
                numbers <= (np.inf if chosen.high is None else chosen.high)
            )
    if keep.all():
        return scope
    scores = None if scope.scores is None else scope.scores[keep]
    return replace(scope, rows=scope.rows[keep], scores=scores)


def shown(value: object) -> str:
    """A column's value as the pages write it."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(value)


def progress(partition: Partition) -> Mapping[str, int]:
    """How far the work is: items, settled (confirmed, or in a named cluster), undecided, clusters, named."""
    return {
        "items": partition.n_items,
        "settled": int(partition.settled().sum()),
        "undecided": len(partition.undecided()),
        "aside": int(partition.aside.sum()),
        "clusters": len(partition.clusters),
        "named": sum(bool(cluster.name) for cluster in partition.clusters.values()),
    }
