"""Tables, vectors, archives and folders that lie, swell, loop or lead out."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from tests.hostile.pictures import good

CONTROLS = [*range(1, 32), 127]


def tables() -> dict[str, bytes]:
    """{file name: content}"""
    wide = ",".join(f"c{number}" for number in range(20_000))
    deep = "[" * 100_000
    rows = "".join(f"{number},text {number}\n" for number in range(20))
    return {
        "empty.csv": b"",
        "mark.csv": b"\xef\xbb\xbf",
        "line ends.csv": b"\n" * 5000,
        "carriage returns.csv": b"id,text\ra,b\rc,d\r",
        "header.csv": b"id,text\n",
        "zeros.csv": bytes(5000),
        "zero inside.csv": b"id,text\na,b\0c\n",
        "noise.csv": np.random.default_rng(0).bytes(20_000),
        "quote.csv": b'id,text\na,"' + b"never closed\n" * 5000,
        "quotes.csv": b'id,text\na,"b"c"d"\n"e","f\n',
        "wide.csv": f"{wide}\n{wide}\n".encode(),
        "long cell.csv": b"id,text\na," + b"x" * 5_000_000 + b"\n",
        "long name.csv": b"id," + b"n" * 500_000 + b"\na,b\n",
        "same names.csv": b"text,text,text\na,b,c\n",
        "no names.csv": b",,\na,b,c\n",
        "ragged.csv": b"id,text\na\nb,c,d,e\nf,g\n",
        "utf16.csv": ("id,text\n" + rows).encode("utf-16"),
        "utf16 cut.csv": ("id,text\n" + rows).encode("utf-16")[:-3],
        "utf32.csv": ("id,text\n" + rows).encode("utf-32"),
        "half utf8.csv": b"id,text\na,\xc3\xa9\nb,\xe9\xff\n",
        "controls.csv": b"id,text\n" + b"".join(b"%d,a%cb\n" % (n, n) for n in CONTROLS if n not in (10, 13)),
        "formula.csv": b"id,text\n=cmd|' /C calc'!A0,=1+1\n@x,+y\n",
        "paths.csv": b"id,image\na,/etc/passwd\nb,../../x.png\nc,http://evil.example/x.png\nd,C:\\x.png\ne,\\\\evil\\x\n",
        "same ids.csv": b"id,text\n" + b"a,b\n" * 500,
        "packed.csv": gzip.compress(rows.encode(), mtime=0),
        "page.csv": b"<html><body>not a table</body></html>",
        "deep.jsonl": f'{{"id": "a", "text": {deep}\n'.encode(),
        "deep closed.jsonl": ('{"id": "a", "text": ' + "[" * 5000 + "]" * 5000 + "}\n").encode(),
        "numbers.jsonl": b'{"id": 1e999, "text": NaN}\n{"id": -Infinity, "text": 9' + b"9" * 5000 + b"}\n",
        "surrogates.jsonl": b'{"id": "\\ud800", "text": "\\udfff half"}\n',
        "zero.jsonl": b'{"id": "a\\u0000b", "text": "c\\u0000d"}\n',
        "lists.jsonl": b'[1, 2]\n"words"\n7\nnull\n{"text": {"a": [1]}}\n',
        "keys.jsonl": json.dumps({f"k{number}": number for number in range(20_000)}).encode() + b"\n",
        "mixed.jsonl": b'{"text": "a", "n": 1}\n{"text": "b", "n": "one"}\n{"text": 3, "n": [1, {"x": 2}]}\n',
        "cut.jsonl": b'{"text": "a"}\n{"text": "b',
        **_parquet(),
        **_vectors(),
    }


def _parquet() -> dict[str, bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = io.BytesIO()
    pq.write_table(pa.table({"id": [f"i{n}" for n in range(50)], "text": [f"text {n}" for n in range(50)]}), data)
    whole = data.getvalue()
    flipped = bytearray(whole)
    for at in range(8, len(whole) - 8, 97):
        flipped[at] ^= 255
    swells = io.BytesIO()
    codes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(10_000, np.int32)), ["x" * 1_000_000])
    pq.write_table(pa.table({"text": codes}), swells)
    return {
        "swells.parquet": swells.getvalue(),
        "empty.parquet": b"",
        "cut.parquet": whole[: len(whole) // 2],
        "no foot.parquet": whole[:-8],
        "flipped.parquet": bytes(flipped),
        "foot.parquet": whole[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1",
        "letters.parquet": b"PAR1" * 400,
    }


def _vectors() -> dict[str, bytes]:
    def npy(header: str, body: bytes = b"") -> bytes:
        told = header.encode().ljust(118) + b"\n"
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(told)) + told + body

    def stored(array: np.ndarray) -> bytes:
        data = io.BytesIO()
        np.save(data, array, allow_pickle=True)
        return data.getvalue()

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vectors.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9, 9)}", bytes(10**8)))
    swells = io.BytesIO()
    with zipfile.ZipFile(swells, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "vectors.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4000000, 512)}", bytes(10**7))
        )
    return {
        "objects.npy": stored(np.array([{"a": 1}, None], dtype=object)),
        "endless.npy": npy(f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({2**60}, 9)}}"),
        "negative.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 9)}"),
        "code.npy": npy("__import__('os').system('touch /tmp/never')"),
        "short.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99, 99)}", bytes(40)),
        "flat.npy": stored(np.arange(9.0)),
        "text.npy": stored(np.array(["a", "b"])),
        "nothing.npy": stored(np.zeros((0, 9), np.float32)),
        "no width.npy": stored(np.zeros((9, 0), np.float32)),
        "not finite.npy": stored(np.array([[np.nan, 1], [np.inf, 2], [-np.inf, 0], [0, 0]], np.float32)),
        "complex.npy": stored(np.ones((4, 3), np.complex64)),
        "cut.npy": stored(np.ones((9, 9)))[:90],
        "bomb.npz": packed.getvalue(),
        "swells.npz": swells.getvalue(),
        "noise.npz": b"PK\x03\x04" + bytes(500),
    }


def archives() -> dict[str, bytes]:
    """{file name: content}"""
    picture = good("PNG")

    def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            archive.comment = comment
        return data.getvalue()

    def changed(data: bytes, *pairs: tuple[bytes, bytes]) -> bytes:
        for old, new in pairs:
            data = data.replace(old, new)
        return data

    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        told = zipfile.ZipInfo("link.png")
        told.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(told, "/etc/passwd")
        archive.writestr("a.png", picture)
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive.writestr("a.png", picture)
            archive.writestr("a.png", good("GIF"))
    whole = packed({"a.png": picture, "b.png": good("PNG", 20)})
    heads = b"PK\x03\x04", b"PK\x01\x02\x14\x03"
    names = {f"c{chr(number)}d.png": picture for number in CONTROLS}
    return {
        "empty.zip": b"",
        "nothing.zip": packed({}),
        "slip.zip": packed({"../../slip.png": picture, "/abs.png": picture, "..\\back.png": picture, "a.png": picture}),
        "link.zip": link.getvalue(),
        "bomb.zip": packed({"bomb.png": picture + bytes(60 * 2**20), "a.png": picture}),
        "nested.zip": packed({"inner.zip": whole, "a.png": picture}),
        "twice.zip": twice.getvalue(),
        "many.zip": packed(dict.fromkeys([f"{n}.txt" for n in range(3000)], b"")),
        "names.zip": packed(names),
        "long name.zip": packed({"n" * 60_000 + ".png": picture, "a.png": picture}),
        "locked.zip": changed(whole, *[(head + b"\x14\x00\x00", head + b"\x14\x00\x01") for head in heads]),
        "method.zip": changed(whole, (b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00")),
        "lzma.zip": packed({"a.png": picture}, zipfile.ZIP_LZMA),
        "cut.zip": whole[:-30],
        "half.zip": whole[: len(whole) // 2],
        "sum.zip": changed(whole, (struct.pack("<I", zipfile.crc32(picture)), b"\1\2\3\4")),
        "sizes.zip": changed(whole, (struct.pack("<I", len(picture)), struct.pack("<I", 2**31))),
        "front.zip": b"#!/bin/sh\n" * 100 + whole,
        "comment.zip": packed({"a.png": picture}, comment=b"PK\x05\x06" * 900),
        "noise.zip": b"PK\x03\x04" + np.random.default_rng(1).bytes(4000),
        "metadata.zip": packed({"a.png": picture, "metadata.csv": b"\0\xff no table"}),
        "letters.zip": packed({"caf\udce9.png".encode("utf-8", "surrogateescape").decode("cp437"): picture}),
    }


def _links(root: Path) -> None:
    (root / "passwd.png").symlink_to("/etc/passwd")
    (root / "zero.png").symlink_to("/dev/zero")
    (root / "self").symlink_to(root)
    (root / "up").symlink_to(root.parent)
    (root / "dangling.png").symlink_to(root / "never")
    (root / "one").symlink_to(root / "two")
    (root / "two").symlink_to(root / "one")


def _specials(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    listener = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(root)  # the name of a socket may have no more than 107 bytes
    try:
        listener.bind("socket.png")
    finally:
        os.chdir(here)
        listener.close()
    with suppress(OSError):  # only for who may make devices
        os.mknod(root / "device.png", 0o600 | stat.S_IFCHR, os.makedev(1, 5))


def _sparse(root: Path) -> None:
    for name, size in (("sparse.png", 2**40), ("large.jpg", 2**31)):
        (root / name).write_bytes(good("PNG" if name.endswith("png") else "JPEG"))
        os.truncate(root / name, size)


def _names(root: Path) -> None:
    for number in CONTROLS:
        (root / f"a{chr(number)}b.png").write_bytes(good("PNG"))
    for raw in (b"\xff\xfe", b"caf\xe9", b"n" * 251, b" ", b"-rf", b"%s%n", b"a\\..\\b"):
        with suppress(OSError):  # a file system may refuse a name
            Path(os.fsdecode(os.fsencode(root) + b"/" + raw + b".png")).write_bytes(good("PNG"))
    for text in ("\u202egnp.exe", "e\u0301", "\u00e9", "\U0001f468\u200d\U0001f469", "con", "nul"):
        (root / f"{text}.png").write_bytes(good("PNG"))


def _deep(root: Path) -> None:
    place = root
    for _ in range(80):
        place = place / "d"
    place.mkdir(parents=True)
    (place / "x.png").write_bytes(good("PNG"))


def _closed(root: Path) -> None:
    (root / "closed").mkdir()
    (root / "closed" / "x.png").write_bytes(good("PNG"))
    (root / "mine.png").write_bytes(good("PNG"))
    (root / "mine.png").chmod(0)
    (root / "closed").chmod(0)


def _metadata(root: Path) -> None:
    (root / "metadata.csv").write_bytes(b"file_name,label\n../x.png,a\n\0,b\n")


def _piped(root: Path) -> None:
    os.mkfifo(root / "metadata.csv")


FOLDERS: dict[str, Callable[[Path], None]] = {
    "links": _links,
    "specials": _specials,
    "sparse": _sparse,
    "names": _names,
    "deep": _deep,
    "closed": _closed,
    "metadata": _metadata,
    "piped": _piped,
}


def write_all(root: Path) -> list[Path]:
    """Write every source below `root`; their paths. Each folder holds a good picture as well."""
    sources = []
    for group in (tables(), archives()):
        for name, content in group.items():
            (root / name).write_bytes(content)
            sources.append(root / name)
    for name, make in FOLDERS.items():
        folder = root / name
        folder.mkdir()
        (folder / "good.png").write_bytes(good("PNG", 40))
        make(folder)
        sources.append(folder)
    return sources
