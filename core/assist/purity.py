"""How pure a cluster is, from a few of its items that somebody looked at: an interval, the next items, when to stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import BadInput
from core.partition.sentences import count

LEVEL = 0.95
METHODS = ("clopper-pearson", "wilson")
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


@dataclass(frozen=True)
class Purity:
    """What is known about the share of a cluster's items that belong in it.

    Attributes
    ----------
    size, checked, right
        Items in the cluster; of them looked at; of those found right.
    low, high
        The interval for the share of all items, checked ones included, 0–1.
    """

    size: int
    checked: int
    right: int
    low: float
    high: float

    def sentence(self) -> str:
        """“40 of 12,310 checked, 39 right: 87–99 %.”"""
        if not self.checked:
            return f"None of {count(self.size)} checked yet."
        told = f"{self.checked:,} of {self.size:,} checked, {self.right:,} right"
        if self.checked == self.size:
            return f"All {self.size:,} checked, {self.right:,} right: {_percent(self.low)} %."
        # The lower end is rounded down: the words must not promise more than the numbers. Who has seen a wrong item
        # must not read 100 %.
        step = 1000 if self.high - self.low < 0.02 else 100
        low = np.floor(self.low * step + 1e-9) * 100 / step
        high = np.ceil(self.high * step - 1e-9) * 100 / step
        if self.right < self.checked:
            high = max(low, min(high, 100 - 100 / step))
        return f"{told}: {low:g}–{high:g} %." if low < high else f"{told}: {low:g} %."

    def verdict(self, target: float = 0.95) -> str:
        """Good enough (all of the interval reaches `target`), hopeless (none of it does) or "go on"."""
        if self.low >= target:
            return "good enough"
        return "hopeless" if self.high < target else "go on"


def purity(size: int, checked: int, right: int, level: float = LEVEL, method: str = "clopper-pearson") -> Purity:
    """The share of right items in a cluster, from a random sample drawn without repeats.

    Where the cluster is larger than the sample by far, the interval is the binomial one; where it is not, what was
    seen says more than that, up to certainty when everything was.

    Parameters
    ----------
    level
        Confidence level of the two-sided interval, 0–1.
    method
        "clopper-pearson": never covers less than `level`; exact for a finite cluster too, by inverting the
        hypergeometric tail (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404; Buonaccorsi 1987,
        doi:10.1080/00031305.1987.10475482). "wilson": shorter, covers `level` on average (Wilson 1927,
        doi:10.1080/01621459.1927.10502953), with the sample's size divided by the finite population factor.

    Raises
    ------
    BadInput
        When the numbers cannot be true or the method is unknown.
    """
    if not 0 <= right <= checked <= size:
        raise BadInput("These counts cannot be true.", f"{right} right of {checked} checked of {size}.")
    if method not in METHODS:
        raise BadInput(f"There is no interval “{method}”.", next_step=f"Choose {' or '.join(METHODS)}.")
    if not checked:
        return Purity(size, 0, 0, 0.0, 1.0)
    if checked == size:
        return Purity(size, checked, right, right / size, right / size)
    low, high = (_exact if method == METHODS[0] else _wilson)(size, checked, right, 1 - level)
    # What was seen is certain: at least the right ones are right, at least the wrong ones are wrong.
    low, high = max(low, right / size), min(high, (size - checked + right) / size)
    return Purity(size, checked, right, float(low), float(max(low, high)))


def draw(rows: np.ndarray, checked: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Which items to look at next: a random sample without repeats that stays the same when members change.

    Every row has a fixed place in a random order of all rows there could be. A member that comes or goes moves no
    other one, so what was checked before stays a random sample of those that remain.

    Parameters
    ----------
    rows
        (m,) int64 members of the cluster.
    checked
        (c,) int64 rows that were looked at already.

    Returns
    -------
    numpy.ndarray
        (min(count, m − c),) int64, in the order in which to look.
    """
    left = np.setdiff1d(np.asarray(rows, dtype=np.int64), checked)
    if not len(left):
        return left
    return left[np.argsort(_places(left, seed), kind="stable")][:count]


def needed(size: int, target: float = 0.95, level: float = LEVEL) -> int:
    """How many items must be looked at, all of them right, before the cluster is good enough; at most `size`."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if middle and purity(size, middle, middle, level).low >= target:
            high = middle
        else:
            low = middle + 1
    return high


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".removesuffix(".0")


def _exact(size: int, checked: int, right: int, alpha: float) -> tuple[float, float]:
    """The shares of right items in the cluster under which the sample is not too surprising."""
    from scipy.special import betaincinv

    wrong = checked - right
    if size > 100 * checked:
        low = betaincinv(right, wrong + 1, alpha / 2) if right else 0.0
        return low, betaincinv(right + 1, wrong, 1 - alpha / 2) if wrong else 1.0
    return _fewest(size, checked, right, alpha / 2) / size, 1 - _fewest(size, checked, wrong, alpha / 2) / size


def _fewest(size: int, checked: int, seen: int, alpha: float) -> int:
    """How few such items `size` can hold when finding `seen` or more among `checked` has a probability above alpha."""
    low, high = seen, size - checked + seen
    while low < high:
        middle = (low + high) // 2
        if _at_least(size, checked, seen, middle) > alpha:
            high = middle
        else:
            low = middle + 1
    return low


def _at_least(size: int, checked: int, seen: int, such: int) -> float:
    """Hypergeometric tail: P(at least `seen` of `checked` drawn are among the `such` of `size`)."""
    from scipy.special import gammaln

    def log_choose(n: np.ndarray | int, k: np.ndarray | int) -> np.ndarray:
        return gammaln(np.add(n, 1)) - gammaln(np.add(k, 1)) - gammaln(np.subtract(n, k) + 1)

    drawn = np.arange(max(seen, checked - (size - such)), min(checked, such) + 1)
    logs = log_choose(such, drawn) + log_choose(size - such, checked - drawn) - log_choose(size, checked)
    return float(np.exp(logs).sum())


def _wilson(size: int, checked: int, right: int, alpha: float) -> tuple[float, float]:
    from scipy.special import ndtri

    z = ndtri(1 - alpha / 2)
    n = checked * (size - 1) / (size - checked)
    share = right / checked
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def _places(rows: np.ndarray, seed: int) -> np.ndarray:
    """(m,) uint64: a number that depends on row and seed alone (SplitMix64: Steele et al. 2014,
    doi:10.1145/2660193.2660195)."""
    start = np.uint64(seed * 0xD1342543DE82EF95 % 2**64)
    mixed = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
    for shift, factor in zip((30, 27), _MIX, strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))
