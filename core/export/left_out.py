"""The items that an export could not take along: how many, and a few of them with the reason."""

from __future__ import annotations

from core.errors import Cancelled, StorageFailed, TaxonError
from core.export.contents import Contents

_EXAMPLES = 5


class LeftOut:
    """Counts what is missing in an export.

    Attributes
    ----------
    count
        How many items are missing.
    examples
        Up to 5 of them: (item_id, why).
    """

    def __init__(self) -> None:
        self.count = 0
        self.examples: list[tuple[str, str]] = []

    def add(self, item_id: str, why: str) -> None:
        """Count one item."""
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append((item_id, why))

    def picture(self, contents: Contents, position: int, item_id: str) -> bytes | None:
        """The bytes of a picture; None when there is none, or it cannot be had, which is then counted."""
        try:
            return contents.picture(position)
        except (Cancelled, StorageFailed):
            raise
        except TaxonError as error:
            self.add(item_id, str(error))
            return None
