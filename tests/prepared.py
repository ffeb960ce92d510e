"""Projects made through `core` in seconds: planted groups, given vectors, and a map that needs no compiler."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core import adoption, pipeline
from core.items.importer import import_source
from core.items.sources import open_source
from core.pipeline import Recipe
from core.project import Project
from core.structure.maps import Map

GROUPS, EACH = 4, 36
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "**bold** $x^2$ :red[x] [a](javascript:alert(1))",
    "\u0634\u062c\u0631\u0629 \u05e2\u05e5 right to left",
    "two\nlines",
    "endless " * 1250,
)


def analysed(path: Path, source: Path | None, k: int = GROUPS, **options: Any) -> Path:
    """A project of `source` (None = without items) with `k` clusters; `options` go to `open_source`.

    The map is the first two components: UMAP would compile for half a minute and nothing here depends on it.
    """
    with Project.create(path, path.stem) as project:
        if source is None:
            return path
        import_source(project.items, project.thumbnails, open_source(source, **options))
        chosen = Recipe(parameters={"k": k} if k else {})
        found = pipeline.run(project, chosen, until="clustering")
        xy = np.zeros((len(found.rows), 2), dtype=np.float32)
        wide = min(2, found.features.shape[1])
        xy[:, :wide] = found.features[:, :wide]
        arrays, meta = Map(xy, "umap", 0, "fast").to_arrays()
        project.artifacts.put("map", "0" * 32, arrays, meta)
        pipeline._set_active(path, {**found.active, "map": "0" * 32})
        adoption.adopt(project, pipeline.structure(project), who="Taxon")
    return path


def planted_project(path: Path) -> Path:
    """144 pictures in four groups, with the columns `shape` and `number`; sources lie beside the project."""
    rows = [
        {"id": f"{shape}-{number:02}", "image": f"{shape}-{number:02}.png", "shape": shape, "number": number}
        for shape in ("disc", "bar", "ring", "cross")
        for number in range(EACH)
    ]
    folder = path.parent / f"{path.stem} source"
    folder.mkdir(parents=True)
    for row in rows:
        (folder / str(row["image"])).write_bytes(drawn(str(row["shape"]), int(row["number"])))
    table, vectors = _written(folder, rows, GROUPS)
    return analysed(path, table, vectors=vectors, id_column="id", image_column="image")


def hostile_project(path: Path) -> Path:
    """Ten pictures with captions: every hostile text is a file's name where it can be, a caption, an id, a value."""
    folder = path.parent / f"{path.stem} source"
    folder.mkdir(parents=True)
    rows = []
    for number in range(10):
        words = HOSTILE[number % len(HOSTILE)]
        name = f"{number} {words[:60].replace('/', ' ')}.png"
        (folder / name).write_bytes(drawn("disc" if number < 5 else "bar", number))
        rows.append({"id": f"{number} {words[:900]}", "image": name, "text": f"{words} {number}", HOSTILE[0]: words})
    table, vectors = _written(folder, rows, 2)
    return analysed(path, table, 2, vectors=vectors, id_column="id", image_column="image", text_column="text")


def texts_project(path: Path, groups: int = 5, each: int = 60, k: int = 7) -> dict[str, str]:
    """Texts with vectors in planted groups, in mixed order and without a map; item_id → “class 3”, the truth."""
    import json

    random = np.random.default_rng(3)
    truth = random.permutation(np.repeat(np.arange(groups), each))
    centres = random.normal(0, 1, (groups, 24))
    folder = path.parent
    np.save(folder / "v.npy", (centres[truth] + random.normal(0, 0.45, (len(truth), 24))).astype(np.float32))
    lines = [json.dumps({"id": f"i{row:03}", "text": f"text {row}"}) for row in range(len(truth))]
    (folder / "t.jsonl").write_text("\n".join(lines))
    source = open_source(folder / "t.jsonl", vectors=folder / "v.npy", id_column="id", text_column="text")
    with Project.create(path) as project:
        import_source(project.items, project.thumbnails, source)
        adoption.adopt(project, pipeline.run(project, Recipe(parameters={"k": k}), until="clustering"))
    return {f"i{row:03}": f"class {label}" for row, label in enumerate(truth)}


def drawn(shape: str, number: int) -> bytes:
    """A PNG of 64×64 pixels."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (64, 64), "white")
    pen = ImageDraw.Draw(image)
    x, y, r = 20 + number % 12 * 2, 44 - number % 9 * 2, 12 + number % 5
    if shape == "disc":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(200, 5 * number, 40))
    elif shape == "bar":
        for left in range(number % 7, 64, 12):
            pen.rectangle((left, 0, left + 5, 63), fill=(30, 60, 70 + 5 * number))
    elif shape == "ring":
        pen.ellipse((x - r, y - r, x + r, y + r), outline=(20, 70 + 5 * number, 60), width=5)
    else:
        pen.line((x - r, y - r, x + r, y + r), fill=(90, 20, 60 + 5 * number), width=6)
        pen.line((x - r, y + r, x + r, y - r), fill=(90, 20, 60 + 5 * number), width=6)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def _written(folder: Path, rows: list[Mapping[str, Any]], groups: int) -> tuple[Path, Path]:
    import json

    random = np.random.default_rng(7)
    centres = np.eye(groups, 12) * 4
    group = np.arange(len(rows)) * groups // len(rows)
    np.save(folder / "vectors.npy", (centres[group] + random.normal(0, 0.5, (len(rows), 12))).astype(np.float32))
    table = folder / "items.jsonl"
    table.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return table, folder / "vectors.npy"
