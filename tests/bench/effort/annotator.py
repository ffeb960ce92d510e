"""The person in a process of her own: the truth is read there, stays there, and is scored there."""

from __future__ import annotations

import multiprocessing

from core.assist import answers
from tests.bench.effort import data
from tests.bench.effort.person import Person


class Annotator:
    """Talks to a `Person` through a pipe; only what a card shows goes over, and only answers and figures come back.

    Parameters
    ----------
    name, seed
        The set, whose truth the other process reads.
    error, policy
        As of `Person`.
    """

    def __init__(self, name, seed, error=0.0, policy="honest"):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, name, seed, error, policy), daemon=True)
        self._process.start()
        theirs.close()
        facts = self._ask("facts")
        self.n, self.k, self.largest = facts["n"], facts["k"], facts["largest"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._pipe.close()
        self._process.join(10)

    def reset(self):
        """Let her forget the names she used, and start a new bill; her slips are drawn anew from the same seed."""
        self._ask("reset")

    def answer(self, card):
        """The answer to a `core.assist.cards.Card`."""
        kind, given = self._ask("answer", card.kind, card.sides, dict(card.labels), tuple(card.suggestions))
        return getattr(answers, kind)(**given)

    def label(self, item_id):
        """Of one item, for baselines."""
        return self._ask("label", item_id)

    def name(self, shown):
        """Of one cluster, for baselines."""
        return self._ask("name", list(shown))

    def name_agreeing(self, shown):
        """Of one card, for baselines: (name, items that are it)."""
        return self._ask("name_agreeing", list(shown))

    def vocabulary(self):
        """All names, for the baseline that is told them."""
        return self._ask("vocabulary")

    def spent(self):
        """The bill: acts, seconds, answers, found, all_found_at."""
        return self._ask("spent")

    def score(self, labels, confidence=None, verified=()):
        """Figures of a labelling: item_id → label, item_id → confidence, ids that a person decided about."""
        return self._ask("score", dict(labels), dict(confidence or {}), list(verified))

    def _ask(self, what, *given):
        self._pipe.send((what, given))
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(pipe, name, seed, error, policy):
    truth_of = data.load(name, seed).truth_of
    person = Person(truth_of, error, policy, seed)
    while True:
        try:
            what, given = pipe.recv()
        except EOFError:
            return
        try:
            if what == "reset":
                person = Person(truth_of, error, policy, seed)
                pipe.send(None)
            else:
                pipe.send(getattr(person, what)(*given))
        except Exception as problem:
            pipe.send(problem)
