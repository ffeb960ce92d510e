import shutil
from dataclasses import replace

import numpy as np
import pytest

from core import look_again, near_duplicates
from core.errors import BadInput, NotFound
from core.look_again import ALONE, DUPLICATES, LABELS, OUTLIERS, TITLES, find
from core.partition.edits import Move, Reject, Rename, SetAside
from core.partition.rows import Rows
from core.pipeline import structure
from core.project import Project
from tests import prepared


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """144 pictures in four clusters; the vectors of the groups are far apart."""
    return prepared.planted_project(tmp_path_factory.mktemp("look") / "planted.taxon")


@pytest.fixture
def project(path, tmp_path):
    shutil.copytree(path, tmp_path / "planted.taxon")
    shutil.copytree(path.parent / "planted source", tmp_path / "planted source")
    with Project.open(tmp_path / "planted.taxon") as project:
        yield project


def rows_of(finding):
    return finding.scope.rows.tolist()


def test_labels__a_moved_item_is_doubted_and_gets_its_cluster_back(project):
    project.apply(Move(Rows(np.array([5, 40])), 4))
    found = structure(project)
    finding = find(LABELS, project, project.partition(), found)
    assert sorted(rows_of(finding)) == [5, 40]
    home = [int(project.partition().cluster_of[row]) for row in (6, 41)]
    assert [finding.proposed[row] for row in (5, 40)] == home
    assert (np.diff(finding.scope.scores) <= 0).all() and finding.scope.kind == "look"
    assert sorted(rows_of(find(ALONE, project, project.partition(), found))) == [5, 40]


def test_labels__what_a_person_refused_is_not_asked_again(project):
    project.apply(Move(Rows(np.array([5, 40])), 4))
    found = structure(project)
    proposed = find(LABELS, project, project.partition(), found).proposed
    project.apply(Reject(Rows(np.array([5])), proposed[5]))
    assert project.partition().cluster_of[5] == 4
    assert rows_of(find(LABELS, project, project.partition(), found)) == [40]


def test_labels__nothing_is_doubted_where_all_is_well(project):
    found = structure(project)
    assert rows_of(find(LABELS, project, project.partition(), found)) == []
    assert rows_of(find(ALONE, project, project.partition(), found)) == []


def test_labels__two_clusters_of_one_name_do_not_contradict(project):
    before = project.partition()
    third = int(before.cluster_of[80])
    leaving = np.flatnonzero(before.cluster_of == third)[::7]
    project.apply(Move(Rows(leaving), None))
    own = int(project.partition().cluster_of[leaving[0]])
    found = structure(project)
    assert set(rows_of(find(LABELS, project, project.partition(), found))) & set(leaving.tolist())
    other = next(one for one in project.partition().clusters if one not in (third, own))
    for cluster_id, name in ((third, "rings"), (own, "rings"), (other, "bars")):
        project.apply(Rename(cluster_id, name))
    finding = find(LABELS, project, project.partition(), found)
    assert rows_of(finding) == [] and "name" in finding.note


def test_outliers__are_few_and_leave_out_what_is_set_aside(project):
    found = structure(project)
    finding = find(OUTLIERS, project, project.partition(), found)
    assert len(finding.scope) <= 0.02 * 144 + 1
    if len(finding.scope):
        first = finding.scope.rows[:1]
        project.apply(SetAside(Rows(first)))
        assert first[0] not in rows_of(find(OUTLIERS, project, project.partition(), found))


def test_find__another_kind_is_refused(project):
    with pytest.raises(BadInput, match="nonsense"):
        find("nonsense", project, project.partition(), structure(project))
    assert set(TITLES) == {LABELS, ALONE, OUTLIERS, DUPLICATES}


def test_find__items_imported_since_and_undecided_ones_have_no_label(project):
    found = structure(project)
    partition = project.partition()
    undecided = replace(partition, cluster_of=np.zeros(len(partition), np.int32), clusters={})
    for kind in (LABELS, ALONE):
        assert rows_of(find(kind, project, undecided, found)) == []
        assert rows_of(find(kind, project, partition.resized(200), found)) == []


def test_duplicates__come_from_a_job_group_by_group(project):
    found = structure(project)
    assert look_again.needs_job(DUPLICATES, project, found)
    with pytest.raises(NotFound):
        find(DUPLICATES, project, project.partition(), found)
    steps = []
    near_duplicates.prepare(project, lambda done, total, note="": steps.append(note))
    assert not look_again.needs_job(DUPLICATES, project, found)
    assert set(steps) >= {"Looking at the pictures"}
    groups = near_duplicates.groups(project, found)
    finding = find(DUPLICATES, project, project.partition(), found)
    assert rows_of(finding) == [row for group in groups for row in group.tolist()]
    assert len(groups) > 1, "bars that differ by five levels of blue"
    project.apply(SetAside(Rows(groups[0][1:])))
    rest = find(DUPLICATES, project, project.partition(), found)
    assert not set(groups[0].tolist()) & set(rows_of(rest)) and set(groups[1].tolist()) <= set(rows_of(rest))
