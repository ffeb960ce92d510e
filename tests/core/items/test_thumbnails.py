from __future__ import annotations

import io
import re
import threading

import pytest
from PIL import Image

from core.items.thumbnails import ThumbnailStore, make_thumbnail


def test_make_thumbnail__is_small_webp_without_metadata():
    image = Image.effect_noise((800, 400), 50).convert("RGB")
    image.info = {"exif": b"Exif\0\0SECRET", "icc_profile": b"SECRET", "xmp": b"SECRET"}
    data = make_thumbnail(image)
    with Image.open(io.BytesIO(data)) as small:
        assert (small.format, small.size) == ("WEBP", (192, 96))
        assert not small.getexif()
    assert b"SECRET" not in data
    assert image.size == (800, 400)


def test_make_thumbnail__never_enlarges():
    with Image.open(io.BytesIO(make_thumbnail(Image.new("RGB", (10, 5))))) as small:
        assert small.size == (10, 5)


def test_store__gives_back_and_keeps_the_first(tmp_path):
    store = ThumbnailStore(tmp_path)
    assert store.get("a") is None
    assert len(store) == 0
    store.put_many([("a", b"1"), ("b", b"2")])
    store.put_many([("a", b"3")])
    store.close()
    again = ThumbnailStore(tmp_path)
    assert (again.get("a"), again.get("b"), again.get("c"), len(again)) == (b"1", b"2", None, 2)
    again.keep_only({"b", "d"})
    assert (again.get("a"), again.get("b")) == (None, b"2")


def test_store__what_is_removed_leaves_no_byte_in_the_file(tmp_path):
    store = ThumbnailStore(tmp_path)
    store.put_many((str(number), f"secret {number}".encode() * 300) for number in range(50))
    store.keep_only({"7"})
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert set(re.findall(rb"secret \d+", left)) == {b"secret 7"}
    ThumbnailStore(tmp_path / "nothing").keep_only(set())
    assert not (tmp_path / "nothing").exists()


def test_store__a_damaged_file_is_replaced(tmp_path):
    (tmp_path / "thumbs.db").write_bytes(b"not a database at all" * 300)
    store = ThumbnailStore(tmp_path)
    assert store.get("a") is None
    store.put_many([("a", b"1")])
    assert store.get("a") == b"1"


def test_store__threads_share_it(tmp_path):
    store = ThumbnailStore(tmp_path)
    wrong = []

    def work(number):
        for step in range(20):
            key = f"{number}-{step}"
            store.put_many([(key, key.encode())])
            if store.get(key) != key.encode():
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(store) == 80


def test_store__a_full_disk_is_a_sentence(tmp_path):
    from core.errors import StorageFailed

    store = ThumbnailStore(tmp_path)
    store.put_many([("a", b"1")])
    store._connected().execute("PRAGMA max_page_count = 3")
    with pytest.raises(StorageFailed, match="could not be written"):
        store.put_many([("b", bytes(100_000))])
    assert store.get("a") == b"1"
