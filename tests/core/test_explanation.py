import numpy as np
import pytest

from core import explanation, naming
from core.errors import BadInput
from core.partition.edits import Move, Rename
from core.partition.partition import UNDECIDED
from core.partition.rows import Rows
from core.pipeline import structure
from core.project import Project
from tests import prepared


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    path = prepared.planted_project(tmp_path_factory.mktemp("explained") / "planted.taxon")
    with Project.open(path) as project:
        project.apply(Rename(int(project.partition().cluster_of[0]), "discs"))
        yield project


def test_of_cluster__shows_its_faces_and_what_sets_it_apart(project):
    partition = project.partition()
    one = int(partition.cluster_of[0])
    told = explanation.of_cluster(partition, naming.inputs(project), one)
    members = set(partition.members(one).tolist())
    shown = [told.typical, told.odd, *(rows for _, rows in told.border)]
    assert [len(rows) for rows in shown] == [9, 3, 6, 6]
    assert all(set(rows.tolist()) <= members for rows in shown)
    assert one not in told.near and len(told.near) == 3
    assert any("disc" in found.term for found in told.separators)
    assert told.sentence.startswith("What sets it apart from cluster ")


def test_of_cluster__one_that_is_not_there_is_refused(project):
    with pytest.raises(BadInput):
        explanation.of_cluster(project.partition(), naming.inputs(project), 99)


def test_of_item__neighbours_are_rows_and_the_sentence_names_the_cluster(project):
    reason = explanation.of_item(project.partition(), structure(project), 3)
    assert "nearest items are in “discs”" in reason.sentences[0] and 3 not in reason.neighbours
    assert reason.margin > 0 and reason.sentences[1].startswith("It is nearer to the middle of “discs”")


def test_of_item__an_undecided_and_a_misplaced_one(project):
    project.apply(Move(Rows(np.array([7])), UNDECIDED))
    told = explanation.of_item(project.partition(), structure(project), 7)
    assert told.sentences[1].startswith("The nearest cluster is “discs”")
    other = int(project.partition().cluster_of[50])
    project.apply(Move(Rows(np.array([7])), other))
    assert "may be in the wrong place" in explanation.of_item(project.partition(), structure(project), 7).sentences[1]


def test_middles__are_the_same_as_computed_one_by_one(project):
    partition, found = project.partition(), structure(project)
    given = explanation.middles(partition, found)
    for cluster_id, middle in given.of.items():
        mean = found.features[found.positions(partition.members(cluster_id))].mean(axis=0)
        assert middle == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)
