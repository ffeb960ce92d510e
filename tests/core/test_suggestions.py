import itertools

import numpy as np
import pytest

from core import pipeline, suggestions
from core.assist.merges import LEARN_FROM, SHIPPED
from core.partition.edits import Apart, Merge, Recluster, Rename
from core.partition.rows import Rows
from core.pipeline import Structure
from core.project import Project
from tests import prepared


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with Project.open(prepared.planted_project(tmp_path_factory.mktemp("suggested") / "planted.taxon")) as opened:
        yield opened


@pytest.fixture
def found(project):
    return pipeline.structure(project)


@pytest.fixture(autouse=True)
def as_it_was(project):
    before = project.partition()
    yield
    while not project.partition().same_as(before):
        project.undo()


def test_find__pieces_and_mixtures_and_nothing_else(project, found):
    assert len(suggestions.find(project, project.partition(), found)) == 0
    project.apply(Recluster(found.tree.cut(8), Rows(found.rows)))
    pieces = suggestions.find(project, project.partition(), found)
    assert len(pieces.merges) >= 4 and not pieces.splits
    project.undo()
    project.apply(Merge((1, 2)))
    mixed = suggestions.find(project, project.partition(), found)
    assert [each.cluster_id for each in mixed.splits] == [1] and len(mixed.splits[0].parts[1]) == prepared.EACH


def test_standing__answers_settle_without_a_new_search(project, found):
    project.apply(Recluster(found.tree.cut(8), Rows(found.rows)))
    key, pieces = suggestions.key(project.partition(), found), suggestions.find(project, project.partition(), found)
    project.apply(pieces.merges[0].refusal())
    project.apply(Rename(pieces.merges[1].cluster_ids[0], "discs"))
    assert suggestions.key(project.partition(), found) == key
    assert list(pieces.standing(project.partition()).merges) == list(pieces.merges[1:])
    project.apply(pieces.merges[1].edit())
    assert suggestions.key(project.partition(), found) != key
    gone = set(pieces.merges[1].cluster_ids) - set(project.partition().clusters)
    assert all(not gone & set(each.cluster_ids) for each in pieces.standing(project.partition()).merges)


def test_find__before_there_is_a_graph_there_is_nothing(project):
    empty = Structure(project.artifacts, {})
    assert len(suggestions.find(project, project.partition(), empty)) == 0


def test_learned__from_this_projects_own_answers(project, found):
    assert suggestions.learned(project, found) is SHIPPED
    project.apply(Recluster(np.arange(144) % 24, Rows(found.rows)))
    ids = sorted(project.partition().clusters)
    for one, other in itertools.pairwise(ids):
        project.apply(Apart((one, other)))
    model = suggestions.learned(project, found)
    assert model.decisions > LEARN_FROM and model is not SHIPPED
