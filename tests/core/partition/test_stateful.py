"""Random sessions of three people's edits, undo, redo, new items, crashes and reopenings against a simple model."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from core.errors import BadInput, Conflict
from core.partition import snapshots
from core.partition.edits import (
    Apart,
    Confirm,
    Forget,
    Merge,
    Move,
    Note,
    Recluster,
    Reject,
    Rename,
    SetAside,
    Split,
    Spread,
    Together,
)
from core.partition.fold import fold
from core.partition.journal import Journal, rebuild
from core.partition.partition import Partition
from core.partition.rows import Rows
from tests.drawn import Rules, drawn, one_of, several, whole
from tests.partition_checks import agrees, complete
from tests.soak import amounts

_spec = importlib.util.spec_from_file_location("partition_model", Path(__file__).with_name("model.py"))
_model = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_model)

# Memory-backed where there is such a folder: thousands of synchronised commits.
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None
STEPS = 50  # of one session

ROWS = several(whole(0, 11, mostly=7), 6, of=Rows)
SOME_ID = whole(0, 9, mostly=4)
NAME = one_of("", "cats", "dogs", "  birds\n")
PLACES = several(whole(0, 99), 3, least=2)  # of clusters that there are
LABELS = several(whole(-1, 3), 12, least=12)
YES = one_of(True, False)
RULES = Rules()
act = RULES.act


def two_clusters(self):
    return len(self.journal.partition.clusters) > 1


BEGINNING = {"n": one_of(12, 10, 8, 2, 1, 0), "groups": several(whole(0, 2), 12, least=12)}


class Sessions(RuleBasedStateMachine):
    @initialize(**{name: each.strategy for name, each in BEGINNING.items()})
    def open(self, n, groups):
        self.folder = Path(tempfile.mkdtemp(dir=FAST))
        self.every, snapshots.EVERY = snapshots.EVERY, 7
        self.journal = Journal.open(self.folder, n)
        self.model = _model.Model(n)
        self.ids_seen = set()
        self.seen = {"": None, "Ann": 0, "Ben": 0, "Cy": 0}  # the revision that each looks at; a script looks at none
        self.who = ""
        self.changed_at = {}
        # Most sessions begin with clusters; without them nearly everything is refused.
        if n > 2:
            self.do(Recluster(groups[:n]))

    def teardown(self):
        if not hasattr(self, "journal"):
            return
        try:
            self._check_the_whole_way()
        finally:
            snapshots.EVERY = self.every
            self.journal.close()
            shutil.rmtree(self.folder)

    def _check_the_whole_way(self):
        end, n = self.journal.partition, len(self.journal.partition)
        told = rebuild(self.folder / "journal.jsonl")
        assert fold(Partition.start(n), self.journal.edits()).same_as(end)
        with tempfile.TemporaryDirectory(dir=FAST) as other:
            fresh = Journal.open(other, n)
            for edit in told:
                fresh.append(edit)
            assert fresh.partition.same_as(end) and fresh.partition.next_id == end.next_id
            assert {key: value.version for key, value in fresh.partition.clusters.items()} == {
                key: value.version for key, value in end.clusters.items()
            }
            fresh.close()
        steps = 0
        while self.journal.undo_sentence():
            self.journal.undo()
            steps += 1
        assert self.journal.partition.same_as(replace(Partition.start(n), gone=end.gone))
        assert self.journal.partition.next_id == end.next_id
        for _ in range(steps):
            self.journal.redo()
        assert self.journal.partition.same_as(end)

    def do(self, edit):
        before, seen = self.journal.partition, self.seen[self.who]
        outcomes = self._expected(edit)
        try:
            event = self.journal.append(edit, revision=seen, who=self.who)
        except BadInput:
            assert outcomes == [] and self.journal.partition is before
            return
        except Conflict as conflict:
            assert self.journal.partition is before and self._somebody_else_changed(conflict.cluster_id, seen)
            return
        after = self.journal.partition
        # Nobody's edit is overwritten unseen.
        assert not any(self._somebody_else_changed(key, seen) for key in event.touched & set(before.clusters))
        fitting = [model for model in outcomes if agrees(model, after)]
        assert fitting, f"none of {len(outcomes)} models agrees after {edit}"
        self.model = fitting[0]
        assert set(event.created) == set(after.clusters) - set(before.clusters)
        assert not set(event.created) & self.ids_seen
        self.ids_seen |= set(event.created)
        self._note(event)
        self._untouched_are_identical(before, after, event)

    def _somebody_else_changed(self, key, seen):
        return seen is not None and self.changed_at.get(key, 0) > seen

    def _note(self, event):
        self.changed_at |= dict.fromkeys(event.touched, event.revision)

    @act(who=one_of("", "Ann", "Ben", "Cy"), looks=YES)
    def turn(self, who, looks):
        """Somebody goes on, with the page as she has it or drawn anew."""
        self.who = who
        if looks and who:
            self.seen[who] = self.journal.partition.revision

    def _expected(self, edit):
        try:
            choices = [(way,) for way in self.model.carryings(edit)] if edit.kind == "recluster" else [()]
            outcomes = [self.model.copy() for _ in choices]
            for model, choice in zip(outcomes, choices, strict=True):
                model.do(edit, *choice)
        except _model.Refused:
            return []
        return outcomes

    @staticmethod
    def _untouched_are_identical(before, after, event):
        changed = set()
        for key in set(before.clusters) | set(after.clusters):
            same = np.array_equal(before.members(key), after.members(key))
            if not same or before.clusters.get(key) is not after.clusters.get(key):
                changed.add(key)
        assert changed == event.touched
        for key in event.touched & set(after.clusters):
            assert after.clusters[key].version == after.revision == event.revision

    def known(self, places):
        ids = list(self.journal.partition.clusters)
        return tuple(ids[place % len(ids)] for place in places)

    @act(ids=several(SOME_ID, 4), into=SOME_ID, chosen=YES)
    def merge(self, ids, into, chosen):
        self.do(Merge(tuple(ids), into if chosen else None))

    @act(two_clusters, places=PLACES)
    def merge_known(self, places):
        self.do(Merge(self.known(places)))

    @act(ids=several(SOME_ID, 4))
    def apart(self, ids):
        self.do(Apart(tuple(ids)))

    @act(two_clusters, places=PLACES)
    def apart_known(self, places):
        self.do(Apart(self.known(places)))

    @act(key=SOME_ID, parts=several(ROWS, 3))
    def split(self, key, parts):
        self.do(Split(key, tuple(parts)))

    @act(lambda self: self.journal.partition.clusters, place=whole(0, 99), labels=LABELS)
    def split_known(self, place, labels):
        (key,) = self.known([place])
        part_of = [(row, labels[row] % 3) for row in self.journal.partition.members(key).tolist()]
        parts = tuple(Rows([row for row, part in part_of if part == which]) for which in (1, 2))
        self.do(Split(key, tuple(part for part in parts if len(part))))

    @act(items=ROWS, key=SOME_ID, new=YES)
    def move(self, items, key, new):
        self.do(Move(items, None if new else key))

    @act(key=SOME_ID, name=NAME)
    def rename(self, key, name):
        self.do(Rename(key, name))

    @act(key=SOME_ID, text=NAME)
    def note(self, key, text):
        self.do(Note(key, text))

    @act(items=ROWS)
    def confirm(self, items):
        self.do(Confirm(items))

    @act(lambda self: len(self.model.gone) < 8, items=ROWS)
    def forget(self, items):
        self.do(Forget(items))

    @act(items=ROWS, key=SOME_ID)
    def reject(self, items, key):
        self.do(Reject(items, key))

    @act(items=ROWS)
    def set_aside(self, items):
        self.do(SetAside(items))

    @act(items=ROWS, places=several(whole(0, 99), 6, least=6), some_unknown=YES, take=YES)
    def spread(self, items, places, some_unknown, take):
        ids = [0, *self.journal.partition.clusters, *([99] if some_unknown else [])]
        keys = [ids[place % len(ids)] for place, _ in zip(places, items, strict=False)]
        self.do(Spread(items, keys, [0.5] * len(keys), take=take))

    @act(items=ROWS, more=ROWS, name=NAME, key=SOME_ID)
    def together(self, items, more, name, key):
        named = (Move(items, None), Rename(-1, name), Spread(more, [-1] * len(more), take=False))
        self.do(Together((*named, Confirm(items)) if key % 2 else (Rename(key, name), *named)))

    @act(labels=LABELS, items=ROWS, all_items=YES)
    def recluster(self, labels, items, all_items):
        if all_items:
            self.do(Recluster(labels[: len(self.journal.partition)]))
        else:
            self.do(Recluster(labels[: len(items)], items))

    @act()
    def undo(self):
        self._step_back("undo")

    @act()
    def redo(self):
        self._step_back("redo")

    def _step_back(self, verb):
        model = self.model.copy()
        before = self.journal.partition
        try:
            getattr(model, verb)()
        except _model.Refused:
            assert getattr(self.journal, f"{verb}_sentence")() is None
            try:
                getattr(self.journal, verb)()
            except BadInput:
                return
            raise AssertionError(f"there was something to {verb}") from None
        event = getattr(self.journal, verb)()
        self._note(event)
        assert agrees(model, self.journal.partition)
        self._untouched_are_identical(before, self.journal.partition, event)
        self.model = model

    @act()
    def reopen(self):
        self._open_again(self.journal.close)

    @act(cut=whole(0, 500), junk=several(whole(0, 255), 3, of=bytes))
    def crash(self, cut, junk):
        """The process ends without a word, and the power with it: the plain log may lack its end."""

        def leave():
            folder = Path(tempfile.mkdtemp(dir=FAST))
            for name in ("journal.db", "journal.jsonl"):
                data = (self.folder / name).read_bytes() if (self.folder / name).exists() else b""
                (folder / name).write_bytes(data if name == "journal.db" else data[: max(0, len(data) - cut)] + junk)
            self.journal.close()
            shutil.rmtree(self.folder)
            self.folder = folder

        self._open_again(leave)

    def _open_again(self, leave):
        before, told = self.journal.partition, self.journal.history()
        leave()
        self.journal = Journal.open(self.folder, len(before))
        after = self.journal.partition
        assert after.same_as(before) and after.next_id == before.next_id and after.revision == before.revision
        assert dict(after.clusters) == dict(before.clusters)
        assert self.journal.history() == told

    @act(lambda self: len(self.journal.partition) < 12, more=whole(1, 3))
    def items_arrive(self, more):
        n = min(12, len(self.journal.partition) + more)
        self.journal.resize(n)
        self.model.grow(n)

    @invariant()
    def is_complete(self):
        if hasattr(self, "journal"):
            complete(self.journal.partition)


Sessions.TestCase.settings = settings(
    max_examples=200, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)
test_sessions__agree_with_the_model = Sessions.TestCase


def a_session(seed):
    """One session without Hypothesis, whose memory of all that it drew would grow by gigabytes."""
    chance = Random(seed)
    sessions = Sessions()
    sessions.open(**drawn(BEGINNING, chance))
    done = []
    try:
        while len(done) < STEPS:
            done += RULES.one(sessions, chance)
            sessions.is_complete()
    except BaseException as error:
        error.add_note(f"session {seed}, step {len(done)}: {done}")
        raise
    finally:
        sessions.teardown()
    return Counter(name for name, _ in done)


@pytest.mark.parametrize("steps", amounts(1_000, 1_000_000))
def test_many_sessions__agree_with_the_model(steps):
    done = sum((a_session(seed) for seed in range(steps // STEPS)), Counter())
    print(f"{done.total():,} steps of three people, crashes and reopenings: {dict(done.most_common())}")
    assert done.total() == steps // STEPS * STEPS and set(done) == set(RULES.names())
