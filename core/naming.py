"""Names for the clusters of a project: what they are made of is gathered here, and prepared once an encoder.

The vectors of the words are an artifact by encoder and list; the votes one by vectors and list. Both are computed in a
job (`prepare`); `inputs` takes what is there and never waits for what is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from core import pipeline
from core.assist.names import ngrams, votes
from core.assist.names.inputs import Ballot, Inputs
from core.assist.names.marks import Marks
from core.assist.names.suggest import suggest
from core.assist.names.suggestion import OWN, PICTURES, Suggestion
from core.assist.names.vocabulary import own_terms, shipped
from core.encoders.base import PICTURE_MODALITY
from core.encoders.encode import load_encoder
from core.errors import BadInput, NotAvailable
from core.fingerprint import fingerprint
from core.progress import Progress, silent
from core.storage import write_bytes

if TYPE_CHECKING:
    from core.encoders.base import Encoder
    from core.project import Project
    from core.storage import Artifact

STAGE = "names"  # of the job that prepares them
WORDS, VOTES, PHRASES = "words", "votes", "phrases"
_LIST = "vocabulary.txt"
_VERSION = 1
_BLIND = ("vectors",)  # encoders that read no words


def keep_list(project: Project, text: str) -> tuple[str, ...]:
    """Store the person's own words for this project, one a line, and return them. Raises `BadInput`, `StorageFailed`.

    Names come from them first; `prepare` must run before they are offered.
    """
    terms = own_terms(text)
    write_bytes(project.path / _LIST, ("\n".join(terms) + "\n").encode("utf-8", "replace"))
    return terms


def kept_list(project: Project) -> tuple[str, ...]:
    """The person's own words; () when there are none."""
    try:
        return own_terms((project.path / _LIST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BadInput):
        return ()


def key(project: Project, found: pipeline.Structure | None = None) -> str:
    """Fingerprint of all that names are made of but the clusters. Raises `NotFound` before the first run."""
    vectors = (found or pipeline.structure(project)).artifact("vectors")
    return fingerprint(STAGE, _VERSION, vectors.key, "\n".join(kept_list(project)), version("timm"))


def prepared(project: Project, found: pipeline.Structure | None = None) -> bool:
    """Whether everything is stored that takes time; True where there are no vectors yet."""
    found = found or pipeline.structure(project)
    return not found.has("vectors") or project.artifacts.has(STAGE, key(project, found))


def prepare(project: Project, progress: Progress = silent, encoder: Encoder | None = None) -> dict[str, int]:
    """Count phrases, read the words and let every item vote, unless that is stored. Meant for a job, not for a page.

    Parameters
    ----------
    encoder
        The one that made the vectors, when it is loaded already.

    Returns
    -------
    dict
        Source → number of words.

    Raises
    ------
    NotFound
        Before the first run.
    NotAvailable
        When the encoder is not on this machine.
    Cancelled
        From `progress`; lists that were finished are kept.
    """
    found = pipeline.structure(project)
    vectors = found.artifact("vectors")
    if not project.artifacts.has(PHRASES, _phrases_key(vectors)):
        progress(0, 0, "counting phrases")
        phrases = ngrams.count(project.items.load().text[found.rows].tolist())
        project.artifacts.put(PHRASES, _phrases_key(vectors), phrases.to_arrays(), {"vectors": vectors.key})
    lists = _lists(project, found)
    general: np.ndarray | None = None
    for source, terms in reversed(lists):  # the shipped words first: their mean stands for texts in general
        words = _words(project, vectors, terms, progress, encoder)
        vocabulary = votes.Vocabulary(terms, np.asarray(words.array("vectors"), np.float32), _mean(words, general))
        general = vocabulary.mean if source == PICTURES else general
        cast = _votes_key(vectors, terms)
        if not project.artifacts.has(VOTES, cast):
            centres = votes.means(found.vectors, found.modality)
            chosen, shares = votes.cast(found.vectors, centres, found.modality, vocabulary, progress)
            arrays = {"terms": chosen, "shares": shares.astype(np.float16), "mean": vocabulary.mean}
            project.artifacts.put(VOTES, cast, arrays, {"source": source, "words": words.key, "vectors": vectors.key})
    counts = {source: len(terms) for source, terms in lists}
    project.artifacts.put(STAGE, key(project, found), {}, {"words": counts})
    return counts


def inputs(project: Project, found: pipeline.Structure | None = None) -> Inputs:
    """Everything that names are made of and that is there, aligned with the items that have a vector.

    Parameters
    ----------
    found
        When the caller has it loaded.

    Raises
    ------
    NotFound
        Before the first run.
    """
    from scipy.sparse import csr_matrix

    found = found or pipeline.structure(project)
    items = project.items.load()
    rows = found.rows
    vectors = found.artifact("vectors")
    counted = Marks((), csr_matrix((len(rows), 0), dtype=np.float32))
    if project.artifacts.has(PHRASES, _phrases_key(vectors)):
        stored = project.artifacts.load(PHRASES, _phrases_key(vectors))
        counted = Marks.from_arrays({name: stored.array(name) for name in stored.names()})
    ballots = []
    for source, terms in _lists(project, found):
        cast_key, words = _votes_key(vectors, terms), _words_key(vectors, terms)
        if project.artifacts.has(VOTES, cast_key) and project.artifacts.has(WORDS, words):
            cast = project.artifacts.load(VOTES, cast_key)
            mean = np.asarray(cast.array("mean"))
            read = np.asarray(project.artifacts.load(WORDS, words).array("vectors"), np.float32)
            shares = np.asarray(cast.array("shares"), np.float32)
            marks = votes.marks(np.asarray(cast.array("terms")), shares, terms)
            ballots.append(Ballot(source, votes.Vocabulary(terms, read, mean), marks))
    return Inputs(
        rows=rows,
        vectors=found.vectors,
        features=np.asarray(found.features),
        modality=found.modality,
        texts=items.text[rows].tolist(),
        file_names=items.file_name[rows].tolist(),
        columns={name: items.column(name)[rows] for name in items.columns},
        ballots=tuple(ballots),
        counted=counted,
    )


def names(
    project: Project, given: Inputs | None = None, of: Iterable[int] | None = None, taken: Collection[str] | None = None
) -> dict[int, list[Suggestion]]:
    """Cluster id → suggested names, best first; an empty list is a “?”.

    Parameters
    ----------
    given
        From `inputs`, when the caller holds it.
    of
        Ids of the clusters to name; None = those without a name.
    taken
        Names not to be offered; None = those that clusters have.
    """
    partition = project.partition()
    given = given or inputs(project)
    clusters = partition.clusters
    ids = np.array([one for one, size in partition.sizes().items() if size], np.int64)
    wanted = [one for one in ids.tolist() if not clusters[one].name] if of is None else np.intersect1d(list(of), ids)
    used = [one.name for one in clusters.values() if one.name] if taken is None else taken
    order = np.argsort(partition.cluster_of, kind="stable")
    sorted_ids = partition.cluster_of[order]
    begins, ends = np.searchsorted(sorted_ids, ids, "left"), np.searchsorted(sorted_ids, ids, "right")
    members = [order[begin:end] for begin, end in zip(begins, ends, strict=True)]
    found = suggest(given, members, np.searchsorted(ids, wanted).tolist(), used)
    return {int(ids[place]): names for place, names in found.items()}


def _lists(project: Project, found: pipeline.Structure) -> list[tuple[str, tuple[str, ...]]]:
    """(source, terms), the person's own before the shipped ones, which are for pictures only."""
    if not found.has("vectors") or found.artifact("vectors").meta["encoder"] in _BLIND:
        return []
    own = kept_list(project)
    lists = [(OWN, own)] if own else []
    if bool((found.modality == PICTURE_MODALITY).any()):
        with suppress(NotAvailable):  # without timm the person's own list still works
            lists.append((PICTURES, shipped()))
    return lists


def _words(
    project: Project, vectors: Artifact, terms: tuple[str, ...], progress: Progress, encoder: Encoder | None
) -> Artifact:
    key = _words_key(vectors, terms)
    if project.artifacts.has(WORDS, key):
        return project.artifacts.load(WORDS, key)
    reader = encoder or load_encoder(vectors)
    found = votes.encode_terms(terms, reader, progress, framed=reader.pictures)
    meta = {"encoder": vectors.meta["encoder"], "words": len(terms), "templates": list(votes.TEMPLATES)}
    return project.artifacts.put(WORDS, key, {"vectors": found.astype(np.float16)}, meta)


def _mean(words: Artifact, general: np.ndarray | None) -> np.ndarray:
    return votes.mean_of(np.asarray(words.array("vectors"), np.float32), general)


def _words_key(vectors: Artifact, terms: tuple[str, ...]) -> str:
    return fingerprint(WORDS, _VERSION, vectors.meta["encoder_fingerprint"], "\n".join(terms), list(votes.TEMPLATES))


def _votes_key(vectors: Artifact, terms: tuple[str, ...]) -> str:
    return fingerprint(VOTES, _VERSION, vectors.key, _words_key(vectors, terms), votes.SCALE)


def _phrases_key(vectors: Artifact) -> str:
    return fingerprint(PHRASES, _VERSION, vectors.key, version("scikit-learn"))
