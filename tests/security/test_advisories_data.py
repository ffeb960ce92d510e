"""What data did to comparable tools, replayed on ours: each test is named after an advisory and does what it describes.

Label Studio, CVAT, FiftyOne, Jupyter, Pillow, NumPy, joblib, PyTorch, safetensors, PyArrow, Streamlit; what happened on
their servers is in test_advisories_server.py.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import pickletools
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import launch, resources
from app.components import gallery
from core import safe
from core.encoders.weights import find_weights
from core.errors import TaxonError
from core.export.table import FORMATS, export
from core.fingerprint import digest_bytes, fingerprint
from core.items.pictures import decode
from core.items.report import Outcome, Unreadable
from core.items.sources import open_source
from core.partition.edits import Note, Rename
from core.pipeline import Recipe
from tests.security.conftest import ACTIVE, png, zipped

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body>" + ACTIVE + b"</body></html>"


def pickled(sentinel):
    """Bytes that would make `sentinel` when they are unpickled (protocol 0, written by hand: nothing here pickles)."""
    data = f"cos\nmkdir\n(S{str(sentinel)!r}\ntR.".encode()
    assert any(code.name == "REDUCE" for code, _, _ in pickletools.genops(data))
    return data


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


# -- Pillow ------------------------------------------------------------------------------------------------------------


def header_only(kind, width, height):
    if kind == "PNG":
        body = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
        import zlib

        chunk = b"IHDR" + body
        return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    if kind == "GIF":
        return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0"
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
@pytest.mark.parametrize("size", [(20_000, 20_000), (13_000, 13_000), (65_535, 65_535), (65_535, 1)])
def test_ghsa_whj4_pillow__a_bomb_is_known_by_its_header(kind, size):
    with pytest.raises(Unreadable) as refused:
        decode(header_only(kind, *size))
    assert refused.value.outcome in (Outcome.TOO_LARGE, Outcome.BROKEN)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("FITS", b"SIMPLE  =                    T"), ("FITS in gzip", gzip.compress(b"SIMPLE  = T", mtime=0)),
        ("PDF", b"%PDF-1.7\n"), ("PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n"),
        ("SPIDER", struct.pack(">27f", *[1.0] * 27)),
        ("PSD", b"8BPS\0\x01"), ("font", b"\0\x01\0\0\0"), ("FLI", b"\0\0\0\0\x11\xaf"), ("DDS", b"DDS |\0\0\0"),
        ("ICNS", b"icns\0\0\0\x08"), ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n"), ("WMF", b"\xd7\xcd\xc6\x9a"),
        ("PCX", b"\n\x05\x01\x08"),
        ("XPM", b"/* XPM */"), ("TAR", b"x.png".ljust(512, b"\0")), ("BUFR", b"BUFR"), ("HDF5", b"\x89HDF\r\n\x1a\n"),
    ],
)  # fmt: skip
def test_pillow_advisories__formats_that_were_hit_are_not_opened(kind, data):
    with pytest.raises(Unreadable) as refused:
        decode(data + bytes(600))
    assert refused.value.outcome == Outcome.UNSUPPORTED, kind


def test_cve_2026_112403_pillow__the_version_that_mends_it_is_asked_for():
    lines = (Path(__file__).parents[2] / "requirements.txt").read_text().split()
    pins = dict(line.split("==") for line in lines if "==" in line)
    least = {"pillow": (13,), "torch": (2, 10), "pyarrow": (14, 0, 1), "streamlit": (1, 54), "numpy": (1, 16, 3)}
    for name, version in least.items():
        assert tuple(int(part) for part in pins[name].split(".")) >= version, name


# -- PyTorch, safetensors, NumPy, joblib, PyArrow ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["w.pt", "w.bin", "w.pth", "w.ckpt", "w.pkl", "w.joblib", "w.h5"])
def test_cve_2025_32434_and_2026_24747_pytorch__weights_that_can_run_code_are_not_opened(tmp_path, name):
    sentinel = tmp_path / "it ran"
    (tmp_path / name).write_bytes(pickled(sentinel))
    with pytest.raises(TaxonError):
        find_weights(f"ViT-B-32@{tmp_path / name}")
    assert not sentinel.exists()


@pytest.mark.slow
def test_safetensors_header__a_huge_one_is_a_sentence(tmp_path):
    from core.encoders.table import get_encoder

    (tmp_path / "m.safetensors").write_bytes(struct.pack("<Q", 1 << 40) + b"{")
    with pytest.raises(TaxonError):
        get_encoder(f"clip:ViT-B-32@{tmp_path / 'm.safetensors'}")


def test_cve_2019_6446_numpy_and_2024_34997_joblib__an_artifact_from_elsewhere_runs_nothing(tmp_path):
    from core.storage import ArtifactStore

    sentinel, store = tmp_path / "it ran", ArtifactStore(tmp_path / "artifacts")
    found = store.put("vectors", "0" * 32, {"vectors": np.zeros((2, 2), np.float32)}, {})
    described = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    objects = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + described + pickled(sentinel)
    (found.path / "vectors.npy").write_bytes(objects)
    with pytest.raises((TaxonError, ValueError)):
        np.asarray(store.load("vectors", "0" * 32).array("vectors"))
    assert not sentinel.exists()


def test_cve_2023_47248_pyarrow__an_extension_type_is_refused(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    class Foreign(pa.ExtensionType):
        def __init__(self):
            super().__init__(pa.string(), "arrow.py_extension_type")

        def __arrow_ext_serialize__(self):
            return pickled(tmp_path / "it ran")

        @classmethod
        def __arrow_ext_deserialize__(cls, storage, data):
            return cls()

    column = pa.ExtensionArray.from_storage(Foreign(), pa.array(["one text", "two texts"]))
    pq.write_table(pa.table({"text": column}), tmp_path / "t.parquet")
    source = open_source(tmp_path / "t.parquet", text_column="text")
    assert source.candidates().item_ids, "a type that nobody knows is the text that it is stored as"
    assert not (tmp_path / "it ran").exists()
    column = pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}"]))
    pq.write_table(pa.table({"text": ["one text"], "odd": column}), tmp_path / "t.parquet")
    with pytest.raises(TaxonError, match="extension type"):
        open_source(tmp_path / "t.parquet", text_column="text")


# -- Streamlit ---------------------------------------------------------------------------------------------------------


def test_cve_2026_10804_streamlit__a_cache_key_covers_every_byte():
    """Its hash left out the middle of what it was given; ours tells contents apart that differ anywhere."""
    data = bytearray(3 << 20)
    seen = {digest_bytes(bytes(data)), fingerprint(np.frombuffer(bytes(data), np.uint8))}
    for place in (0, 1 << 20, (1 << 20) + 7, 3 << 19, (3 << 20) - 1):
        data[place] ^= 1
        seen |= {digest_bytes(bytes(data)), fingerprint(np.frombuffer(bytes(data), np.uint8))}
    assert len(seen) == 12


def test_zip_bombs__are_known_before_they_are_unpacked(imported, tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.png", bytes(60_000_000))
        archive.writestr("real.png", png())
    found = imported(tmp_path / "set.zip")
    assert found.ids == ["real.png"] and found.report.count(Outcome.TOO_LARGE) == 1
    assert sum(path.stat().st_size for path in found.project.path.rglob("*") if path.is_file()) < 5_000_000
