"""Which item carries which term, how often a set of items does, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix, csr_matrix

_TAIL = 64


@dataclass(frozen=True, eq=False)
class Marks:
    """Terms and the items that carry them.

    Attributes
    ----------
    terms
        (v,) the terms as a person reads them.
    carried
        (m, v) sparse float32, one row an item that has a vector: by how much it carries the term, 0–1.
    """

    terms: Sequence[str]
    carried: csr_matrix

    @cached_property
    def totals(self) -> np.ndarray:
        """(v,) int64: the number of items that carry each term."""
        return np.bincount(self.carried.indices, minlength=len(self.terms)).astype(np.int64)

    def of(self, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many of the members carry each term, (v,) int64, and the sum by how much, (v,) float64."""
        inside = self.carried[members]
        counts = np.bincount(inside.indices, minlength=len(self.terms)).astype(np.int64)
        return counts, np.bincount(inside.indices, weights=inside.data, minlength=len(self.terms))

    def carriers(self, term: int, members: np.ndarray | None = None) -> np.ndarray:
        """(k,) int64 positions of the items that carry a term, in order; only those among `members` when given."""
        begin, end = self._by_term.indptr[term : term + 2]
        found = np.sort(self._by_term.indices[begin:end]).astype(np.int64)
        return found if members is None else found[np.isin(found, members)]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """What an artifact keeps; the terms as UTF-8, one a line."""
        terms = np.frombuffer("\n".join(self.terms).encode("utf-8", "surrogatepass"), np.uint8)
        parts = {"indices": self.carried.indices, "indptr": self.carried.indptr, "data": self.carried.data}
        return {"terms": terms, "shape": np.array(self.carried.shape, np.int64), **parts}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Marks:
        """The marks that `to_arrays` described."""
        from scipy.sparse import csr_matrix

        text = np.asarray(arrays["terms"]).tobytes().decode("utf-8", "surrogatepass")
        parts = (np.asarray(arrays["data"]), np.asarray(arrays["indices"]), np.asarray(arrays["indptr"]))
        rows, columns = np.asarray(arrays["shape"]).tolist()
        return cls(tuple(text.split("\n")) if columns else (), csr_matrix(parts, shape=(rows, columns)))

    @cached_property
    def _by_term(self) -> csc_matrix:
        return self.carried.tocsc()


def chance(counts: np.ndarray, size: int, totals: np.ndarray, everything: int) -> np.ndarray:
    """Probability that `size` items drawn at random carry a term at least as often as these do.

    The hypergeometric tail (Fisher's exact test, one side), summed to 64 terms; what is left out is bounded by a
    geometric series, so the figure is never too small. Counts no larger than expected get 1.

    Parameters
    ----------
    counts
        (v,) how many of the `size` items carry each term.
    totals
        (v,) how many of all `everything` items do.

    Returns
    -------
    numpy.ndarray
        (v,) float64 in [0, 1].
    """
    from scipy.special import gammaln

    counts, totals = np.asarray(counts, np.int64), np.asarray(totals, np.int64)
    found = np.ones(len(counts))
    some = np.flatnonzero(counts * everything > size * totals)
    k, total = counts[some, None] + np.arange(_TAIL), totals[some, None]
    possible = k <= np.minimum(size, total)
    k = np.where(possible, k, counts[some, None])

    def choose(n: np.ndarray, of: np.ndarray) -> np.ndarray:
        return gammaln(n + 1.0) - gammaln(of + 1.0) - gammaln(n - of + 1.0)

    whole = choose(np.float64(everything), np.float64(size))
    terms = np.exp(choose(total, k) + choose(everything - total, size - k) - whole) * possible
    last, before = terms[:, -1], np.maximum(terms[:, -2], np.finfo(float).tiny)
    ratio = np.minimum(last / before, 0.99)
    found[some] = np.minimum(terms.sum(axis=1) + last * ratio / (1 - ratio), 1.0)
    return found


def false_discovery(probabilities: np.ndarray, tests: int | None = None) -> np.ndarray:
    """(v,) adjusted probabilities by which to hold the share of false finds (Benjamini & Hochberg 1995).

    doi:10.1111/j.2517-6161.1995.tb02031.x

    Parameters
    ----------
    tests
        How many terms were looked at, when those with no chance are left out of `probabilities`.
    """
    v = len(probabilities)
    if not v:
        return np.zeros(0)
    order = np.argsort(probabilities, kind="stable")
    scaled = probabilities[order] * (tests or v) / np.arange(1, v + 1)
    adjusted = np.empty(v)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def log_odds(inside: np.ndarray, size: int, outside: np.ndarray, others: int, share: np.ndarray) -> np.ndarray:
    """How much more likely a term is inside than outside, in standard errors (Monroe et al. 2008, weighted log-odds).

    Each term gets a prior of ten items that carry it as often as the collection does, so that a rare term does not win
    by luck. doi:10.1093/pan/mpn018

    Parameters
    ----------
    inside, outside
        (v,) how many of `size` items here, and of `others` items elsewhere, carry each term.
    share
        (v,) share of the collection that does.
    """
    prior = 10.0
    expected = np.clip(prior * share, 1e-3, prior - 1e-3)
    a, b = inside + expected, size - inside + prior - expected
    c, d = outside + expected, others - outside + prior - expected
    return (np.log(a / b) - np.log(c / d)) / np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
