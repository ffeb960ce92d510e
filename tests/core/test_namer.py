"""Names for the items of a card: never waited for, those of their cluster, none where nothing was prepared."""

from __future__ import annotations

import numpy as np
import pytest

from core import adoption, naming, pipeline
from core.items.importer import import_source
from core.items.sources import open_source
from core.namer import Namer
from core.pipeline import Recipe
from core.project import Project


@pytest.fixture
def project(tmp_path, text_table):
    with Project.create(tmp_path / "texts.taxon") as opened:
        import_source(opened.items, opened.thumbnails, open_source(text_table, text_column="text", id_column="id"))
        found = pipeline.run(opened, Recipe(encoder="lsa", parameters={"k": 3}), until="clustering")
        adoption.adopt(opened, found)
        yield opened


def test_namer__says_nothing_before_names_are_prepared(project):
    namer = Namer(project, pipeline.structure(project))
    assert namer.wait(0) and namer(np.arange(3)) == ()


def test_namer__says_the_names_of_the_cluster_that_most_items_are_in(project):
    naming.prepare(project)
    namer = Namer(project, pipeline.structure(project))
    assert namer.wait(60)
    partition = project.partition()
    expected = {one: [each.name for each in told] for one, told in naming.names(project).items()}
    assert any(expected.values())
    for one, names in expected.items():
        assert list(namer(partition.members(one)[:5])) == list(dict.fromkeys(names))[:6]
    assert namer(np.array([10**6])) == () == namer(np.empty(0, np.int64))
