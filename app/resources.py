"""The only caching of the app: opened projects, encoders and what is derived from artifacts, by names and fingerprints.

Nothing here is keyed by a large value, and every cache has a size. Objects are shared by all sessions and are safe in
threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from app.encoders import EncoderShelf
from app.later import Later
from core import safe
from core.errors import BadInput
from core.fingerprint import digest_bytes
from core.items.decoders import Decoders
from core.items.decoding import Wanted, as_webp
from core.items.report import Outcome, Unreadable
from core.jobs import Jobs, Standby
from core.project import Project

SUFFIX = ".taxon"
_MOST_PROJECTS = 16
_MOST_DERIVED = 64
_MOST_LONG = 6


def projects_folder() -> Path:
    """Where projects live: `$TAXON_PROJECTS`, else `projects/` where the server was started."""
    return Path(os.environ.get("TAXON_PROJECTS") or "projects").absolute()


def project_names() -> list[str]:
    """Names of the projects there are, the one used last first."""
    folder = projects_folder()
    found = [path for path in folder.glob("*" + SUFFIX) if (path / "project.json").is_file()]
    return [path.name.removesuffix(SUFFIX) for path in sorted(found, key=_used, reverse=True)]


def project_path(name: str) -> Path:
    """The folder of a project of this name, there or not. Raises `BadInput` for what cannot be a name."""
    if not name or name != safe.file_name(name):
        raise BadInput(
            f"“{safe.plain(name, 60)}” cannot be the name of a project.",
            "It becomes a folder.",
            "Use letters, digits, spaces and dashes.",
        )
    return projects_folder() / (name + SUFFIX)


def free_name(wanted: str) -> str:
    """A name like `wanted` that no project has yet."""
    base = safe.file_name(wanted, "collection", 60)
    taken = {name.casefold() for name in project_names()}
    candidates = (base if number == 1 else f"{base} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in candidates if name.casefold() not in taken)


def open_project(name: str) -> Project:
    """The project of this name, opened once for all sessions. Raises `NotFound`, `BadInput`."""
    return _opened(str(project_path(name)))


def create_project(name: str) -> Project:
    """A new project. Raises `BadInput` when there is one of this name."""
    path = project_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    Project.create(path, name).close()
    return open_project(name)


def jobs(name: str) -> Jobs:
    """The jobs of a project."""
    return Jobs(project_path(name))


def derived(name: str, key: str, compute: Callable[[], Any]) -> Any:
    """What `compute` returns, once for this `name` and this `key`: a fingerprint of everything that it reads."""
    return _derived(name, key, compute)


def derived_long(name: str, key: str, compute: Callable[[], Any]) -> Any:
    """As `derived`, for what is as long as the collection and changes with what is done: the latest few are kept."""
    return _derived_long(name, key, compute)


def drop_derived() -> None:
    """Let go of everything that was derived from artifacts: some of what it came from is forgotten."""
    _derived.clear()
    _derived_long.clear()
    later().clear()
    encoders.clear()


@st.cache_resource(show_spinner=False, max_entries=1, on_release=Later.close)
def later() -> Later:
    """What takes longer than a page may wait; two at a time, so that one who waits long does not hold up another."""
    return Later(workers=2)


@st.cache_resource(show_spinner=False, max_entries=1, on_release=EncoderShelf.close)
def encoders() -> EncoderShelf:
    """The encoders that understand words typed against a vectors artifact."""
    return EncoderShelf()


def webp(data: bytes, side: int) -> bytes:
    """A picture's file as WebP, at most `side` pixels wide and high. Raises `Unreadable`.

    It is decoded in a process that may die of it; what killed two of them is not tried again while the server runs.
    """
    digest = digest_bytes(data)
    if why := _quarantined().get(digest):
        raise Unreadable(Outcome.QUARANTINED, why)
    answer = _decoders().do(Wanted(data, side))
    if answer.refusal is not None and answer.refusal.outcome is Outcome.QUARANTINED:
        _quarantined()[digest] = answer.refusal.sentence
    return answer.checked().data


@st.cache_resource(show_spinner=False, max_entries=1, on_release=Decoders.close)
def _decoders() -> Decoders:
    return Decoders(as_webp, 2)


@st.cache_resource(show_spinner=False, max_entries=1)
def _quarantined() -> dict[str, str]:
    return {}


def start_standby() -> None:
    """Warm a process up for the next job, unless one waits. Returns at once."""
    if os.environ.get("TAXON_STANDBY", "1") != "0":
        standby().start()


def stop() -> None:
    """Close everything that is open; the server ends."""
    standby().stop()
    _opened.clear()
    encoders.clear()
    later.clear()
    _derived.clear()
    _derived_long.clear()
    standby.clear()
    _decoders.clear()


@st.cache_resource(show_spinner=False, max_entries=1)
def standby() -> Standby:
    """The process that waits for a job; give it to `Jobs.start`."""
    return Standby()


def _is_still_that(project: Project) -> bool:
    return not project.is_replaced


def _close(project: Project) -> None:
    project.close()
    project.thumbnails.close()


# An opened project that is put out of the cache is closed; a page that still holds it opens what it needs again.
@st.cache_resource(show_spinner=False, max_entries=_MOST_PROJECTS, on_release=_close, validate=_is_still_that)
def _opened(path: str) -> Project:
    return Project.open(path)


@st.cache_resource(show_spinner=False, max_entries=_MOST_DERIVED)
def _derived(name: str, key: str, _compute: Callable[[], Any]) -> Any:
    return _compute()


@st.cache_resource(show_spinner=False, max_entries=_MOST_LONG)
def _derived_long(name: str, key: str, _compute: Callable[[], Any]) -> Any:
    return _compute()


def _used(path: Path) -> float:
    times = [entry.stat().st_mtime for entry in (path / "journal.jsonl", path / "project.json") if entry.exists()]
    return max(times, default=0.0)
