"""What the items of a cluster carry that those of its nearest clusters do not: words, folders, values, looks.

A term counts when its share inside exceeds its share around by more than chance would do among all terms (binomial
tail, false discovery rate of Benjamini and Hochberg) and by enough to matter. Of these, terms are taken that together
tell the most members from the rest, so that five words do not say one thing five times. Where there are none, nothing
separates the cluster, and that is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.assist.names.inputs import Scene
from core.assist.names.marks import Marks, chance, false_discovery
from core.assist.names.ngrams import as_written, related
from core.assist.names.suggestion import TEXTS

MOST = 5
DISCOVERY = 0.05  # share of false finds
LEVEL = 0.95
LEAST_ITEMS = 5  # inside and around together that must carry a term
LEAST_GAIN, LEAST_LIFT = 0.05, 1.5  # a difference that matters to somebody who reads it
_TRIED = 400
_SAME = 0.8  # of what either term marks
_EXAMPLES = 200


@dataclass(frozen=True)
class Separator:
    """A term that separates a cluster from its nearest ones.

    Attributes
    ----------
    term
        As a person reads it.
    source
        Where it comes from, as in `core.assist.names.suggestion.Suggestion`.
    inside, around
        Share of the cluster's items and of its nearest clusters' that carry it, 0–1.
    inside_range, around_range
        Exact 95 % intervals of these shares (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404).
    """

    term: str
    source: str
    inside: float
    around: float
    inside_range: tuple[float, float]
    around_range: tuple[float, float]

    def sentence(self) -> str:
        """“62 % of these, 3 % of the nearest clusters”."""
        return f"{_percent(self.inside)} of these, {_percent(self.around)} of the nearest clusters"


@dataclass(frozen=True, eq=False)
class _Terms:
    """All terms of a scene side by side: titles, sources, and (m, v) who carries them."""

    titles: Sequence[str]
    sources: Sequence[str]
    marks: Marks


def separators(scene: Scene, cluster: int, most: int = MOST) -> tuple[Separator, ...]:
    """The terms that tell a cluster from its three nearest, the most telling first; () when nothing does.

    Parameters
    ----------
    cluster
        Index into `scene.members`.
    """
    members, around = scene.members[cluster], scene.around(cluster)
    found: list[tuple[float, Separator, np.ndarray, np.ndarray]] = []
    parts = _all_terms(scene)
    tests = 0
    hopeful = []
    for terms in parts:
        inside, outside = terms.marks.of(members)[0], terms.marks.of(around)[0]
        total = inside + outside
        tried = np.flatnonzero(total >= LEAST_ITEMS)
        tests += len(tried)
        p = chance(inside[tried], len(members), total[tried], len(members) + len(around))
        best = np.argsort(p, kind="stable")[:_TRIED]
        hopeful += [(p[place], terms, int(tried[place]), inside[tried[place]], outside[tried[place]]) for place in best]
    if not hopeful or not len(members) or not len(around):
        return ()
    sure = false_discovery(np.array([one[0] for one in hopeful]), tests) <= DISCOVERY
    for (_, terms, term, here, there), certain in zip(hopeful, sure, strict=True):
        share, rest = here / len(members), there / len(around)
        if certain and share - rest >= LEAST_GAIN and share >= LEAST_LIFT * rest:
            one = Separator(
                terms.titles[term], terms.sources[term], float(share), float(rest),
                interval(int(here), len(members)), interval(int(there), len(around)),
            )  # fmt: skip
            carrying = terms.marks.carriers(term)
            found.append((share - rest, one, np.isin(members, carrying), np.isin(around, carrying)))
    return tuple(_written(scene, members, one) for one in _chosen(found, most))


def interval(count: int, size: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact two-sided interval of a share of which `count` of `size` were seen, 0–1."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(count, size - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, size - count, 1 - tail)) if count < size else 1.0
    return low, high


def _all_terms(scene: Scene) -> list[_Terms]:
    inputs = scene.inputs
    parts = [_Terms(inputs.phrases.terms, [TEXTS] * len(inputs.phrases.terms), inputs.phrases)]
    parts.append(_Terms(inputs.tokens.titles, inputs.tokens.sources, inputs.tokens.marks))
    parts += [_Terms(one.marks.terms, [one.source] * len(one.marks.terms), one.marks) for one in inputs.ballots]
    return [part for part in parts if len(part.titles)]


def _chosen(found: list[tuple[float, Separator, np.ndarray, np.ndarray]], most: int) -> list[Separator]:
    """Greedily by what each adds to the members told from the rest; then by its own difference, leaving out repeats."""
    order = sorted(range(len(found)), key=lambda place: (-found[place][0], found[place][1].term))
    chosen: list[int] = []
    while len(chosen) < most:
        here = np.any([found[place][2] for place in chosen], axis=0) if chosen else False
        there = np.any([found[place][3] for place in chosen], axis=0) if chosen else False
        now = (np.mean(here) - np.mean(there)) if chosen else 0.0
        gains = {
            place: float(np.mean(here | found[place][2]) - np.mean(there | found[place][3]) - now)
            for place in order
            if not _repeats(found, place, chosen)
        }
        if not gains:
            break
        best = max(gains, key=lambda place: (gains[place], found[place][0]))
        # Nothing adds any more: what is still clearly more frequent here is worth reading all the same.
        chosen.append(best if gains[best] > 0.005 else next(iter(gains)))
    return [found[place][1] for place in sorted(chosen, key=lambda place: -found[place][0])]


def _repeats(found: list[tuple[float, Separator, np.ndarray, np.ndarray]], place: int, chosen: list[int]) -> bool:
    _, one, here, _ = found[place]
    for other_place in chosen:
        _, other, there, _ = found[other_place]
        if place == other_place or (here & there).sum() >= _SAME * max((here | there).sum(), 1):
            return True
        if one.source == other.source == TEXTS and related(one.term, other.term):
            return True
    return False


def _written(scene: Scene, members: np.ndarray, one: Separator) -> Separator:
    if one.source != TEXTS:
        return one
    examples = [scene.inputs.texts[position] for position in members[:_EXAMPLES].tolist()]
    return Separator(as_written(one.term, examples), *(getattr(one, name) for name in list(one.__dict__)[1:]))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else "under 1 %"
