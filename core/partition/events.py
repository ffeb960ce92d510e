"""What the journal says about one stored edit, and its form in SQLite and in plain text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

COLUMNS = "seq, time, who, kind, sentence, revision, touched, created, conflicts, key"
INSERT = f"INSERT INTO events ({COLUMNS}, payload, inverse) VALUES ({', '.join('?' * 12)})"
LINES = f"SELECT {COLUMNS}, payload FROM events WHERE seq > ? ORDER BY seq"


@dataclass(frozen=True)
class Event:
    """One edit as it was stored.

    Attributes
    ----------
    seq, revision
        Its place in the journal, from 1; the revision of the partition after it.
    time
        UTC, ISO 8601 with milliseconds. The order of events is `seq`, not this: clocks jump.
    who
        As the app or script gave it; may be empty.
    kind, sentence
        A key of `edits.KINDS`; what it did, with its scope.
    touched, created
        Ids of the clusters that it changed, and of those that it made.
    conflicts
        What it could not settle, in sentences.
    key
        The caller's idempotency key, or None.
    undone
        Whether it is taken back now (always False for undo and redo themselves).
    """

    seq: int
    time: str
    who: str
    kind: str
    sentence: str
    revision: int
    touched: frozenset[int] = frozenset()
    created: tuple[int, ...] = ()
    conflicts: tuple[str, ...] = ()
    key: str | None = None
    undone: bool = False

    def to_row(self) -> tuple[Any, ...]:
        """Values for `COLUMNS`."""
        lists = (json.dumps(sorted(self.touched)), json.dumps(self.created), to_text(self.conflicts))
        return (self.seq, self.time, self.who, self.kind, self.sentence, self.revision, *lists, self.key)

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Event:
        """What `to_row` came from."""
        touched, created, conflicts = (json.loads(text) for text in row[6:9])
        return cls(*row[:6], frozenset(touched), tuple(created), tuple(conflicts), row[9])


def to_text(value: Any) -> str:
    """JSON on one line, readable in any language; what UTF-8 cannot hold becomes “?”."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def to_line(row: Sequence[Any]) -> bytes:
    """A row of `LINES` as a line of `journal.jsonl`."""
    event = Event.from_row(row)
    told = {
        "seq": event.seq,
        "time": event.time,
        "who": event.who,
        "kind": event.kind,
        "sentence": event.sentence,
        "revision": event.revision,
        "touched": sorted(event.touched),
        "created": event.created,
        "conflicts": event.conflicts,
        "key": event.key,
        "edit": json.loads(row[10]),
    }
    return to_text(told).encode() + b"\n"
