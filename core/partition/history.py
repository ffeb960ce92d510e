"""What can be taken back and done again, derived from the order of events alone. Forgetting is passed over."""

from __future__ import annotations

from collections.abc import Iterable


class History:
    """The two stacks of undo and redo, as (seq of the edit, seq of the event that holds the delta) pairs.

    A new edit clears the redo stack; the edits on it stay taken back for good.
    """

    def __init__(self, events: Iterable[tuple[int, str]] = ()) -> None:
        self._done: list[tuple[int, int]] = []
        self._undone: list[tuple[int, int]] = []
        self._taken_back: set[int] = set()
        for seq, kind in events:
            self.add(seq, kind)

    def copy(self) -> History:
        """One that goes its own way from here: for edits that may not come to be stored."""
        other = History()
        other._done, other._undone = self._done.copy(), self._undone.copy()
        other._taken_back = self._taken_back.copy()
        return other

    def add(self, seq: int, kind: str) -> None:
        """Take the next event in."""
        if kind == "forget":
            return
        if kind == "undo":
            edit, _ = self._done.pop()
            self._undone.append((edit, seq))
            self._taken_back.add(edit)
        elif kind == "redo":
            edit, _ = self._undone.pop()
            self._done.append((edit, seq))
            self._taken_back.discard(edit)
        else:
            self._done.append((seq, seq))
            self._undone.clear()

    def next(self, verb: str) -> tuple[int, int] | None:
        """(seq of the edit, seq of the event with the delta) of the next "undo" or "redo"; None when there is none."""
        stack = self._done if verb == "undo" else self._undone
        return stack[-1] if stack else None

    def undone(self, seq: int) -> bool:
        """Whether an event is an edit that is taken back."""
        return seq in self._taken_back
