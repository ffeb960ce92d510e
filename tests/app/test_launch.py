"""How work begins: names, uploads, room on the disk, folders to choose from."""

from __future__ import annotations

import io
import shutil
from types import SimpleNamespace

import pytest

from app import launch
from core.errors import BadInput
from core.pipeline import Recipe


def test_launch__an_upload_is_kept_under_a_safe_name(projects, begun):
    launch.begin_upload("new", "../../evil.csv", io.BytesIO(b"text\nx\n"), {}, Recipe())
    kept = list((projects / "new.taxon" / "uploads").iterdir())
    assert [path.read_bytes() for path in kept] == [b"text\nx\n"] and begun[0][1]["source"] == str(kept[0])
    assert not (projects.parent / "evil.csv").exists()


def test_launch__a_name_that_cannot_be_one_is_refused(projects, begun):
    with pytest.raises(BadInput, match="cannot be the name"):
        launch.begin("../x", "demo:emoji")
    assert begun == []


def test_launch__no_work_on_a_full_disk(projects, begun, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(BadInput, match="disk is nearly full"):
        launch.begin("new", "demo:emoji")
    assert begun == []


def test_launch__folders_to_choose_from_hold_no_links_and_nothing_hidden(tmp_path):
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "file").touch()
    assert launch.subfolders(tmp_path) == ["a", "b"]
    assert launch.subfolders(tmp_path / "gone") == []
