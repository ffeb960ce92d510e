import numpy as np

from core.assist.typicality import exemplars, typical_first, typicality


def fan(angles):
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_typicality__the_middle_of_a_fan_is_most_typical():
    features = fan(np.linspace(-0.5, 0.5, 11))
    order = typical_first(features, np.arange(11))
    assert order[0] == 5
    assert set(order[-2:]) == {0, 10}


def test_typicality__items_without_a_vector_come_last():
    features = fan(np.array([0.0, 0.1]))
    members = np.array([-1, 0, 1])
    assert np.isnan(typicality(features, members)[0])
    assert typical_first(features, members)[-1] == 0


def test_typicality__opposite_vectors_have_no_centre():
    assert typicality(np.array([[1, 0], [-1, 0]], dtype=np.float32), np.arange(2)).tolist() == [0.0, 0.0]


def test_exemplars__reach_beyond_the_nearest():
    features = fan(np.concatenate([np.zeros(90), np.full(10, 0.8)]).astype(np.float32))
    assert len(exemplars(features, np.arange(100))) == 9
    mixed = fan(np.concatenate([np.zeros(70), np.full(30, 0.8)]).astype(np.float32))
    assert (exemplars(mixed, np.arange(100)) >= 70).any(), "a mixed cluster must look mixed"


def test_exemplars__small_groups_show_everything_once():
    for size in (0, 1, 2, 5):
        shown = exemplars(fan(np.linspace(0, 1, max(size, 1))), np.arange(size))
        assert sorted(shown.tolist()) == list(range(size))
