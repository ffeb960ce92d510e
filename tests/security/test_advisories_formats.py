"""What files did to the libraries that read them, replayed on ours: each test is named after an advisory.

Pillow, PyTorch, safetensors, NumPy, joblib, PyArrow, Streamlit, and zip bombs.
"""

from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.encoders.weights import find_weights
from core.errors import TaxonError
from core.fingerprint import digest_bytes, fingerprint
from core.items.pictures import decode
from core.items.report import Outcome, Unreadable
from core.items.sources import open_source
from tests.security.conftest import png
from tests.security.pickles import pickled

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
