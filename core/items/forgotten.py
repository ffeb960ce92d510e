"""What was forgotten, as marks that tell it apart when it comes again and say nothing about what it was.

A mark is a keyed BLAKE2b hash (RFC 7693) under a salt of the project's own. Who has a copy of an item can find out that
it was forgotten here, and a text of a few words can be guessed; nothing else can be read from a mark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_bytes

from core.errors import NotFound
from core.items.table import Items
from core.storage import read_json, write_json

SENTENCE = "It was forgotten here earlier, and stays so."
_NAME = "forgotten.json"
_MARK_BYTES = 16


@dataclass(frozen=True)
class Forgotten:
    """The marks of one project.

    Attributes
    ----------
    salt
        32 random bytes, chosen at the first forgetting.
    marks
        Of contents that no item has any more, and of pairs of a content and an id where another item has the content.
    """

    salt: bytes = b""
    marks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, items_folder: Path) -> Forgotten:
        """What the project whose items lie in this folder has forgotten. Raises `StorageFailed`."""
        try:
            stored = read_json(items_folder / _NAME)
        except NotFound:
            return cls()
        return cls(bytes.fromhex(stored["salt"]), frozenset(stored["marks"]))

    def store(self, items_folder: Path) -> None:
        """Keep the marks on disk. Raises `StorageFailed`."""
        write_json(items_folder / _NAME, {"salt": self.salt.hex(), "marks": sorted(self.marks)})

    def holds(self, digest: str, item_id: str | None = None) -> bool:
        """Whether this content was forgotten; with an id, also whether this item was while others kept the content."""
        if not self.marks or not digest:
            return False
        return self.mark(digest) in self.marks or (item_id is not None and self.mark(digest, item_id) in self.marks)

    def mark(self, digest: str, item_id: str = "") -> str:
        """32 hexadecimal digits for a content, or for a content under one id."""
        said = f"{digest}{item_id}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, digest_size=_MARK_BYTES, key=self.salt).hexdigest()

    def marked(self, forgotten: Iterable[tuple[str, str]], kept: set[str]) -> Forgotten:
        """The same with more marks: (id, digest) pairs, and the digests that other items keep."""
        salted = self if self.salt else Forgotten(token_bytes(32))
        new = {salted.mark(digest, item_id if digest in kept else "") for item_id, digest in forgotten}
        return replace(salted, marks=salted.marks | new)

    def without(self, items: Items) -> Forgotten:
        """The same without what a person brought back on purpose: those items are known, not forgotten."""
        if not self.marks:
            return self
        pairs = zip(items.item_id[items.rows].tolist(), items.digest[items.rows].tolist(), strict=True)
        back = {mark for item_id, digest in pairs for mark in (self.mark(digest), self.mark(digest, item_id))}
        return replace(self, marks=self.marks - back)
