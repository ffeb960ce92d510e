"""core.limits: one table, printed as it is."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from core.limits import DEFAULT, Limits


def test_limits__rows_hold_every_cap_in_order():
    rows = Limits(name_chars=7).rows()
    assert ("name_chars", 7) in rows
    assert [name for name, _ in rows] == list(Limits.__dataclass_fields__)
    assert all(isinstance(value, int) and value > 0 for _, value in rows)


def test_limits__cannot_be_changed_for_everybody():
    with pytest.raises(FrozenInstanceError):
        DEFAULT.name_chars = 1


def test_limits__fit_together():
    assert DEFAULT.thumbnail_side < DEFAULT.picture_side
    assert DEFAULT.zip_bytes < DEFAULT.zip_unpacked_bytes
    # The longest side alone must be possible within the pixels.
    assert DEFAULT.picture_side < DEFAULT.picture_pixels
    assert DEFAULT.item_id_chars <= DEFAULT.cell_chars <= DEFAULT.text_chars
