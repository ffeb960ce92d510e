"""The questions on the command line: one line of JSON each, answered by scripts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.project import Project
from tests import prepared

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return prepared.planted_project(tmp_path_factory.mktemp("review command") / "planted.taxon")


@pytest.fixture
def path(template, tmp_path):
    return Path(shutil.copytree(template, tmp_path / "planted.taxon"))


def command(path, *arguments, lines=""):
    done = subprocess.run(
        [sys.executable, "-m", "core", "review", "--project", str(path), *arguments],
        cwd=ROOT,
        input=lines,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_review__a_script_answers_undoes_and_is_told_what_does_not_fit(path):
    told = [
        {"answer": "name", "text": "disc"},
        {"answer": "yes"},
        {"answer": "skip"},
        {"answer": "undo"},
        {"answer": "name", "text": "<b>ring</b>"},
    ]
    lines = "\n".join([*map(json.dumps, told), "no json", ""])
    code, out = command(path, "--json", lines=lines)
    said = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [next(iter(one)) for one in said] == [
        "card", "stored", "card", "error", "card", "stored", "card", "stored", "card", "stored", "card", "error",
        "card",
    ]  # fmt: skip
    assert said[0]["card"]["answers"] == ["name", "most", "first", "mixed", "unknown", "skip"]
    assert said[0]["card"]["suggestions"] == []
    assert said[1]["stored"]["sentence"] == "Named 5 items at one look “disc”" and said[5]["stored"] is None
    assert said[2]["card"]["suggestions"] == ["disc"] and said[2] == said[4]
    assert said[7]["stored"]["sentence"].startswith("Undo: Named 5 items")
    with Project.open(path, read_only=True) as project:
        labels = project.labels().set_index("item_id").label
        assert labels[said[8]["card"]["sides"][0][0]] == "<b>ring</b>"
        assert [event.who for event in project.history(3)] == ["command line"] * 3


def test_review__answers_all_until_it_is_done(path):
    code, out = command(path, "--json", lines='{"answer": "unknown"}\n' * 200)
    last = json.loads(out.splitlines()[-1])
    assert code == 0 and last["done"] and last["progress"]["settled"] == last["progress"]["items"] == 144


def test_review__without_json_says_the_next_question(path):
    code, out = command(path)
    assert code == 0 and out.startswith("0 of 144 items settled.\nWhat are these?")


def test_review__without_an_analysis_is_refused_in_a_sentence(tmp_path):
    Project.create(tmp_path / "empty.taxon").close()
    code, out = command(tmp_path / "empty.taxon", "--json")
    assert code == 1 and json.loads(out)["error"]["what"]
