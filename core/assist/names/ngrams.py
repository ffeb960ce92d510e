"""The words and phrases of the texts: which item holds which.

Phrases of one to three words; in scripts that write words without spaces, of two to four characters. Nothing else
depends on the language: a word that many texts hold separates nothing and loses by its own count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from core.assist.names.marks import Marks
from core.assist.names.wordlists import COMMON

LONGEST = 3
_CHARS = 4_000  # of a text that are read; what it is about stands in them
_MOST = 50_000  # phrases kept, the most frequent ones
_SAMPLE = 50_000  # texts that decide which phrases there are
_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W{_UNSPACED}][\w'’-]*[^\W{_UNSPACED}]|[^\W{_UNSPACED}]")
_RUN = re.compile(rf"[{_UNSPACED}]")
_NUMBER = re.compile(r"[\d\W_]+$")
_STEM = 4  # letters that forms of one word share at least
_EVERYWHERE = 0.3  # of the texts; a word in so many is taken for one of the language's own


def count(texts: Sequence[str]) -> Marks:
    """The phrases of all texts, each text counted once a phrase.

    Parameters
    ----------
    texts
        (m,) one text an item; may be empty.

    Returns
    -------
    Marks
        Phrases in lower case that at least three texts hold; none that is only numbers, or that begins or ends with a
        stop word or a number.
    """
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer

    full = [place for place, text in enumerate(texts) if text.strip()]
    step = max(1, -(-len(full) // _SAMPLE))
    words = [_words(texts[place]) for place in full]
    stop = _stop_words(words)
    counter = CountVectorizer(
        analyzer=lambda found: _phrases(found, stop), min_df=3, max_features=_MOST, binary=True, dtype=np.float32
    )
    empty = Marks((), csr_matrix((len(texts), 0), dtype=np.float32))
    if len(full) < 3:
        return empty
    try:
        found = counter.fit_transform(words) if step == 1 else counter.fit(words[::step]).transform(words)
    except ValueError:  # no phrase is left
        return empty
    lengths = np.zeros(len(texts), np.int64)
    lengths[full] = np.diff(found.indptr)
    spread = csr_matrix(
        (found.data, found.indices, np.concatenate([[0], np.cumsum(lengths)])), shape=(len(texts), found.shape[1])
    )
    return Marks(tuple(counter.get_feature_names_out().tolist()), spread)


def as_written(phrase: str, texts: Sequence[str]) -> str:
    """The phrase in the letters that most of the texts write it in: “Random Forest”, not “random forest”."""
    pattern = re.compile(r"\W+".join(re.escape(word) for word in phrase.split()), re.IGNORECASE)
    found = [match.group() for text in texts if (match := pattern.search(text[:_CHARS]))]
    spaced = [" ".join(one.split()) for one in found]
    exact = [one for one in spaced if one.casefold() == phrase.casefold()]
    return max(sorted(set(exact)), key=exact.count) if exact else phrase


def related(one: str, other: str) -> bool:
    """Whether one phrase is part of the other, or both are forms of one word (kernel, kernels)."""
    shorter, longer = sorted((one, other), key=len)
    if _RUN.search(shorter):
        return shorter in longer
    if f" {shorter} " in f" {longer} ":
        return True
    begin = shorter[: max(_STEM, len(shorter) - 2)]
    return len(shorter) >= _STEM and " " not in longer and longer.startswith(begin) and len(longer) - len(begin) <= 4


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:_CHARS].lower())


def _stop_words(words: Sequence[Sequence[str]]) -> frozenset[str]:
    """The known ones, and short words that are everywhere in a collection large enough to tell."""
    if len(words) < 100:
        return COMMON
    sample = words[:: max(1, len(words) // 2_000)]
    counts: dict[str, int] = {}
    for found in sample:
        for word in set(found):
            counts[word] = counts.get(word, 0) + 1
    return COMMON | {word for word, held in counts.items() if held > _EVERYWHERE * len(sample)}


def _phrases(words: Sequence[str], stop: frozenset[str]) -> list[str]:
    found: list[str] = []
    for place, word in enumerate(words):
        if _RUN.match(word):
            found += [word[i : i + size] for size in (2, 3, 4) for i in range(len(word) - size + 1)]
            continue
        if _edge(word, stop):
            continue
        if len(word) > 1:
            found.append(word)
        for size in range(2, LONGEST + 1):
            part = words[place : place + size]
            if len(part) < size or _RUN.match(part[-1]):
                break
            if not _edge(part[-1], stop):
                found.append(" ".join(part))
    return found


def _edge(word: str, stop: frozenset[str]) -> bool:
    """Whether no phrase begins or ends with this word."""
    return word in stop or _NUMBER.match(word) is not None
