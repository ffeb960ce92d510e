"""What data did to comparable tools, replayed on ours: each test is named after an advisory and does what it describes.

Label Studio, CVAT, Jupyter, FiftyOne; what befell the libraries that read files is in test_advisories_formats.py, what
happened on their servers in test_advisories_server.py.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
from pathlib import Path

import pytest
from PIL import Image

from app import launch, resources
from app.components import gallery
from core import safe
from core.errors import TaxonError
from core.export.table import FORMATS, export
from core.items.pictures import decode
from core.items.report import Outcome
from core.items.sources import open_source
from core.partition.edits import Note, Rename
from core.pipeline import Recipe
from tests.security.conftest import ACTIVE, png, zipped
from tests.security.pickles import pickled

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body>" + ACTIVE + b"</body></html>"

# -- Label Studio ------------------------------------------------------------------------------------------------------

ADDRESSES = [
    "http://169.254.169.254/latest/meta-data/", "https://example.org/x.png", "ftp://example.org/x", "file:///etc/passwd",
    "//example.org/share/x.png", "\\\\example.org\\share\\x.png", "gopher://127.0.0.1:6379/_", "data:text/html,<b>",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_cve_2022_36551_label_studio__an_address_is_no_source(address):
    with pytest.raises(TaxonError, match="There is nothing at"):
        open_source(address)


@pytest.mark.parametrize("address", [*ADDRESSES, "/etc/passwd", "../../etc/passwd", "~/.ssh/id_rsa"])
def test_cve_2022_31188_cvat__an_address_in_a_table_is_not_fetched(imported, tmp_path, address):
    (tmp_path / "here.png").write_bytes(png())
    rows = [{"image": "here.png"}, {"image": address}]
    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    found = imported(tmp_path / "t.jsonl", image_column="image")
    assert len(found.ids) == 1 and found.report.count(Outcome.READ) == 1


@pytest.mark.parametrize("content", [HTML, SVG, b"GIF89a" + ACTIVE * 9, b"\xff\xd8\xff" + HTML, b"%PDF-1.7 " + ACTIVE])
def test_cve_2023_47115_label_studio__markup_named_as_a_picture_is_none(imported, tmp_path, content):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "avatar.png").write_bytes(content)
    (tmp_path / "pictures" / "real.png").write_bytes(png())
    found = imported(tmp_path / "pictures")
    assert found.ids == ["real.png"]


def test_cve_2023_47115_label_studio__a_picture_that_is_markup_too_comes_out_as_pixels(imported, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "both.png").write_bytes(png() + HTML)
    found = imported(tmp_path / "pictures")
    stored = found.project.thumbnails.get(found.project.items.load().digest[0])
    assert stored[:4] == b"RIFF" and b"script" not in stored


def test_cve_2023_47115_label_studio__metadata_with_markup_stays_behind(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = ACTIVE.decode()
    buffer = io.BytesIO()
    decode(png(exif=exif.tobytes())).save(buffer, "WEBP")
    assert b"script" not in buffer.getvalue()


@pytest.mark.parametrize("name", ["page.html", "page.htm", "page.svg", "page.xml", "page.xhtml", "page.js"])
def test_cve_2024_23633_label_studio__imported_markup_is_no_item(imported, tmp_path, name):
    (tmp_path / "set.zip").write_bytes(zipped({name: HTML, "real.png": png()}))
    found = imported(tmp_path / "set.zip")
    assert found.ids == ["real.png"]
    kept = [path for path in found.project.path.rglob("*") if path.is_file() and ACTIVE in path.read_bytes()]
    assert kept == []


def test_cve_2024_26152_label_studio__an_imported_field_reaches_the_gallery_as_text():
    shown = gallery.plain(gallery.Tile(row=0, text=ACTIVE.decode(), title=ACTIVE.decode(), cluster=ACTIVE.decode()))
    assert ACTIVE.decode() in json.dumps(shown), "the text itself; tile.js writes it with textContent"
    script = (Path(launch.__file__).parent / "components" / "gallery" / "tile.js").read_text()
    assert "textContent" in script and "innerHTML" not in script


@pytest.mark.parametrize(
    "name",
    [ACTIVE.decode(), "<img src=x onerror=alert(1)>", "[x](javascript:1)", ":red[x]", "$\\href{javascript:1}{x}$"],
)
def test_cve_2025_25296_label_studio__a_label_that_was_imported_is_no_markup(imported, tmp_path, name):
    (tmp_path / "t.csv").write_text('text,label\n"one text","x"\n"another text","x"\n')
    found = imported(tmp_path / "t.csv")
    from core.partition.edits import Move

    found.project.apply(Move([str(found.ids[0])], None))
    found.project.apply(Rename(1, name))
    title = found.project.partition().clusters[1].name
    assert title == safe.name(name)
    for character in "<>[]()$!:`*_":
        assert character not in safe.markdown(title).replace("\\" + character, "")
    assert "<" not in safe.plotly(title) and ">" not in safe.plotly(title)


# -- CVAT --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["v.npy", "v.npz", "v.pkl", "v.pickle", "v.joblib", "v.pt", "v.parquet"])
def test_cve_2025_23045_cvat__a_pickle_is_never_loaded(tmp_path, name):
    sentinel, file = tmp_path / "it ran", tmp_path / name
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118)
    described = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    objects = header + described + pickled(sentinel)
    file.write_bytes({".npy": objects, ".npz": zipped({"arr_0.npy": objects})}.get(file.suffix, pickled(sentinel)))
    with pytest.raises(TaxonError):
        open_source(file)
    (tmp_path / "t.csv").write_text("text\none text\n")
    with pytest.raises(TaxonError):
        open_source(tmp_path / "t.csv", vectors=file)
    assert not sentinel.exists()


@pytest.mark.parametrize(
    "content", [SVG, b'<?xml version="1.0"?>\n' + SVG, gzip.compress(SVG, mtime=0), b"\xef\xbb\xbf" + SVG]
)
@pytest.mark.parametrize("name", ["x.svg", "x.png", "x.svgz", "x.jpg"])
def test_cve_2026_23516_cvat__svg_is_no_picture(imported, tmp_path, content, name):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / name).write_bytes(content)
    (tmp_path / "pictures" / "real.png").write_bytes(png())
    assert imported(tmp_path / "pictures").ids == ["real.png"]


def test_cve_2026_65986_cvat__a_note_is_text(imported, tmp_path):
    (tmp_path / "t.csv").write_text("text\none text\nanother text\n")
    found = imported(tmp_path / "t.csv")
    from core.partition.edits import Move

    found.project.apply(Move([str(found.ids[0])], None))
    found.project.apply(Note(1, ACTIVE.decode() + "\n![x](http://example.org/beacon)"))
    shown = safe.markdown(found.project.partition().clusters[1].note)
    assert "\\<script\\>" in shown and "\\!\\[x\\]\\(http\\:" in shown


SLIPS = [
    "../../slip.png", "/slip.png", "..\\..\\slip.png", "C:\\slip.png", "a/../../slip.png", "a/\0/slip.png",
    "./../slip.png",
]  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_cve_2026_47682_cvat__a_member_of_an_archive_stays_inside(imported, tmp_path, name):
    (tmp_path / "set.zip").write_bytes(zipped({name.replace("\0", "nul"): png("blue"), "real.png": png()}))
    imported(tmp_path / "set.zip")
    inside = list(tmp_path.parent.rglob("*slip*"))
    assert inside == []


@pytest.mark.parametrize("name", [*SLIPS, ".ssh/authorized_keys", "con", "", "..", "x" * 500, "\u202egnp.exe"])
def test_cve_2026_47682_cvat__an_uploaded_name_stays_inside(tmp_path, monkeypatch, name):
    monkeypatch.setenv("TAXON_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setattr(resources, "jobs", lambda project: type("J", (), {"start": lambda *given: "0"})())
    launch.begin_upload("new", name, io.BytesIO(b"text\nx\n"), {}, Recipe())
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"text\nx\n"]
    assert [path.parent for path in kept] == [tmp_path / "projects" / "new.taxon" / "uploads"]
    resources._opened.clear()


@pytest.mark.parametrize("name", ["../other", "a/b", "..", ".", "", "a\0b", "/etc", "C:x", "nul", " x", "x."])
def test_cve_2026_47682_cvat__a_project_is_made_in_one_folder(tmp_path, monkeypatch, name):
    monkeypatch.setenv("TAXON_PROJECTS", str(tmp_path / "projects"))
    with pytest.raises(TaxonError, match="cannot be the name"):
        launch.begin(name, "demo:emoji")
    assert list(tmp_path.iterdir()) == []


# -- Jupyter -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["<img src=x onerror=alert(1)>", "**b** [x](javascript:1)", "a\nb", "\u202egnp"])
def test_pysec_2018_18_jupyter__a_folder_name_is_text(imported, tmp_path, folder):
    (tmp_path / "set" / folder).mkdir(parents=True)
    (tmp_path / "set" / "other").mkdir()
    for number, place in enumerate((folder, "other")):
        (tmp_path / "set" / place / "x.png").write_bytes(png(("red", "blue")[number]))
    column = imported(tmp_path / "set").project.items.load().column("folder").tolist()
    shown = safe.markdown(next(value for value in column if value != "other"))
    assert "\n" not in shown and "\u202e" not in shown
    assert not any(mark in shown.replace("\\" + mark, "") for mark in "<>*[")


@pytest.mark.parametrize(
    "text",
    [
        "<svg><style><img src=x onerror=alert(1)></style></svg>", "<math><mtext><table><mglyph><style><!--</style>",
        "<a href=javascript&colon;alert(1)>x</a>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "[x](command:workbench.action)", "[x]: javascript:alert(1)", "<javascript:alert(1)>", "\\<b\\>", "`</code><b>`",
        "https://evil.example/?q=1", "www.evil.example", "mail@evil.example", "&lt;script&gt;", "~~x~~", "---", "# x",
    ],
)  # fmt: skip
def test_cve_2021_32798_and_2026_40171_jupyter__nothing_is_cleaned_because_nothing_is_markup(text):
    shown = safe.markdown(text)
    bare = shown
    for character in "\\`*_{}[]()<>#+-.!|~:$&^=\"'/@":
        bare = bare.replace("\\" + character, "")
    assert not set(bare) & set("`*_{}[]()<>#+-.!|~:$&^=\"'/@\\")


FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "＝1", "'=1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_cve_2026_44727_jupyter__an_export_runs_nothing_where_it_is_opened(imported, tmp_path, formula):
    """nbconvert wrote what it was given into a page; what we write is opened by spreadsheets."""
    import csv

    from core.collection import collection

    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps({"text": f"{word} text", "own": formula}) for word in "ab"))
    found = imported(tmp_path / "t.jsonl", text_column="text")
    written = export(collection(found.project), "csv", tmp_path / "out.csv")
    with written.path.open(newline="", encoding="utf-8-sig") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r", "\n", "＝")) for cell in cells)
    assert any(safe.csv_original(cell) == formula for cell in cells)
    assert not any("html" in one.extension for one in FORMATS.values())


# -- FiftyOne ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["link", "folder link", "device", "fifo"])
def test_fiftyone_media_filepath__a_link_leads_to_no_other_file(imported, tmp_path, kind):
    folder, secret = tmp_path / "pictures", tmp_path / "secret"
    folder.mkdir()
    secret.mkdir()
    (secret / "secret.png").write_bytes(png("blue"))
    (folder / "real.png").write_bytes(png())
    made = folder / "x.png"
    {
        "link": lambda: made.symlink_to(secret / "secret.png"),
        "folder link": lambda: (folder / "deep").symlink_to(secret),
        "device": lambda: made.symlink_to("/dev/zero"),
        "fifo": lambda: os.mkfifo(made),
    }[kind]()
    assert imported(folder).ids == ["real.png"]
