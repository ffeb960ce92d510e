"""Collections at the edge of what is one, and everything that can be done to a project, done to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import (
    adoption,
    browse,
    explanation,
    look_again,
    middles,
    naming,
    near_duplicates,
    pipeline,
    suggestions,
)
from core.assist.answers import Accept, Mixed, Name, No, Skip, Unknown, Yes
from core.assist.cards import Card
from core.assist.review import Review
from core.collection import collection
from core.encoders.encode import load_encoder
from core.errors import TaxonError
from core.export.table import FORMATS, export
from core.items.importer import import_source
from core.items.sources import open_source
from core.partition.edits import Move, Rename
from core.pipeline import Recipe, Structure
from core.project import Project
from core.structure.clusterers import CLUSTERERS


@dataclass(frozen=True)
class Case:
    """Texts and, unless they are None, vectors that go with them; `ids` default to numbers."""

    texts: list[str]
    vectors: np.ndarray | None = None
    ids: list[str] | None = None

    @property
    def encoder(self) -> str:
        """That makes or takes its vectors."""
        return "lsa" if self.vectors is None else "vectors"

    def write(self, folder: Path) -> tuple[Path, Path | None]:
        """The table, and the file of the vectors."""
        folder.mkdir(parents=True)
        ids = self.ids or [f"i{number}" for number in range(len(self.texts))]
        lines = [json.dumps({"id": one, "text": text}) for one, text in zip(ids, self.texts, strict=True)]
        (folder / "t.jsonl").write_text("\n".join(lines) + "\n")
        if self.vectors is None:
            return folder / "t.jsonl", None
        np.save(folder / "v.npy", self.vectors.astype(np.float32))
        return folder / "t.jsonl", folder / "v.npy"


def cases() -> dict[str, Case]:
    """All that take a moment."""
    random = np.random.default_rng(5)
    words = ["sea", "bread", "engine", "ship", "oven", "piston", "wave", "flour", "fuel", "sail", "yeast", "valve"]

    def texts(n: int) -> list[str]:
        return [" ".join(random.choice(words, 6)) + f" {number}" for number in range(n)]

    some = random.normal(size=(30, 8))
    holes = some.copy()
    holes[3], holes[7, 2], holes[11], holes[12, 0] = np.nan, np.inf, 0, -np.inf
    barely = np.full((12, 8), np.nan)
    barely[4] = 1
    return {
        **{f"{n} vectors": Case(texts(n), random.normal(size=(n, 8))) for n in (1, 2, 3, 4, 5)},
        **{f"{n} texts": Case(texts(n)) for n in (1, 2, 3, 4)},
        "identical vectors": Case(texts(40), np.ones((40, 8))),
        "identical texts": Case(["the same words again and again"] * 40),
        "two points": Case(texts(40), np.repeat(np.eye(2, 8), 20, axis=0)),
        "a point and its opposite": Case(texts(20), np.repeat([[1.0] * 4, [-1.0] * 4], 10, axis=0)),
        "noise": Case(texts(60), random.normal(size=(60, 8))),
        "one dimension": Case(texts(20), random.normal(size=(20, 1))),
        "one dimension, one sign": Case(texts(20), np.abs(random.normal(size=(20, 1))) + 0.1),
        "two dimensions": Case(texts(30), random.normal(size=(30, 2))),
        "more dimensions than items": Case(texts(6), random.normal(size=(6, 900))),
        "not finite and zero": Case(texts(30), holes),
        "one finite vector": Case(texts(12), barely),
        "tiny and huge": Case(texts(30), some * np.logspace(-38, 37, 30)[:, None]),
        "one stop word": Case(["the"] * 10),
        "no letters": Case(["!!! ??? ..."] * 5 + ["\u200b\u200b x"] * 5),
        "same ids": Case(texts(12), random.normal(size=(12, 8)), ["a"] * 12),
        "a far one": Case(texts(31), np.vstack([np.ones((30, 8)) + random.normal(0, 1e-6, (30, 8)), -np.ones((1, 8))])),
    }


def imported(path: Path, case: Case) -> None:
    """A project of a case, before anything is computed. Raises `TaxonError`."""
    table, vectors = case.write(path.parent / f"{path.stem} source")
    with Project.create(path, path.stem) as project:
        source = open_source(table, vectors=vectors, id_column="id", text_column="text")
        import_source(project.items, project.thumbnails, source)


def recipes(encoder: str) -> Iterator[Recipe]:
    """Every clusterer as it is, and with parameters that are too much."""
    for method in CLUSTERERS:
        yield Recipe(encoder=encoder, method=method)
    for method, parameters in (
        ("tree", {"k": 100_000}),
        ("kmeans", {"k": 100_000}),
        ("hdbscan", {"min_size": 100_000, "min_samples": 1000}),
        ("communities", {"resolution": 100.0}),
        ("tree", {"k": 1}),
    ):
        yield Recipe(encoder=encoder, method=method, parameters=parameters)


def analysed(path: Path, case: Case) -> None:
    """A project of a case as a first run leaves it. Raises `TaxonError`."""
    imported(path, case)
    with Project.open(path) as project:
        adoption.adopt(project, pipeline.run(project, Recipe(encoder=case.encoder)))


def go_the_whole_way(path: Path, out: Path, encoder: str, answers: int = 60) -> list[str]:
    """Everything, from vectors to exports. What is refused in a sentence is returned; anything else is raised."""
    said: list[str] = []
    tried = refusals(said)
    with Project.open(path) as project:
        for number, recipe in enumerate(recipes(encoder)):
            found = tried(recipe.method, lambda recipe=recipe: pipeline.run(project, recipe))
            if isinstance(found, Structure):
                tried("adopt", lambda found=found, number=number: adoption.adopt(project, found, run_id=str(number)))
        found = tried("the usual", lambda: pipeline.run(project, Recipe(encoder=encoder)))
        if not isinstance(found, Structure):
            return said
        adoption.adopt(project, found, run_id="last")
        look(project, found, tried)
        for prepare in (near_duplicates.prepare, naming.prepare):
            tried(prepare.__module__, lambda prepare=prepare: prepare(project))
        look(project, found, tried)
        review(project, answers, tried)
        edit(project, tried)
        look(project, found, tried)
        for format in FORMATS:
            tried(format, lambda format=format: export(collection(project), format, out / f"{path.stem}-{format}"))
    return said


def refusals(said: list[str]) -> Callable[[str, Callable[[], object]], object]:
    """Runs an act; a refusal is written to `said`, with what was tried."""

    def tried(what: str, act: Callable[[], object]) -> object:
        try:
            return act()
        except TaxonError as error:
            said.append(f"{what}: {error}")
            return None

    return tried


def look(project: Project, found: Structure, tried: Callable) -> None:
    """What pages ask: suggestions, names, explanations, look again, search, facets, the middles on the map."""
    items, partition = project.items.load(), project.partition()
    tried("suggestions", lambda: suggestions.find(project, partition, found))
    inputs = tried("naming", lambda: naming.inputs(project, found))
    if inputs is not None:
        tried("names", lambda: naming.names(project, inputs))
        for cluster_id in [*list(partition.clusters)[:10], 10**6]:
            tried("of cluster", lambda cluster_id=cluster_id: explanation.of_cluster(partition, inputs, cluster_id))
            tried("browse", lambda cluster_id=cluster_id: browse.of_cluster(partition, found, cluster_id))
    for row in (0, len(items) // 2, len(items) - 1, len(items)):
        tried("of item", lambda row=row: explanation.of_item(partition, found, row))
        tried("alike", lambda row=row: browse.alike(row, items, found))
        tried("grown", lambda row=row: browse.grown(found, np.array([row])))
    for kind in look_again.TITLES:
        tried(kind, lambda kind=kind: look_again.find(kind, project, partition, found))
    encoder = tried("encoder", lambda: load_encoder(found.artifact("vectors")))
    for query in ("sea", '"sea"', "nothing of the kind", "", "   "):
        tried("search", lambda query=query: browse.searched(query, items, found, lambda: encoder))
    browse.facets(items)
    browse.progress(partition)
    middles.Middles(found.map.xy, found.rows).of(partition)
    assert np.isfinite(np.asarray(found.map.xy)).all() and len(found.map.xy) == len(found.rows)
    assert len(project.labels()) == len(items.rows)


def review(project: Project, answers: int, tried: Callable) -> None:
    """Answer cards until none is left, in every way there is."""
    asked = tried("review", lambda: Review(project))
    if asked is None:
        return
    for number in range(answers):
        card = asked.next()
        if card is None:
            return
        tried("answer", lambda card=card, number=number: asked.answer(card, _answer(card, number)))
    skipped = Review(project)
    for _ in range(3):
        if (card := skipped.next()) is not None:
            skipped.answer(card, Skip())


def _answer(card: Card, number: int) -> object:
    if card.kind == "accept":
        return Accept(dict.fromkeys(card.shown[: number % 3]))
    if card.kind in ("merge", "split"):
        return (Yes, No)[number % 2]()
    other = Mixed() if card.kind == "name" else Unknown()
    return other if number % 7 == 6 else Name(f"class {number % 3}")


def edit(project: Project, tried: Callable) -> None:
    """Everything into one class, nothing into any, and back."""
    for cluster_id in list(project.partition().clusters):
        tried("rename", lambda cluster_id=cluster_id: project.apply(Rename(cluster_id, "one and the same")))
    names = project.items.load().item_id.tolist()
    tried("aside", lambda: project.apply(Move(names, 0)))
    while tried("undo", project.undo) is not None:
        pass
    while tried("redo", project.redo) is not None:
        pass
