"""Pictures that will be shown soon: the browser fetches them now. Nothing is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from app.components.source import mount


def show(addresses: Sequence[str], key: str) -> None:
    """Fetch these pictures after all that the page itself needs; `key` names the place."""
    mount("preload")(key=key, data={"addresses": list(addresses)})
