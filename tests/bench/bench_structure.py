"""Structure against what a user would pick instead; run by hand: `python tests/bench/bench_structure.py`.

Each measurement runs in a process of its own, so that peak memory is its own and nothing is warm by accident. Ours and
the rival run one after the other, so that their ratio means something on a shared machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

GROUPS, WIDTH = 50, 128


def collection(n):
    """Long-tailed groups of three sub-modes each, unit rows; the truth beside them."""
    rng = np.random.default_rng(0)
    above = rng.normal(size=(GROUPS // 2, WIDTH))
    centres = above[rng.integers(len(above), size=GROUPS)] + rng.normal(size=(GROUPS, WIDTH)) * 0.9
    modes = centres[:, None] + rng.normal(size=(GROUPS, 3, WIDTH)) * 0.35
    share = 1 / np.arange(1, GROUPS + 1)
    truth = rng.choice(GROUPS, size=n, p=share / share.sum())
    vectors = modes[truth, rng.integers(3, size=n)] + rng.normal(size=(n, WIDTH), scale=1.2)
    from core.structure.features import features

    return features(vectors.astype(np.float32), np.zeros(n)), truth


def purity(labels, truth):
    return round(sum(np.bincount(truth[labels == label]).max() for label in np.unique(labels)) / len(truth), 4)


def recall_of(xy, features):
    from core.structure.graph import knn
    from core.structure.map_quality import quality_of

    return quality_of(features, knn(features), xy)


def graph_exact(given, truth):
    from core.structure.graph import knn

    return lambda: knn(given, method="exact"), lambda graph: {"recall": graph.recall}


def graph_buckets(given, truth):
    from core.structure.graph import knn

    return lambda: knn(given, method="buckets"), lambda graph: {"recall": round(graph.recall, 4)}


def graph_sklearn(given, truth):
    from sklearn.neighbors import NearestNeighbors

    return lambda: NearestNeighbors(n_neighbors=15, algorithm="brute", metric="cosine").fit(given).kneighbors(), None


def tree_ours(given, truth):
    from core.structure.tree import ward

    return lambda: ward(given), lambda tree: {"purity@50": purity(tree.cut(50), truth), "leaves": tree.leaves}


def tree_sklearn(given, truth):
    from sklearn.cluster import AgglomerativeClustering

    run = AgglomerativeClustering(n_clusters=50, linkage="ward")
    return lambda: run.fit_predict(given), lambda labels: {"purity@50": purity(labels, truth)}


def cut_ours(given, truth):
    from core.structure.tree import ward

    tree = ward(given)
    return lambda: tree.cut(50), None


def kmeans_ours(given, truth):
    from core.structure.kmeans import kmeans

    return lambda: kmeans(given, 50, starts=3), lambda found: {
        "purity": purity(found.labels, truth),
        "inertia": round(found.inertia, 1),
    }


def kmeans_sklearn(given, truth):
    from sklearn.cluster import KMeans

    return lambda: KMeans(50, n_init=3, random_state=0).fit(given), lambda found: {
        "purity": purity(found.labels_, truth),
        "inertia": round(float(found.inertia_), 1),
    }


def count_ours(given, truth):
    from core.structure.count import estimate
    from core.structure.graph import knn
    from core.structure.tree import ward

    graph, tree = knn(given), ward(given)
    return lambda: estimate(given, graph, tree), lambda found: {"range": [found.low, found.best, found.high]}


def _map(mode):
    def prepare(given, truth):
        from core.structure.graph import knn
        from core.structure.maps import lay_out, warm_up

        graph = knn(given)
        warm_up()
        return lambda: lay_out(given, graph, mode), lambda found: found.quality

    return prepare


def map_umap(given, truth):
    from umap import UMAP

    # Its own neighbour search compiles too; a warm process is what the ratio is about.
    UMAP(force_approximation_algorithm=True, n_epochs=5).fit(given[:500])
    return lambda: UMAP().fit_transform(given), lambda xy: recall_of(xy.astype(np.float32), given)


MEASURES = {
    "graph exact": graph_exact,
    "graph buckets": graph_buckets,
    "graph: sklearn NearestNeighbors brute": graph_sklearn,
    "tree": tree_ours,
    "tree: sklearn AgglomerativeClustering ward": tree_sklearn,
    "cut(50)": cut_ours,
    "k-means 50": kmeans_ours,
    "k-means: sklearn KMeans n_init=3": kmeans_sklearn,
    "count range": count_ours,
    "map fast": _map("fast"),
    "map repeatable": _map("repeatable"),
    "map: umap.UMAP()": map_umap,
}


def measure(name, n):
    """Run one measurement in this process and print it as JSON."""
    import resource

    given, truth = collection(n)
    run, describe = MEASURES[name](given, truth)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, worked = time.perf_counter(), time.process_time()
    found = run()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = describe(found) if describe else {}
    cost = {"seconds": round(seconds, 4), "cpu": round(cpu, 4), "peak": peak // 1024, "grew": (peak - before) // 1024}
    print(json.dumps({**cost, **told}))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--only", nargs="+", default=list(MEASURES))
    parser.add_argument("--one", nargs=2)
    parser.add_argument("--most-seconds", type=int, default=600)
    chosen = parser.parse_args()
    if chosen.one:
        measure(chosen.one[0], int(chosen.one[1]))
        return
    root = Path(__file__).resolve().parents[2]
    for n in chosen.n:
        for name in chosen.only:
            command = [sys.executable, __file__, "--one", name, str(n)]
            try:
                ran = subprocess.run(
                    command,
                    capture_output=True,
                    text=True,
                    timeout=chosen.most_seconds,
                    env={**os.environ, "PYTHONPATH": str(root)},
                )
                told = ran.stdout.strip() or ran.stderr.strip().splitlines()[-1]
            except subprocess.TimeoutExpired:
                told = f"more than {chosen.most_seconds} s"
            print(f"| {n} | {name} | {told} |", flush=True)


if __name__ == "__main__":
    main()
