"""The JavaScript and CSS of our own components: one module each, fetched once by its digest.

A component's script travels with every message that draws it. So the message carries one line, which imports the module
from the route `/code/NAME`; the browser keeps it for as long as it does not change.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.fingerprint import digest_bytes

_HERE = Path(__file__).resolve().parent
# Two lines, or Streamlit takes it for a path. The address is whole because a script of a message runs from “blob:”.
_LOADER = """const address = new URL("/code/{name}", location.origin);
export default (await import(address.href)).default;"""


@cache
def mount(package: str) -> Any:
    """The renderer of the component in `app/components/PACKAGE/` (its .js and .css files), registered once."""
    return st.components.v2.component(f"taxon_{package}", js=_LOADER.format(name=_name(package)))


@cache
def modules() -> dict[str, bytes]:
    """The modules of all components, by the names under which the browser asks for them."""
    packages = sorted({path.parent.name for path in _HERE.glob("*/*.js")})
    return {_name(package): _module(package) for package in packages}


@cache
def _module(package: str) -> bytes:
    script, style = (
        "\n".join(
            path.read_text("utf-8")
            for path in (*sorted(_HERE.glob(f"shared*{kind}")), *sorted((_HERE / package).glob(f"*{kind}")))
        )
        for kind in (".js", ".css")
    )
    return f"const STYLE = {json.dumps(style)};\n{script}".encode()


def _name(package: str) -> str:
    return f"{package}-{digest_bytes(_module(package))[:12]}.js"
