import numpy as np
import pytest

from core.errors import BadInput, Cancelled
from core.structure.continuity import onto, placed_between
from core.structure.graph import knn
from core.structure.maps import Map, lay_out, refine, sketch


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
    assert 0.8 < np.abs(digits_map.xy).max() < 1.2


def test_lay_out__repeatable_gives_the_same_bits(digits, digits_map):
    again = lay_out(digits.features, digits.graph, "repeatable", seed=1)
    assert again.xy.tobytes() == digits_map.xy.tobytes()
    other = lay_out(digits.features, digits.graph, "repeatable", seed=2, epochs=20)
    assert not np.array_equal(other.xy, digits_map.xy)


def test_lay_out__fast_is_as_good(digits, digits_map):
    fast = lay_out(digits.features, digits.graph, "fast")
    assert fast.quality["recall"] > digits_map.quality["recall"] - 0.05


def shift(before, after):
    """How far the items of a map moved, in diagonals of the map."""
    return np.median(np.linalg.norm(after - before, axis=1)) / np.linalg.norm(np.ptp(before, axis=0))


def test_sketch__is_near_to_what_it_is_refined_to(digits, digits_map):
    drawn = sketch(digits.features, digits.graph, seed=1)
    assert drawn.sketch and not digits_map.sketch
    assert drawn.quality["recall"] > 0.25
    assert shift(drawn.xy, digits_map.xy) < 0.1
    assert digits_map.quality["recall"] > drawn.quality["recall"]
    scatter = np.random.default_rng(0).permutation(drawn.xy)
    assert shift(scatter, digits_map.xy) > 0.2


def test_refine__goes_on_from_a_stored_sketch_as_if_it_had_not_stopped(digits, digits_map):
    stored = Map.from_arrays(*sketch(digits.features, digits.graph, seed=1).to_arrays())
    assert refine(digits.features, digits.graph, stored).xy.tobytes() == digits_map.xy.tobytes()


def test_sketch__many_items_begin_as_a_map_of_buckets(make):
    found = make(*make.planted(30, 2500, tail=True))
    drawn = sketch(found.features, found.graph)
    assert drawn.quality["trustworthiness"] > 0.9
    assert sketch(found.features, found.graph).xy.tobytes() == drawn.xy.tobytes()


@pytest.fixture(scope="module")
def grown(digits):
    """A map of 95 % of the digits, and where each of all is on it."""
    positions = np.random.default_rng(3).permutation(len(digits.truth))
    positions[positions >= int(len(positions) * 0.95)] = -1
    old = np.flatnonzero(positions >= 0)[np.argsort(positions[positions >= 0])]
    return lay_out(digits.features[old], knn(digits.features[old])), positions


def test_sketch__new_items_are_placed_by_their_neighbours_and_old_ones_stay(digits, grown):
    before, positions = grown
    drawn = sketch(digits.features, digits.graph, start=before.carried_over(positions))
    old = positions >= 0
    assert np.array_equal(drawn.xy[old], before.xy[positions[old]])
    assert np.isfinite(drawn.xy).all()
    nearest = np.argmin(np.linalg.norm(drawn.xy[~old][:, None] - drawn.xy[old][None], axis=2), axis=1)
    assert (digits.truth[old][nearest] == digits.truth[~old]).mean() > 0.9


def test_lay_out__new_items_barely_move_the_old_ones(digits, grown):
    before, positions = grown
    after = lay_out(digits.features, digits.graph, start=before.carried_over(positions))
    old = positions >= 0
    assert shift(before.xy[positions[old]], after.xy[old]) <= 0.05
    assert after.quality["recall"] > 0.45
    again = lay_out(digits.features, digits.graph, start=before.carried_over(positions))
    assert again.xy.tobytes() == after.xy.tobytes()


def test_lay_out__of_a_changed_graph_stays_where_it_was(digits, digits_map):
    other = lay_out(digits.features, knn(digits.features, 8), start=digits_map)
    assert shift(digits_map.xy, other.xy) <= 0.05
    fresh = lay_out(digits.features, knn(digits.features, 8), seed=5)
    assert shift(digits_map.xy, fresh.xy) > 2 * shift(digits_map.xy, other.xy)


def test_sketch__an_old_map_that_says_nothing_of_the_items_is_only_turned_onto(digits, digits_map):
    mixed = np.random.default_rng(0).permutation(len(digits.truth))
    drawn = sketch(digits.features, digits.graph, seed=1, start=digits_map.carried_over(mixed))
    assert not drawn.kept
    assert drawn.quality["recall"] > 0.25
    turned = Map((-digits_map.xy)[:, ::-1] * 3, "umap", 1, "repeatable", quality={"trustworthiness": 2.0}, scale=4)
    drawn, plain = (sketch(digits.features, digits.graph, seed=1, start=start) for start in (turned, None))
    assert not drawn.kept
    assert shift(turned.xy, drawn.xy) < 0.1 < shift(turned.xy, plain.xy)
    assert np.allclose(np.std(drawn.xy) * drawn.scale, np.std(plain.xy) * plain.scale, rtol=0.05)


def test_lay_out__a_map_by_hand_or_of_nothing_known_is_no_start(digits):
    by_hand = Map(np.zeros((len(digits.truth), 2), dtype=np.float32), "by hand", 0, "fast")
    nothing = Map(np.full((len(digits.truth), 2), np.nan, dtype=np.float32), "umap", 0, "fast")
    expected = sketch(digits.features, digits.graph).xy.tobytes()
    for start in (by_hand, nothing):
        assert sketch(digits.features, digits.graph, start=start).xy.tobytes() == expected


def test_onto__undoes_turning_mirroring_and_scaling():
    old = np.random.default_rng(0).normal(size=(50, 2))
    turned = old @ np.array([[0, -1], [1, 0]]) * [1, -1] * 3 + 7
    start = old.copy()
    start[::5] = np.nan
    assert np.allclose(onto(turned, start), old, atol=1e-5)


def test_placed_between__new_items_start_at_their_neighbours(tail):
    start = np.random.default_rng(0).normal(size=(len(tail.truth), 2)).astype(np.float32)
    start[5] = np.nan
    placed = placed_between(start, tail.graph, tail.features)
    near = start[tail.graph.neighbours[5]]
    assert (near.min(axis=0) <= placed[5]).all() and (placed[5] <= near.max(axis=0)).all()
    assert np.array_equal(np.delete(placed, 5, axis=0), np.delete(start, 5, axis=0))
    assert not placed_between(np.full_like(start, np.nan), tail.graph, tail.features).any()


def test_placed_between__a_group_that_is_new_starts_at_the_most_similar_old_items(tail):
    start = np.random.default_rng(0).normal(size=(len(tail.truth), 2)).astype(np.float32)
    start[tail.graph.neighbours[5]] = np.nan
    start[5] = np.nan
    placed = placed_between(start, tail.graph, tail.features)
    known = np.isfinite(start).all(axis=1)
    nearest = np.argsort(-np.where(known, tail.features @ tail.features[5], -np.inf))[:15]
    weight = tail.features[nearest] @ tail.features[5]
    assert np.allclose(placed[5], weight @ start[nearest] / weight.sum(), atol=1e-4)


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
    with pytest.raises(BadInput, match="map to go on with"):
        lay_out(tail.features, tail.graph, start=Map(np.zeros((3, 2), dtype=np.float32), "umap", 0, "fast"))


def test_map__comes_back_from_its_arrays(digits_map):
    again = Map.from_arrays(*digits_map.to_arrays())
    assert np.array_equal(again.xy, digits_map.xy)
    assert (again.seed, again.mode, again.quality) == (1, "repeatable", digits_map.quality)
    assert (again.sketch, again.scale) == (False, digits_map.scale)
