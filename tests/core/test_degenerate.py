"""Collections at the edge of what is one go through every stage to every export: a sentence, never a trace."""

import json
import re

import numpy as np
import pytest

from core import adoption, pipeline
from core.assist.review import Review
from core.errors import BadInput, TaxonError
from core.items.importer import import_source
from core.items.sources import open_source
from core.pipeline import Recipe
from core.project import Project
from tests import degenerate

CASES = degenerate.cases()
QUICK = ("1 vectors", "3 texts", "identical vectors", "not finite and zero")
MEANT = re.compile(
    r"^(of cluster|of item|alike|grown|search|browse|duplicates|undo|redo|imagefolder|encoder|rename|aside|zip): "
)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
)
@pytest.mark.filterwarnings("error::RuntimeWarning:core")
def test_collection__goes_the_whole_way(tmp_path, name):
    path, out = tmp_path / "p.taxon", tmp_path / "out"
    out.mkdir()
    degenerate.imported(path, CASES[name])
    said = degenerate.go_the_whole_way(path, out, CASES[name].encoder)
    strange = [one for one in said if not MEANT.match(one) or "Error" in one or "NoneType" in one or ".json" in one]
    assert strange == []
    assert len((out / "p-jsonl").read_text().splitlines()) == len(CASES[name].texts)


def test_nothing__is_refused_at_every_stage(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    with Project.create(tmp_path / "p.taxon") as project:
        with pytest.raises(BadInput, match="empty"):
            import_source(project.items, project.thumbnails, open_source(tmp_path / "empty.jsonl"))
        for recipe in degenerate.recipes("lsa"):
            with pytest.raises(BadInput, match="no items"):
                pipeline.run(project, recipe)
        with pytest.raises(TaxonError):
            Review(project)
        with pytest.raises(TaxonError):
            project.undo()
        assert len(project.labels()) == 0


@pytest.mark.parametrize("value", [np.nan, 0.0, np.inf])
def test_vectors__of_which_none_is_usable_are_refused(tmp_path, value):
    case = degenerate.Case(["a", "b", "c"], np.full((3, 4), value))
    degenerate.imported(tmp_path / "p.taxon", case)
    with Project.open(tmp_path / "p.taxon") as project, pytest.raises(BadInput, match="Not one"):
        pipeline.run(project, Recipe(encoder="vectors"))


@pytest.mark.slow
def test_clusters__as_many_as_items_and_a_hundred_thousand_of_them(tmp_path):
    n = 100_000
    random = np.random.default_rng(0)
    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps({"id": str(row), "text": f"t {row}"}) for row in range(n)))
    np.save(tmp_path / "v.npy", random.normal(size=(n, 8)).astype(np.float32))
    source = open_source(tmp_path / "t.jsonl", vectors=tmp_path / "v.npy", id_column="id", text_column="text")
    with Project.create(tmp_path / "p.taxon") as project:
        import_source(project.items, project.thumbnails, source)
        found = pipeline.run(project, Recipe(encoder="vectors"), until="tree")
        from core.partition.edits import Recluster
        from core.partition.rows import Rows

        pipeline.run(project, Recipe(encoder="vectors"), until="clustering")
        adoption.adopt(project, pipeline.structure(project))
        project.apply(Recluster(np.arange(n, dtype=np.int32), Rows(found.rows)))
        assert len(project.partition().clusters) == n
        tried = degenerate.refusals([])
        found = pipeline.run(project, Recipe(encoder="vectors", map_mode="fast"))
        degenerate.look(project, found, tried)
        degenerate.review(project, 5, tried)
        assert project.labels().cluster_id.nunique() >= n - 100
