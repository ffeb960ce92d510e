import numpy as np
import pytest

from core.errors import BadInput, Cancelled
from core.structure.continuity import onto, placed_between
from core.structure.graph import knn
from core.structure.map_quality import quality_of
from core.structure.maps import Map, lay_out


@pytest.mark.parametrize("n", range(5))
def test_lay_out__few_items_by_hand(make, n):
    found = make(np.random.default_rng(0).normal(size=(n, 6)))
    placed = lay_out(found.features, found.graph)
    assert placed.xy.shape == (n, 2)
    assert placed.xy.dtype == np.float32
    assert len(np.unique(placed.xy, axis=0)) == n
    assert placed.method == "by hand"
    assert np.allclose(placed.xy.sum(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("n", [5, 6, 8, 17])
def test_lay_out__as_few_items_as_umap_can_do(make, n):
    found = make(np.random.default_rng(0).normal(size=(n, 6)))
    placed = lay_out(found.features, found.graph, "repeatable")
    assert placed.method == "umap"
    assert np.isfinite(placed.xy).all()
    assert len(np.unique(placed.xy, axis=0)) == n


@pytest.mark.parametrize("different", [1, 2, 4])
def test_lay_out__identical_items_lie_around_one_place_each(make, different):
    which = np.arange(200) % different
    found = make(np.random.default_rng(0).normal(size=(different, 8))[which])
    placed = lay_out(found.features, found.graph)
    assert placed.method == "by hand"
    assert len(np.unique(placed.xy, axis=0)) == 200
    assert np.abs(placed.xy).max() <= 1
    middles = np.array([placed.xy[which == place].mean(axis=0) for place in range(different)])
    assert all(np.linalg.norm(placed.xy[which == place] - middles[place], axis=1).max() < 0.3 for place in set(which))


def test_lay_out__many_duplicates_go_through_umap(make):
    found = make(np.repeat(np.random.default_rng(0).normal(size=(12, 8)), 30, axis=0))
    placed = lay_out(found.features, found.graph, "repeatable", epochs=20)
    assert np.isfinite(placed.xy).all()


def test_lay_out__parts_that_do_not_touch(make):
    rng = np.random.default_rng(0)
    found = make(np.eye(8)[np.arange(240) % 8] * 50 + rng.normal(size=(240, 8)) * 0.01)
    placed = lay_out(found.features, found.graph, "repeatable", epochs=50)
    assert np.isfinite(placed.xy).all()
    assert placed.quality["recall"] > 0.5


@pytest.fixture(scope="module")
def digits_map(digits):
    return lay_out(digits.features, digits.graph, "repeatable", seed=1)


def test_lay_out__keeps_neighbours_together(digits_map):
    assert digits_map.quality["recall"] > 0.45
    assert digits_map.quality["trustworthiness"] > 0.97
    assert np.abs(digits_map.xy).max() == pytest.approx(1)


def test_lay_out__repeatable_gives_the_same_bits(digits, digits_map):
    again = lay_out(digits.features, digits.graph, "repeatable", seed=1)
    assert again.xy.tobytes() == digits_map.xy.tobytes()
    other = lay_out(digits.features, digits.graph, "repeatable", seed=2, epochs=20)
    assert not np.array_equal(other.xy, digits_map.xy)


def test_lay_out__fast_is_as_good(digits, digits_map):
    fast = lay_out(digits.features, digits.graph, "fast")
    assert fast.quality["recall"] > digits_map.quality["recall"] - 0.05


def test_lay_out__new_items_barely_move_the_old_ones(digits):
    n, old = len(digits.truth), int(len(digits.truth) * 0.95)
    before = lay_out(digits.features[:old], knn(digits.features[:old]), "repeatable")
    start = np.full((n, 2), np.nan, dtype=np.float32)
    start[:old] = before.xy
    after = lay_out(digits.features, digits.graph, "repeatable", start=start)
    diagonal = np.linalg.norm(np.ptp(before.xy, axis=0))
    assert np.median(np.linalg.norm(after.xy[:old] - before.xy, axis=1)) <= 0.05 * diagonal
    assert after.quality["recall"] > 0.45


def test_quality__of_a_random_scatter_is_bad(digits):
    scatter = np.random.default_rng(0).normal(size=(len(digits.truth), 2)).astype(np.float32)
    quality = quality_of(digits.features, digits.graph, scatter)
    assert quality["recall"] < 0.02
    assert quality["trustworthiness"] < 0.6


def test_quality__of_a_plane_shown_as_it_is_is_perfect():
    angle = np.sort(np.random.default_rng(0).uniform(0, np.pi / 2, size=300))
    plane = np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    assert quality_of(plane, knn(plane), plane)["recall"] > 0.99


def test_onto__undoes_turning_mirroring_and_scaling():
    old = np.random.default_rng(0).normal(size=(50, 2))
    turned = old @ np.array([[0, -1], [1, 0]]) * [1, -1] * 3 + 7
    start = old.copy()
    start[::5] = np.nan
    assert np.allclose(onto(turned, start), old, atol=1e-5)


def test_placed_between__new_items_start_at_their_neighbours(tail):
    start = np.random.default_rng(0).normal(size=(len(tail.truth), 2)).astype(np.float32)
    start[5] = np.nan
    placed = placed_between(start, tail.graph)
    near = start[tail.graph.neighbours[5]]
    assert (near.min(axis=0) <= placed[5]).all() and (placed[5] <= near.max(axis=0)).all()
    assert np.isfinite(placed_between(np.full_like(start, np.nan), tail.graph)).all()


def test_lay_out__says_how_far_it_is_and_can_be_stopped(tail):
    seen = []
    lay_out(tail.features, tail.graph, "repeatable", epochs=10, progress=lambda *told: seen.append(told))
    assert [done for done, total, _ in seen if total == 10][-1] == 10
    assert len(seen) > 5

    def stop(done, total, note=""):
        if done >= 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        lay_out(tail.features, tail.graph, "repeatable", epochs=10, progress=stop)


def test_lay_out__refuses_what_does_not_fit(tail):
    with pytest.raises(BadInput, match="map mode"):
        lay_out(tail.features, tail.graph, "pretty")
    with pytest.raises(BadInput, match="graph is of"):
        lay_out(tail.features[:50], tail.graph)


def test_map__comes_back_from_its_arrays(digits_map):
    again = Map.from_arrays(*digits_map.to_arrays())
    assert np.array_equal(again.xy, digits_map.xy)
    assert (again.seed, again.mode, again.quality) == (1, "repeatable", digits_map.quality)
