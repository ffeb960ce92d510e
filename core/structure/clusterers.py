"""Every way to cluster, in one table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from core.errors import BadInput
from core.progress import Progress, silent
from core.structure.features import refuse_unusable
from core.structure.graph import Graph
from core.structure.numbering import by_size
from core.structure.parameters import Parameter, checked, choice, form_of, number
from core.structure.tree import Tree, grown

_MOST_CLUSTERS = 100_000


@dataclass(frozen=True)
class Clustering:
    """What a method found.

    Attributes
    ----------
    labels
        (n,) int32: 0 the biggest cluster, ties by first item; −1 = in none.
    method
        A name of `CLUSTERERS`.
    parameters
        All of them, as used: what was chosen from the data is filled in.
    seconds
        It took.
    note
        What a person should know about it, in sentences.
    """

    labels: np.ndarray
    method: str
    parameters: dict[str, Any]
    seconds: float = 0.0
    note: list[str] = field(default_factory=list)

    @property
    def k(self) -> int:
        """Number of clusters."""
        return int(self.labels.max()) + 1 if len(self.labels) else 0

    def to_json(self) -> dict[str, Any]:
        """Everything but the labels, as plain values."""
        plain = {"method": self.method, "parameters": dict(self.parameters), "note": list(self.note)}
        return {**plain, "method_seconds": self.seconds}

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values that `from_arrays` takes back."""
        return {"labels": self.labels}, self.to_json()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Clustering:
        """The clustering that `to_arrays` described."""
        return cls(
            labels=arrays["labels"],
            method=str(meta["method"]),
            parameters=dict(meta["parameters"]),
            seconds=float(meta["method_seconds"]),
            note=list(meta["note"]),
        )


@dataclass(frozen=True)
class Input:
    """What a clusterer is given. `tree` is built when a method asks for it and nobody did before."""

    features: np.ndarray
    graph: Graph
    given_tree: Tree | None
    seed: int
    progress: Progress

    def tree(self) -> Tree:
        """The Ward tree."""
        return self.given_tree or grown(self.features, self.graph, self.seed, self.progress)

    def count(self, wanted: int, note: list[str]) -> int:
        """The number of clusters to make: what was asked for, at most one an item, or the estimate for 0."""
        n = len(self.features)
        if wanted > n:
            note.append(f"{wanted} clusters were asked for, but there are only {n} items.")
            return n
        if wanted:
            return wanted
        from core.structure.count import estimate

        found = estimate(self.features, self.graph, self.tree())
        note.extend(found.reasons)
        return max(1, min(found.start, n))


@dataclass(frozen=True)
class Clusterer:
    """One way to cluster.

    Attributes
    ----------
    title, why
        What a person reads: its name, and one sentence about when to choose it.
    kind
        Dataclass of its parameters.
    run
        (input, parameters, note) -> (n,) labels with negative = none, and parameters as used. `note` takes sentences.
    """

    title: str
    why: str
    kind: type
    run: Callable[[Input, Any, list[str]], tuple[np.ndarray, dict[str, Any]]]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The fields of its form."""
        return form_of(self.kind)


# Share of all items in one cluster that makes a first look useless, the share to come down to, and how much finer a cut
# may get for it.
_LUMP, _FINE = 1 / 2, 1 / 3
_FINER = 8
_K = "Number of clusters; 0 lets the machine estimate it."


@dataclass(frozen=True)
class TreeParameters:
    """Of the Ward tree."""

    k: int = number("Clusters", 0, 0, _MOST_CLUSTERS, _K)


@dataclass(frozen=True)
class KMeansParameters:
    """Of k-means."""

    k: int = number("Clusters", 0, 0, _MOST_CLUSTERS, _K)
    starts: int = number("Starts", 3, 1, 50, "Runs from different starts, of which the best is kept.")


@dataclass(frozen=True)
class DensityParameters:
    """Of HDBSCAN."""

    min_size: int = number(
        "Smallest cluster",
        0,
        0,
        _MOST_CLUSTERS,
        "Fewest items that count as a cluster; 0 chooses it by the size of the collection.",
    )
    min_samples: int = number(
        "Caution", 0, 0, 1000, "Higher leaves more items in no cluster; 0 uses the smallest cluster's size, at most 15."
    )
    dimensions: int = number("Dimensions", 5, 5, 10, "How far the vectors are reduced by UMAP first.")


@dataclass(frozen=True)
class CommunityParameters:
    """Of communities."""

    resolution: float = number("Resolution", 1.0, 0.01, 100.0, "Higher gives more and smaller clusters.")
    algorithm: str = choice("Algorithm", "leiden", ("leiden", "louvain"), "Leiden never leaves a cluster in pieces.")


def cluster(
    name: str,
    features: np.ndarray,
    graph: Graph,
    tree: Tree | None = None,
    seed: int = 0,
    progress: Progress = silent,
    **parameters: Any,
) -> Clustering:
    """Cluster by a method of the table.

    Parameters
    ----------
    name
        A key of `CLUSTERERS`.
    features
        (n, d) float32, rows of unit length.
    graph
        Their neighbours.
    tree
        Their Ward tree, when there is one already.
    parameters
        Of the method; what is not given takes its default.

    Raises
    ------
    BadInput
        For an unknown method or parameter, a value out of range, or a row that holds NaN or infinity.
    """
    if name not in CLUSTERERS:
        raise BadInput(f"There is no clusterer “{name}”.", next_step=f"Choose {', '.join(CLUSTERERS)}.")
    chosen = CLUSTERERS[name]
    given = checked(chosen.kind, chosen.title, parameters)
    refuse_unusable(features)
    begun = time.perf_counter()
    note: list[str] = []
    if len(features) < 2:
        labels, used = np.zeros(len(features), dtype=np.int32), asdict(given)
    else:
        labels, used = chosen.run(Input(features, graph, tree, seed, progress), given, note)
    return Clustering(by_size(labels), name, used, round(time.perf_counter() - begun, 3), note)


def _tree(given: Input, chosen: TreeParameters, note: list[str]) -> tuple[np.ndarray, dict[str, Any]]:
    tree = given.tree()
    k = given.count(chosen.k, note)
    if not chosen.k:
        k = _without_a_lump(tree, k, note)
    if k > tree.leaves:
        note.append(f"The tree has {tree.leaves} leaves, so {k} clusters became {tree.leaves}.")
        k = tree.leaves
    return tree.cut(k), {"k": k}


def _without_a_lump(tree: Tree, k: int, note: list[str]) -> int:
    """The coarsest cut from `k` on in which no cluster is a lump.

    Ward peels small tight groups off one large loose rest. Parts of a true group are one act to merge; a lump of all
    the others hides them. `k` itself where only many more clusters would help: then the group is one, however big.
    """
    n, most = len(tree.micro), min(max(_FINER * k, 2), tree.leaves)

    def biggest(parts: int) -> float:
        return float(np.bincount(tree.cut(parts)).max()) / n

    if k < 2 or biggest(min(k, tree.leaves)) <= _LUMP or biggest(most) > _FINE:
        return k
    low, high = k, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if biggest(middle) <= _FINE else (middle, high)
    note.append(f"Cut into {high}, because one of {k} clusters would hold more than half of all items.")
    return high


def _kmeans(given: Input, chosen: KMeansParameters, note: list[str]) -> tuple[np.ndarray, dict[str, Any]]:
    from core.structure.kmeans import kmeans

    k = given.count(chosen.k, note)
    found = kmeans(given.features, k, given.seed, starts=chosen.starts, progress=given.progress)
    if len(found.sizes) < k:
        note.append(f"Only {len(found.sizes)} clusters of different items could be made.")
    return found.labels, {**asdict(chosen), "k": k}


def _density(given: Input, chosen: DensityParameters, note: list[str]) -> tuple[np.ndarray, dict[str, Any]]:
    from core.structure.density import density_clusters

    n = len(given.features)
    min_size = chosen.min_size or max(5, round(n**0.5 / 2))
    if min_size > n:
        note.append(f"A smallest cluster of {min_size} is more than all {n} items, so it became {max(2, n)}.")
    min_size = max(2, min(min_size, n))
    min_samples = min(chosen.min_samples or min(min_size, 15), n - 1)
    used = {"min_size": min_size, "min_samples": min_samples, "dimensions": chosen.dimensions}
    labels = density_clusters(given.features, given.graph, seed=given.seed, progress=given.progress, **used)
    left = int((labels < 0).sum())
    if left:
        note.append(f"{left} of {n} items are in no cluster ({left / n:.0%}).")
    return labels, used


def _communities(given: Input, chosen: CommunityParameters, note: list[str]) -> tuple[np.ndarray, dict[str, Any]]:
    from sknetwork.clustering import Leiden, Louvain

    method = (Leiden if chosen.algorithm == "leiden" else Louvain)(
        resolution=chosen.resolution, random_state=given.seed, sort_clusters=False
    )
    from scipy.sparse import csr_matrix

    return method.fit_predict(csr_matrix(given.graph.symmetric())), asdict(chosen)


CLUSTERERS: dict[str, Clusterer] = {
    "tree": Clusterer(
        "Tree",
        "The usual choice: one tree of nested groups, so a finer or coarser view is only another cut.",
        TreeParameters,
        _tree,
    ),
    "kmeans": Clusterer(
        "k-means",
        "Quick round groups of similar size; choose it when you know how many you want.",
        KMeansParameters,
        _kmeans,
    ),
    "hdbscan": Clusterer(
        "Density (HDBSCAN)",
        "Dense groups only: what lies between them stays in no cluster; slow on large collections.",
        DensityParameters,
        _density,
    ),
    "communities": Clusterer(
        "Communities",
        "Groups of items that are each other's neighbours; finds their number by itself.",
        CommunityParameters,
        _communities,
    ),
}
