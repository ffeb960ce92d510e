from __future__ import annotations

import io

import pytest
from PIL import Image

from core.items.importer import import_source
from core.items.sources import open_source
from core.items.store import ItemStore
from core.items.thumbnails import ThumbnailStore


class Bench:
    """A project folder with what an import needs."""

    def __init__(self, path):
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.store = ItemStore(path)
        self.thumbnails = ThumbnailStore(path)

    def add(self, source, progress=None, **options):
        arguments = [progress] if progress else []
        return import_source(self.store, self.thumbnails, open_source(source, **options), *arguments)

    @property
    def items(self):
        return self.store.load()


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path / "p.taxon")


@pytest.fixture
def new_bench(tmp_path):
    return lambda name: Bench(tmp_path / f"{name}.taxon")


@pytest.fixture
def encoded():
    """Bytes of a small picture in a format; the colour makes the bytes differ."""

    def encode(colour="red", kind="PNG", size=(24, 16), mode="RGB", **options):
        buffer = io.BytesIO()
        Image.new(mode, size, colour).save(buffer, kind, **options)
        return buffer.getvalue()

    return encode
