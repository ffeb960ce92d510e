"""How long work reports how far it is, and learns that it should stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called by every stage; may raise `core.errors.Cancelled` to stop the work at a safe point."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Report `done` of `total` units (0 = unknown total), and what is being done, in a few words."""


def silent(done: int, total: int, note: str = "") -> None:
    """The progress of callers that do not listen."""
