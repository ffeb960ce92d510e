import numpy as np
import pytest

from core.assist.splits import by_count, by_scores, by_selection
from core.errors import BadInput
from core.structure.tree import ward

MEMBERS = np.array([3, 5, 8, 13, 21, 34])


def test_by_selection__only_members_count_and_the_bigger_part_comes_first():
    preview = by_selection(MEMBERS, np.array([5, 8, 999]), cluster_id=4)
    assert [part.array.tolist() for part in preview.parts] == [[3, 13, 21, 34], [5, 8]]
    assert preview.edit().cluster_id == 4


@pytest.mark.parametrize("selected", [[], [999], MEMBERS.tolist()])
def test_by_selection__nothing_or_everything_is_refused(selected):
    with pytest.raises(BadInput, match="nothing to split off"):
        by_selection(MEMBERS, np.array(selected, dtype=np.int64), 4)


def test_by_scores__divides_where_the_scores_fall_apart():
    scores = np.array([0.1, 0.12, 0.8, 0.09, 0.85, 0.11], dtype=np.float32)
    preview = by_scores(MEMBERS, scores, 4, "dogs")
    assert preview.parts[1].array.tolist() == [8, 21]
    assert "dogs" in preview.why


def test_by_scores__an_item_that_cannot_be_compared_stays():
    scores = np.array([np.nan, 0.12, 0.8, 0.09, 0.85, 0.11], dtype=np.float32)
    assert 3 in by_scores(MEMBERS, scores, 4, "dogs").parts[0].array


@pytest.mark.parametrize("scores", [np.full(6, 0.5), np.full(6, np.nan)])
def test_by_scores__no_division_is_refused(scores):
    with pytest.raises(BadInput):
        by_scores(MEMBERS, scores.astype(np.float32), 4, "dogs")


def test_by_count__parts_are_the_branches_and_what_cannot_be_compared_stays_in_the_biggest():
    features = np.repeat(np.eye(4, dtype=np.float32), [6, 5, 4, 3], axis=0)
    members = np.arange(100, 116)
    positions = np.array([*range(11), *range(11, 15), -1])
    preview = by_count(ward(features), features, positions, members, 7, 3)
    assert [len(part) for part in preview.parts] == [7, 5, 4]
    assert 115 in preview.parts[0].array


def test_by_count__one_item_is_refused():
    features = np.eye(4, dtype=np.float32)
    with pytest.raises(BadInput, match="fewer than two"):
        by_count(ward(features), features, np.array([0, -1]), np.array([5, 6]), 1, 2)
