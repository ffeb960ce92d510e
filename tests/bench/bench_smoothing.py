"""Groups of the tree with and without `core.structure.smoothing`: what a name for each of K, 2K, 3K would put right.

`python -m tests.bench.bench_smoothing [--seeds 0,1,2]` prints a line a collection of `tests/bench/effort/` (parts
of those not generated), the mean, and the seconds of processor time that smoothing takes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from core.structure.graph import Graph
from core.structure.smoothing import smoothed
from core.structure.tree import ward
from tests.bench.bench_structure import purity
from tests.bench.effort import data, prepare

SETS = (
    "digits~part", "emoji-group~part", "emoji-subgroup~part", "docstrings~part", "docstrings-lsa~part",
    "balanced", "longtail", "hard-24",
)  # fmt: skip
TIMES_K = (1, 2, 3)
SIZES, WIDE, NEIGHBOURS = (100_000, 1_000_000), 64, 15


def compared(name, seed):
    """(2, 3) shares: before and after, at K, 2K and 3K groups."""
    view, known = prepare.view(name, seed), data.load(name, seed)
    classes = {one: place for place, one in enumerate(known.classes)}
    truth = np.array([classes[known.truth_of[one]] for one in view.item_ids])
    trees = (view.tree, ward(smoothed(view.features, view.graph)))
    return [[purity(tree.cut(times * known.k), truth) for times in TIMES_K] for tree in trees]


def seconds(n):
    """Of processor time, for n items whose neighbours lie anywhere in memory: the worst that there is."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(n, WIDE)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    neighbours = random.integers(0, n, (n, NEIGHBOURS)).astype(np.int32)
    begun = time.process_time()
    smoothed(rows, Graph(neighbours, np.ones(neighbours.shape, dtype=np.float32)))
    return time.process_time() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0,1,2")
    seeds = [int(seed) for seed in parser.parse_args().seeds.split(",")]
    means = []
    for name in SETS:
        means.append(np.mean([compared(name, seed) for seed in seeds], axis=0))
        print(f"{name:20} {_line(means[-1])}", flush=True)
    print(f"{'mean':20} {_line(np.mean(means, axis=0))}")
    for n in SIZES:
        print(f"{n:,} × {WIDE}: {seconds(n):.1f} s")


def _line(shares):
    return "   ".join(f"{before:.3f} → {after:.3f}" for before, after in zip(*shares, strict=True))


if __name__ == "__main__":
    main()
