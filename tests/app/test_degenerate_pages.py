"""Pages of collections at the edge of what is one: a sentence, never a trace."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.project import Project
from tests import degenerate

CASES = degenerate.cases()
QUICK = ("1 vectors", "not finite and zero")
ADDRESSES = (
    ("start", {}),
    ("explore", {}),
    ("explore", {"cluster": 1, "item": 0}),
    ("explore", {"q": '"sea"'}),
    ("explore", {"q": "sea"}),
    ("explore", {"look": "duplicates"}),
    ("clusters", {}),
    ("clusters", {"cluster": 1}),
    ("review", {}),
    ("export", {}),
)


def seen(view, words, name):
    """Each page of a project once."""
    for page_name, address in ADDRESSES:
        page = view(page_name, project=name, **address)
        assert not page.exception, (page_name, address, [one.value for one in page.exception])
        assert not re.search(r"Traceback|\bnan\b|NoneType", words(page)), (page_name, words(page))
        assert page.button or words(page), page_name


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
)
def test_pages__of_a_collection_show_it(view, projects, words, name):
    degenerate.analysed(projects / "edge.taxon", CASES[name])
    seen(view, words, "edge")
    with Project.open(projects / "edge.taxon") as project:
        degenerate.review(project, 20, degenerate.refusals([]))
        degenerate.edit(project, degenerate.refusals([]))
    seen(view, words, "edge")


def test_pages__of_a_collection_that_was_only_imported_say_what_is_missing(view, projects, words):
    degenerate.imported(projects / "edge.taxon", CASES["3 texts"])
    seen(view, words, "edge")


def test_pages__of_a_collection_without_a_usable_vector(view, projects, words):
    degenerate.imported(projects / "edge.taxon", degenerate.Case(["a", "b"], np.full((2, 3), np.nan)))
    seen(view, words, "edge")
