"""What jobs do: the pipeline's stages, called by name with plain parameters. A job never writes the journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import safe
from core.errors import BadInput
from core.partition.rows import Rows
from core.pipeline import STAGES, Recipe, run
from core.progress import Progress, silent
from core.project import Project


def run_stage(path: Path, stage: str, parameters: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """What a job does. It never writes the journal: the process that started it adopts the result.

    Stages are "import" (parameters of `import_and_run`), "run" (a recipe, and optionally `until`) and "export"
    (`format`, `name` of the file in the project's `exports` folder, and optionally `rows`).
    """
    with Project.open(path, read_only=True) as project:
        if stage == "import":
            return import_and_run(project, progress=progress, **parameters)
        if stage == "run":
            options = dict(parameters)
            until = options.pop("until", STAGES[-1])
            found = run(project, Recipe(**options), progress, until)
            return {"active": found.active}
        if stage == "export":
            return _export(project, progress, **parameters)
    raise BadInput(f"There is no stage “{stage}”.", next_step="A job runs “import”, “run” or “export”.")


def import_and_run(
    project: Project,
    source: str,
    options: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Import a source, then run the stages. `chosen` = the recipe's fields; None = import only."""
    from core.items.importer import import_source
    from core.items.sources import open_source

    report = import_source(project.items, project.thumbnails, open_source(source, **dict(options or {})), progress)
    result: dict[str, Any] = {"report": report.to_json()}
    if chosen is not None and len(project.items.load()):
        result["active"] = run(project, Recipe(**chosen), progress).active
    return result


def _export(
    project: Project, progress: Progress, format: str, name: str, rows: list[list[int]] | None = None
) -> dict[str, Any]:
    from core.collection import collection
    from core.export.table import export

    chosen = None if rows is None else Rows.from_runs(rows).array
    folder = project.path / "exports"
    folder.mkdir(exist_ok=True)
    written = export(collection(project, chosen), format, folder / safe.file_name(name, "export"), progress)
    return {"name": written.path.name, "rows": written.rows, "bytes": written.bytes, "left_out": written.left_out}
