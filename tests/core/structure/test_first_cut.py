from dataclasses import dataclass, field

import numpy as np
import pytest

from core.structure.clusterers import _without_a_lump


@dataclass
class Lumpy:
    """A tree whose biggest cluster holds 90 % of 1,000 items until it is cut into `falls` parts, then 30 %."""

    falls: int
    leaves: int = 400
    micro: np.ndarray = field(default_factory=lambda: np.zeros(1000, dtype=np.int32))

    def cut(self, k):
        lump = 900 if k < self.falls else 300
        return np.concatenate([np.zeros(lump, np.int32), 1 + np.arange(1000 - lump, dtype=np.int32) % max(k - 1, 3)])


@pytest.mark.parametrize("falls", [5, 8, 17, 32])
def test_first_cut__comes_down_from_a_lump(falls):
    note = []
    assert _without_a_lump(Lumpy(falls), 4, note) == falls
    assert "more than half" in note[0]


def test_first_cut__a_group_that_stays_one_is_not_cut_to_pieces():
    assert _without_a_lump(Lumpy(falls=33), 4, []) == 4


def test_first_cut__no_lump_no_change():
    note = []
    assert _without_a_lump(Lumpy(falls=3), 4, note) == 4
    assert not note
