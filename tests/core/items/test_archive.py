from __future__ import annotations

import io
import os
import struct
import zipfile

import pytest

from core.errors import BadInput
from core.items.archive import ArchiveFiles
from core.items.report import Outcome, Unreadable
from core.items.sources import open_source
from core.limits import Limits


@pytest.fixture
def packed(tmp_path):
    def pack(members, name="set.zip", method=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", method) as archive:
            for info, content in members:
                archive.writestr(info, content)
        return path

    return pack


def test_archive__pictures_are_copied_into_the_project(packed, bench, encoded):
    path = packed(
        [("a/1.png", encoded("red")), ("b/2.png", encoded("blue")), ("__MACOSX/._1.png", b"x"), ("b/.x", b"")]
    )
    report = bench.add(path)
    path.unlink()
    assert report.sentence() == "2 read"
    assert bench.items.item_id.tolist() == ["a/1.png", "b/2.png"]
    assert bench.items.column("folder").tolist() == ["a", "b"]
    assert bench.store.picture(0) == encoded("red")
    assert sorted(file.name for file in bench.store.media.rglob("*") if file.is_file()) == sorted(bench.items.digest)


def test_archive__hostile_members_are_refused_one_by_one(packed, bench, encoded, tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as inner:
        inner.writestr("x.png", encoded())
    report = bench.add(packed([
        ("good.png", encoded()), ("../../slip.png", encoded()), ("/abs.png", encoded()), ("..\\win.png", encoded()),
        (link, b"/etc/passwd"), ("inner.zip", nested.getvalue()), ("page.jpg", b"<html>"),
        ("bomb.png", bytes(40_000_000)),
    ]))  # fmt: skip
    assert report.sentence() == "1 read, 6 unsupported, 1 too large"
    assert not list(tmp_path.rglob("slip.png"))
    assert not list(tmp_path.parent.glob("slip.png"))


def test_archive__a_member_twice_is_said(packed, bench, encoded):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = packed([("a.png", encoded("red")), ("a.png", encoded("blue"))])
    assert bench.add(path).sentence() == "1 read, 1 duplicate"


def test_archive__a_password_is_a_sentence(packed, bench, encoded):
    path = packed([("a.png", encoded())])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(BadInput, match="password"):
        bench.add(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.97])
def test_archive__damaged_is_a_sentence(packed, bench, encoded, share):
    path = packed([(f"{number}.png", encoded(size=(99, 99))) for number in range(9)])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BadInput, match="damaged"):
        bench.add(path)


def test_archive__a_damaged_member_leaves_the_others(packed, bench, encoded):
    path = packed([("a.png", encoded("red")), ("b.png", encoded("blue"))], method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    at = data.index(b"IDAT")
    data[at + 6] ^= 0xFF
    path.write_bytes(data)
    assert bench.add(path).sentence() == "1 read, 1 broken"


def test_archive__a_member_cannot_grow_beyond_what_it_declares(packed, encoded):
    path = packed([("a.png", encoded() + bytes(3_000_000))])
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 2_000)
    path.write_bytes(data)
    with pytest.raises(Unreadable):
        ArchiveFiles(path).read("a.png")


def test_archive__caps_on_the_whole(packed, encoded):
    path = packed([("a.png", encoded()), ("b.png", encoded())])
    for limits, word in (
        (Limits(zip_members=1), "2 files"),
        (Limits(zip_unpacked_bytes=10), "unpack"),
        (Limits(zip_bytes=10), "too large"),
    ):
        with pytest.raises(BadInput, match=word):
            open_source(path, limits=limits).candidates()
    found = open_source(path, limits=Limits(picture_bytes=10)).candidates()
    assert {refused.outcome for refused in found.refused} == {Outcome.TOO_LARGE}


@pytest.mark.parametrize("top", ["", "set/"])
def test_archive__metadata_is_joined(packed, bench, encoded, top):
    table = "file_name,name\nx/1.png,one\n2.png,two\n"
    members = [("x/1.png", encoded("red")), ("2.png", encoded("blue")), ("metadata.csv", table)]
    bench.add(packed([(top + name, content) for name, content in members]))
    assert dict(zip(bench.items.item_id, bench.items.column("name"), strict=True)) == {
        f"{top}x/1.png": "one",
        f"{top}2.png": "two",
    }


def test_archive__many_go_to_processes_and_come_out_the_same(packed, bench, new_bench, encoded, monkeypatch):
    path = packed([(f"{n:03d}.png", encoded((n, 0, 0)) if n % 50 else b"<html>") for n in range(220)])
    report = bench.add(path)
    assert report.sentence() == "215 read, 5 unsupported"
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    other = new_bench("other")
    other.add(path)
    assert bench.items.table.equals(other.items.table)
    for digest in bench.items.digest.tolist():
        assert bench.thumbnails.get(digest) == other.thumbnails.get(digest) != b""
    assert len(bench.thumbnails) == len(other.thumbnails) == 215
