"""Random sessions of three people's edits, undo, redo, new items, crashes and reopenings against a simple model."""

from __future__ import annotations

import copy
import importlib.util
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
from core.partition.partition import COLUMNS, ORIGIN_NAMES, Origin, Partition
from core.partition.rows import Rows
from tests.soak import SHARE

_spec = importlib.util.spec_from_file_location("partition_model", Path(__file__).with_name("model.py"))
_model = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_model)

# Memory-backed where there is such a folder: thousands of synchronised commits.
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None
rows = st.lists(st.integers(0, 7) | st.integers(0, 11), max_size=6).map(Rows)
some_id = st.integers(1, 4) | st.integers(0, 9)
names = st.sampled_from(["", "cats", "dogs", "  birds\n"])


class Sessions(RuleBasedStateMachine):
    @initialize(n=st.sampled_from([12, 10, 8, 2, 1, 0]), groups=st.lists(st.integers(0, 2), min_size=12, max_size=12))
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
            self.act(Recluster(groups[:n]))

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

    def act(self, edit):
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
        fitting = [model for model in outcomes if self._same(model, after)]
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

    @rule(who=st.sampled_from(["", "Ann", "Ben", "Cy"]), looks=st.booleans())
    def turn(self, who, looks):
        """Somebody goes on, with the page as she has it or drawn anew."""
        self.who = who
        if looks and who:
            self.seen[who] = self.journal.partition.revision

    def _expected(self, edit):
        try:
            choices = [(way,) for way in self.model.carryings(edit)] if edit.kind == "recluster" else [()]
            outcomes = [copy.deepcopy(self.model) for _ in choices]
            for model, choice in zip(outcomes, choices, strict=True):
                model.do(edit, *choice)
        except _model.Refused:
            return []
        return outcomes

    @staticmethod
    def _same(model, partition):
        names = {key: (cluster.name, cluster.note) for key, cluster in partition.clusters.items()}
        if names != {key: (model.names[key], model.notes[key]) for key in model.names}:
            return False
        origins = [ORIGIN_NAMES[Origin(value)] for value in partition.origin]
        flags = (partition.cluster_of.tolist(), partition.confirmed.tolist(), partition.aside.tolist(), origins)
        places = dict(enumerate(zip(*flags, strict=True)))
        rejected = {tuple(pair) for pair in partition.rejected().tolist()}
        likely = {int(row): int(partition.likely[row]) for row in np.flatnonzero(partition.likely)}
        if {frozenset(pair) for pair in partition.apart()} != model.apart_now():
            return False
        if likely != model.likely or set(np.flatnonzero(partition.gone).tolist()) != model.gone:
            return False
        return places == model.place and rejected == model.rejected and partition.next_id == model.next_id

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

    @rule(ids=st.lists(some_id, max_size=4), into=st.none() | some_id)
    def merge(self, ids, into):
        self.act(Merge(tuple(ids), into))

    @precondition(lambda self: len(self.journal.partition.clusters) > 1)
    @rule(data=st.data())
    def merge_known(self, data):
        ids = data.draw(st.lists(st.sampled_from(list(self.journal.partition.clusters)), min_size=2, max_size=3))
        self.act(Merge(tuple(ids)))

    @rule(ids=st.lists(some_id, max_size=4))
    def apart(self, ids):
        self.act(Apart(tuple(ids)))

    @precondition(lambda self: len(self.journal.partition.clusters) > 1)
    @rule(data=st.data())
    def apart_known(self, data):
        ids = data.draw(st.lists(st.sampled_from(list(self.journal.partition.clusters)), min_size=2, max_size=3))
        self.act(Apart(tuple(ids)))

    @rule(key=some_id, parts=st.lists(rows, max_size=3))
    def split(self, key, parts):
        self.act(Split(key, tuple(parts)))

    @precondition(lambda self: self.journal.partition.clusters)
    @rule(data=st.data())
    def split_known(self, data):
        key = data.draw(st.sampled_from(list(self.journal.partition.clusters)))
        part_of = [(row, data.draw(st.integers(0, 2))) for row in self.journal.partition.members(key).tolist()]
        parts = tuple(Rows([row for row, part in part_of if part == which]) for which in (1, 2))
        self.act(Split(key, tuple(part for part in parts if len(part))))

    @rule(items=rows, key=st.none() | some_id)
    def move(self, items, key):
        self.act(Move(items, key))

    @rule(key=some_id, name=names)
    def rename(self, key, name):
        self.act(Rename(key, name))

    @rule(key=some_id, text=names)
    def note(self, key, text):
        self.act(Note(key, text))

    @rule(items=rows)
    def confirm(self, items):
        self.act(Confirm(items))

    @precondition(lambda self: len(self.model.gone) < 8)
    @rule(items=rows)
    def forget(self, items):
        self.act(Forget(items))

    @rule(items=rows, key=some_id)
    def reject(self, items, key):
        self.act(Reject(items, key))

    @rule(items=rows)
    def set_aside(self, items):
        self.act(SetAside(items))

    @rule(items=rows, data=st.data())
    def spread(self, items, data):
        ids = st.sampled_from([0, *self.journal.partition.clusters, *([99] if data.draw(st.booleans()) else [])])
        keys = [data.draw(ids) for _ in items]
        self.act(Spread(items, keys, [0.5] * len(keys), take=data.draw(st.booleans())))

    @rule(items=rows, more=rows, name=names, key=some_id)
    def together(self, items, more, name, key):
        named = (Move(items, None), Rename(-1, name), Spread(more, [-1] * len(more), take=False))
        self.act(Together((*named, Confirm(items)) if key % 2 else (Rename(key, name), *named)))

    @rule(data=st.data())
    def recluster(self, data):
        n = len(self.journal.partition)
        labels = st.integers(-1, 3)
        if data.draw(st.booleans()):
            self.act(Recluster([data.draw(labels) for _ in range(n)]))
        else:
            items = data.draw(rows)
            self.act(Recluster([data.draw(labels) for _ in items], items))

    @rule()
    def undo(self):
        self._step_back("undo")

    @rule()
    def redo(self):
        self._step_back("redo")

    def _step_back(self, verb):
        model = copy.deepcopy(self.model)
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
        assert self._same(model, self.journal.partition)
        self._untouched_are_identical(before, self.journal.partition, event)
        self.model = model

    @rule()
    def reopen(self):
        self._open_again(self.journal.close)

    @rule(cut=st.integers(0, 500), junk=st.binary(max_size=3))
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

    @precondition(lambda self: len(self.journal.partition) < 12)
    @rule(more=st.integers(1, 3))
    def items_arrive(self, more):
        n = min(12, len(self.journal.partition) + more)
        self.journal.resize(n)
        self.model.grow(n)

    @invariant()
    def complete(self):
        if not hasattr(self, "journal"):
            return
        partition = self.journal.partition
        assert {getattr(partition, name).shape for name in COLUMNS} == {(len(partition),)}
        assert set(np.unique(partition.cluster_of).tolist()) <= {0, *partition.clusters}
        counted = sum(partition.sizes().values()) + len(partition.undecided()) + partition.aside.sum()
        assert counted == partition.n_items == len(partition) - partition.gone.sum()
        assert not (partition.gone & ((partition.cluster_of != 0) | partition.aside | (partition.likely != 0))).any()
        assert not partition.gone[partition.rejected()[:, 0]].any()
        assert not (partition.aside & (partition.cluster_of != 0)).any()
        assert not (partition.confirmed & (partition.cluster_of == 0)).any()
        assert all(key < partition.next_id for key in partition.clusters)
        likely = partition.likely != 0
        assert not (likely & (partition.in_named() | partition.aside)).any()
        assert all(partition.clusters[key].name for key in np.unique(partition.likely[likely]).tolist())


class ManySessions(Sessions):
    """The same, for `make soak`."""


_SETTINGS = settings(stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
Sessions.TestCase.settings = settings(_SETTINGS, max_examples=200)
ManySessions.TestCase.settings = settings(_SETTINGS, max_examples=int(20_000 * SHARE), database=None)
test_sessions__agree_with_the_model = Sessions.TestCase
test_many_sessions__agree_with_the_model = pytest.mark.slow(ManySessions.TestCase)
