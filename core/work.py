"""What jobs do: the pipeline's stages, called by name with plain parameters. A job never writes the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core import forgetting, naming, near_duplicates, safe
from core.errors import BadInput
from core.items.report import Outcome
from core.lock import at_work
from core.partition.rows import Rows
from core.pipeline import STAGES, Recipe, Structure, run
from core.progress import Progress, silent
from core.project import Project
from core.storage import remove

Ready = Callable[[dict[str, Any]], None]


def run_stage(
    path: Path, stage: str, parameters: Mapping[str, Any], progress: Progress, ready: Ready | None = None
) -> dict[str, Any]:
    """What a job does. It never writes the journal: the process that started it adopts the result.

    `ready` is given what can be adopted already while the map is still being refined. Stages are "import" (parameters
    of `import_and_run`), "run" (a recipe, and optionally `until`), "export" (`format`, `name` of the file in the
    project's `exports` folder, and optionally `rows`), "duplicates" and "names".
    """
    with Project.open(path, read_only=True) as project, at_work(path):
        if stage == "import":
            return import_and_run(project, progress=progress, ready=ready, **parameters)
        if stage == "run":
            options = dict(parameters)
            until = options.pop("until", STAGES[-1])
            found = run(project, Recipe(**options), progress, until, _telling(ready))
            return {"active": found.active}
        if stage == "export":
            return _export(project, progress, **parameters)
        if stage == near_duplicates.STAGE:
            near_duplicates.prepare(project, progress)
            return {}
        if stage == naming.STAGE:
            return {"words": naming.prepare(project, progress)}
    raise BadInput(f"There is no stage “{stage}”.", next_step="A job runs “import”, “run” or “export”.")


def import_and_run(
    project: Project,
    source: str,
    options: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Any] | None = None,
    progress: Progress = silent,
    bring_back: bool = False,
    ready: Ready | None = None,
) -> dict[str, Any]:
    """Import a source, then run the stages.

    Parameters
    ----------
    chosen
        The recipe's fields; None = import only.
    bring_back
        Take items in again that were forgotten here.
    ready
        Given what can be adopted already while the map is still being refined.
    """
    from core.items.importer import import_source
    from core.items.sources import open_source

    offered = open_source(source, **dict(options or {}))
    report = import_source(project.items, project.thumbnails, offered, progress, bring_back=bring_back)
    if report.count(Outcome.FORGOTTEN):
        _keep_no_copy(project, source)
    result: dict[str, Any] = {"report": report.to_json()}
    if chosen is not None and len(project.items.load().rows):
        result["active"] = run(project, Recipe(**chosen), progress, ready=_telling(ready)).active
    return result


def _telling(ready: Ready | None) -> Callable[[Structure], None] | None:
    return None if ready is None else lambda found: ready({"active": found.active})


def _keep_no_copy(project: Project, source: str) -> None:
    """A file dropped in the browser is kept in the project; one that holds something forgotten is not."""
    path = Path(source)
    if path.is_file() and path.resolve().parent == (project.path / forgetting.UPLOADS).resolve():
        remove(path)


def _export(
    project: Project, progress: Progress, format: str, name: str, rows: list[list[int]] | None = None
) -> dict[str, Any]:
    from core.collection import collection
    from core.export.table import export

    chosen = None if rows is None else Rows.from_runs(rows).array
    folder = project.path / forgetting.EXPORTS
    folder.mkdir(exist_ok=True)
    written = export(collection(project, chosen), format, folder / safe.file_name(name, "export"), progress)
    return {"name": written.path.name, "rows": written.rows, "bytes": written.bytes, "left_out": written.left_out}
