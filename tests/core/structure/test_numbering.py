import numpy as np
import pytest

from core.structure.numbering import by_size


@pytest.mark.parametrize("high", [3, 50, 10**9], ids=["few", "some", "far apart"])
def test_by_size__agrees_with_sorting_by_hand(high):
    given = np.random.default_rng(0).integers(-2, high, size=300)
    found = by_size(given)
    members = [np.flatnonzero(given == value) for value in np.unique(given) if value >= 0]
    members.sort(key=lambda rows: (-len(rows), rows[0]))
    wanted = np.full(300, -1)
    for number, rows in enumerate(members):
        wanted[rows] = number
    assert found.tolist() == wanted.tolist()
    assert found.dtype == np.int32


def test_by_size__nothing_and_nobody():
    assert by_size(np.array([], dtype=int)).tolist() == []
    assert by_size(np.array([-1, -5])).tolist() == [-1, -1]
