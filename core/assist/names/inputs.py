"""What names are made of, as arrays; and the clusters with the neighbours that a name must set them apart from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from core.assist.names import ngrams, siblings, tokens, votes
from core.assist.names.marks import Marks

_SAMPLE = 2_000


@dataclass(frozen=True, eq=False)
class Ballot:
    """A vocabulary and the votes of all items over it.

    Attributes
    ----------
    source
        "your list" or "pictures".
    vocabulary, marks
        The terms with their vectors, and who voted for which.
    """

    source: str
    vocabulary: votes.Vocabulary
    marks: Marks

    @cached_property
    def directions(self) -> np.ndarray:
        """(v, d) float32: the terms' centred unit vectors."""
        return self.vocabulary.centred()


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything about the items that a name can come from. Hold on to it: it counts words only once.

    Attributes
    ----------
    rows
        (m,) int64 ascending: the items that have a vector. All else is aligned with it.
    vectors, features
        (m, d) and (m, d') unit rows, as in `core.pipeline.Structure`.
    modality
        (m,) uint8, 0 encoded from the picture, 1 from the text.
    texts, file_names
        (m,) str, '' where there is none.
    columns
        The person's own columns, name → (m,).
    ballots
        The person's list before the shipped words; empty where the encoder reads no words or nobody voted yet.
    counted
        The phrases of the texts, when they were counted before.
    """

    rows: np.ndarray
    vectors: np.ndarray
    features: np.ndarray
    modality: np.ndarray
    texts: Sequence[str] = ()
    file_names: Sequence[str] = ()
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    ballots: tuple[Ballot, ...] = ()
    counted: Marks | None = None

    @cached_property
    def phrases(self) -> Marks:
        """The phrases of all texts; the first call counts them, unless that was done before."""
        if self.counted is not None:
            return self.counted
        return ngrams.count(self.texts if len(self.texts) else [""] * len(self.rows))

    @cached_property
    def tokens(self) -> tokens.Tokens:
        """Folders, words of file names and values of columns; the first call collects them."""
        return tokens.read(self.file_names if len(self.file_names) else [""] * len(self.rows), self.columns)

    @cached_property
    def means(self) -> np.ndarray:
        """(2, d) float32: means of the pictures' and of the texts' vectors."""
        return votes.means(self.vectors, np.asarray(self.modality))

    @cached_property
    def sample(self) -> np.ndarray:
        """(≤ 2,000, d) float32: centred vectors of items spread over the collection, to see what is usual in it."""
        m = len(self.rows)
        return self.centred(np.linspace(0, m - 1, min(m, _SAMPLE)).astype(np.int64))

    def centred(self, positions: np.ndarray) -> np.ndarray:
        """(k, d) float32 unit rows: vectors of some items without the mean of their modality."""
        return votes.unit_rows(self.vectors[positions] - self.means[self.modality[positions]])


@dataclass(frozen=True, eq=False)
class Scene:
    """Clusters beside each other.

    Attributes
    ----------
    inputs
        What is known about the items.
    members
        Per cluster (k,) int64 positions of its items.
    centres
        (c, d') unit rows.
    near
        Per cluster the (≤ 3,) nearest other clusters.
    """

    inputs: Inputs
    members: Sequence[np.ndarray]
    centres: np.ndarray
    near: Sequence[np.ndarray]

    @classmethod
    def of(cls, inputs: Inputs, clusters: Sequence[np.ndarray]) -> Scene:
        """Clusters given by their rows."""
        place = np.full(int(inputs.rows.max(initial=-1)) + 1, -1, np.int64)
        place[inputs.rows] = np.arange(len(inputs.rows))
        members = []
        for rows in clusters:
            rows = np.asarray(rows, np.int64)
            found = place[rows[rows < len(place)]]
            members.append(np.sort(found[found >= 0]))
        centres = siblings.centroids(inputs.features, members)
        return cls(inputs, members, centres, siblings.Nearest(centres, members))

    def tally(self, marks: Marks, cluster: int) -> tuple[np.ndarray, np.ndarray]:
        """Shares of a cluster's items that carry each term, (v,), and the mean by how much, (v,)."""
        counts, sums = marks.of(self.members[cluster])
        size = max(len(self.members[cluster]), 1)
        return counts / size, sums / size

    def around(self, cluster: int) -> np.ndarray:
        """(k,) int64 positions of the items of the nearest clusters."""
        found = [self.members[other] for other in self.near[cluster]]
        return np.concatenate(found) if found else np.zeros(0, np.int64)
