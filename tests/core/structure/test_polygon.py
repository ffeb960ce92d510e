"""Which points lie in an outline."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.structure.polygon import inside

SQUARE = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])


def test_inside__square():
    xy = np.array([[1, 1], [-1, 1], [3, 1], [1, -1], [1, 3], [1.99, 0.01]])
    assert inside(xy, SQUARE).tolist() == [True, False, False, False, False, True]


def test_inside__notch_is_outside():
    notched = np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]])
    assert inside(np.array([[2, 2], [0.5, 2], [3.5, 2], [2, 0.5]]), notched).tolist() == [False, True, True, True]


def test_inside__a_figure_of_eight_has_both_its_loops():
    eight = np.array([[0, 0], [2, 2], [2, 0], [0, 2]])
    assert inside(np.array([[0.2, 1.0], [1.8, 1.0], [1.0, 0.3], [1.0, 1.8]]), eight).tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_inside__direction_and_first_corner_do_not_matter():
    xy = np.random.default_rng(0).uniform(-1, 3, (500, 2))
    outline = np.random.default_rng(1).uniform(0, 2, (12, 2))
    wanted = inside(xy, outline)
    assert 0 < wanted.sum() < 500
    assert np.array_equal(inside(xy, outline[::-1]), wanted)
    assert np.array_equal(inside(xy, np.roll(outline, 5, axis=0)), wanted)


def test_inside__neighbours_share_no_point_and_leave_none_out():
    """A point on the side between two squares is in exactly one of them."""
    xy = np.column_stack([np.full(9, 2.0), np.linspace(0.1, 1.9, 9)])
    right = SQUARE + np.array([2, 0])
    assert (inside(xy, SQUARE) ^ inside(xy, right)).all()


def test_inside__left_and_lower_edges_belong_to_it_right_and_upper_ones_do_not():
    edges = np.array([[0, 1], [1, 0], [2, 1], [1, 2]])
    assert inside(edges, SQUARE).tolist() == [True, True, False, False]
    corners = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
    assert inside(corners, SQUARE).tolist() == [True, False, False, False]


def test_inside__a_line_that_crosses_itself_has_a_hole_where_it_went_round_twice():
    turns = np.linspace(0, 4 * np.pi, 81)[:-1]
    radius = np.linspace(2, 1, 80)
    spiral = np.stack([radius * np.cos(turns), radius * np.sin(turns)], axis=1)
    found = inside(np.array([[0.0, 0.0], [0.0, 1.45], [0.0, -1.6], [3.0, 0.0]]), spiral)
    assert found.tolist() == [False, True, True, False], "the middle is inside twice, which is outside"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 12), st.booleans())
def test_inside__as_by_counting_the_sides_one_by_one(seed, corners, on_a_grid):
    """The definition, in exact fractions; on a grid many points lie on corners and edges."""
    random = np.random.default_rng(seed)
    outline = random.integers(0, 6, (corners, 2)) if on_a_grid else random.integers(0, 4096, (corners, 2)) / 64
    xy = random.integers(0, 12, (40, 2)) / 2 if on_a_grid else random.integers(0, 4096, (40, 2)) / 64

    def odd(point):
        x, y = (Fraction(float(value)) for value in point)
        crossed = 0
        for (x0, y0), (x1, y1) in zip(outline.tolist(), np.roll(outline, -1, axis=0).tolist(), strict=True):
            x0, y0, x1, y1 = (Fraction(value) for value in (x0, y0, x1, y1))
            if (y0 > y) != (y1 > y):
                crossed += x < x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        return crossed % 2 == 1

    wanted = [odd(point) for point in xy]
    found = inside(xy, outline)
    # Rounding may only matter on the very edge of a slanting side.
    differ = np.flatnonzero(found != np.array(wanted))
    assert not len(differ) if not on_a_grid else len(differ) <= 1


def test_inside__degenerate():
    xy = np.array([[0.5, 0.5], [np.nan, 0], [np.inf, 0]])
    assert not inside(xy, np.empty((0, 2))).any()
    assert not inside(xy, SQUARE[:2]).any()
    assert not inside(xy, np.array([[0, 0], [np.nan, 1], [1, 0]])).any()
    assert inside(xy, SQUARE).tolist() == [True, False, False]
    assert inside(np.empty((0, 2)), SQUARE).shape == (0,)


def test_inside__as_a_circle_by_distance_across_blocks():
    """More points than one block holds, against the definition of a disc."""
    xy = np.random.default_rng(2).uniform(-1, 1, (450_000, 2)).astype(np.float32)
    turns = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    found = inside(xy, np.column_stack([np.cos(turns), np.sin(turns)]) * 0.5)
    distance = np.hypot(*xy.T)
    assert found[distance < 0.499 * np.cos(np.pi / 64)].all() and not found[distance > 0.5].any()
