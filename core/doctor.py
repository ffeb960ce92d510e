"""An examination of this machine: what is installed, which encoders work offline, how edits are stored."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from core import __version__
from core.limits import DEFAULT

_LIBRARIES = (
    "numpy", "torch", "torchvision", "open_clip_torch", "umap-learn", "hdbscan", "scikit-learn", "scikit-network",
    "numba", "streamlit", "plotly", "pillow", "pyarrow", "pandas", "sentence-transformers",
)  # fmt: skip


def examine() -> dict[str, Any]:
    """Findings as plain JSON types: python, libraries, encoders, journal, machine, problems (a list of sentences)."""
    from core.encoders.table import offline
    from core.partition.database import journal_mode, journal_mode_reason

    linked = sqlite3.sqlite_version_info
    free = shutil.disk_usage(Path.cwd()).free
    findings: dict[str, Any] = {
        "taxon": __version__,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "encoders": offline(),
        "journal": {"sqlite": sqlite3.sqlite_version, "mode": journal_mode(linked), "why": journal_mode_reason(linked)},
        "machine": {
            "system": platform.platform(),
            "cores": os.cpu_count(),
            "memory_gb": _memory_gb(),
            "free_disk_gb": round(free / 1e9, 1),
        },
    }
    findings["problems"] = _problems(findings, free)
    return findings


def in_words(findings: Mapping[str, Any]) -> str:
    """The findings as lines for a terminal."""
    machine, journal = findings["machine"], findings["journal"]
    lines = [
        f"Taxon {findings['taxon']}, Python {findings['python']}, {machine['system']}",
        f"{machine['cores']} cores, {machine['memory_gb']} GB of memory, {machine['free_disk_gb']} GB free on disk",
        "",
        "Libraries",
        *(f"  {name:24}{found or 'not installed'}" for name, found in findings["libraries"].items()),
        "",
        "Encoders",
        *(f"  {name:24}{state}" for name, state in findings["encoders"].items()),
        "",
        f"Journal: SQLite {journal['sqlite']}, mode “{journal['mode']}”: {journal['why']}",
        "",
        *(findings["problems"] or ["Nothing stands in the way."]),
    ]
    return "\n".join(lines)


def _problems(findings: Mapping[str, Any], free: int) -> list[str]:
    problems = []
    optional = {"sentence-transformers"}
    for name, found in findings["libraries"].items():
        if found is None and name not in optional:
            problems.append(f"“{name}” is not installed: run `pip install -r requirements.txt`.")
    if free < DEFAULT.free_disk_bytes:
        problems.append(f"Only {free / 1e6:.0f} MB are free on this disk: jobs will not start.")
    return problems


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None
