"""Storing what a stage computed under the fingerprint of all that made it, with what it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from core.fingerprint import fingerprint
from core.storage import Artifact, ArtifactStore

# Raised when a stage's own code changes its result, so that old artifacts are not taken for new ones.
_VERSIONS = {"features": 1, "graph": 2, "tree": 2, "clustering": 1, "map": 2}
_LIBRARIES = {
    "features": ("numpy",),
    "graph": ("numpy", "torch"),
    "tree": ("numpy", "scipy", "scikit-learn"),
    "clustering": ("numpy", "scipy", "scikit-learn", "hdbscan", "umap-learn", "scikit-network"),
    "map": ("numpy", "scipy", "numba"),
}


def stored(
    artifacts: ArtifactStore,
    stage: str,
    inputs: tuple[Any, ...],
    compute: Callable[[], tuple[Mapping[str, np.ndarray], Mapping[str, Any]]],
) -> Artifact:
    """The artifact of a stage and its inputs; computed when it is not stored yet.

    Parameters
    ----------
    inputs
        Keys of artifacts and plain values: all that the result depends on besides code and libraries.
    compute
        Returns arrays and plain values.
    """
    made_by = _made_by(stage)
    key = fingerprint(stage, made_by["code"], made_by["versions"], *inputs)
    if artifacts.has(stage, key):
        return artifacts.load(stage, key)
    begun = time.perf_counter()
    arrays, meta = compute()
    cost = {"seconds": round(time.perf_counter() - begun, 3), "peak_memory_mb": _peak_memory()}
    return artifacts.put(stage, key, arrays, {**meta, **cost, **made_by, "inputs": list(inputs)})


def that_begin_with(artifacts: ArtifactStore, stage: str, inputs: tuple[Any, ...]) -> list[Artifact]:
    """Artifacts of today's code and libraries whose first inputs are these, newest first."""
    made_by = _made_by(stage)
    found = [artifacts.load(stage, key) for key in artifacts.keys(stage)]
    return [
        artifact
        for artifact in found
        if tuple(artifact.meta.get("inputs", ())[: len(inputs)]) == inputs
        and all(artifact.meta.get(name) == value for name, value in made_by.items())
    ]


def restored(kind: Any, artifact: Artifact) -> Any:
    """What `kind.to_arrays()` was stored of, by `kind.from_arrays`."""
    return kind.from_arrays({name: artifact.array(name) for name in artifact.names()}, artifact.meta)


def _made_by(stage: str) -> dict[str, Any]:
    return {"code": _VERSIONS[stage], "versions": {library: version(library) for library in _LIBRARIES[stage]}}


def _peak_memory() -> int:
    import resource
    import sys

    # Kilobytes on Linux, bytes on macOS.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
