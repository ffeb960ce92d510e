"""Safe decoding: magic bytes decide the format, the header is checked before a pixel is decoded; upright RGB."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from core.items.report import Outcome, Unreadable
from core.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from PIL import Image as PillowImage

    Picture = PillowImage.Image

HEADER_BYTES = 64
SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif")

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"{\\rtf", "a text document"),
    (b"%!PS", "a PostScript document"),
)
_MAX_PROFILE_BYTES = 4 * 1024 * 1024


def format_of(head: bytes) -> str | None:
    """Pillow's name of the format that the first bytes announce, None when it is not one that is allowed."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and (head[8:12] in (b"avif", b"avis") or b"avif" in head[16:HEADER_BYTES]):
        return "AVIF" if _has_avif() else None
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return None


def check_format(head: bytes) -> str:
    """Like `format_of`, but raises `Unreadable` with a sentence about what the file is instead."""
    if not head:
        raise Unreadable(Outcome.BROKEN, "The file is empty.")
    name = format_of(head)
    if name is None:
        raise Unreadable(Outcome.UNSUPPORTED, f"It is {_described(head)}, not a picture of a supported format.")
    return name


def read_header(data: bytes) -> tuple[str, int, int]:
    """Format, width and height in pixels (as stored, before EXIF rotation), without decoding. Raises `Unreadable`."""
    image = _opened(data)
    return image.format or "", image.width, image.height


def decode(data: bytes, limits: Limits = DEFAULT, max_side: int | None = None) -> Picture:
    """Decode a picture as a person sees it.

    EXIF rotation is applied, transparency lies on white, 16-bit and float values are scaled to 8 bit, CMYK and colour
    profiles become sRGB, animations give their first frame. No metadata is carried over.

    Parameters
    ----------
    data
        The file's content.
    limits
        `picture_bytes`, `picture_pixels` and `picture_side` are checked before decoding.
    max_side
        When given, the result's longer side is at most this many pixels, and decoding is cheaper.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, `info` empty.

    Raises
    ------
    Unreadable
        With the outcome UNSUPPORTED, BROKEN or TOO_LARGE and one sentence.
    """
    if len(data) > limits.picture_bytes:
        raise Unreadable(Outcome.TOO_LARGE, too_many_bytes(len(data), limits))
    image = _opened(data)
    _check_size(image, limits)
    try:
        return _upright(image, max_side)
    except Unreadable:
        raise
    except MemoryError:
        raise Unreadable(Outcome.TOO_LARGE, "Decoding it needs more memory than is allowed.") from None
    except Exception as error:  # decoders fail in many ways on hostile bytes; every way means the same here
        raise Unreadable(Outcome.BROKEN, _broken(error)) from None


def too_many_bytes(size: int, limits: Limits) -> str:
    """The sentence for a file above `limits.picture_bytes`."""
    return f"The file has {size / 2**20:,.0f} MiB; the limit is {limits.picture_bytes / 2**20:,.0f} MiB."


def _opened(data: bytes) -> Picture:
    from PIL import Image

    name = check_format(data[:HEADER_BYTES])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(data), formats=[name])
    except Image.DecompressionBombError:
        raise Unreadable(Outcome.TOO_LARGE, "The picture has far more pixels than the limit.") from None
    except Exception as error:  # as in `decode`
        raise Unreadable(Outcome.BROKEN, _broken(error)) from None


def _check_size(image: Picture, limits: Limits) -> None:
    pixels = image.width * image.height
    if pixels > limits.picture_pixels or max(image.size) > limits.picture_side:
        raise Unreadable(
            Outcome.TOO_LARGE,
            f"The picture has {image.width:,} × {image.height:,} pixels ({pixels / 1e6:,.0f} million); the limit is "
            f"{limits.picture_pixels / 1e6:,.0f} million and {limits.picture_side:,} a side.",
        )


def _upright(image: Picture, max_side: int | None) -> Picture:
    from PIL import ImageOps

    if max_side is not None and image.format == "JPEG":
        image.draft(None, (2 * max_side, 2 * max_side))
    profile = image.info.get("icc_profile")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.load()
        with suppress(Exception):  # damaged EXIF: the pixels are good, so the picture is shown as stored
            ImageOps.exif_transpose(image, in_place=True)
    image = _eight_bit(image)
    if _is_transparent(image):
        image = _on_white(image)
    elif image.mode in ("P", "1"):
        image = image.convert("RGB")
    if max_side is not None and max(image.size) > max_side:
        image.thumbnail((max_side, max_side), reducing_gap=2.0)
    image = _to_srgb(image, profile)
    image.info = {}
    return image


def _eight_bit(image: Picture) -> Picture:
    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    import numpy as np
    from PIL import Image

    values = np.asarray(image)
    low, high = 0.0, 65535.0
    if not image.mode.startswith("I;16"):
        with np.errstate(invalid="ignore"):
            low = float(np.min(values, where=np.isfinite(values), initial=np.inf))
            high = float(np.max(values, where=np.isfinite(values), initial=-np.inf))
        if low > high:  # not one number is finite
            low, high = 0.0, 0.0
        elif image.mode == "I" and low >= 0 and high <= 65535:
            low, high = 0.0, 65535.0 if high > 255 else 255.0
    scaled = np.empty(values.shape, np.uint8)
    for row, line in enumerate(values):  # all at once would take 24 bytes a pixel
        even = np.nan_to_num((line.astype(np.float64) - low) / ((high - low) or 1.0) * 255.0, posinf=255.0, neginf=0.0)
        scaled[row] = np.clip(np.rint(even), 0, 255)
    return Image.fromarray(scaled)


def _is_transparent(image: Picture) -> bool:
    return image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info


def _on_white(image: Picture) -> Picture:
    from PIL import Image

    image = image if image.mode == "RGBA" else image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=image.getchannel("A"))
    return canvas


def _to_srgb(image: Picture, profile: bytes | None) -> Picture:
    if profile and len(profile) <= _MAX_PROFILE_BYTES and image.mode in ("RGB", "CMYK", "L") and b"sRGB" not in profile:
        from PIL import ImageCms

        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a damaged or unfitting profile: the colours are taken as they are
    return image.convert("RGB") if image.mode != "RGB" else image


def _broken(error: Exception) -> str:
    if "truncated" in str(error).lower() or isinstance(error, EOFError):
        return "The file is cut off: the end of the picture is missing."
    return "The file is damaged and cannot be decoded."


def _described(head: bytes) -> str:
    for magic, name in _OTHERS:
        if head.startswith(magic):
            return name
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"svg" in start):
        return "an SVG drawing"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "a web page"
    if start.startswith(b"<"):
        return "a markup document"
    if head[4:8] == b"ftyp":
        return "a video or a HEIC picture"
    if all(byte >= 32 or byte in b"\t\r\n" for byte in head):
        return "a text"
    return "a file of an unknown kind"


def _has_avif() -> bool:
    from PIL import features

    return bool(features.check("avif"))
