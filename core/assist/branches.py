"""What the tree says of every item: the kinds that were found in the branch around it.

Propagation dies out after some steps, so where nothing near was looked at it says next to nothing, while the tree still
knows which branch an item belongs to. Every node expects of its items what was found below it, shrunk towards what its
parent expects (the mean of a hierarchical Dirichlet, MacKay and Peto 1995, doi:10.1017/S1351324900000218).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.structure.tree import Tree

# What the parent expects counts like one look.
_FROM_ABOVE = 1.0


@dataclass(frozen=True, eq=False)
class Found:
    """What was found where, and what follows for every node.

    Attributes
    ----------
    counts
        (t, c) float32: weight of what was found below each node.
    expected
        (t, c) float32 shares; 0 in nodes below which nothing was found.
    nearest
        (t,) int64: each node, or the lowest one above it below which something was found.
    """

    counts: np.ndarray
    expected: np.ndarray
    nearest: np.ndarray


class Branches:
    """The nodes of a tree of t nodes, ready to be counted in; nothing changes after it is built."""

    def __init__(self, tree: Tree) -> None:
        m = tree.leaves
        self._micro = tree.micro
        self._above = np.arange(m + len(tree.merges))
        self._above[tree.merges.ravel()] = np.repeat(np.arange(m, m + len(tree.merges)), 2)
        depth = np.zeros(len(self._above), dtype=np.int64)
        for position in range(len(tree.merges) - 1, -1, -1):
            depth[tree.merges[position]] = depth[m + position] + 1
        order = np.argsort(depth, kind="stable")
        # From the root downwards, the nodes of one depth together.
        self._levels = np.split(order, np.flatnonzero(np.diff(depth[order])) + 1)

    def found(self, positions: np.ndarray, classes: np.ndarray, weights: np.ndarray, count: int) -> Found:
        """Count items (v,) of some classes (v,), each with its weight (v,), below all nodes above them."""
        counts = np.zeros((len(self._above), count), dtype=np.float32)
        np.add.at(counts, (self._micro[positions], classes), weights.astype(np.float32))
        told = np.zeros(len(counts), dtype=bool)
        told[self._micro[positions]] = True
        for level in self._levels[:0:-1]:
            some = level[told[level]]
            told[self._above[some]] = True
            np.add.at(counts, self._above[some], counts[some])
        expected = np.zeros_like(counts)
        nearest = np.arange(len(counts))
        root = self._levels[0]
        expected[root] = counts[root] / np.maximum(counts[root].sum(axis=1, keepdims=True), 1e-12)
        for level in self._levels[1:]:
            some = level[told[level]]
            expected[some] = _shrunk(counts[some], expected[self._above[some]])
            rest = level[~told[level]]
            nearest[rest] = nearest[self._above[rest]]
        return Found(counts, expected, nearest)

    def of_all(self, found: Found) -> np.ndarray:
        """(m,) rows: the shares (m, c) float32 that are expected of every item."""
        return found.expected[found.nearest[self._micro]]

    def left_out(self, found: Found, positions: np.ndarray, classes: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(v, c) float32: what would be expected of counted items if each by itself had not been counted."""
        own = np.zeros((len(positions), found.counts.shape[1]), dtype=np.float32)
        own[np.arange(len(positions)), classes] = weights
        path = self._path(self._micro[positions])
        top = np.maximum(found.counts[path[:, 0]] - own, 0)
        expected = top / np.maximum(top.sum(axis=1, keepdims=True), 1e-12)
        for place in range(1, path.shape[1]):
            # A path that is shorter than others ends by staying where it is.
            on = np.flatnonzero(path[:, place] != path[:, place - 1])
            others = np.maximum(found.counts[path[on, place]] - own[on], 0)
            expected[on] = _shrunk(others, expected[on])
        return expected

    def _path(self, nodes: np.ndarray) -> np.ndarray:
        """(v, d): the nodes from the root down to each of `nodes` (v,), the last one repeated."""
        upwards = [nodes]
        while (self._above[upwards[-1]] != upwards[-1]).any():
            upwards.append(self._above[upwards[-1]])
        path = np.stack(upwards[::-1], axis=1)
        steps = (path[:, 1:] != path[:, :-1]).sum(axis=1)
        shift = np.minimum(np.arange(path.shape[1]) + (path.shape[1] - 1 - steps)[:, None], path.shape[1] - 1)
        return np.take_along_axis(path, shift, axis=1)


def _shrunk(counts: np.ndarray, above: np.ndarray) -> np.ndarray:
    return (counts + _FROM_ABOVE * above) / (counts.sum(axis=1, keepdims=True) + _FROM_ABOVE)
