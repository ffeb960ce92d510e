import json
import subprocess
import sys

import pytest


def taxon(*arguments, cwd=None):
    return subprocess.run([sys.executable, "-m", "core", *map(str, arguments)], capture_output=True, text=True, cwd=cwd)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    subjects = ["cat purrs on the warm sofa", "rocket burns fuel to orbit", "bread dough rises in the oven"]
    rows = ["id,text,page", *(f"n{i},{subjects[i % 3]} {i},{i}" for i in range(60))]
    (folder / "notes.csv").write_text("\n".join(rows))
    done = taxon("run", folder / "notes.csv", "--project", folder / "p", "--clusters", 3, "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_run__from_nothing_to_clusters(made):
    folder, result = made
    assert result["summary"]["items"] == 60
    assert result["summary"]["clusters"] == 3
    assert (folder / "p" / "project.json").is_file()


def test_export__holds_every_item_with_its_own_columns(made):
    folder, _ = made
    done = taxon("export", "--project", folder / "p", "--format", "jsonl", folder / "out.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert len(rows) == 60
    assert {"item_id", "cluster_id", "label", "origin", "confidence", "undecided", "x", "y", "page"} <= set(rows[0])


def test_apply_undo__edits_from_a_file(made):
    folder, _ = made
    (folder / "edits.jsonl").write_text('{"kind": "rename", "cluster_id": 1, "name": "cats"}\n')
    assert taxon("apply", "--project", folder / "p", folder / "edits.jsonl").returncode == 0
    undone = taxon("undo", "--project", folder / "p")
    assert undone.returncode == 0
    assert "cats" in undone.stdout


def test_forget__says_what_goes_asks_and_removes(made):
    folder, _ = made
    asked = subprocess.run(
        [sys.executable, "-m", "core", "forget", "--project", folder / "p", "n1"],
        capture_output=True, text=True, input="n\n",
    )  # fmt: skip
    assert asked.returncode == 1 and "Nothing was forgotten" in asked.stderr and "cannot be undone" in asked.stderr
    (folder / "ids.txt").write_text("n2\nn3\n")
    done = taxon("forget", "--project", folder / "p", "n1", "--from-file", folder / "ids.txt", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["items"], result["removed"]["items"], result["removed"]["analysed"]) == (57, 3, True)
    assert taxon("forget", "--project", folder / "p", "n1", "--yes").returncode == 1
    again = taxon("import", folder / "notes.csv", "--project", folder / "p", "--json")
    assert json.loads(again.stdout)["report"]["counts"] == {"duplicate": 57, "forgotten earlier": 3}
    back = taxon("import", folder / "notes.csv", "--project", folder / "p", "--bring-back", "--json")
    assert json.loads(back.stdout)["report"]["counts"]["read"] == 3


def test_refusal__one_sentence_and_exit_1(tmp_path):
    done = taxon("cluster", "--project", tmp_path / "nothing")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "no project" in done.stderr


def test_refusal__as_json(tmp_path):
    done = taxon("cluster", "--project", tmp_path / "nothing", "--json")
    assert json.loads(done.stdout)["error"]["next_step"]


def test_usage__exit_2():
    assert taxon("cluster", "--nonsense").returncode == 2


def test_doctor__names_encoders_and_journal_mode():
    done = taxon("doctor", "--json")
    findings = json.loads(done.stdout)
    assert findings["journal"]["mode"] in ("wal", "truncate")
    assert findings["journal"]["why"]
    assert "pocket" in findings["encoders"]


def test_items__are_read_without_threads_of_arrow(made):
    # They may abort a process when it ends, after all was done (apache/arrow 34314).
    code = """
import os, sys
import pyarrow.parquet
from core.project import Project
def threads():
    names = [open(f"/proc/self/task/{one}/comm").read().strip() for one in os.listdir("/proc/self/task")]
    return sum(name != "jemalloc_bg_thd" for name in names)
with Project.open(sys.argv[1], read_only=True) as project:
    before = threads()
    rows = len(project.items.load().item_id)
    print(rows > 0, threads() - before)
"""
    done = subprocess.run([sys.executable, "-c", code, made[0] / "p"], capture_output=True, text=True)
    assert done.stdout == "True 0\n", done.stderr
