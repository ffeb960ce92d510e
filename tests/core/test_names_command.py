"""`python -m core names`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from core import naming
from core.__main__ import app
from core.errors import BadInput
from core.partition.edits import Rename
from core.project import Project
from tests.prepared import planted_project


@pytest.fixture
def planted_path(project_path):
    return planted_project(project_path)


def run(*words):
    result = CliRunner().invoke(app, ["names", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_names__as_json_have_reasons_and_items(planted_path):
    (answer,) = run("--project", planted_path, "--json").splitlines()
    found = json.loads(answer)["clusters"]
    assert [one["items"] for one in found] == [36] * 4
    first = found[0]["suggestions"][0]
    assert first["name"] in ("disc", "bar", "ring", "cross")
    assert first["score"] == 1
    assert len(first["item_ids"]) == 36
    assert all(item.startswith(first["name"]) for item in first["item_ids"])


def test_names__in_words_leave_named_clusters_out_unless_asked(planted_path):
    with Project.open(planted_path) as project:
        project.apply(Rename(1, "mine"))
    assert "mine" not in run("--project", planted_path)
    told = run("--project", planted_path, "--all")
    assert "mine, 36 items" in told
    assert "36 of 36 items here (100%)" in told


def test_names__keep_the_list_that_was_given(planted_path, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("harbour\nquay\n", encoding="utf-8")
    run("--project", planted_path, "--vocabulary", words)
    with Project.open(planted_path, read_only=True) as project:
        assert naming.kept_list(project) == ("harbour", "quay")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"\n \n"])
def test_names__refuse_a_list_that_cannot_be_read(planted_path, tmp_path, content):
    words = tmp_path / "words.txt"
    if content is not None:
        words.write_bytes(content)
    with pytest.raises(BadInput):
        CliRunner().invoke(
            app, ["names", "--project", str(planted_path), "--vocabulary", str(words)], catch_exceptions=False
        )
