"""A kill at any moment of a run leaves whole artifacts only, and the same command finishes the work."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np

from core import pipeline
from core.project import Project

ROUNDS = int(os.environ.get("TAXON_KILL_ROUNDS", "4"))


def test_run__killed_at_random_moments_then_finished(tmp_path):
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(300)]
    lines = ["id,text", *(f"n{i}," + " ".join(rng.choice(words[i % 6 * 50 :][:50], 12)) for i in range(600))]
    (tmp_path / "texts.csv").write_text("\n".join(lines))
    path = tmp_path / "p.taxon"
    command = [sys.executable, "-m", "core", "run", str(tmp_path / "texts.csv"), "--project", str(path), "--json"]
    chance = random.Random(1)
    killed = 0
    for _ in range(ROUNDS):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(chance.uniform(0.3, 6))
        if child.poll() is None:
            killed += 1
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        whole(path)
    assert killed, "no round was killed before it was done"
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["summary"]["items"] == 600
    assert result["summary"]["undecided"] == 0
    whole(path)


def whole(path):
    """Everything that can be seen is complete."""
    if not (path / "project.json").exists():
        return
    with Project.open(path, read_only=True) as project:
        assert len(project.items.load()) in (0, 600)
        for stage in pipeline.STAGES:
            for key in project.artifacts.keys(stage):
                artifact = project.artifacts.load(stage, key)
                assert all(artifact.array(name).shape is not None for name in artifact.names())
        found = pipeline.structure(project)
        assert all(found.has(stage) for stage in found.active if stage in pipeline.STAGES)
