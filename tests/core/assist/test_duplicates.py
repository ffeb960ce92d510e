import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.assist.duplicates import groups, hashes, near_pairs, normalised, same_picture, same_text_pairs, signature
from core.items.demo import EMOJI
from core.items.pictures import decode
from core.structure.graph import knn


def saved(picture, form, **options):
    data = io.BytesIO()
    picture.save(data, form, **options)
    return decode(data.getvalue())


def cropped(picture, random, share=0.05):
    width, height = picture.size
    left, top = random.uniform(0, share, 2)
    return picture.crop((left * width, top * height, (1 - share + left) * width, (1 - share + top) * height))


WAYS = {
    "re-encoded": lambda picture, random: saved(picture, "JPEG", quality=50),
    "smaller": lambda picture, random: saved(picture.resize((56, 56)), "PNG"),
    "bigger": lambda picture, random: saved(picture.resize((180, 180)), "JPEG", quality=75),
    "cropped": lambda picture, random: saved(cropped(picture, random), "JPEG", quality=85),
}


@pytest.fixture(scope="module")
def emoji():
    """Names and pictures: every eighth, and the families that look alike."""
    with zipfile.ZipFile(EMOJI) as archive:
        names = [name for name in archive.namelist() if name.endswith(".webp") and not name.startswith("flags/")]
        alike = [name for name in names if any(word in name for word in ("oclock", "thirty", "heart", "keycap"))]
        chosen = sorted({*names[::8], *alike})
        return chosen, [decode(archive.read(name)) for name in chosen]


def found_among(pictures):
    """Pairs, with the pixels themselves as vectors."""
    seen = np.stack([signature(picture) for picture in pictures])
    vectors = seen.reshape(len(seen), -1).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = near_pairs(knn(vectors).neighbours, hashes(seen), vectors)
    return pairs[same_picture(seen[pairs[:, 0]], seen[pairs[:, 1]])]


@pytest.mark.parametrize("way", WAYS)
def test_duplicates__a_picture_saved_otherwise_is_found_and_nothing_else(emoji, way):
    pictures = emoji[1][::2]
    random = np.random.default_rng(1)
    n = len(pictures)
    pairs = found_among([*pictures, *(WAYS[way](picture, random) for picture in pictures)])
    right = pairs[:, 0] + n == pairs[:, 1]
    assert right.sum() >= 0.95 * n
    assert (~right).sum() <= 0.01 * len(pairs)


def test_duplicates__pictures_that_only_look_alike_stay_apart(emoji):
    names, pictures = emoji
    found = groups(found_among(pictures), len(pictures))
    assert sum(len(group) for group in found) <= 0.01 * len(names), [[names[i] for i in group] for group in found]


def test_same_picture__another_colour_and_another_place_are_another_picture():
    disc = Image.new("RGB", (64, 64), "white")
    disc.paste((200, 30, 30), (16, 16, 48, 48))
    green = Image.new("RGB", (64, 64), "white")
    green.paste((30, 110, 30), (16, 16, 48, 48))
    spotted = disc.copy()
    spotted.paste((255, 255, 255), (28, 28, 36, 36))
    one, *others = (signature(picture)[None] for picture in (disc, disc.resize((90, 90)), green, spotted))
    assert [bool(same_picture(one, other)[0]) for other in others] == [True, False, False]


@given(st.integers(0, 255), st.integers(0, 255))
def test_same_picture__plain_pictures_are_one_when_their_colours_are(one, other):
    plain = [np.full((1, 32, 32, 3), level, np.uint8) for level in (one, other)]
    apart = abs(one - other)
    assert same_picture(*plain)[0] == (apart <= 2) or apart == 2, "at the border itself rounding decides"


def test_near_pairs__many_equal_pictures_hang_together():
    random = np.random.default_rng(0)
    seen = np.repeat(random.integers(0, 256, (2, 32, 32, 3)).astype(np.uint8), 60, axis=0)
    vectors = np.repeat(np.eye(2, dtype=np.float32), 60, axis=0)
    pairs = near_pairs(knn(vectors).neighbours, hashes(seen), vectors)
    assert [len(group) for group in groups(pairs, 120)] == [60, 60]
    assert (pairs[:, 0] < pairs[:, 1]).all() and len(np.unique(pairs, axis=0)) == len(pairs)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_groups__hold_every_pair_once_and_nothing_else(pairs):
    wanted = np.array([sorted(pair) for pair in pairs if pair[0] != pair[1]], np.int64).reshape(-1, 2)
    found = groups(wanted, 31)
    members = [item for group in found for item in group.tolist()]
    assert len(members) == len(set(members)) and set(members) == set(wanted.ravel().tolist())
    of = {item: place for place, group in enumerate(found) for item in group.tolist()}
    assert all(of[one] == of[other] for one, other in wanted.tolist())
    assert [len(group) for group in found] == sorted((len(group) for group in found), reverse=True)


def test_same_text_pairs__case_blanks_and_signs_do_not_count():
    texts = ["Read a file.", "read  a\nFILE", "Read the file.", "", "  ", ":-)", ":-(", "ﬁle", "file!"]
    assert same_text_pairs(texts).tolist() == [[0, 1], [7, 8]]
    assert normalised("Straße  №1 !") == normalised("STRASSE no1")
