"""What a gesture makes of the selection."""

from __future__ import annotations

import numpy as np
import pytest

from app.components.picks import HOWS, Pick

EXPECTED = {"set": [3, 4], "add": [1, 2, 3, 4], "remove": [1, 2], "within": [3], "toggle": [1, 2, 4]}


@pytest.mark.parametrize("how", HOWS)
def test_applied__changes_what_was_selected(how):
    assert Pick(np.array([3, 4]), how).applied_to(np.array([1, 2, 3])).tolist() == EXPECTED[how]


def test_applied__a_plain_one_is_all_that_is_selected_then():
    assert Pick(np.array([3, 4])).applied_to(np.array([1, 2, 3])).tolist() == [3, 4]
