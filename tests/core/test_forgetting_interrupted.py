"""Forgetting begins only where nobody else is at work, and comes to its end whatever happens in between."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import pipeline
from core.errors import ProjectLocked
from core.jobs import Jobs
from core.lock import TO_FORGET, at_work
from core.partition.edits import Forget, Rename
from core.pipeline import Recipe
from core.project import Project
from core.storage import write_json
from tests.core.forgotten import analysed_texts, needles_of, traces  # noqa: F401


def test_forget__is_refused_while_somebody_else_writes_or_works(texts, monkeypatch):
    with Project.open(texts.path) as second, pytest.raises(ProjectLocked, match="held by process"):
        second.apply(Forget(["n07"]))
    with at_work(texts.path), pytest.raises(ProjectLocked, match="nothing was changed"):
        texts.apply(Forget(["n07"]))
    monkeypatch.setattr("core.jobs._spawn", lambda *_, **__: None)
    Jobs(texts.path).start("run", {})
    with pytest.raises(ProjectLocked, match="waiting or running"):
        texts.apply(Forget(["n07"]))
    texts.close()
    with Project.open(texts.path, read_only=True) as reader, pytest.raises(ProjectLocked, match="reading only"):
        reader.apply(Forget(["n07"]))
    assert texts.items.load().has("n07") and not (texts.path / TO_FORGET).exists()


def test_forget__what_was_interrupted_is_completed_by_who_opens_next(texts, monkeypatch):
    needles = needles_of(texts, "n07")
    monkeypatch.setattr("core.forgetting._drop_artifacts", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        texts.apply(Forget(["n07"]), who="me", key="k")
    monkeypatch.undo()
    texts.close()
    with Project.open(texts.path, read_only=True) as reader:
        assert "n07" not in set(reader.labels().item_id)
        with pytest.raises(ProjectLocked, match="still to be forgotten"):
            pipeline.run(reader, Recipe())
    with Project.open(texts.path) as again:
        assert not (texts.path / TO_FORGET).exists() and traces(texts.path, needles) == []
        assert [event.kind for event in again.history()].count("forget") == 1 and again.history()[0].who == "me"


def test_vectors__nothing_half_made_is_left(texts):
    shards = texts.artifacts.scratch("vectors", "ab" * 16)
    write_json(shards / "one.json", {"contents": []})
    (texts.path / "artifacts" / "vectors" / "torn").mkdir()
    (texts.path / "selections").mkdir()
    (texts.path / "selections" / "ab").write_text("Like n07")
    texts.apply(Forget(["n07"]))
    assert list((texts.path / "artifacts").rglob("*.json")) == [] and not (texts.path / "selections").exists()
    assert not any((texts.path / "artifacts" / "vectors").iterdir())


SWEEP = """
import os
import sys
from itertools import count
from pathlib import Path
from shutil import copytree

import numpy, pandas, pyarrow.parquet

from core.partition.edits import Forget
from core.project import Project
from tests.core.forgotten import traces

ROOT, ORIGINAL = Path(sys.argv[1]), Path(sys.argv[2])
WATCHED = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect"}
NEEDLES = {"id": b"n07", "text": b"zyxomma", "town": b"Town7"}


def forked(work):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dying(path, step):
    seen = 0

    def hook(event, arguments):
        nonlocal seen
        if event in WATCHED and str(path) in str(arguments[0]):
            seen += 1
            if seen == step:
                os._exit(9)

    with Project.open(path) as project:
        project.labels()
        sys.addaudithook(hook)
        project.apply(Forget(["n07"]))
    return 0


def checked(path, labels):
    begun = (path / "forget.json").exists()
    with Project.open(path) as project:
        if not begun and project.items.load().has("n07"):
            assert len(project.labels()) == 40
            project.apply(Forget(["n07"]))
        assert project.labels().equals(labels), "lost"
        assert [event.kind for event in project.history()].count("forget") == 1
    assert traces(path, NEEDLES) == [], traces(path, NEEDLES)
    assert traces(path, {"other": b"Town8"}) == ["other"]
    assert not (path / "forget.json").exists()
    return 0


with Project.open(ORIGINAL) as project:
    labels = project.labels().drop(index=7)
for step in count(int(sys.argv[3]), int(sys.argv[4])):
    path = ROOT / f"{step}.taxon"
    copytree(ORIGINAL, path)
    code = forked(lambda: dying(path, step))
    assert forked(lambda: checked(path, labels)) == 0, step
    if code == 0:
        break
    assert code == 9, code
print(step)
"""
EVERY = int(os.environ.get("TAXON_FORGET_KILLS_EVERY", "5"))


def test_forget__a_kill_before_any_write_is_made_good_by_the_next_open(texts, tmp_path):
    texts.apply(Rename(min(texts.partition().clusters), "boats"))
    (texts.path / "exports").mkdir()
    (texts.path / "exports" / "labels.csv").write_text("n07,zyxomma")
    texts.close()
    (tmp_path / "sweep").mkdir()
    script = tmp_path / "sweep.py"
    script.write_text(SWEEP)
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
    command = [sys.executable, str(script), str(tmp_path / "sweep"), str(texts.path), "1", str(EVERY)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30
