"""What the colour of a point on the map says: its cluster, a column, or where its label comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.browse import categories
from core.items.table import Items
from core.partition.partition import ORIGIN_NAMES, PALETTE_SIZE, Origin, Partition

CLUSTER, ORIGIN = "cluster", "origin"
OTHER = PALETTE_SIZE - 1  # the colour that the values beyond the most frequent ones share
GREY = -1


@dataclass(frozen=True)
class Colouring:
    """A colour for every item.

    Attributes
    ----------
    codes
        (n,) int16: index into the palette, `GREY` = undecided or no value.
    legend
        (code, what it stands for, how many items), most items first; empty for clusters, whose list is the legend.
    steps
        For a column of numbers: the bounds between its colours, else empty. Codes then run along the sequential scale.
    """

    codes: np.ndarray
    legend: tuple[tuple[int, str, int], ...] = ()
    steps: tuple[float, ...] = ()


def by_cluster(partition: Partition) -> Colouring:
    """Each cluster in its own colour, as long as there are colours."""
    table = np.full(partition.next_id, GREY, dtype=np.int16)
    for cluster in partition.clusters.values():
        table[cluster.id] = cluster.colour % PALETTE_SIZE
    return Colouring(table[partition.cluster_of])


def by_origin(partition: Partition) -> Colouring:
    """Where the label comes from."""
    origins = partition.origins().astype(np.int16)
    codes = np.where(origins == Origin.NONE, GREY, origins - 1).astype(np.int16)
    counts = np.bincount(origins, minlength=len(Origin))
    present = [origin for origin in Origin if origin != Origin.NONE and counts[origin]]
    legend = [(int(origin) - 1, ORIGIN_NAMES[origin], int(counts[origin])) for origin in present]
    return Colouring(codes, tuple(sorted(legend, key=lambda entry: -entry[2])))


def by_column(items: Items, column: str) -> Colouring:
    """The user's own column: numbers along a scale of five equal shares, other values by frequency."""
    if items.is_number(column):
        return _by_number(items.column(column).astype(np.float64))
    different, place_of = categories(items, column)
    counts = np.bincount(place_of, minlength=len(different))
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(different), dtype=np.int16)
    rank[order] = np.minimum(np.arange(len(different)), OTHER)
    rank[[place for place, value in enumerate(different) if value == ""]] = GREY
    codes = rank[place_of]
    named = [place for place in order if different[place] != "" and rank[place] < OTHER]
    legend = [(int(rank[place]), different[place], int(counts[place])) for place in named]
    others = int((codes == OTHER).sum())
    return Colouring(codes, (*legend, *([(OTHER, "others", others)] if others else [])))


def _by_number(values: np.ndarray) -> Colouring:
    known = np.isfinite(values)
    codes = np.full(len(values), GREY, dtype=np.int16)
    if not known.any():
        return Colouring(codes)
    steps = np.unique(np.quantile(values[known], [0.2, 0.4, 0.6, 0.8]))
    codes[known] = np.searchsorted(steps, values[known], side="right")
    counts = np.bincount(codes[known], minlength=len(steps) + 1)
    bounds = [values[known].min(), *steps, values[known].max()]
    legend = [(code, f"{bounds[code]:.4g} – {bounds[code + 1]:.4g}", int(count)) for code, count in enumerate(counts)]
    return Colouring(codes, tuple(legend), tuple(float(step) for step in steps))
