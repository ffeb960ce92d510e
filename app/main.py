"""The server: `streamlit run app/main.py`. Routes, what begins and ends with it, and the script that it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

# `streamlit run` puts only this folder on the path, and the packages are one above it.
_ROOT = Path(__file__).resolve().parent.parent
sys.path[:] = [str(_ROOT), *(entry for entry in sys.path if entry != str(_ROOT))]

# Threads that wait for work must sleep, not spin; the libraries read this once, when they are loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from starlette.middleware import Middleware  # noqa: E402

from app import resources, tiles  # noqa: E402
from app.routes import ROUTES  # noqa: E402
from app.server import login  # noqa: E402
from app.server.door import door  # noqa: E402
from app.server.front import Front  # noqa: E402
from app.server.gate import Gate  # noqa: E402
from app.server.memory import give_back_long_arrays  # noqa: E402
from app.server.settings import Settings, check  # noqa: E402
from app.server.shipped import Shipped  # noqa: E402
from core.errors import TaxonError  # noqa: E402


@asynccontextmanager
async def lifespan(server: Any) -> AsyncIterator[None]:
    """Warm a process up for the first job while the person is choosing; close every project at the end."""
    resources.start_standby()
    yield
    resources.stop()


def refuse_to_be_open() -> Settings:
    """The settings, if strangers cannot use a server that has them; else the end, with a sentence and code 2."""
    settings = Settings.read()
    try:
        check(settings, str(st.get_option("server.address") or ""))
    except TaxonError as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(2)
    return settings


settings = refuse_to_be_open()
give_back_long_arrays()
entrance = door()
app = st.App(
    Path(__file__).resolve().parent / "navigation.py",
    routes=[*ROUTES, *tiles.ROUTES, *login.routes(entrance)],
    middleware=[Middleware(Front, settings=settings), Middleware(Gate, door=entrance), Middleware(Shipped)],
    lifespan=lifespan,
)
