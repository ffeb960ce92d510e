"""Who gets which name, when several clusters want the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

MOST = 3


@dataclass(frozen=True)
class Candidate:
    """A name that would do for a cluster.

    Attributes
    ----------
    term
        Index of the term in its marks.
    name
        As it is shown.
    rank
        Orders the candidates of one cluster and of all of them; larger is better.
    margin, score
        As in `Suggestion`.
    """

    term: int
    name: str
    rank: float
    margin: float
    score: float


def assign(
    wanted: Mapping[int, Sequence[Candidate]],
    apart: Callable[[int, int, int], bool],
    taken: Collection[str] = (),
    most: int = MOST,
) -> dict[int, list[Candidate]]:
    """Give every cluster at most `most` names so that no name is given twice.

    First names are given before second ones; the cluster that a name stands for most gets it. A cluster that lost a
    better name to another is only given names that tell it from that other one: of two clusters that hold the same
    things one is named and the other is not, instead of both by different words.

    Parameters
    ----------
    wanted
        Cluster → candidates, in any order.
    apart
        `apart(cluster, other, term)`: whether the term tells the two clusters apart.
    taken
        Names that other clusters have already.

    Returns
    -------
    dict
        Every key of `wanted` → its names, best first.
    """
    queue = sorted(
        ((one.rank, cluster, one) for cluster, candidates in wanted.items() for one in candidates),
        key=lambda entry: (-entry[0], entry[1], entry[2].term),
    )
    owner: dict[str, int | None] = {name.casefold(): None for name in taken}
    lost: dict[int, set[int]] = {cluster: set() for cluster in wanted}
    given: dict[int, list[Candidate]] = {cluster: [] for cluster in wanted}
    for turn in range(1, most + 1):
        for _, cluster, one in queue:
            if len(given[cluster]) >= turn:
                continue
            key = one.name.casefold()
            if key in owner:
                other = owner[key]
                if other is not None and other != cluster:
                    lost[cluster].add(other)
                continue
            if all(apart(cluster, other, one.term) for other in lost[cluster]):
                owner[key] = cluster
                given[cluster].append(one)
    return {cluster: sorted(names, key=lambda one: -one.rank) for cluster, names in given.items()}
