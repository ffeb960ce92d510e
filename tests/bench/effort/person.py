"""The simulated annotator: she knows the truth, answers from what a card shows, and pays for every act.

She lives in a process of her own (`annotator.py`), so that nothing that is measured can reach the truth.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from core import safe
from tests.bench.effort import bill, metrics

AGREE = 0.6
# Of so few she says “most of them” rather than mark the others.
FEW = 5
POLICIES = ("honest", "names everything x", "accepts everything", "rejects everything", "honest without labels")


class Person:
    """Answers cards.

    Parameters
    ----------
    truth_of
        item_id → name of its class.
    error
        Chance that an answer is wrong; twice that an accepted suggestion is.
    policy
        One of `POLICIES`; all but the first are there to be caught.
    """

    def __init__(self, truth_of, error=0.0, policy="honest", seed=0):
        if policy not in POLICIES:
            raise KeyError(policy)
        self._truth = {item_id: safe.name(label) for item_id, label in truth_of.items()}
        self._classes = sorted(set(self._truth.values()))
        self._sizes = Counter(self._truth.values())
        self._error, self._policy = error, policy
        self._rng = np.random.default_rng([seed, 77])
        self._used = set()
        self._spent = bill.Bill()
        self._named_at = {}
        self._answers = 0

    def facts(self):
        """What a curve is held against: number of items and of classes, share of the largest class."""
        n = len(self._truth)
        return {"n": n, "k": len(self._classes), "largest": max(self._sizes.values()) / n}

    def vocabulary(self):
        """The names of all classes, for the one baseline that is told them (B6)."""
        return list(self._classes)

    def spent(self):
        """The bill so far and what was found for it."""
        known = sum(size >= 5 for size in self._sizes.values())
        found = [at for label, at in self._named_at.items() if self._sizes[label] >= 5]
        return {
            "acts": self._spent.acts,
            "seconds": round(self._spent.seconds, 2),
            "answers": self._answers,
            "found": len(found) / max(known, 1),
            "all_found_at": max(found, default=0) if len(found) == known else None,
        }

    def answer(self, kind, sides, labels, suggestions):
        """The answer to a card as plain values, (name of the answer, its arguments), after paying for it."""
        self._answers += 1
        if self._policy == "names everything x" and kind in ("name", "check"):
            return self._name(kind, sum(map(len, sides)), "x", None, 0, suggestions)
        if self._policy == "rejects everything":
            return self._reject(kind, sides, labels)
        if self._policy == "accepts everything" and kind in ("accept", "merge", "split"):
            shown = sum(map(len, sides))
            self._pay(bill.decide(shown))
            return ("Accept", {"wrong": {}}) if kind == "accept" else ("Yes", {})
        if self._policy == "accepts everything" and suggestions and kind in ("name", "check"):
            return self._name(kind, sum(map(len, sides)), suggestions[0], None, 0, suggestions)
        return getattr(self, f"_answer_{kind}")(sides, labels, suggestions)

    def label(self, item_id):
        """What a baseline learns of one item: the same as a check card without suggestions."""
        return self._answer_check(((item_id,),), {}, ())[1]["text"]

    def name(self, shown):
        """What a baseline learns of one cluster from its exemplars: the commonest kind, one act."""
        self._answers += 1
        text, _ = self._commonest(shown)
        return self._name("name", len(shown), self._slip(text), None, 0, ())[1]["text"]

    def name_agreeing(self, shown, all_of=0.85, part_of=0.55):
        """The card of the baseline “cards”: (name, items that are it); only the first item below `part_of`.

        Half an act for each item that is marked as not that, between the two shares.
        """
        self._answers += 1
        text, those = self._commonest(shown)
        share = len(those) / len(shown)
        if share < part_of:
            text, those = self._truth[shown[0]], shown[:1]
        marked = len(shown) - len(those) if part_of <= share < all_of else 0
        return self._name("name", len(shown), self._slip(text), None, marked, ())[1]["text"], list(those)

    def score(self, labels, confidence, verified=()):
        """Figures of `metrics.figures` for a labelling: item_id → label ("" = none), item_id → confidence or None."""
        verified = set(verified)
        ids = list(self._truth)
        sure = np.array([np.nan if confidence.get(one) is None else confidence[one] for one in ids], dtype=np.float64)
        looked_at = np.array([one in verified for one in ids])
        return metrics.figures([labels.get(one, "") for one in ids], [self._truth[one] for one in ids], sure, looked_at)

    def _answer_name(self, sides, labels, suggestions):
        shown = [item_id for side in sides for item_id in side]
        text, those = self._commonest(shown)
        if len(those) < AGREE * len(shown):
            # No majority: the first item by itself, as of one that is shown alone.
            return self._say("First", len(shown), self._truth[shown[0]], suggestions)
        if len(shown) <= FEW and len(those) < len(shown):
            return self._say("Most", len(shown), text, suggestions)
        only = None if len(those) == len(shown) else those
        return self._name("name", len(shown), self._slip(text), only, len(shown) - len(those), suggestions)

    def _answer_check(self, sides, labels, suggestions):
        text = self._slip(self._truth[sides[0][0]])
        return self._name("check", 1, text, None, 0, suggestions)

    def _answer_merge(self, sides, labels, suggestions):
        same = self._same(sides) != self._errs()
        self._pay(bill.decide(sum(map(len, sides))))
        return ("Yes" if same else "No"), {}

    def _answer_split(self, sides, labels, suggestions):
        same = self._same(sides) != self._errs()
        self._pay(bill.decide(sum(map(len, sides))))
        return ("No" if same else "Yes"), {}

    def _answer_accept(self, sides, labels, suggestions):
        wrong = {}
        for item_id, proposed in labels.items():
            true = self._truth[item_id]
            if proposed != true and not self._errs(2):
                wrong[item_id] = true
            elif proposed == true and self._errs():
                wrong[item_id] = self._other(true)
        new = set(wrong.values()) - self._used
        gives = self._policy != "honest without labels"
        self._pay(bill.accept_page(len(labels), len(wrong), len(wrong) * gives, len(new) * gives))
        for label in wrong.values():
            if gives:
                self._use(label)
        return "Accept", {"wrong": wrong if gives else dict.fromkeys(wrong)}

    def _reject(self, kind, sides, labels):
        shown = sum(map(len, sides))
        if kind == "accept":
            self._pay(bill.accept_page(shown, shown, 0, 0))
            return "Accept", {"wrong": dict.fromkeys(labels)}
        self._pay(bill.decide(shown))
        return {"name": "Mixed", "check": "Skip"}.get(kind, "No"), {}

    def _name(self, kind, shown, text, only, not_that, suggestions):
        new = text not in self._used and text not in suggestions
        self._pay(bill.label_item(new) if kind == "check" else bill.name_cluster(shown, not_that, new))
        self._use(text)
        return "Name", {"text": text, "only": only}

    def _say(self, answer, shown, text, suggestions):
        """One act about a group: she looks at all of it, thinks once, and nothing is marked."""
        _, said = self._name("name", shown, self._slip(text), None, 0, suggestions)
        return answer, {"text": said["text"]}

    def _same(self, sides):
        """Both sides are mostly one kind, and it is the same."""
        (left, those), (right, these) = (self._commonest(side) for side in sides)
        pure = len(those) >= AGREE * len(sides[0]) and len(these) >= AGREE * len(sides[1])
        return left == right and pure

    def _commonest(self, shown):
        kinds = [self._truth[item_id] for item_id in shown]
        # Of equally common kinds, the one that is shown first: it is what the eye meets.
        text = Counter(kinds).most_common(1)[0][0]
        return text, [item_id for item_id, kind in zip(shown, kinds, strict=True) if kind == text]

    def _errs(self, times=1):
        return bool(self._rng.random() < self._error * times)

    def _slip(self, text):
        return self._other(text) if self._errs() else text

    def _other(self, text):
        others = [label for label in self._classes if label != text]
        return others[int(self._rng.integers(len(others)))] if others else text

    def _use(self, text):
        self._used.add(text)
        self._named_at.setdefault(text, self._spent.acts)

    def _pay(self, cost):
        self._spent += cost
