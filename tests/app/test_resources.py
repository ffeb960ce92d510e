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
