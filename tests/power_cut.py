"""What a disk may hold after the power went out in the middle of what `faulty_disk` recorded.

The model is that of crash-consistency testing (Pillai et al. 2014, "All File Systems Are Not Created Equal", OSDI):
what was synchronised is there; of the rest any part may be, torn at any sector; names of files change in order, and are
there for sure when their folder was synchronised.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.faulty_disk import Operation

SECTOR = 512


class Image:
    """What is on the disk for sure, and what is on its way there."""

    def __init__(self) -> None:
        self._live: dict[str, int] = {}  # name → number of the file, as the program sees it
        self._names: dict[str, int] = {}  # the same, on the disk
        self._renaming: list[dict[str, int]] = []  # the names after each change that is on its way
        self._content: dict[int, bytearray] = {}
        self._pending: dict[int, list[Operation]] = {}

    def take(self, operation: Operation) -> None:
        """Let the program do one thing more."""
        kind, path = operation.kind, operation.path
        if kind == "create":
            number = len(self._content)
            self._content[number], self._pending[number] = bytearray(), []
            self._rename({**self._live, path: number})
        elif kind in ("write", "truncate"):
            self._pending[self._live[path]].append(operation)
        elif kind in ("rename", "link"):
            left = {**self._live, str(operation.data): self._live[path]}
            if kind == "rename":
                del left[path]
            self._rename(left)
        elif kind == "delete":
            self._rename({name: number for name, number in self._live.items() if name != path})
        elif kind in ("sync", "failed"):
            self._sync(path, kind == "failed")

    def _rename(self, names: dict[str, int]) -> None:
        self._live = names
        self._renaming.append(names)

    def _sync(self, path: str, failed: bool) -> None:
        number = self._live.get(path)
        if number is not None:
            # After a failure the pages count as written, and the next synchronisation passes them over.
            for operation in [] if failed else self._pending[number]:
                _put(self._content[number], operation)
            self._pending[number] = []
        # SQLite synchronises the folder together with a journal that it has just made.
        new_journal = path.endswith(("-journal", "-wal")) and self._names.get(path) != number
        if (number is None or new_journal) and not failed:
            self._names, self._renaming = self._live, []

    def sure(self, path: str) -> bytes | None:
        """What is on the disk of a file that the program has, whatever it sees of it; None when it has none."""
        number = self._live.get(path)
        return None if number is None else bytes(self._content[number])

    def state(self, chance: Random) -> dict[str, bytes]:
        """One of the possible contents of the disk: path → bytes."""
        survives = chance.choice([0.0, 1.0, chance.random()])
        names = chance.choice([self._names, *self._renaming])
        found = {}
        for path, number in names.items():
            content = self._content[number].copy()
            for operation in self._pending[number]:
                if chance.random() < survives:
                    _put(content, _torn(operation, chance) if chance.random() < 0.3 else operation)
            found[path] = bytes(content)
        return found


def _put(content: bytearray, operation: Operation) -> None:
    start = operation.offset
    content.extend(bytes(max(0, start - len(content))))
    if operation.kind == "truncate":
        del content[start:]
    else:
        content[start : start + len(operation.data)] = operation.data


def _torn(operation: Operation, chance: Random) -> Operation:
    if operation.kind == "truncate":
        return operation
    # Up to a sector's edge, seen from the beginning of the file.
    edges = [edge for edge in range(len(operation.data)) if (operation.offset + edge) % SECTOR == 0]
    kept = operation.data[: chance.choice([*edges, 0])]
    return Operation("write", operation.path, operation.offset, kept)


def written(state: dict[str, bytes], root: str, folder: Path) -> None:
    """Put a state of what was below `root` into `folder`."""
    for path, content in state.items():
        target = folder / Path(path).relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def told_before(operations: Sequence[Operation], end: int) -> int:
    """The last thing that the program had told its user when the power went out after `end` operations; 0 = none."""
    return max((operation.data for operation in operations[:end] if operation.kind == "told"), default=0)
