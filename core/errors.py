"""The errors a person may see: each says what happened, why, and what to do next."""

from __future__ import annotations


class TaxonError(Exception):
    """A refusal in plain words.

    Parameters
    ----------
    what
        What was asked or given and could not be done, one sentence.
    why
        The reason, one sentence; empty when `what` says it already.
    next_step
        What the person can do now, one sentence.
    """

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        self.what = what
        self.why = why
        self.next_step = next_step
        super().__init__(" ".join(part for part in (what, why, next_step) if part))


class BadInput(TaxonError):
    """What was given cannot be used; the message says what can."""


class NotAvailable(TaxonError):
    """Something needed is not on this machine: weights, an optional package, a program."""


class NotFound(TaxonError):
    """A project, item, cluster or artifact that was named does not exist."""


class Conflict(TaxonError):
    """An edit was made on an older revision of a cluster that somebody has changed since.

    Attributes
    ----------
    cluster_id, who, when
        The cluster, who changed it last, and when (UTC, ISO 8601).
    """

    def __init__(self, what: str, why: str = "", next_step: str = "", *, cluster_id: int, who: str, when: str) -> None:
        super().__init__(what, why, next_step)
        self.cluster_id = cluster_id
        self.who = who
        self.when = when


class NotAllowed(TaxonError):
    """The person's role on this server does not include what she asked for."""


class ProjectLocked(TaxonError):
    """Another process holds the project for writing."""


class StorageFailed(TaxonError):
    """The disk refused a write; nothing that was acknowledged is lost, the new edit is not stored."""


class Cancelled(TaxonError):
    """The person stopped a job; what was finished is kept."""
