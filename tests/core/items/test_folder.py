from __future__ import annotations

import os
import socket
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, NotFound
from core.items.files import FolderFiles, check_written_path
from core.items.report import Outcome, Unreadable
from core.items.sources import open_source
from core.limits import Limits


@pytest.fixture
def tree(tmp_path, encoded):
    """A folder that makes pictures from {relative path: bytes or colour}."""
    root = tmp_path / "pictures"
    root.mkdir()

    def build(files):
        for name, content in files.items():
            path = root / name if isinstance(name, str) else os.fsencode(root) + b"/" + name
            path = Path(os.fsdecode(path))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(content) if isinstance(content, str) else content)
        return root

    return build


def test_folder__ids_are_relative_paths_in_order(tree, bench):
    root = tree({"b/2.png": "red", "a.png": "blue", "b/c/1.png": "green", ".hidden/x.png": "red", ".x.png": "red"})
    report = bench.add(root)
    assert report.sentence() == "3 read"
    assert bench.items.item_id.tolist() == ["a.png", "b/2.png", "b/c/1.png"]
    assert bench.items.column("folder").tolist() == ["", "b", "b/c"]
    assert bench.items.kind.tolist() == [0, 0, 0]
    assert bench.store.picture(1) == (root / "b/2.png").read_bytes()


def test_folder__one_parent_is_no_column(tree, bench):
    bench.add(tree({"x/1.png": "red", "x/2.png": "blue"}))
    assert bench.items.columns == ()


def test_folder__strange_names_are_found_again(tree, bench):
    names = [
        b"a b.png",
        b"new\nline.png",
        "😀.png".encode(),
        b"caf\xe9.png",
        b"50%25.png",
        b"n" * 250 + b".png",
        b"~x.png",
        b"c:d.png",
        b"back\\slash.png",
        "e\u0301.png".encode(),
        "é.png".encode(),
        b"http:x.png",
        b"'=1.png",
    ]
    root = tree(dict.fromkeys(names, "red"))
    assert bench.add(root).sentence() == f"{len(names)} read"
    assert "caf%E9.png" in bench.items.item_id
    for row, item_id in enumerate(bench.items.item_id):
        item_id.encode()
        assert bench.store.picture(row)


def test_folder__links_and_devices_are_refused_at_once(tree, bench, tmp_path, encoded):
    outside = tmp_path / "secret.png"
    outside.write_bytes(encoded())
    root = tree({"good.png": "red", "in/x.png": "blue"})
    (root / "link.png").symlink_to(outside)
    (root / "inner.png").symlink_to(root / "good.png")
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "s.png"))
    report = bench.add(root)
    assert report.sentence() == "2 read, 6 unsupported"
    sentences = dict(report.examples[Outcome.UNSUPPORTED])
    assert "link" in sentences["link.png"]
    assert "pipe" in sentences["pipe.png"]


def test_folder__every_file_has_an_outcome(tree, bench, encoded):
    good = encoded(kind="JPEG", size=(60, 60))
    report = bench.add(
        tree(
            {
                "good.jpg": good,
                "cut.jpg": good[: len(good) // 2],
                "empty.png": b"",
                "page.jpg": b"<html>",
                "big.png": encoded(size=(9_000, 9_000), mode="1", colour=0),
                "notes.txt": b"words",
            }
        )
    )
    assert report.sentence() == "1 read, 2 unsupported, 2 broken, 1 too large"
    assert report.offered == 6
    assert bench.store.reports() == [report]


def test_folder__nothing_readable_is_an_error_and_adds_nothing(tree, bench):
    root = tree({"page.jpg": b"<html>"})
    with pytest.raises(BadInput, match=r"page\.jpg.*web page"):
        bench.add(root)
    assert bench.store.reports() == []
    (root / "page.jpg").unlink()
    with pytest.raises(BadInput, match="no files"):
        bench.add(root)
    assert [path.name for path in bench.path.rglob("*")] == ["work"]


def test_folder__a_project_is_no_source(bench):
    (bench.path / "project.json").write_text("{}")
    with pytest.raises(BadInput, match="is a project"):
        bench.add(bench.path)


def test_folder__a_project_inside_is_not_entered(tree, new_bench, encoded):
    root = tree({"a.png": "red", "x.taxon/items/media/ab/b.png": "blue"})
    bench = new_bench("pictures/p")
    assert bench.add(root).sentence() == "1 read"


def test_folder__caps(tree):
    root = tree({"a/b/c/1.png": "red", "2.png": "blue", "3.png": "red"})
    found = open_source(root, limits=Limits(folder_depth=2)).candidates()
    assert found.item_ids == ["2.png", "3.png"]
    assert [refused.outcome for refused in found.refused] == [Outcome.TOO_LARGE]
    with pytest.raises(BadInput, match="more than 2 files"):
        open_source(root, limits=Limits(folder_files=2)).candidates()


def test_folder__metadata_is_joined(tree, bench):
    table = "file_name,name,price,yes\na.png,Äpfel,3,true\nsub/b.png,Birne,4.5,false\ngone.png,Nichts,1,true\n"
    report = bench.add(tree({"a.png": "red", "sub/b.png": "blue", "c.png": "green", "metadata.csv": table.encode()}))
    assert report.sentence() == "3 read"
    items = bench.items
    assert items.columns == ("name", "price", "yes", "folder")
    assert items.column("name").tolist() == ["Äpfel", "", "Birne"]
    np.testing.assert_array_equal(items.column("price"), [3.0, np.nan, 4.5])
    assert items.column("yes").tolist() == [True, None, False]
    assert set(items.text) == {""}
    assert any("1 of 3 files have no row" in note for note in report.notes)
    assert any("1 rows of the metadata name no file" in note for note in report.notes)


def test_folder__metadata_as_json_lines(tree, bench):
    lines = b'{"file_name": "a.png", "n": 1}\n{"file_name": "b.png", "n": 2}\n'
    bench.add(tree({"a.png": "red", "b.png": "blue", "metadata.jsonl": lines}))
    assert bench.items.column("n").tolist() == [1, 2]


def test_picture__says_when_the_file_is_gone_or_changed(tree, bench, encoded):
    root = tree({"a.png": "red", "b.png": "blue"})
    bench.add(root)
    (root / "a.png").unlink()
    (root / "b.png").write_bytes(encoded("green"))
    with pytest.raises(NotFound, match="no such file"):
        bench.store.picture(0)
    with pytest.raises(BadInput, match="has changed"):
        bench.store.picture(1)


def test_picture__is_not_followed_out_of_the_folder_later(tree, bench, tmp_path, encoded):
    root = tree({"in/a.png": "red"})
    bench.add(root)
    (root / "in/a.png").rename(tmp_path / "a.png")
    (root / "in").rmdir()
    (root / "in").symlink_to(tmp_path)
    with pytest.raises(NotFound, match="link"):
        bench.store.picture(0)


def test_picture__project_and_folder_can_move_together(tree, bench, tmp_path):
    from core.items.store import ItemStore

    bench.add(tree({"a.png": "red"}))
    moved = tmp_path / "elsewhere" / "deep"
    moved.mkdir(parents=True)
    for name in ("pictures", "p.taxon"):
        (tmp_path / name).rename(moved / name)
    assert ItemStore(moved / "p.taxon").picture(0)


@pytest.mark.parametrize("name", ["../x.png", "/etc/passwd", "a/../../x.png", "a\0.png"])
def test_files__never_leave_the_root(tmp_path, name):
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "root" / "a").mkdir(parents=True)
    with pytest.raises(Unreadable) as caught:
        FolderFiles(tmp_path / "root").read(name)
    assert caught.value.outcome is Outcome.UNSUPPORTED


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../a.png",
        "a/../../b.png",
        "..",
        "http://x/a.png",
        "https://x/a.png",
        "file:///a.png",
        "data:image/png;x",
        "C:\\a.png",
        "c:/a.png",
        "\\\\host\\share\\a.png",
        "//host/a.png",
        "~/a.png",
        "~root/a.png",
        "a\0b.png",
        "..\\a.png",
        "a\\..\\..\\b.png",
        "ftp://x",
        "s3://b/a.png",
        "javascript:alert(1)",
    ],
)
def test_check_written_path__refuses_what_leads_elsewhere(path):
    with pytest.raises(Unreadable):
        check_written_path(path)


@pytest.mark.parametrize("path", ["a.png", "a/b c.png", "./a.png", "a..b.png", "😀/é.png", "sub\\a.png"])
def test_check_written_path__takes_plain_ones(path):
    check_written_path(path)
