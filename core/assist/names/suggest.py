"""The names that are offered for clusters, from everything that is known, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import numpy as np

from core.assist.names.assign import MOST, Candidate, assign
from core.assist.names.by_phrases import ByPhrases
from core.assist.names.by_tokens import ByTokens
from core.assist.names.by_votes import ByVotes
from core.assist.names.inputs import Inputs, Scene
from core.assist.names.suggestion import OWN, Suggestion

_BESIDE = 2  # names by what came with the files, beside those by content
_DESCRIBING = 5


class _Source(Protocol):
    def wanted(self, cluster: int) -> list[Candidate]: ...

    def apart(self, cluster: int, other: int, term: int) -> bool: ...

    def suggestion(self, cluster: int, one: Candidate) -> Suggestion: ...


def suggest(
    inputs: Inputs,
    clusters: Sequence[np.ndarray],
    of: Iterable[int] | None = None,
    taken: Collection[str] = (),
    most: int = MOST,
) -> dict[int, list[Suggestion]]:
    """Names for clusters, best first; none where nothing is sure (“?”).

    The person's own list comes before the shipped words, content before what came with the files: folders have no say
    in what pictures are called by their looks. No two clusters are given the same name by the same source.

    Parameters
    ----------
    clusters
        Rows of the items of each cluster; all that there are, because a name must set one apart from its neighbours.
    of
        The clusters to name; None = all.
    taken
        Names that clusters have already; they are not offered.
    most
        Names by content; at most two by folders, file names and columns follow.
    """
    scene = Scene.of(inputs, clusters)
    wanted = list(range(len(clusters))) if of is None else list(of)
    own = [ByVotes(scene, ballot) for ballot in inputs.ballots if ballot.source == OWN]
    shipped = [ByVotes(scene, ballot) for ballot in inputs.ballots if ballot.source != OWN]
    content = [_offered(source, wanted, taken) for source in (*own, *shipped, ByPhrases(scene))]
    beside = _offered(ByTokens(scene), wanted, taken)
    return {
        cluster: _merged([one for found in content for one in found[cluster]], beside[cluster], most)
        for cluster in wanted
    }


def describe(inputs: Inputs, clusters: Sequence[np.ndarray], cluster: int) -> list[Suggestion]:
    """Up to five folders, words of file names and column values that are more frequent in a cluster than elsewhere.

    They say why its items are together, whether or not they would do as its name.
    """
    source = ByTokens(Scene.of(inputs, clusters))
    return [source.suggestion(cluster, one) for one in source.describing(cluster)[:_DESCRIBING]]


def _offered(source: _Source, wanted: Sequence[int], taken: Collection[str]) -> dict[int, list[Suggestion]]:
    given = assign({cluster: source.wanted(cluster) for cluster in wanted}, source.apart, taken)
    return {cluster: [source.suggestion(cluster, one) for one in names] for cluster, names in given.items()}


def _merged(content: Sequence[Suggestion], beside: Sequence[Suggestion], most: int) -> list[Suggestion]:
    first = _different(content)[:most]
    return _different([*first, *beside])[: len(first) + _BESIDE]


def _different(found: Sequence[Suggestion]) -> list[Suggestion]:
    kept: dict[str, Suggestion] = {}
    for one in found:
        if one.name:
            kept.setdefault(one.name.casefold(), one)
    return list(kept.values())
