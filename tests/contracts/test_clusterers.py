"""One suite over every clusterer of the table: what the rest of the program may rely on, whichever was chosen."""

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from core.errors import BadInput
from core.structure.clusterers import CLUSTERERS, Clustering, cluster
from core.structure.features import features
from core.structure.graph import knn

NAMES = list(CLUSTERERS)
TAKES_K = [name for name in NAMES if any(parameter.name == "k" for parameter in CLUSTERERS[name].parameters)]


def groups(count=4, size=40, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(count), np.arange(1, count + 1) * size))
    given = np.eye(16)[truth] * 6 + rng.normal(size=(len(truth), 16))
    return features(given.astype(np.float32), np.zeros(len(truth))), truth


@pytest.fixture(scope="module")
def planted():
    given, truth = groups()
    return given, knn(given), truth


@pytest.fixture(scope="module", params=NAMES)
def found(request, planted):
    given, graph, _ = planted
    return cluster(request.param, given, graph)


def assert_numbered_by_size(labels):
    sizes = np.bincount(labels[labels >= 0])
    first = [int(np.argmax(labels == label)) for label in range(len(sizes))]
    assert labels.min(initial=-1) >= -1
    assert sorted(range(len(sizes)), key=lambda label: (-sizes[label], first[label])) == list(range(len(sizes)))
    assert (sizes > 0).all()


def test_clusterer__labels_are_int32_one_an_item_biggest_first(found, planted):
    assert found.labels.shape == (len(planted[2]),)
    assert found.labels.dtype == np.int32
    assert_numbered_by_size(found.labels)


def test_clusterer__finds_planted_groups(found, planted):
    assert adjusted_rand_score(found.labels, planted[2]) > 0.95
    assert found.k == 4


def test_clusterer__does_not_find_shuffled_truth(found, planted):
    assert abs(adjusted_rand_score(found.labels, np.random.default_rng(0).permutation(planted[2]))) < 0.05


def test_clusterer__parameters_are_plain_and_complete(found):
    plain = json.loads(json.dumps(found.to_json()))
    assert plain["parameters"] == found.parameters
    form = CLUSTERERS[found.method].parameters
    assert set(found.parameters) == {parameter.name for parameter in form}
    assert found.parameters.get("k") != 0
    assert found.seconds >= 0


def test_clusterer__comes_back_from_its_arrays(found):
    again = Clustering.from_arrays(*found.to_arrays())
    assert np.array_equal(again.labels, found.labels)
    assert (again.method, again.parameters, again.note) == (found.method, found.parameters, found.note)


@pytest.mark.parametrize("name", NAMES)
def test_clusterer__same_seed_same_labels(name, planted):
    given, graph, _ = planted
    one, two = (cluster(name, given, graph, seed=7) for _ in range(2))
    assert np.array_equal(one.labels, two.labels)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", range(6))
def test_clusterer__few_items(name, n):
    given, _ = groups()
    labels = cluster(name, given[:n], knn(given[:n])).labels
    assert labels.shape == (n,)
    assert labels.dtype == np.int32
    assert_numbered_by_size(labels)


@pytest.mark.parametrize("name", NAMES)
def test_clusterer__identical_items_are_not_told_apart_by_default(name):
    given = features(np.ones((40, 8), dtype=np.float32), np.zeros(40))
    labels = cluster(name, given, knn(given)).labels
    assert len(np.unique(labels[labels >= 0])) <= 2
    assert_numbered_by_size(labels)


@pytest.mark.parametrize("name", TAKES_K)
def test_clusterer__k_above_n_is_clipped_and_said(name):
    given, _ = groups()
    some = given[:12]
    clustering = cluster(name, some, knn(some), k=500)
    assert clustering.k == 12
    assert clustering.parameters["k"] == 12
    assert "only 12 items" in " ".join(clustering.note)


@pytest.mark.parametrize("name", TAKES_K)
def test_clusterer__gives_the_k_that_was_asked_for(name, planted):
    given, graph, _ = planted
    assert cluster(name, given, graph, k=9).k == 9


@pytest.mark.parametrize("name", NAMES)
def test_clusterer__refuses_rows_that_are_not_numbers(name, planted):
    given, graph, _ = planted
    broken = given.copy()
    broken[3, 1] = np.nan
    with pytest.raises(BadInput, match="not numbers"):
        cluster(name, broken, graph)


@pytest.mark.parametrize("name", NAMES)
def test_clusterer__form_is_complete_and_its_defaults_are_allowed(name, planted):
    entry = CLUSTERERS[name]
    assert entry.title and entry.why.endswith(".")
    for parameter in entry.parameters:
        assert parameter.title and parameter.help.endswith(".")
        if parameter.choices:
            assert parameter.default in parameter.choices
        else:
            assert parameter.low <= parameter.default <= parameter.high


@pytest.mark.parametrize("name", NAMES)
def test_clusterer__refuses_values_outside_its_form(name, planted):
    given, graph, _ = planted
    with pytest.raises(BadInput, match="no parameter"):
        cluster(name, given, graph, colour=3)
    for parameter in CLUSTERERS[name].parameters:
        wrong = ["other"] if parameter.choices else [parameter.high + 1, parameter.low - 1, "many", None]
        for value in wrong:
            with pytest.raises(BadInput, match="cannot be"):
                cluster(name, given, graph, **{parameter.name: value})


def test_cluster__unknown_name_lists_those_there_are(planted):
    given, graph, _ = planted
    with pytest.raises(BadInput, match="tree, kmeans"):
        cluster("magic", given, graph)


def test_hdbscan__no_cluster_is_smaller_than_asked_and_the_note_counts_the_rest(planted):
    given, graph, truth = planted
    clustering = cluster("hdbscan", given, graph, min_size=60)
    left_out = int((clustering.labels < 0).sum())
    # A group of 40 is left out or joins a neighbour: which of the two hangs on the last digits of the layout.
    assert np.bincount(clustering.labels[clustering.labels >= 0]).min() >= 60
    assert (clustering.labels[truth == 3] >= 0).mean() > 0.9
    assert (f"{left_out} of 400 items are in no cluster" in " ".join(clustering.note)) is (left_out > 0)


def test_communities__higher_resolution_gives_more(planted):
    given, graph, _ = planted
    assert cluster("communities", given, graph, resolution=8.0).k > cluster("communities", given, graph).k
