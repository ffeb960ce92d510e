"""Results of many runs brought together: means and worst over seeds, and the comparisons that are asked for."""

from __future__ import annotations

import json

import numpy as np

from tests.bench.effort import baselines, data
from tests.bench.effort.run import ENGINE, METHODS, TIMES_K, place, probe

SLACK = 0.005
RIVALS = tuple(method for method in baselines.METHODS if method not in ("B0",))


def gather(name, method, error=0.0, seeds=range(5)):
    """Results of a method on a set, one a seed, the newest of those that are there; see `outdated`."""
    found = []
    for seed in seeds:
        now = place(name, seed, method, error)
        kept = now.parent.glob(now.name.rpartition("-")[0] + "-????????.json")
        newest = max(kept, key=lambda path: path.stat().st_mtime, default=None)
        if newest is not None:
            found.append({**json.loads(newest.read_text("utf-8")), "outdated": newest != now})
    return found


def outdated(names, error=0.0):
    """Sets of which a result of the engine was made by other code than is here now."""
    return [name for name in names if any(one["outdated"] for one in gather(name, ENGINE, error))]


def curve(results, figure="accuracy"):
    """(seeds, budgets) float64 of one figure, NaN where it is absent."""
    rows = [[point.get(figure) for point in result["points"]] for result in results]
    return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=np.float64)


def mean(results, figure="accuracy"):
    """(budgets,) mean over seeds of those that have it."""
    values = curve(results, figure)
    some = np.isfinite(values)
    return np.where(some.any(axis=0), np.nansum(values, axis=0) / np.maximum(some.sum(axis=0), 1), np.nan)


def best_rival(name, error=0.0, seeds=range(5)):
    """(accuracies (budgets,), names) of the best baseline at every budget, on the seeds that it has; None for none."""
    means = {method: mean(found) for method in RIVALS if (found := gather(name, method, error, seeds))}
    if not means:
        return None
    table = np.array(list(means.values()))
    names = list(means)
    return table.max(axis=0), [names[row] for row in table.argmax(axis=0)]


def acts_to_reach(results, accuracy):
    """Acts at which the mean curve first reaches an accuracy, log-linear between budgets; None when it never does."""
    acts, right = mean(results, "budget"), mean(results)
    for at in range(len(right)):
        if right[at] >= accuracy:
            if at == 0:
                return float(acts[0])
            share = (accuracy - right[at - 1]) / (right[at] - right[at - 1])
            return float(np.exp(np.log(acts[at - 1]) + share * np.log(acts[at] / acts[at - 1])))
    return None


def measured(error=0.0, seeds=range(5)):
    """Names of the sets that the engine was measured on."""
    wanted = [name for name in data.SETS if name not in data.FOR_TESTS]
    return [name for name in [*wanted, *(f"{one}~part" for one in wanted)] if gather(name, ENGINE, error, seeds)]


def ceiling(name, seeds=range(5)):
    """Mean full probe over the seeds that were measured."""
    return float(np.mean([probe(name, result["seed"]) for result in gather(name, ENGINE, seeds=seeds)]))


__all__ = [
    "ENGINE", "METHODS", "RIVALS", "SLACK", "TIMES_K", "acts_to_reach", "best_rival",
    "ceiling", "curve", "gather", "mean", "measured",
    "outdated",
]  # fmt: skip
