"""Eight ways in which a benchmark of this kind can lie, each tried on it.

    python -m tests.bench.effort.fakes [SETS]      the full form; the tests run the same on a small set

Every check returns a `Verdict`; `slack` is what chance may do on a collection of that size.
"""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

import numpy as np

from core.assist.cards import MOST_ACCEPTED
from tests.bench.effort import data, engine, prepare
from tests.bench.effort.annotator import Annotator


@dataclass(frozen=True)
class Verdict:
    """Whether the benchmark is honest in one respect, and the figures that say so."""

    honest: bool
    says: str


def curve(name, times=(5,), seed=0, policy="honest", log=None, k=None):
    """(points, about, (items, share of the largest class)) of the engine at multiples of the number of classes."""
    with Annotator(name, seed, policy=policy) as annotator:
        points, about = engine.run(name, seed, annotator, [one * annotator.k for one in times], log, k)
        return points, about, (annotator.n, annotator.largest)


def shuffled_truth_is_not_learnt(name, slack=0.02):
    """1: with the truth dealt out at random nothing can be learnt; a higher curve is a leak."""
    return _no_better_than_looked_at(f"{name}~shuffled", slack)


def random_vectors_teach_nothing(name, slack=0.02):
    """5: nor with random vectors."""
    return _no_better_than_looked_at(f"{name}~noise", slack)


def _no_better_than_looked_at(name, slack):
    (point,), _, (n, largest) = curve(name)
    # The cheapest honest labels where nothing can be learnt: pages that all propose the largest class, put right.
    an_act = MOST_ACCEPTED / (1 + MOST_ACCEPTED * (1 - largest))
    looked_at = min(1.0, point["budget"] * an_act / n)
    most = looked_at + (1 - looked_at) * largest + slack
    says = f"{name}: {point['accuracy']:.3f} right at 5K, at most {most:.3f} is possible without a leak"
    return Verdict(point["accuracy"] <= most, says)


def truth_stays_in_its_process(name):
    """2: in this process the truth is poison, it raises when anything reads it; and no project holds it."""
    path = prepare.prepared(name, 0)
    classes = [label.encode() for label in data.load(name, 0).classes]
    texts = data.load(name, 0).texts is not None
    leaks = [] if texts else [file for file in path.rglob("*") if file.is_file() and _holds(file, classes)]
    poison = mock.Mock(side_effect=AssertionError("the truth was read by what is measured"))
    with mock.patch.object(data, "load", poison), mock.patch("tests.bench.effort.person.Person", poison):
        curve(name, times=(1,))
    return Verdict(not leaks, f"{name}: truth never read; class names in {len(leaks)} files of the project")


def _holds(file, words):
    content = file.read_bytes()
    return any(word in content for word in words)


def log_is_the_bill(name):
    """3: as many changes of state as paid answers at most, and the answers alone make the same labels again."""
    log = []
    points, about, _ = curve(name, times=(3,), log=log)
    same = engine.replay(name, 0, log) == about["labels"]
    honest = same and about["events"] <= len(log) <= points[-1]["acts"]
    says = f"{name}: {about['events']} edits, {len(log)} answers, {points[-1]['acts']:g} acts"
    return Verdict(honest, f"{says}; replay gives {'the same' if same else 'other'} labels")


def order_and_ids_tell_nothing(name, slack=0.03):
    """4: other ids in another order, the same curve within noise."""
    (here,), _, _ = curve(name)
    (there,), _, _ = curve(f"{name}~reordered")
    gap = abs(here["accuracy"] - there["accuracy"])
    return Verdict(gap <= slack, f"{name}: {here['accuracy']:.3f} and, reordered, {there['accuracy']:.3f} at 5K")


def careless_people_score_less(name, visibly=0.02):
    """6: naming everything “x” scores nothing; accepting every suggestion scores visibly less than honesty."""
    (honest,), _, _ = curve(name)
    (same_name,), _, _ = curve(name, policy="names everything x")
    (accepts,), _, _ = curve(name, policy="accepts everything")
    good = same_name["accuracy"] == 0 and accepts["accuracy"] <= honest["accuracy"] - visibly
    figures = f"{honest['accuracy']:.3f}, {same_name['accuracy']:.3f}, {accepts['accuracy']:.3f}"
    return Verdict(good, f"{name}: honest, everything “x”, accepts everything: {figures} at 5K")


def queue_is_in_use(name):
    """7: with the picker of plain active learning (the least sure item, the graph ignored) it asks other questions."""
    ours, theirs = [], []
    (before,), _, _ = curve(name, log=ours)
    with least_sure_first():
        (after,), _, _ = curve(name, log=theirs)
    moved = [one["key"] for one in ours] != [one["key"] for one in theirs]
    return Verdict(moved, f"{name}: {before['accuracy']:.3f} with our queue, {after['accuracy']:.3f} with B4's at 5K")


@contextmanager
def least_sure_first():
    """The engine with the picker of B4: the least sure items, whatever group they are in."""
    from core.assist.coverage import Coverage

    def picked(self, seen, looks, unsure, count):
        chosen = np.argsort(-unsure, kind="stable")[:count]
        return chosen, unsure[chosen]

    with mock.patch.object(Coverage, "next_items", picked):
        yield


def estimate_of_k_matters_little(name, slack=0.02, times=10):
    """8: half and twice as many clusters at first, nearly the same in the end."""
    k_hat = prepare.view(name, 0).k_hat
    right = [curve(name, (times,), k=k)[0][0]["accuracy"] for k in (None, max(2, k_hat // 2), 2 * k_hat)]
    says = f"{name}: k̂, half, twice: {right[0]:.3f}, {right[1]:.3f}, {right[2]:.3f} at {times}K"
    return Verdict(bool(np.ptp(right) <= slack), says)


CHECKS = (
    shuffled_truth_is_not_learnt,
    truth_stays_in_its_process,
    log_is_the_bill,
    order_and_ids_tell_nothing,
    random_vectors_teach_nothing,
    careless_people_score_less,
    queue_is_in_use,
    estimate_of_k_matters_little,
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=["digits", "docstrings"])
    caught = 0
    for name in parser.parse_args().sets:
        for check in CHECKS:
            verdict = check(name)
            caught += not verdict.honest
            print("ok  " if verdict.honest else "FAKE", check.__name__.replace("_", " "), "—", verdict.says, flush=True)
    raise SystemExit(1 if caught else 0)


if __name__ == "__main__":
    main()
