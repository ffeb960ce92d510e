import numpy as np
import pytest

from core.errors import Cancelled
from core.structure.buckets import gather, search


@pytest.fixture(scope="module")
def given(tail):
    return tail.features


def test_gather__every_item_is_in_one_bucket_near_it(given):
    found = gather(given, 40)
    assert sorted(found.order) == list(range(len(given)))
    assert found.sizes.sum() == len(given) and (found.sizes > 0).all()
    of = found.of_items()
    assert np.allclose(found.means[3], given[of == 3].mean(axis=0), atol=1e-5)
    own = np.linalg.norm(given - found.means[of], axis=1).mean()
    other = np.linalg.norm(given - found.means[np.roll(of, 1)], axis=1).mean()
    assert own < 0.85 * other
    assert (found.near[:, 0] == np.arange(len(found.sizes))).all()


def test_gather__identical_items_do_not_fill_one_bucket():
    given = np.zeros((4000, 4), dtype=np.float32)
    given[:, 0] = 1
    found = gather(given, 16)
    assert found.sizes.max() <= 8 * 4000 / 16
    assert (found.near[:, 0] == np.arange(len(found.sizes))).all()


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_candidates_for__finds_the_share_that_was_wanted(tail, share):
    found = gather(tail.features, 40)
    rows = np.arange(len(tail.features))
    truth = tail.graph.neighbours
    candidates = found.candidates_for(rows, truth, share)
    neighbours, _ = search(tail.features, found, 15, candidates)
    shared = np.mean([len(np.intersect1d(a, b)) / 15 for a, b in zip(neighbours, truth, strict=True)])
    assert shared >= share - 0.01


def test_search__among_all_items_is_exact(tail):
    found = gather(tail.features, 40)
    neighbours, similarity = search(tail.features, found, 15, len(tail.features))
    assert np.allclose(similarity, tail.graph.similarity, atol=1e-5)
    assert (neighbours == tail.graph.neighbours).mean() > 0.99
    assert (neighbours != np.arange(len(neighbours))[:, None]).all()


def test_search__looks_at_more_than_k_items_whatever_was_said(given):
    found = gather(given, 200)
    neighbours, similarity = search(given, found, 15, 0)
    assert np.isfinite(similarity).all()
    assert all(len(set(row)) == 15 for row in neighbours[:200].tolist())


def test_search__stopped_leaves_no_thread_behind(given):
    import torch

    before, seen = torch.get_num_threads(), []

    def stop(done, total, note=""):
        seen.append(done)
        if len(seen) == 3:
            raise Cancelled("stopped")

    found = gather(given, 40)
    with pytest.raises(Cancelled):
        search(given, found, 15, 200, stop)
    assert seen == sorted(seen) and len(seen) == 3
    assert torch.get_num_threads() == before
