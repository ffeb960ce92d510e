"""Edits worked out one after the other inside one transaction, on a state that counts only when it is committed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from core import safe
from core.errors import BadInput
from core.partition import edits, events, snapshots
from core.partition.database import Database
from core.partition.draft import Step
from core.partition.edits import Edit, Recluster, Redo, Undo
from core.partition.events import Event
from core.partition.fold import apply
from core.partition.gone import without_gone
from core.partition.history import History
from core.partition.partition import Partition
from core.partition.replay import stored_delta
from core.partition.rows import Rows
from core.partition.staleness import refuse_changed, refuse_vanished
from core.partition.writer import Request


class Batch:
    """What one transaction writes.

    Attributes
    ----------
    partition, history
        After the edits so far.
    rows
        What was written, as rows of `events.LINES`.
    cost
        Of replaying these edits, as of `snapshots.cost`.
    """

    def __init__(self, database: Database, partition: Partition, history: History, now: datetime) -> None:
        self._database = database
        self._now = now.isoformat(timespec="milliseconds")
        self._answers: list[tuple[Request, Event | Exception]] = []
        self.partition, self.history = partition, history.copy()
        self.rows: list[tuple] = []
        self.cost = 0.0

    def take(self, request: Request) -> None:
        """Work an edit out and write it; one that is refused is left out.

        Raises
        ------
        StorageFailed
            When the disk refuses: then the whole transaction is to be given up.
        """
        try:
            self._answers.append((request, stored(self._database, request.key) or self.write(request)))
        except Exception as error:
            if self._database.refuses(error):
                raise
            self._answers.append((request, error))

    def read_back(self, lines: Iterable[dict[str, Any]]) -> Exception | None:
        """Write what lines of a plain log say, up to the first that does not fit: why not. Raises as `take`."""
        for line in lines:
            try:
                edit = edits.from_json(line["edit"])
                self.write(Request(edit, who=line["who"], key=line["key"], time=line["time"]), line["seq"])
            except (BadInput, KeyError, TypeError, ValueError) as error:
                return error
        return None

    def write(self, request: Request, seq: int | None = None) -> Event:
        """Work an edit out and write it; it must become event `seq`, if that is given.

        Raises
        ------
        BadInput, Conflict
            When it is refused; then nothing has changed.
        StorageFailed
            When the disk refuses.
        """
        edit = self._whole(request.edit)
        step, sentence = self._step(edit, request.revision)
        if seq not in (None, step.partition.revision):
            raise BadInput(f"Event {step.partition.revision} is missing.")
        if request.revision is not None:
            refuse_changed(self._database, self.partition, step, request.revision)
        event = Event(
            seq=step.partition.revision,
            time=request.time or self._now,
            who=safe.plain(request.who, 200),
            kind=edit.kind,
            sentence=sentence,
            revision=step.partition.revision,
            touched=step.touched,
            created=step.created,
            conflicts=tuple(step.conflicts),
            key=request.key,
        )
        row = (*event.to_row(), events.to_text(edit.to_json()))
        self._database.query(events.INSERT, (*row, step.inverse.to_bytes()))
        self.partition = step.partition
        self.history.add(event.seq, event.kind)
        self.rows.append(row)
        self.cost += snapshots.cost(len(self.partition), len(step.inverse.rows))
        return event

    def answer(self) -> None:
        """Tell whoever asked. To be called when the transaction is on the disk."""
        for request, answer in self._answers:
            if isinstance(answer, Event):
                request.answer.set_result(answer)
            else:
                request.answer.set_exception(answer)

    def _whole(self, edit: Edit) -> Edit:
        """“All” of a recluster written out, as there may be more items when it is replayed; nothing forgotten in it."""
        n = len(self.partition)
        if isinstance(edit, Recluster) and edit.item_ids is None and len(edit.labels) == n:
            edit = replace(edit, item_ids=Rows(np.arange(n)))
        return without_gone(edit, self.partition)

    def _step(self, edit: Edit, revision: int | None) -> tuple[Step, str]:
        if isinstance(edit, (Undo, Redo)):
            found = self.history.next(edit.kind)
            if found is None:
                raise BadInput(f"There is nothing to {edit.kind}.")
            after, inverse = stored_delta(self._database, found[1]).apply(self.partition)
            sentence = f"{edit.kind.capitalize()}: {sentence_of(self._database, found[0])}"
            return Step(after, inverse, inverse.touched), sentence
        try:
            return apply(self.partition, edit), edit.describe(self.partition)
        except BadInput:
            if revision is not None:
                refuse_vanished(self._database, self.partition, edit, revision)
            raise


def stored(database: Database, key: str | None) -> Event | None:
    """The stored event with this idempotency key, if there is one. Raises `StorageFailed`."""
    if key is None:
        return None
    rows = database.query(f"SELECT {events.COLUMNS} FROM events WHERE key = ?", (key,))
    return Event.from_row(rows[0]) if rows else None


def sentence_of(database: Database, seq: int) -> str:
    """What event `seq` did. Raises `StorageFailed`."""
    return database.query("SELECT sentence FROM events WHERE seq = ?", (seq,))[0][0]
