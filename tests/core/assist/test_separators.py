import numpy as np
import pytest

from core.assist.names.inputs import Ballot, Inputs, Scene
from core.assist.names.marks import Marks
from core.assist.names.separation import auc
from core.assist.names.votes import Vocabulary
from core.assist.separators import interval, separators
from core.items import demo
from core.structure.features import features
from core.structure.kmeans import kmeans


@pytest.fixture(scope="module")
def docstrings():
    """Texts, what names are made of, and 24 clusters by the words in common."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "PACKAGES", ("scipy", "sklearn"))
        texts = demo.demo_source("demo:docstrings").candidates().texts
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english").fit_transform(texts)
    vectors = TruncatedSVD(60, random_state=0).fit_transform(words).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    n = len(texts)
    rows = features(vectors, np.ones(n))
    inputs = Inputs(np.arange(n), vectors, rows, np.ones(n, np.uint8), texts)
    return inputs, kmeans(rows, 24, starts=1).labels


def clusters_of(labels, keep=True):
    return [np.flatnonzero((labels == label) & keep) for label in range(labels.max() + 1)]


def test_separators__five_words_tell_held_out_members_from_the_neighbours(docstrings):
    inputs, labels = docstrings
    learnt = np.random.default_rng(0).random(len(labels)) < 0.5
    scene = Scene.of(inputs, clusters_of(labels, learnt))
    place = {term: index for index, term in enumerate(inputs.phrases.terms)}
    reached = []
    for cluster, near in enumerate(scene.near):
        score = np.zeros(len(labels))
        for one in separators(scene, cluster):
            score[inputs.phrases.carriers(place[one.term.lower()])] += np.log((one.inside + 0.01) / (one.around + 0.01))
        inside = np.flatnonzero((labels == cluster) & ~learnt)
        around = np.flatnonzero(np.isin(labels, near) & ~learnt)
        reached.append(auc(score[inside], score[around]))
    assert np.mean(reached) >= 0.8
    assert np.mean(np.array(reached) >= 0.8) >= 0.7


def test_separators__nothing_separates_random_clusters(docstrings):
    inputs, _ = docstrings
    random = np.random.default_rng(1)
    found = []
    for _ in range(4):
        scene = Scene.of(inputs, clusters_of(random.integers(0, 24, len(inputs.rows))))
        found += [bool(separators(scene, cluster)) for cluster in range(24)]
    assert np.mean(found) <= 0.1


def test_separators__other_words_make_another_card(docstrings):
    inputs, labels = docstrings
    cluster = int(np.argmax([len(separators(Scene.of(inputs, clusters_of(labels)), one)) for one in range(24)]))
    told = {one.term for one in separators(Scene.of(inputs, clusters_of(labels)), cluster)}
    mixed = [inputs.texts[place] for place in np.random.default_rng(0).permutation(len(labels))]
    other = Inputs(inputs.rows, inputs.vectors, inputs.features, inputs.modality, mixed)
    assert len(told) == 5
    assert not told & {one.term for one in separators(Scene.of(other, clusters_of(labels)), cluster)}


def test_separators__folders_columns_and_looks_say_theirs():
    labels = np.repeat(np.arange(4), 30)
    vectors = np.eye(4, dtype=np.float32)[labels] + np.random.default_rng(0).normal(0, 0.1, (120, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    from scipy.sparse import csr_matrix

    votes = csr_matrix(np.stack([labels == 2, labels % 2 == 0], 1).astype(np.float32) * 0.6)
    terms = ("wheel", "red")
    ballot = Ballot("pictures", Vocabulary(terms, np.zeros((2, 4), np.float32), np.zeros(4)), Marks(terms, votes))
    inputs = Inputs(
        np.arange(120), vectors, vectors, np.zeros(120, np.uint8),
        file_names=[f"{'bikes' if label == 2 else 'others'}/{row}.png" for row, label in enumerate(labels)],
        columns={"year": np.where(labels == 2, 2019, 2020)},
        ballots=(ballot,),
    )  # fmt: skip
    found = separators(Scene.of(inputs, clusters_of(labels)), 2)
    assert {one.term for one in found} <= {"wheel", "in the folder “bikes”", "year = “2019”"} and len(found) >= 1
    assert all(one.inside == 1 and one.around == 0 for one in found)
    assert found[0].sentence() == "100 % of these, 0 % of the nearest clusters"


def test_separators__a_lone_or_empty_cluster_is_separated_by_nothing():
    one = np.ones((6, 2), np.float32) / np.sqrt(2)
    inputs = Inputs(np.arange(6), one, one, np.ones(6, np.uint8), ["some words here"] * 6)
    scene = Scene.of(inputs, [np.arange(6), np.zeros(0, np.int64)])
    assert separators(scene, 0) == separators(scene, 1) == ()


@pytest.mark.parametrize(
    "count, size, expected", [(0, 10, (0, 0.3085)), (10, 10, (0.6915, 1)), (39, 40, (0.8684, 0.9994))]
)
def test_interval__is_the_exact_one(count, size, expected):
    assert interval(count, size) == pytest.approx(expected, abs=1e-4)
