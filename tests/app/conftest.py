"""Pages without a browser: a page runs as it is, on projects made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import resources, reviewing
from core.jobs import Jobs
from tests import prepared

VIEWS = Path(__file__).resolve().parents[2] / "app" / "views"


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted project, made once."""
    folder = tmp_path_factory.mktemp("original")
    return prepared.planted_project(folder / "planted.taxon")


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for projects, and no process that waits for work."""
    folder = tmp_path / "projects"
    folder.mkdir()
    monkeypatch.setenv("TAXON_PROJECTS", str(folder))
    monkeypatch.setenv("TAXON_STANDBY", "0")
    monkeypatch.setenv("TAXON_SOURCES", str(tmp_path))
    yield folder
    resources._opened.clear()
    resources._derived.clear()


@pytest.fixture
def planted_copy(projects: Path, original: Path) -> str:
    """Name of a project with 144 pictures in four clusters."""
    shutil.copytree(original, projects / "planted.taxon")
    shutil.copytree(original.parent / "planted source", projects / "planted source")
    return "planted"


@pytest.fixture
def view(projects: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Runs a page with what its address says."""
    # Pages know one another through the navigation only, which a page that runs alone has not.
    monkeypatch.setattr(st, "page_link", lambda page, label="", **_: st.text(f"→ {label}"))
    monkeypatch.setattr(st, "switch_page", lambda page: st.text(f"→→ {page}"))
    # Nothing runs a fragment again here, so what a page would wait for beside is waited for.
    monkeypatch.setattr(reviewing, "_PATIENCE", 60.0)

    def run(name: str, **address: object) -> AppTest:
        page = AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=120)
        for key, value in address.items():
            page.query_params[key] = str(value)
        return page.run()

    return run


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Jobs that were asked for; none of them runs."""
    asked = []

    def start(self, stage, parameters, standby=None):
        asked.append((stage, dict(parameters)))
        return "0" * 14 + "-00000000"

    monkeypatch.setattr(Jobs, "start", start)
    return asked


@pytest.fixture
def words() -> Callable[[AppTest], str]:
    """Everything that a page says."""

    def said(page: AppTest) -> str:
        kinds = ("markdown", "caption", "text", "error", "warning")
        return " ".join(str(one.value) for kind in kinds for one in page.get(kind)).replace("\\", "")

    return said
