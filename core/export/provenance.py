"""Where an export comes from: what made it, what is in it, and how to check that it is whole."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.export.contents import OURS, Contents
from core.export.left_out import LeftOut

NAME = "provenance.json"
_ABSOLUTE = re.compile(r"""(^|[\s:=,;("'])(?:file:/+|[A-Za-z]:[\\/]+|/(?=[^\s/])|~[\w.-]*/|\\\\)(.*)""", re.DOTALL)
_NOTES = {
    "csv": ["A text that a spreadsheet could take for a formula has a ' in front; take it off to get the original."],
    "imagefolder": [
        "Pictures are the originals, copied unchanged, with all that their files say (place and camera too).",
        "A text that a spreadsheet could take for a formula has a ' in front; take it off to get the original.",
    ],
}
_NOTES["zip"] = _NOTES["imagefolder"]


def describe(contents: Contents, made_by: Mapping[str, Any], format: str, left_out: LeftOut) -> dict[str, Any]:
    """The facts about an export as plain JSON types. Paths of this machine are reduced to their last part."""
    table = contents.table
    clusters = [value for value in table.column("cluster_id").to_pylist() if value is not None]
    origins = table.column("origin").to_pylist()
    counts = {
        "items": table.num_rows,
        "clusters": len(set(clusters)),
        "undecided": table.num_rows - len(clusters),
        "origin": {origin: origins.count(origin) for origin in sorted(set(origins)) if origin},
        "left_out": left_out.count,
    }
    facts = {
        **without_paths(dict(made_by)),
        "format": format,
        "counts": counts,
        "columns": dict(OURS),
        "your_columns": table.column_names[len(OURS) :],
        "renamed_columns": dict(contents.renamed),
        "notes": _NOTES.get(format, []),
    }
    if left_out.count:
        facts["left_out_examples"] = [{"item_id": item, "why": without_paths(why)} for item, why in left_out.examples]
    return facts


def checksum(path: Path) -> dict[str, Any]:
    """Name, size and SHA-256 of an exported file, to tell whether the provenance beside it is about this very file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def without_paths(value: Any) -> Any:
    """The value with every absolute path in it cut to `…/` and its last part, and NaN as None: safe to give away."""
    if isinstance(value, Mapping):
        return {without_paths(str(name)): without_paths(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_paths(item) for item in value]
    if isinstance(value, str):
        return _ABSOLUTE.sub(_last_part, value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _last_part(found: re.Match[str]) -> str:
    # A path may hold blanks, so everything up to its last separator goes.
    return found[1] + "…/" + re.split(r"[\\/]", found[2].rstrip("\\/"))[-1]
