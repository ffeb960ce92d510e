"""Render the demo picture set: every base emoji, once, with its name and its place in Unicode's order.

    python make.py --font NotoColorEmoji.ttf --emoji-test emoji-test.txt --out emoji.zip

The zip holds one transparent lossless WebP a glyph, ``<group>/<name>.webp``, and a ``metadata.csv``
with the columns ``file_name,name,group,subgroup,emoji``. The same font, Pillow and emoji-test.txt
give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

# The one size at which the bitmap font has glyphs; anything else is refused by FreeType.
STRIKE = 109
CANVAS = (160, 160)
SKIN_TONES = range(0x1F3FB, 0x1F400)
ENTRY = re.compile(r"(?P<points>[0-9A-F ]+?)\s*;\s*fully-qualified\s*#\s*\S+\s+E[\d.]+\s+(?P<name>.+)")
COLUMNS = ("file_name", "name", "group", "subgroup", "emoji")
# A zip entry carries a date; a fixed one keeps two runs byte-identical.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Emoji:
    """One line of emoji-test.txt."""

    text: str
    name: str
    group: str
    subgroup: str

    @property
    def has_skin_tone(self) -> bool:
        return any(ord(character) in SKIN_TONES for character in self.text)

    @property
    def file_name(self) -> str:
        return f"{slug(self.group)}/{slug(self.name)}.webp"


def slug(text: str) -> str:
    """``"Côte d'Ivoire"`` as ``"cote-d-ivoire"``; the two keycaps that are only a sign are spelt out."""
    text = text.replace("#", " hash ").replace("*", " asterisk ")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def read_emoji_test(lines: Iterable[str]) -> Iterator[Emoji]:
    """The fully-qualified entries of emoji-test.txt, in the file's order."""
    group = subgroup = ""
    for line in lines:
        if line.startswith("# group:"):
            group = line.split(":", 1)[1].strip()
        elif line.startswith("# subgroup:"):
            subgroup = line.split(":", 1)[1].strip()
        elif entry := ENTRY.match(line):
            text = "".join(chr(int(point, 16)) for point in entry["points"].split())
            yield Emoji(text, entry["name"].strip(), group, subgroup)


def base_emoji(emoji: Iterable[Emoji]) -> list[Emoji]:
    """Those without a skin tone."""
    return [one for one in emoji if not one.has_skin_tone]


def render(text: str, font: ImageFont.FreeTypeFont, size: int) -> Image.Image:
    """One glyph, centred on a transparent ``size`` x ``size`` RGBA picture.

    Every glyph is reduced by the same factor, so that the sizes of the drawings stay comparable.
    """
    canvas = Image.new("RGBA", CANVAS)
    ImageDraw.Draw(canvas).text((10, 10), text, font=font, embedded_color=True)
    box = canvas.getbbox()
    if box is None:
        raise ValueError(f"the font draws nothing for {text!r}")
    glyph = canvas.crop(box)
    side = max(136, *glyph.size)
    square = Image.new("RGBA", (side, side))
    square.paste(glyph, ((side - glyph.width) // 2, (side - glyph.height) // 2))
    return square.resize((size, size), Image.Resampling.LANCZOS)


def webp(picture: Image.Image) -> bytes:
    """Lossless WebP; the highest effort takes twenty times as long and saves one per cent."""
    out = io.BytesIO()
    picture.save(out, "WEBP", lossless=True, quality=80, method=4)
    return out.getvalue()


def table(emoji: Iterable[Emoji]) -> str:
    """``metadata.csv``, one line a picture."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((one.file_name, one.name, one.group, one.subgroup, one.text) for one in emoji)
    return out.getvalue()


def write_zip(path: Path, emoji: list[Emoji], font: ImageFont.FreeTypeFont, size: int) -> None:
    """The whole set; refused when two names would share a file."""
    names = [one.file_name for one in emoji]
    if len(set(names)) != len(names):
        raise ValueError(f"shared file names: {sorted({name for name in names if names.count(name) > 1})}")
    with zipfile.ZipFile(path, "w") as archive:
        # WebP does not deflate any further.
        archive.writestr(zipfile.ZipInfo("metadata.csv", ZIP_DATE), table(emoji), zipfile.ZIP_DEFLATED)
        for one in emoji:
            archive.writestr(zipfile.ZipInfo(one.file_name, ZIP_DATE), webp(render(one.text, font, size)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--font", type=Path, default=Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"))
    parser.add_argument("--emoji-test", type=Path, default=Path("/usr/share/unicode/emoji/emoji-test.txt"))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("emoji.zip"))
    parser.add_argument("--size", type=int, default=96, help="side of the pictures in pixels")
    arguments = parser.parse_args()
    with arguments.emoji_test.open(encoding="utf-8") as lines:
        emoji = base_emoji(read_emoji_test(lines))
    write_zip(arguments.out, emoji, ImageFont.truetype(str(arguments.font), STRIKE), arguments.size)
    print(f"{arguments.out}: {len(emoji)} pictures, {arguments.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
