"""One run of what is measured: a project, a `Review`, a person, and nothing beside them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.assist import answers
from core.project import Project
from tests.bench.effort import prepare


def run(name, seed, annotator, budgets, log=None, k=None):
    """Answer cards until the last budget is spent or nothing is asked any more.

    The state at a budget is what stands before the answer that would have cost more.

    Parameters
    ----------
    annotator
        A fresh `Annotator`.
    budgets
        Rising numbers of acts.
    log
        A list that gets every card and answer as plain values, for `replay`.
    k
        Clusters that the project starts with; None = as estimated.

    Returns
    -------
    points, about
        One dict a budget; and `kinds` (cards of each kind), `next_ms`, `answer_ms` (median, worst), `ended_at` (acts
        when nothing was asked any more, None when the budget ended it); with a log `events` (how often the journal
        grew) and the final `labels` too.
    """
    from core.assist.review import Review

    points, kinds, waited, took, ended = [], {}, [], [], None
    left = list(budgets)
    with _fresh(name, seed, k) as project:
        first = len(project.history())
        review = Review(project)
        before = annotator.spent()
        while left:
            begun = time.perf_counter()
            card = review.next()
            waited.append(time.perf_counter() - begun)
            if card is None:
                ended = before["acts"]
                break
            answer = annotator.answer(card)
            spent = annotator.spent()
            while left and spent["acts"] > left[0]:
                points.append({"budget": left.pop(0), **before, **_score(project, annotator)})
            if not left:
                break
            begun = time.perf_counter()
            review.answer(card, answer)
            took.append(time.perf_counter() - begun)
            kinds[card.kind] = kinds.get(card.kind, 0) + 1
            if log is not None:
                log.append({"key": card.key, "kind": card.kind, **plain(answer)})
            before = spent
        for budget in left:
            points.append({"budget": budget, **before, **_score(project, annotator)})
        events = len(project.history()) - first
        final = labels_of(project)[0]
    about = {"kinds": kinds, "next_ms": _times(waited), "answer_ms": _times(took), "ended_at": ended}
    if log is not None:
        about |= {"events": events, "labels": final}
    return points, about


def replay(name, seed, log):
    """The labels of a fresh project after the answers of a log: item_id → label. Raises `ValueError` when it strays."""
    from core.assist.review import Review

    with _fresh(name, seed) as project:
        review = Review(project)
        for step, told in enumerate(log):
            card = review.next()
            if card is None or card.key != told["key"]:
                raise ValueError(f"answer {step} was to “{told['key']}”, now it asks “{card and card.key}”")
            review.answer(card, getattr(answers, told["answer"])(**told["given"]))
        return labels_of(project)[0]


@contextmanager
def _fresh(name, seed, k=None):
    with TemporaryDirectory() as folder:
        path = prepare.copy(name, seed, Path(folder) / "run.taxon", k)
        with Project.open(path) as project:
            yield project


def labels_of(project):
    """({item_id: label}, {item_id: confidence or None}) as the project says them now; undecided items have none."""
    table = project.labels()
    labels = np.where(table["undecided"], "", table["label"])
    sure = [None if value != value else float(value) for value in table["confidence"]]
    ids = list(map(str, table["item_id"]))
    return dict(zip(ids, map(str, labels), strict=True)), dict(zip(ids, sure, strict=True))


def plain(answer):
    """An answer as values that JSON takes."""
    given = asdict(answer) if not isinstance(answer, answers.Accept) else {"wrong": dict(answer.wrong)}
    return {"answer": type(answer).__name__, "given": given}


def _score(project, annotator):
    table = project.labels()
    by_person = table["origin"] == "person"
    figures = annotator.score(*labels_of(project), list(map(str, table["item_id"][by_person])))
    return {"verified": float(by_person.mean()), **figures}


def _times(seconds):
    if not seconds:
        return None
    return [round(1000 * float(np.median(seconds)), 1), round(1000 * float(np.max(seconds)), 1)]
