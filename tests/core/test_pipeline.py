import numpy as np
import pytest

from core import adoption, pipeline, work
from core.errors import BadInput, Cancelled
from core.partition.edits import Move, Rename
from core.pipeline import Recipe
from core.progress import silent
from core.project import Project

GROUPS, SIZE, WIDTH = 3, 40, 16


def planted(seed=0, size=SIZE):
    """Vectors in three tight groups, shuffled, with the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(GROUPS), size))
    centres = np.eye(WIDTH, dtype=np.float32)[:GROUPS] * 5
    return (centres[truth] + rng.normal(size=(len(truth), WIDTH), scale=0.3)).astype(np.float32), truth


@pytest.fixture
def source(tmp_path):
    vectors, truth = planted()
    np.save(tmp_path / "vectors.npy", vectors)
    lines = ["id,text,truth", *(f"item-{i},text number {i},{t}" for i, t in enumerate(truth))]
    (tmp_path / "table.csv").write_text("\n".join(lines))
    return {"source": str(tmp_path / "table.csv"), "options": {"vectors": str(tmp_path / "vectors.npy")}}


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "p.taxon") as opened:
        yield opened


RECIPE = {"encoder": "vectors", "parameters": {"k": 3}}


def ready(project, source, recipe=RECIPE):
    work.import_and_run(project, **source, chosen=recipe)
    found = pipeline.structure(project)
    adoption.adopt(project, found)
    return found


def truth_of(project):
    return project.items.load().column("truth").astype(int)


def test_run__finds_the_planted_groups(project, source):
    from sklearn.metrics import adjusted_rand_score

    found = ready(project, source)
    assert adjusted_rand_score(truth_of(project), project.labels().cluster_id) == 1.0
    assert found.map.xy.shape == (GROUPS * SIZE, 2)
    assert pipeline.stale(project) == []


def test_run__shuffled_vectors_find_nothing(project, source, tmp_path):
    from sklearn.metrics import adjusted_rand_score

    vectors = np.load(tmp_path / "vectors.npy")
    np.save(tmp_path / "vectors.npy", np.random.default_rng(1).permutation(vectors))
    ready(project, source)
    assert abs(adjusted_rand_score(truth_of(project), project.labels().cluster_id)) < 0.05


def test_run__the_tree_grows_on_smoothed_features(project, source):
    from core.structure.tree import grown, ward

    found = ready(project, source)
    assert np.array_equal(found.tree.heights, grown(found.features, found.graph).heights)
    assert not np.allclose(found.tree.heights, ward(found.features).heights)


def test_run__nothing_is_computed_twice(project, source, monkeypatch):
    ready(project, source)

    def refuse(*_, **__):
        raise AssertionError("computed again")

    for place in ("graph.knn", "tree.ward", "clusterers.cluster", "maps.sketch", "maps.refine", "features.features"):
        monkeypatch.setattr(f"core.structure.{place}", refuse)
    pipeline.run(project, Recipe(**RECIPE))


def test_run__only_what_depends_on_the_change_is_new(project, source):
    before = ready(project, source).active
    after = pipeline.run(project, Recipe(encoder="vectors", parameters={"k": 5})).active
    assert after["clustering"] != before["clustering"]
    assert {stage: after[stage] for stage in ("vectors", "features", "graph", "tree", "map")} == {
        stage: before[stage] for stage in ("vectors", "features", "graph", "tree", "map")
    }


def test_run__until_clustering_keeps_a_map_of_the_same_graph(project, source):
    before = ready(project, source).active
    found = pipeline.run(project, Recipe(encoder="vectors", parameters={"k": 4}), until="clustering")
    assert found.active["map"] == before["map"]
    changed = pipeline.run(project, Recipe(encoder="vectors", neighbours=5), until="clustering")
    assert "map" not in changed.active


def test_run__cancelled_keeps_what_was_shown(project, source):
    before = dict(ready(project, source).active)

    def stop_at_the_map(done, total, note=""):
        if "map" in note.lower():
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        pipeline.run(project, Recipe(encoder="vectors", neighbours=7), stop_at_the_map)
    assert pipeline.structure(project).active == before


def stop_at(words):
    """A progress that stops when it hears these words."""

    def progress(done, total, note=""):
        if words in note:
            raise Cancelled("stop")

    return progress


def test_run__shows_a_sketch_first_and_refines_it_in_place(project, source):
    work.import_and_run(project, **source)
    ready = []
    found = pipeline.run(project, Recipe(**RECIPE), ready=lambda found: ready.append((found, pipeline.stale(project))))
    ((sketched, stale),) = ready
    assert sketched.sketched and sketched.map.sketch and stale == ["map"]
    assert sketched.clustering is not None and not found.sketched
    assert sketched.active["map"] != found.active["map"]
    diagonal = np.linalg.norm(np.ptp(sketched.map.xy, axis=0))
    assert np.median(np.linalg.norm(found.map.xy - sketched.map.xy, axis=1)) < 0.1 * diagonal
    assert pipeline.stale(project) == []


def test_run__stopped_while_refining_shows_the_sketch_and_goes_on_from_it(project, source, monkeypatch):
    work.import_and_run(project, **source)
    with pytest.raises(Cancelled):
        pipeline.run(project, Recipe(**RECIPE), stop_at("Refining the map"))
    shown = pipeline.structure(project)
    assert shown.sketched
    assert pipeline.stale(project) == ["map"]
    assert pipeline.recipe(project) == Recipe(**RECIPE)
    monkeypatch.setattr("core.structure.maps.sketch", None)
    found = pipeline.run(project, Recipe(**RECIPE))
    assert not found.sketched
    assert found.artifact("map").meta["inputs"][-1] == shown.active["map"]


def test_run__a_changed_graph_goes_on_with_the_map_that_was_shown(project, source):
    before = ready(project, source)
    after = pipeline.run(project, Recipe(**RECIPE, neighbours=9))
    assert after.map.kept
    moved = np.linalg.norm(after.map.xy - before.map.xy, axis=1)
    assert np.median(moved) < 0.05 * np.linalg.norm(np.ptp(before.map.xy, axis=0))
    back = pipeline.run(project, Recipe(**RECIPE))
    assert back.active["map"] == before.active["map"]


def test_run__new_items_take_their_places_on_the_map_that_was_shown(project, source, tmp_path):
    before = ready(project, source)
    more = planted(seed=5, size=2)[0]
    np.save(tmp_path / "more.npy", more)
    (tmp_path / "more.csv").write_text("\n".join(["id,text,truth", *(f"new-{i},more {i},0" for i in range(len(more)))]))
    drawn = []
    work.import_and_run(project, str(tmp_path / "more.csv"), {"vectors": str(tmp_path / "more.npy")})
    after = pipeline.run(project, Recipe(**RECIPE), ready=lambda found: drawn.append(found.map.xy))
    old = len(before.map.xy)
    assert np.array_equal(drawn[0][:old], before.map.xy)
    assert len(after.map.xy) == old + len(more)
    moved = np.linalg.norm(after.map.xy[:old] - before.map.xy, axis=1)
    assert np.median(moved) < 0.05 * np.linalg.norm(np.ptp(before.map.xy, axis=0))


def test_new_items__names_and_moves_survive_the_new_run(project, source, tmp_path):
    ready(project, source)
    partition = project.partition()
    named = min(partition.clusters)
    project.apply(Rename(named, "first group"))
    stranger = int(np.flatnonzero(partition.cluster_of != named)[0])
    moved = str(project.items.load().item_id[stranger])
    project.apply(Move([moved], named))

    vectors, truth = planted(seed=5, size=10)
    np.save(tmp_path / "more.npy", vectors)
    lines = ["id,text,truth", *(f"new-{i},another text {i},{t}" for i, t in enumerate(truth))]
    (tmp_path / "more.csv").write_text("\n".join(lines))
    work.import_and_run(project, str(tmp_path / "more.csv"), {"vectors": str(tmp_path / "more.npy")})
    assert pipeline.stale(project) == list(pipeline.STAGES)
    assert int((project.partition().cluster_of == 0).sum()) == 30

    adoption.adopt(project, pipeline.run(project, Recipe(**RECIPE)))
    labels = project.labels().set_index("item_id")
    assert labels.loc[moved, "label"] == "first group"
    assert (labels.cluster_id > 0).all()
    assert project.partition().clusters[named].name == "first group"


def test_adopt__once_a_clustering_and_again_after_undo(project, source):
    found = ready(project, source)
    assert adoption.adopt(project, found) is None
    project.undo()
    assert adoption.adopt(project, found) is not None


def test_job__groups_can_be_adopted_while_the_map_is_refined(project, source):
    from core.jobs import Jobs, JobStatus, Reporter

    folder = project.path / "jobs" / "20260101000000-00000000"
    folder.mkdir(parents=True)
    (folder / "request.json").write_text('{"stage": "import", "parameters": {}}')
    reporter = Reporter(folder, JobStatus(folder.name, "import", "running"))
    adopted = []

    def ready(result):
        reporter.ready(result)
        adopted.append(adoption.adopt_finished(project))
        assert Jobs(project.path).status(folder.name).result == result

    done = work.run_stage(project.path, "import", {**source, "chosen": RECIPE}, silent, ready)
    assert adopted[0].kind == "recluster"
    assert (project.labels().cluster_id > 0).all()
    reporter.write("done", result=done)
    assert adoption.adopt_finished(project) is None


def test_run__without_items_says_what_to_do(project):
    with pytest.raises(BadInput, match="Import"):
        pipeline.run(project, Recipe())


def test_recipe__refuses_what_makes_no_sense():
    with pytest.raises(BadInput):
        Recipe(map_mode="pretty")
    with pytest.raises(BadInput):
        Recipe(neighbours=1)
