import numpy as np
import pytest

from core.assist.explain import faces, why_here
from core.assist.names.inputs import Inputs, Scene
from core.structure.graph import knn


def fan(angles):
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def three():
    """Three groups on an arc at 0, 1 and 2 radians, 30 items each, spread evenly."""
    angles = np.concatenate([middle + np.linspace(-0.4, 0.4, 30) for middle in (0.0, 1.0, 2.0)])
    rows = fan(angles)
    return Scene.of(Inputs(np.arange(90), rows, rows, np.zeros(90, np.uint8)), np.split(np.arange(90), 3))


def test_faces__the_border_leans_towards_the_neighbour(three):
    found = faces(three, 1)
    assert len(found.typical) == 9 and len(found.odd) == 3
    assert {other: sorted(rows.tolist()) for other, rows in found.border} == {
        0: list(range(30, 36)),
        2: list(range(54, 60)),
    }
    assert not set(found.odd) & set(found.typical)


def test_faces__a_lone_small_cluster_shows_what_it_has():
    rows = fan(np.array([0.0, 0.1]))
    scene = Scene.of(Inputs(np.arange(2), rows, rows, np.zeros(2, np.uint8)), [np.arange(2), np.zeros(0, np.int64)])
    assert sorted(faces(scene, 0).typical) == [0, 1] and faces(scene, 0).border == ()
    assert not len(faces(scene, 1).typical) and not len(faces(scene, 1).odd)


def reason_of(three, labels, position):
    centres = {label: three.centres[label] for label in range(3)}
    titles = {-1: "undecided", 0: "“cats”", 1: "“dogs”", 2: "cluster 3"}
    return why_here(three.inputs.features, knn(three.inputs.features, 10), labels, centres, position, titles)


def test_why_here__says_neighbours_and_margin(three):
    reason = reason_of(three, np.repeat(np.arange(3), 30), 45)
    assert (reason.own, reason.next_label) in [(1, 0), (1, 2)] and reason.margin > 0.3
    assert reason.sentences[0] == "10 of its 10 nearest items are in “dogs”."
    assert reason.sentences[1].startswith("It is nearer to the middle of “dogs” (1.00) than to that of ")
    assert (np.diff(reason.cosines) <= 0).all()


def test_why_here__a_misplaced_item_is_told_so(three):
    labels = np.repeat(np.arange(3), 30)
    labels[45] = 0
    reason = reason_of(three, labels, 45)
    assert reason.sentences[0] == "0 of its 10 nearest items are in “cats”, 10 in “dogs”."
    assert "may be in the wrong place" in reason.sentences[1] and reason.margin < 0


def test_why_here__between_two_clusters(three):
    reason = reason_of(three, np.repeat(np.arange(3), 30), 30)
    assert reason.sentences[1].startswith("It stands between “dogs” and “cats”") or reason.margin >= 0.05


def test_why_here__an_undecided_item_hears_of_the_nearest_cluster(three):
    labels = np.repeat(np.arange(3), 30)
    labels[10] = -1
    reason = reason_of(three, labels, 10)
    assert np.isnan(reason.to_own)
    assert reason.sentences == (
        "0 of its 10 nearest items are in undecided, 10 in “cats”.",
        f"The nearest cluster is “cats” (cosine {reason.to_next:.2f} to its middle).",
    )
