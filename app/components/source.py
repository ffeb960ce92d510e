"""The JavaScript and CSS of our own components, read once when one is first drawn."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).resolve().parent


@cache
def mount(package: str) -> Any:
    """The renderer of the component in `app/components/PACKAGE/` (its .js and .css files), registered once."""
    script, style = (
        "\n".join(
            path.read_text("utf-8") for path in (_HERE / f"shared{kind}", *sorted((_HERE / package).glob(f"*{kind}")))
        )
        for kind in (".js", ".css")
    )
    return st.components.v2.component(f"taxon_{package}", css=style, js=script)
