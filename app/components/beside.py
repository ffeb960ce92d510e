"""What is too big for a message: it goes on the shelf, and the browser fetches it by its content, once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app import routes

SMALL = 1500  # bytes that travel with the message: fetching them would take longer than sending them


def split(data: Mapping[str, Any], **big: Any) -> dict[str, Any]:
    """What a component is told: `data`, and `big` beside it as an address that `shared.js` follows."""
    text = json.dumps(big, ensure_ascii=False, separators=(",", ":")).encode()
    return {**data, **big} if len(text) <= SMALL else {**data, "beside": routes.points_url("", text)}
