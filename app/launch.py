"""How work begins: a project for a source, and the job that imports and analyses it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from app import resources, state
from app.server.door import door
from app.server.identity import current, require
from core import pipeline, safe
from core.errors import BadInput
from core.limits import DEFAULT
from core.pipeline import Recipe
from core.users.roles import Right

DEMOS = {"demo:emoji": "Emoji", "demo:docstrings": "Docstrings"}


def demo(source: str) -> str:
    """A new project of a demo set; one that is there already is opened. Returns what happens, in a sentence."""
    name = DEMOS[source]
    if name in resources.project_names() and len(resources.open_project(name).items.load().rows):
        state.set(project=name)
        return f"{name} is open."
    begin(name, source)
    return f"{name} is being made."


def begin(name: str, source: str, options: Mapping[str, Any] | None = None, recipe: Recipe | None = None) -> str:
    """Import a source into the project `name`, which is made when missing, and analyse it; returns the job's id.

    Raises
    ------
    NotAllowed
        When the role of who asks does not include imports.
    BadInput
        When the name cannot be one, or the disk is nearly full.
    """
    require(Right.IMPORT)
    if name not in resources.project_names():
        resources.create_project(name)
    _need_room()
    state.set(project=name)
    parameters = {"source": source, "options": dict(options or {}), "chosen": asdict(recipe or Recipe())}
    return resources.jobs(name).start("import", parameters, resources.standby())


def begin_upload(name: str, file_name: str, file: IO[bytes], options: Mapping[str, Any], recipe: Recipe) -> str:
    """The same for a file that was dropped in the browser; it is kept in the project."""
    require(Right.IMPORT)
    if name not in resources.project_names():
        resources.create_project(name)
    _need_room()
    folder = resources.project_path(name) / "uploads"
    folder.mkdir(exist_ok=True)
    kept = folder / safe.file_name(file_name, "upload")
    with kept.open("wb") as target:
        shutil.copyfileobj(file, target, 1 << 20)
    return begin(name, str(kept), options, recipe)


def again(name: str, recipe: Recipe) -> str:
    """Analyse the items of a project once more with another recipe; returns the job's id. Raises `NotAllowed`."""
    require(Right.COMPUTE)
    _need_room()
    return resources.jobs(name).start("run", asdict(recipe), resources.standby())


def stop(name: str, job_id: str) -> None:
    """Ask a job to end; what is finished is kept. Raises `NotAllowed`."""
    require(Right.COMPUTE)
    resources.jobs(name).cancel(job_id)


def go_on(name: str, job_id: str) -> None:
    """Take up a job that was stopped, interrupted or failed. Raises `NotAllowed`."""
    require(Right.COMPUTE)
    resources.jobs(name).resume(job_id, resources.standby())


def get_ready(name: str) -> None:
    """Warm a process up for the next job, unless one of this project works now: they would slow each other down."""
    if current().may(Right.COMPUTE) and not (name in resources.project_names() and resources.jobs(name).unfinished()):
        resources.start_standby()


def recipe_of(name: str) -> Recipe:
    """The recipe a project was analysed with last; the default one for a project that does not exist yet."""
    return pipeline.recipe(resources.open_project(name)) if name else Recipe()


def sources_root() -> Path:
    """The folder below which the browser may choose: `$TAXON_SOURCES`, else the home of who runs the server.

    Where people log in they are not the one who runs it: without `$TAXON_SOURCES` there is then nothing to choose from.
    """
    alone = Path.home() if not door().settings.login else resources.projects_folder() / "sources"
    return Path(os.environ.get("TAXON_SOURCES") or alone).resolve()


def subfolders(folder: Path) -> list[str]:
    """Names of the folders in a folder that may be chosen from, sorted; links and hidden ones are left out.

    Who may not import sees none.
    """
    if not current().may(Right.IMPORT):
        return []
    try:
        found = [entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return []
    return sorted((name for name in found if not name.startswith(".")), key=str.casefold)[:1000]


def _need_room() -> None:
    folder = resources.projects_folder()
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free
    if free < DEFAULT.free_disk_bytes:
        raise BadInput(
            "No work is begun while the disk is nearly full.",
            f"{free / 1e6:,.0f} MB are free, {DEFAULT.free_disk_bytes / 1e6:,.0f} MB are needed.",
            "Free some space, then try again.",
        )
