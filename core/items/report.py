"""What became of everything that was offered: every input ends in one named outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Any

from core import safe

EXAMPLES = 5
NAMED = 100  # quarantined pictures: a person will want to look at each, somewhere else
_WHAT_CHARS = 200


class Outcome(StrEnum):
    """The end of one input.

    READ became an item; DUPLICATE is here already (same id, same content); UNSUPPORTED is not a picture or text;
    BROKEN cannot be decoded; QUARANTINED killed two decoding processes, by a crash or by taking too long; TOO_LARGE is
    above a limit; MISSING has no file or no text; FORGOTTEN was forgotten here earlier, and is counted without an
    example: a report that named it would remember it.
    """

    READ = "read"
    DUPLICATE = "duplicate"
    UNSUPPORTED = "unsupported"
    BROKEN = "broken"
    QUARANTINED = "quarantined"
    TOO_LARGE = "too large"
    MISSING = "missing"
    FORGOTTEN = "forgotten earlier"


class Unreadable(Exception):
    """One input cannot become an item; the import goes on. Carries its outcome and one sentence."""

    def __init__(self, outcome: Outcome, sentence: str) -> None:
        super().__init__(outcome, sentence)
        self.outcome = outcome
        self.sentence = sentence


@dataclass(frozen=True)
class ImportReport:
    """The result of one import.

    Attributes
    ----------
    source
        Name of the source as shown.
    counts
        Number of inputs by outcome; outcomes with none are absent.
    examples
        By outcome other than READ: up to 5 pairs (what it was, one sentence); of what was quarantined up to 100.
    known
        Of the duplicates, those that were in the project before this import.
    notes
        What else a person should know (encoding used, texts cut, ids changed), one sentence each.
    seconds, started
        Duration, and when it began (UTC, ISO 8601).
    """

    source: str
    counts: Mapping[Outcome, int] = field(default_factory=dict)
    examples: Mapping[Outcome, list[tuple[str, str]]] = field(default_factory=dict)
    known: int = 0
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    started: str = ""

    @property
    def offered(self) -> int:
        """Number of inputs, all outcomes together."""
        return sum(self.counts.values())

    def count(self, outcome: Outcome) -> int:
        """Inputs that ended so."""
        return self.counts.get(outcome, 0)

    def sentence(self) -> str:
        """The counts in words: “4,987 read, 9 broken, 4 unsupported”."""
        repeated = self.count(Outcome.DUPLICATE) - self.known
        parts = [f"{self.count(Outcome.READ):,} read"]
        if self.known:
            parts.append(f"{self.known:,} already in the project")
        if repeated:
            parts.append(f"{repeated:,} duplicate")
        refused = [outcome for outcome in Outcome if outcome not in (Outcome.READ, Outcome.DUPLICATE)]
        refused.sort(key=self.count, reverse=True)
        parts += [f"{self.count(outcome):,} {outcome}" for outcome in refused if self.count(outcome)]
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Plain types, for `report.json` and `--json`."""
        return {
            "source": self.source,
            "started": self.started,
            "seconds": self.seconds,
            "counts": {str(outcome): count for outcome, count in self.counts.items()},
            "known": self.known,
            "examples": {str(outcome): [list(pair) for pair in pairs] for outcome, pairs in self.examples.items()},
            "notes": list(self.notes),
        }

    def without(self, names: Iterable[str]) -> ImportReport:
        """The same report without the examples and notes in which one of these ids or file names stands."""
        given = [name for name in names if name]
        told = [safe.plain(name, _WHAT_CHARS) for name in given]
        quoted = [f"“{name}”" for name in given]
        examples = {
            outcome: [pair for pair in pairs if not any(name in part for name in told for part in pair)]
            for outcome, pairs in self.examples.items()
        }
        notes = tuple(note for note in self.notes if not any(name in note for name in quoted))
        kept = {outcome: pairs for outcome, pairs in examples.items() if pairs}
        return replace(self, examples=kept, notes=notes)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ImportReport:
        """What `to_json` was called on."""
        return cls(
            source=value["source"],
            counts={Outcome(name): int(count) for name, count in value["counts"].items()},
            examples={Outcome(name): [(p[0], p[1]) for p in pairs] for name, pairs in value["examples"].items()},
            known=int(value["known"]),
            notes=tuple(value["notes"]),
            seconds=float(value["seconds"]),
            started=value["started"],
        )


class Tally:
    """Counts outcomes while an import runs."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._counts: dict[Outcome, int] = {}
        self._examples: dict[Outcome, list[tuple[str, str]]] = {}
        self._began = monotonic()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self.known = 0
        self.notes: list[str] = []

    def add(self, outcome: Outcome, count: int = 1) -> None:
        """Count inputs that need no example."""
        if count:
            self._counts[outcome] = self._counts.get(outcome, 0) + count

    def count(self, outcome: Outcome) -> int:
        """Inputs that ended so until now."""
        return self._counts.get(outcome, 0)

    def refuse(self, what: str, outcome: Outcome, sentence: str) -> None:
        """Count one input that did not become an item, and keep it as an example while there are few."""
        self.add(outcome)
        examples = self._examples.setdefault(outcome, [])
        if len(examples) < (NAMED if outcome is Outcome.QUARANTINED else EXAMPLES):
            examples.append((safe.plain(what, _WHAT_CHARS), sentence))

    def first_refusal(self) -> str:
        """A sentence about the first thing that was refused, or ''."""
        for pairs in self._examples.values():
            if pairs:
                return f"“{pairs[0][0]}”: {pairs[0][1]}"
        return ""

    def report(self) -> ImportReport:
        """The finished report."""
        return ImportReport(
            source=self._source,
            counts=dict(sorted(self._counts.items(), key=lambda pair: list(Outcome).index(pair[0]))),
            examples=dict(self._examples),
            known=self.known,
            notes=tuple(self.notes),
            seconds=round(monotonic() - self._began, 3),
            started=self._started,
        )
