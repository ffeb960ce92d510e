"""What the export writes, gathered from a project: one row an item, with its label and where the label comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from core import __version__, pipeline
from core.errors import NotFound
from core.project import Project

if TYPE_CHECKING:
    import pandas as pd

    from core.export.table import Collection


def collection(project: Project, rows: np.ndarray | None = None) -> Collection:
    """Everything that leaves with an export.

    Parameters
    ----------
    rows
        (m,) int64, the items to export; None = all.
    """
    from core.export.table import Collection

    items = project.items.load()
    partition = project.partition()
    frame = project.labels()
    here = frame.index.to_numpy()
    frame.insert(1, "file_name", items.file_name[here])
    frame.insert(2, "text", items.text[here])
    xy = np.full((len(items), 2), np.nan, dtype=np.float32)
    found = pipeline.structure(project)
    if found.has("map"):
        xy[found.rows] = found.map.xy
    frame["x"], frame["y"] = xy[here, 0], xy[here, 1]
    own = {name: items.column(name) for name in items.columns}
    chosen = frame.index.to_numpy() if rows is None else _still_here(rows, frame.index)

    def picture(position: int) -> bytes | None:
        row = int(chosen[position])
        return project.items.picture(row) if items.file_name[row] else None

    return Collection(
        frame=frame.loc[chosen].reset_index(drop=True),
        own={name: values[chosen] for name, values in own.items()},
        picture=picture,
        provenance=_provenance(project, found, partition.revision),
    )


def _still_here(rows: np.ndarray, here: pd.Index) -> np.ndarray:
    """The rows in the order given, without those of forgotten items."""
    return np.asarray(rows, dtype=np.int64)[np.isin(rows, here)]


def _provenance(project: Project, found: pipeline.Structure, revision: int) -> dict[str, Any]:
    stages = {}
    for stage in pipeline.STAGES:
        try:
            artifact = found.artifact(stage)
        except NotFound:
            continue
        stages[stage] = {"key": artifact.key} | {name: value for name, value in artifact.meta.items() if name != "gaps"}
    return {
        "project": project.name,
        "journal_revision": revision,
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_by": f"Taxon {__version__}",
        "stages": stages,
    }
