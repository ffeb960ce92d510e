"""Folders, words of file names, values of columns."""

import numpy as np

from core.assist.names import tokens


def test_read__collects_folders_words_and_values_that_three_items_carry():
    names = ["pets/cats/tabby-01.png", "pets/cats/tabby-02.png", "pets/cats/black-cat.png", "pets\\dogs\\x.png", ""]
    columns = {
        "colour": np.array(["red", "red", "red", "", "blue"], object),
        "year": np.array([2019, 2019, 2019, 2020, 2021]),
        "id": np.array([f"id{place}" for place in range(5)], object),
    }
    found = tokens.read(names, columns)
    assert dict(zip(found.titles, found.marks.totals.tolist(), strict=True)) == {
        "in the folder “pets”": 4,
        "in the folder “cats”": 3,
        "colour = “red”": 3,
        "year = “2019”": 3,
    }
    assert dict(zip(found.titles, found.nameable.tolist(), strict=True))["year = “2019”"] is False


def test_read__leaves_out_columns_that_tell_every_item_from_every_other():
    many = 600
    columns = {
        "id": np.array([f"name {place // 2}" for place in range(many)], object),
        "length": np.arange(many, dtype=float) / 7,
    }
    assert tokens.read([""] * many, columns).marks.terms == ()


def test_read__takes_missing_values_as_missing():
    columns = {
        "a": np.array([np.nan, np.nan, np.nan, 1.0]),
        "b": np.array([None, None, None, True], object),
    }
    assert tokens.read([""] * 4, columns).marks.terms == ()
