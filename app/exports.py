"""Exports made by a job, waiting in the project's folder to be downloaded."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app import resources
from app.components import messages
from app.server.identity import current, require
from core import safe
from core.export.table import FORMATS
from core.partition.rows import Rows
from core.users.roles import Right


@dataclass(frozen=True)
class Made:
    """A finished export: its file, what the browser may call it, how many items it holds."""

    path: Path
    name: str
    rows: int
    left_out: int


def make(name: str, format_: str, rows: np.ndarray | None) -> None:
    """Begin an export of a project; None = all its items."""

    def begin() -> str:
        require(Right.EXPORT)
        stem = safe.file_name(f"{name} {datetime.now(UTC):%Y-%m-%d %H%M%S}", "export")
        parameters = {"format": format_, "name": stem + FORMATS[format_].extension}
        chosen = None if rows is None else Rows(rows).runs()
        resources.jobs(name).start("export", {**parameters, "rows": chosen})
        return "The file is being prepared."

    messages.attempt(begin, undo=False)


def latest(name: str) -> Made | None:
    """The newest finished export that is still there, a folder as a zip of itself; none for who may not export."""
    if not current().may(Right.EXPORT):
        return None
    for status in resources.jobs(name).list():
        if status.stage != "export" or status.state != "done" or not status.result:
            continue
        result = status.result
        path = resources.project_path(name) / "exports" / safe.file_name(str(result["name"]), "export")
        if path.is_dir():
            packed = path.with_suffix(".zip")
            path = packed if packed.exists() else Path(shutil.make_archive(str(path), "zip", path))
        if path.is_file():
            return Made(path, path.name, int(result["rows"]), int(result["left_out"]))
    return None
