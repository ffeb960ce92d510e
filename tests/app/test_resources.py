from __future__ import annotations

import shutil

import numpy as np

from app import resources
from core.partition.edits import Recluster, Rename
from core.project import Project


def test_project__deleted_and_made_anew_while_the_server_runs_is_the_new_one(planted_copy, projects, original):
    old = resources.open_project(planted_copy)
    old.apply(Rename(1, "of the old one"))
    shutil.rmtree(projects / "planted.taxon")
    with Project.create(projects / "planted.taxon", "planted") as made:
        assert made.is_replaced is False
    new = resources.open_project(planted_copy)
    assert new is not old and new.partition().revision == 0 and len(new.items.load()) == 0
    # The same project, put back from a copy.
    shutil.rmtree(projects / "planted.taxon")
    shutil.copytree(original, projects / "planted.taxon")
    again = resources.open_project(planted_copy)
    again.apply(Recluster(np.arange(144) % 2))
    before = len(again.history())
    shutil.rmtree(projects / "planted.taxon")
    shutil.copytree(original, projects / "planted.taxon")
    assert len(resources.open_project(planted_copy).history()) == before - 1


def test_derived__what_is_as_long_as_the_collection_is_kept_for_the_latest_few():
    made = []

    def take(derived, number):
        return derived("test", str(number), lambda: made.append(number) or number)

    resources.drop_derived()
    for number in [*range(10), 9, 0]:
        assert take(resources.derived_long, number) == number
    assert made == [*range(10), 0], "the last is still there, the first is not"
    made.clear()
    for number in [*range(10), 9, 0]:
        take(resources.derived, number)
    assert made == [*range(10)]
    resources.drop_derived()
    take(resources.derived_long, 0), take(resources.derived, 0)
    assert made == [*range(10), 0, 0], "nothing outlives what it came from"
