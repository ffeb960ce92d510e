from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from core.items.pictures import decode, format_of, read_header
from core.items.report import Outcome, Unreadable
from core.limits import Limits


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixel(data, at=(0, 0), **options):
    return decode(data, **options).getpixel(at)


def gradient(width=40, height=24):
    across = np.linspace(0, 255, width, dtype=np.uint8)[None, :].repeat(height, 0)
    down = np.linspace(0, 255, height, dtype=np.uint8)[:, None].repeat(width, 1)
    return Image.fromarray(np.dstack([across, down, 255 - across]))


def png_header(width, height):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


def outcome_of(data, **options):
    with pytest.raises(Unreadable) as caught:
        decode(data, **options)
    assert caught.value.sentence.endswith(".")
    return caught.value.outcome


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_decode__every_allowed_format(kind):
    data = saved(gradient(), kind)
    picture = decode(data)
    assert (picture.mode, picture.size) == ("RGB", (40, 24))
    assert read_header(data) == (kind, 40, 24)


@pytest.mark.parametrize("kind", ["ICO", "PPM", "TGA", "PDF", "EPS", "PCX"])
def test_decode__other_formats_of_pillow_are_refused(kind):
    assert outcome_of(saved(gradient(), kind)) is Outcome.UNSUPPORTED


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"<!DOCTYPE html><script>alert(1)</script>", "web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "zip"),
        (b"just words", "text"),
    ],
)
def test_decode__says_what_the_file_is_instead(data, word):
    with pytest.raises(Unreadable, match=word) as caught:
        decode(data)
    assert caught.value.outcome is Outcome.UNSUPPORTED


def test_decode__an_empty_file_is_broken():
    assert outcome_of(b"") is Outcome.BROKEN


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_decode__a_truncated_file_is_broken(kind, share):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    data = saved(noise, kind)
    assert outcome_of(data[: int(len(data) * share)]) is Outcome.BROKEN


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (65_535, 65_535), (8_000, 8_000), (40_000, 10)])
def test_decode__a_huge_header_is_refused_before_decoding(width, height):
    assert outcome_of(png_header(width, height)) is Outcome.TOO_LARGE


def test_decode__limits_are_the_callers(encoded):
    data = encoded(size=(50, 50))
    assert decode(data, Limits(picture_pixels=2_500)).size == (50, 50)
    assert outcome_of(data, limits=Limits(picture_pixels=2_499)) is Outcome.TOO_LARGE
    assert outcome_of(data, limits=Limits(picture_bytes=10)) is Outcome.TOO_LARGE


@pytest.mark.parametrize("max_side", [None, 20])
@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_decode__exif_rotations_are_undone(kind, turn, max_side):
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[turn]
    upright = gradient()
    stored = upright if back is None else upright.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = turn
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    decoded = decode(saved(stored, kind, exif=exif, **options), max_side=max_side)
    expected = upright.resize(decoded.size)
    assert decoded.size == ((40, 24) if max_side is None else (20, 12))
    assert np.abs(np.asarray(decoded, int) - np.asarray(expected, int)).mean() < 8


def test_decode__damaged_exif_does_not_hurt():
    data = saved(gradient(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")
    assert decode(data).size == (40, 24)


def test_decode__transparency_lies_on_white():
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert pixel(saved(clear, "PNG")) == (255, 255, 255)
    assert pixel(saved(Image.new("RGBA", (4, 4), (0, 0, 0, 128)), "PNG"))[0] == pytest.approx(127, abs=2)
    assert pixel(saved(Image.new("LA", (4, 4), (0, 0)), "PNG")) == (255, 255, 255)
    assert pixel(saved(clear, "WEBP", lossless=True)) == (255, 255, 255)


def test_decode__a_transparent_palette_colour_is_white():
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    assert pixel(saved(image, "PNG", transparency=1)) == (255, 255, 255)
    assert pixel(saved(image, "PNG", transparency=0)) == (10, 20, 30)
    assert pixel(saved(image, "PNG", transparency=b"\xff\x00")) == (255, 255, 255)


def test_decode__a_transparent_rgb_colour_is_white():
    image = Image.new("RGB", (4, 4), (1, 2, 3))
    assert pixel(saved(image, "PNG", transparency=(1, 2, 3))) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_decode__sixteen_bit_grey_is_scaled(kind):
    values = np.array([[0, 32_768, 65_535]], dtype=np.uint16)
    row = np.asarray(decode(saved(Image.fromarray(values), kind)))[0, :, 0]
    assert row.tolist() == [0, 128, 255]


def test_decode__float_tiff_is_stretched():
    values = np.array([[-1.0, 0.0, 1.0, np.nan]], dtype=np.float32)
    row = np.asarray(decode(saved(Image.fromarray(values), "TIFF")))[0, :, 0]
    assert row[:3].tolist() == [0, 128, 255]


def test_decode__bilevel():
    assert pixel(saved(Image.new("1", (4, 4), 1), "PNG")) == (255, 255, 255)
    assert pixel(saved(Image.new("1", (4, 4), 0), "TIFF")) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_decode__cmyk_has_the_right_colours(kind):
    data = saved(gradient().convert("CMYK"), kind, **({"quality": 95} if kind == "JPEG" else {}))
    for max_side in (None, 20):
        decoded = decode(data, max_side=max_side)
        expected = gradient().resize(decoded.size)
        assert np.abs(np.asarray(decoded, int) - np.asarray(expected, int)).mean() < 8


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_decode__animations_give_their_first_frame(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    red, green, blue = pixel(data, (4, 4))
    assert red > 240 and green < 15 and blue < 15


def swapped_profile():
    """A profile in which red and blue have changed places: its tag table says rXYZ where bXYZ was."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"sRGB", b"test")
    return profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_decode__a_colour_profile_is_applied(kind):
    data = saved(Image.new("RGB", (8, 8), (250, 0, 0)), kind, icc_profile=swapped_profile())
    red, _, blue = pixel(data)
    assert blue > 200 > 50 > red


@pytest.mark.parametrize("profile", [b"rubbish", b"", swapped_profile()[:200]])
def test_decode__a_damaged_profile_is_ignored(profile):
    data = saved(gradient(), "PNG", icc_profile=profile)
    assert np.array_equal(decode(data), decode(saved(gradient(), "PNG")))


def test_decode__nothing_but_pixels_is_carried_over():
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    picture = decode(saved(gradient(), "JPEG", exif=exif, comment=b"SECRET"))
    assert picture.info == {}
    assert b"SECRET" not in saved(picture, "PNG") + saved(picture, "WEBP")


def test_decode__max_side_keeps_the_shape():
    data = saved(gradient(400, 100), "JPEG", quality=95)
    small = decode(data, max_side=64)
    assert small.size == (64, 16)
    expected = ImageOps.contain(gradient(400, 100), (64, 64))
    assert np.abs(np.asarray(small, int) - np.asarray(expected, int)).mean() < 8


def test_decode__mutated_bytes_never_raise_anything_else():
    random = np.random.default_rng(7)
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"):
        data = np.frombuffer(saved(gradient(16, 12), kind), np.uint8)
        for _ in range(60):
            mutated = data.copy()
            spots = random.integers(0, len(data), 4)
            mutated[spots] = random.integers(0, 256, 4)
            try:
                decode(mutated.tobytes(), Limits(picture_pixels=1_000_000), max_side=192)
            except Unreadable:
                continue


def test_format_of__needs_the_whole_magic():
    assert format_of(b"RIFF....WAVE") is None
    assert format_of(b"") is None
