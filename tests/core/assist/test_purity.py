import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.assist.purity import METHODS, draw, needed, purity
from core.errors import BadInput


def test_purity__says_it_in_a_sentence():
    assert purity(12_310, 40, 39).sentence() == "40 of 12,310 checked, 39 right: 86–99 %."
    assert purity(12_310, 40, 39, method="wilson").sentence() == "40 of 12,310 checked, 39 right: 87–99 %."
    assert purity(50_000, 9_000, 8_910).sentence() == "9,000 of 50,000 checked, 8,910 right: 98.7–99.2 %."
    assert purity(7, 0, 0).sentence() == "None of 7 items checked yet."
    assert purity(7, 7, 6).sentence() == "All 7 checked, 6 right: 85.7 %."


@pytest.mark.parametrize("right", [0, 1, 20, 39, 40])
def test_purity__agrees_with_scipy_in_a_cluster_without_end(right):
    for method, theirs in zip(METHODS, ("exact", "wilson"), strict=True):
        found = purity(10**7, 40, right, method=method)
        want = binomtest(right, 40).proportion_ci(method=theirs)
        assert found.low == pytest.approx(want.low, abs=2e-5) and found.high == pytest.approx(want.high, abs=2e-5)


@pytest.mark.parametrize(("size", "checked"), [(60, 40), (300, 40), (12_310, 40), (200, 10)])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.98, 1.0])
def test_purity__covers_what_it_promises(size, checked, share):
    truth = round(size * share)
    seen = np.random.default_rng(1).hypergeometric(max(truth, 0), size - truth, checked, 4000)
    for method, least in zip(METHODS, (0.95, 0.92), strict=True):
        found = {right: purity(size, checked, int(right), method=method) for right in np.unique(seen)}
        covered = np.mean([found[right].low - 1e-12 <= truth / size <= found[right].high + 1e-12 for right in seen])
        assert covered >= least - 0.01


def test_purity__a_small_cluster_is_known_sooner():
    widths = [found.high - found.low for found in (purity(size, 40, 38) for size in (50, 200, 10_000))]
    assert widths == sorted(widths) and widths[0] < widths[2] / 2


@st.composite
def counts(draw):
    size = draw(st.integers(1, 400))
    checked = draw(st.integers(0, size))
    return size, checked, draw(st.integers(0, checked))


@given(counts())
@example((80, 79, 78))
@example((80, 79, 1))
def test_purity__never_contradicts_what_was_seen(told):
    size, checked, right = told
    for method in METHODS:
        found = purity(size, checked, right, method=method)
        assert right / size - 1e-12 <= found.low <= found.high <= 1 - (checked - right) / size + 1e-12
        if checked:
            # A cluster's share is a whole number of its items, which the share that was seen need not be.
            assert found.low <= right / checked + 1 / size and found.high >= right / checked - 1 / size


def test_purity__stops_when_it_may():
    assert purity(10_000, 100, 100).verdict(0.95) == "good enough"
    assert purity(10_000, 40, 39).verdict(0.95) == "go on"
    assert purity(10_000, 40, 30).verdict(0.95) == "hopeless"
    assert purity(10, 0, 0).verdict(0.95) == "go on"


@pytest.mark.parametrize("size", [1, 30, 500, 100_000])
def test_needed__is_the_first_number_that_is_enough(size):
    number = needed(size, 0.95)
    assert purity(size, number, number).verdict(0.95) == "good enough"
    assert number == 1 or purity(size, number - 1, number - 1).verdict(0.95) == "go on"


@pytest.mark.parametrize("numbers", [(5, 6, 1), (5, 3, 4), (5, 3, -1)])
def test_purity__refuses_what_cannot_be(numbers):
    with pytest.raises(BadInput, match="cannot be true"):
        purity(*numbers)
    with pytest.raises(BadInput, match="no interval"):
        purity(5, 1, 1, method="wald")


def test_draw__stays_when_members_change():
    rows = np.arange(500)
    before = draw(rows, np.empty(0, np.int64), 40, seed=3)
    after = draw(np.concatenate([rows[50:], np.arange(900, 960)]), np.empty(0, np.int64), 40, seed=3)
    stayed = [row for row in before.tolist() if row >= 50]
    still = [row for row in after.tolist() if row < 500]
    assert min(len(stayed), len(still)) > 30 and all(a == b for a, b in zip(stayed, still, strict=False))
    assert not np.array_equal(before, draw(rows, np.empty(0, np.int64), 40, seed=4))


def test_draw__goes_on_where_it_was_and_ends():
    rows, nothing = np.arange(30), np.empty(0, np.int64)
    whole = draw(rows, nothing, 30)
    assert sorted(whole.tolist()) == rows.tolist()
    assert np.array_equal(draw(rows, whole[:10], 5), whole[10:15])
    assert len(draw(rows, whole, 5)) == 0


def test_draw__is_a_fair_sample():
    drawn = np.concatenate([draw(np.arange(100), np.empty(0, np.int64), 10, seed=seed) for seed in range(2000)])
    counts = np.bincount(drawn, minlength=100)
    # Each row is drawn 200 times, give or take 13; the farthest of 100 lies within 4 of these.
    assert abs(counts - 200).max() < 4.5 * 13.5
