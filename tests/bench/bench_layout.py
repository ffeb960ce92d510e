"""The map of 60,000 × 384 vectors against `umap.UMAP()`; run by hand: `python tests/bench/bench_layout.py`.

Every way is a process of its own that starts with the vectors in memory and nothing imported, so imports and
compilation count for both; a second layout in the same process shows what is left without them. The ways follow each
other, so that their ratios mean something on a shared machine. The truth that recall is measured against is the exact
neighbours of the vectors as given.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

GROUPS, WIDTH, RANK = 200, 384, 12
K = 15
ROWS = 5_000


def collection(n, seed=0):
    """(n, 384) unit rows: long-tailed groups (sizes as 1/rank) in 25 families, each a bent sheet of 12 dimensions."""
    rng = np.random.default_rng(seed)
    families = rng.normal(size=(GROUPS // 8, WIDTH))
    centres = families[rng.integers(len(families), size=GROUPS)] + rng.normal(size=(GROUPS, WIDTH)) * 0.8
    share = 1 / np.arange(1, GROUPS + 1)
    group_of = rng.choice(GROUPS, size=n, p=share / share.sum())
    vectors = np.empty((n, WIDTH), dtype=np.float32)
    for group in range(GROUPS):
        rows = np.flatnonzero(group_of == group)
        inside = rng.normal(size=(len(rows), RANK)) / np.sqrt(np.arange(1, RANK + 1))
        inside += 0.5 * np.sin(2 * inside[:, ::-1])
        sheet = inside @ rng.normal(size=(RANK, WIDTH))
        vectors[rows] = centres[group] + sheet + rng.normal(size=(len(rows), WIDTH)) * 0.25
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def truth_of(vectors):
    """A sample of rows and the exact K nearest of each among all vectors."""
    rows = np.sort(np.random.default_rng(1).choice(len(vectors), size=min(ROWS, len(vectors)), replace=False))
    near = np.empty((len(rows), K), dtype=np.int64)
    for begin in range(0, len(rows), 500):
        block = rows[begin : begin + 500]
        scores = vectors[block] @ vectors.T
        scores[np.arange(len(block)), block] = -np.inf
        near[begin : begin + 500] = np.argpartition(-scores, K, axis=1)[:, :K]
    return rows, near


def quality(vectors, xy, truth):
    """Recall at 15 against all on 5,000 rows; trustworthiness and continuity among 3,000."""
    from scipy.spatial import cKDTree

    from core.structure.map_quality import kept_near

    rows, near = truth
    _, shown = cKDTree(xy).query(xy[rows], k=K + 1)
    kept = [len(np.intersect1d(a[a != row][:K], b)) for row, a, b in zip(rows, shown, near, strict=True)]
    sample = np.sort(np.random.default_rng(2).choice(len(xy), size=min(3_000, len(xy)), replace=False))
    recall = round(float(np.mean(kept)) / K, 4)
    return {"recall": recall} | kept_near(vectors[sample], xy[sample].astype(np.float64), K)


class Clock:
    """Wall and CPU seconds of all threads since it was made, and the process's largest memory."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self):
        import resource

        return {
            "wall": round(time.perf_counter() - self.wall, 2),
            "cpu": round(time.process_time() - self.cpu, 2),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def by_umap(vectors, times):
    """(name, cost, layout) of the first and of a second layout in one process."""
    for name in ("umap.UMAP(), first in its process", "umap.UMAP(), second")[:times]:
        clock = Clock()
        from umap import UMAP

        xy = UMAP().fit_transform(vectors)
        yield name, clock.read(), xy


def by_taxon(vectors, times, mode):
    """The same for a sketch and for what it is refined to; each from the vectors on."""
    for name in (f"{mode}, first in its process", f"{mode}, second")[:times]:
        clock = Clock()
        from core.structure.edges import edges_of
        from core.structure.features import features
        from core.structure.graph import knn
        from core.structure.maps import refine, sketch

        reduced = features(vectors, np.zeros(len(vectors)))
        yield f"features alone, {name}", clock.read(), None
        graph = knn(reduced, K)
        yield f"features and graph (recall {graph.recall:.3f}), {name}", clock.read(), None
        edges = edges_of(graph)
        drawn = sketch(reduced, graph, mode, edges=edges)
        yield f"sketch, {name}", clock.read(), drawn.xy
        refined = refine(reduced, graph, drawn, edges=edges)
        yield f"refined, {name}", clock.read(), refined.xy


WAYS = {
    "umap": by_umap,
    "repeatable": lambda vectors, times: by_taxon(vectors, times, "repeatable"),
    "fast": lambda vectors, times: by_taxon(vectors, times, "fast"),
}


def measure(way, vectors_file, truth_file, times):
    """Run one way in this process and print a line of JSON for each thing measured."""
    vectors = np.load(vectors_file)
    made = list(WAYS[way](vectors, times))
    truth = np.load(truth_file)
    for name, cost, xy in made:
        told = {} if xy is None else quality(vectors, xy, (truth["rows"], truth["near"]))
        print(json.dumps({"what": name, **cost, **told}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=60_000)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--times", type=int, default=1, help="layouts in each process; the second compiles nothing")
    parser.add_argument("--compiled", action="store_true", help="all was compiled on this machine before")
    parser.add_argument("--one", nargs=3, metavar=("WAY", "VECTORS", "TRUTH"))
    chosen = parser.parse_args()
    if chosen.one:
        measure(*chosen.one, chosen.times)
        return
    root = Path(__file__).resolve().parents[2]
    # Threads that wait by spinning would be counted as work on a busy machine.
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_WAIT_POLICY": "PASSIVE"}
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / "vectors.npy"), str(Path(folder) / "truth.npz")]
        vectors = collection(chosen.n)
        rows, near = truth_of(vectors)
        np.save(files[0], vectors)
        np.savez(files[1], rows=rows, near=near)
        del vectors
        # Whatever is compiled once a machine is compiled before the clock starts, for both.
        for way in [] if chosen.compiled else chosen.ways:
            few = str(Path(folder) / "few.npy")
            np.save(few, collection(5_000))
            np.savez(few.replace(".npy", ".npz"), rows=np.arange(10), near=np.zeros((10, K), dtype=int))
            subprocess.run(
                [sys.executable, __file__, "--one", way, few, few.replace(".npy", ".npz")],
                env=environment, capture_output=True, check=True,
            )  # fmt: skip
        for way in chosen.ways:
            print(f"load average {os.getloadavg()[0]:.1f}", flush=True)
            command = [sys.executable, __file__, "--times", str(chosen.times), "--one", way, *files]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
