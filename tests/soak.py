"""How much of a thing is tried at every change, and how much by `make soak`. `TAXON_SOAK=0.1` takes a tenth of that."""

from __future__ import annotations

import os
from typing import Any

import pytest

SHARE = float(os.environ.get("TAXON_SOAK", "1"))


def amounts(every_change: int, soak: int) -> list[Any]:
    """For `pytest.mark.parametrize`."""
    return [
        pytest.param(every_change, id="every-change"),
        pytest.param(max(every_change, int(soak * SHARE)), id="soak", marks=pytest.mark.slow),
    ]
