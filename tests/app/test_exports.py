"""Exports that wait to be downloaded."""

from __future__ import annotations

import zipfile

import numpy as np

from app import exports, resources
from core.storage import write_json


def finished(name, made, fields):
    """A job that says it has made the file `made`."""
    job = "20260101000000-0000000" + str(fields["rows"] % 10)
    folder = resources.project_path(name) / "jobs" / job
    folder.mkdir(parents=True)
    write_json(folder / "request.json", {"stage": "export", "parameters": {}})
    told = {"name": made, "left_out": 0, **fields}
    write_json(folder / "status.json", {"id": job, "stage": "export", "state": "done", "result": told})


def test_latest__none_until_one_is_made(planted_copy):
    assert exports.latest(planted_copy) is None


def test_latest__a_folder_comes_as_a_zip_and_a_file_that_is_gone_not_at_all(planted_copy):
    folder = resources.project_path(planted_copy) / "exports"
    (folder / "all" / "a").mkdir(parents=True)
    (folder / "all" / "a" / "x.png").write_bytes(b"picture")
    finished(planted_copy, "all", {"rows": 1})
    finished(planted_copy, "gone.csv", {"rows": 9})
    made = exports.latest(planted_copy)
    assert made.name == "all.zip" and made.rows == 1
    with zipfile.ZipFile(made.path) as packed:
        assert "a/x.png" in packed.namelist()


def test_latest__never_leaves_the_folder_of_exports(planted_copy):
    secret = resources.project_path(planted_copy) / "project.json"
    assert secret.is_file()
    (secret.parent / "exports").mkdir()
    finished(planted_copy, "../project.json", {"rows": 2})
    assert exports.latest(planted_copy) is None


def test_make__asks_for_the_chosen_items(planted_copy, begun):
    exports.make(planted_copy, "jsonl", np.array([1, 2, 3, 9]))
    stage, told = begun[0]
    assert stage == "export" and told["rows"] == [[1, 4], [9, 10]] and told["name"].endswith(".jsonl")
