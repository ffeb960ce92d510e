"""How right the labels are at least: absent before there is evidence, never above what is expected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assist.progress_curve import accuracy, curve
from core.partition.edits import Confirm, Rename, Spread, Together, Undo
from core.partition.events import Event
from core.partition.partition import Partition
from core.partition.rows import Rows


def labelled(n, verified, confidence):
    """`n` items in a named cluster, the first `verified` of them confirmed, the others with this confidence."""
    partition = Partition.from_labels(np.zeros(n, dtype=np.int32))
    sure = np.full(n, np.nan, np.float32)
    sure[verified:] = confidence
    named = {1: replace(partition.clusters[1], name="x")}
    return replace(partition, confirmed=np.arange(n) < verified, confidence=sure, clusters=named)


def test_accuracy__is_absent_before_thirty_items_are_verified():
    assert accuracy(labelled(100, 29, 0.9)) is None
    assert accuracy(labelled(100, 30, 0.9)) is not None
    assert accuracy(labelled(100, 30, np.nan)) is None
    assert accuracy(Partition.start(5)) is None


def test_accuracy__of_everything_confirmed_is_all():
    told = accuracy(labelled(50, 50, np.nan))
    assert told.low == told.expected == 1.0 and told.labelled == 0


def test_accuracy__counts_what_is_sure_and_what_has_no_label_as_wrong():
    told = accuracy(labelled(130, 30, np.where(np.arange(100) < 20, 0.95, 0.5)))
    assert (told.verified, told.labelled, told.sure) == (30, 100, 20)
    partition = labelled(130, 30, np.where(np.arange(100) < 20, 0.95, np.nan))
    assert accuracy(partition).expected == pytest.approx((30 + 19) / 130)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(31, 2000), share=st.floats(0.02, 1), sure=st.floats(0, 1))
def test_accuracy__low_is_never_above_what_is_expected(n, share, sure):
    verified = max(30, int(share * n))
    told = accuracy(labelled(n, min(verified, n), sure if verified < n else np.nan))
    assert 0 <= told.low <= told.expected + 1e-9 <= 1 + 1e-6
    assert told.low >= min(verified, n) / n - 1e-9


def test_accuracy__low_holds_where_confidence_is_a_rate_seen_in_a_sample():
    random = np.random.default_rng(1)
    below = 0
    for _ in range(200):
        true, n, verified = random.uniform(0.5, 0.98), 1000, 60
        seen = random.binomial(verified, true) / verified
        below += accuracy(labelled(n, verified, seen)).low * n > verified + true * (n - verified)
    assert below <= 12  # 2.5 % of them, and what chance adds


def told(place, kind, undone=False):
    return Event(place, "2026-01-01T00:00:00.000", "", kind, "", place, undone=undone)


def test_curve__has_a_point_for_every_answer_in_force():
    n = 60
    start = Partition.from_labels(np.zeros(n, dtype=np.int32))
    rest = np.arange(40, n)
    sure = Spread(Rows(rest), np.full(len(rest), 1), np.full(len(rest), 0.8, np.float32))
    edits = [
        Rename(1, "x"),
        Together((Confirm(Rows(np.arange(10))),)),
        Together((Confirm(Rows(np.arange(10, 35))), sure)),
        Together((Confirm(Rows(np.arange(35, 38))),)),
        Undo(),
        Together((Confirm(Rows(np.arange(35, 40))),)),
    ]
    events = [told(1, "rename"), *(told(at, "together", undone=at == 4) for at in (2, 3, 4)), told(5, "undo")]
    events.append(told(6, "together"))
    found = curve(start, edits, events)
    assert [one.verified for one in found] == [35, 40]
    assert [one.verified for one in curve(start, edits, events, most=1)] == [40]
    assert curve(Partition.start(1_000_000), edits, events) == []
