"""Latent semantic analysis: vectors for texts with no download (Deerwester et al. 1990, 10.1002/(SICI)1097-4571).

TF-IDF over words and pairs of words (characters for scripts that do not separate words), then a truncated SVD.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import no_pictures, unit_rows
from core.errors import BadInput
from core.fingerprint import fingerprint

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

_VERSION = 1
_TERMS = 50_000
_FIT_TEXTS = 200_000  # more teach it nothing new and cost memory
_EXACT_CELLS = 4_000_000  # texts x terms up to which the SVD is computed exactly
_UNKNOWN = 1e-4  # a text of which the SVD keeps less than this share of its length has nothing to go by
_ANALYZERS = {
    "words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w\w+\b"},
    "characters": {"analyzer": "char_wb", "ngram_range": (1, 3)},
}
_UNSPACED = ((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF))


class LsaEncoder:
    """TF-IDF and truncated SVD, learnt from the texts of the collection.

    Parameters
    ----------
    dim
        Length of a vector at most; fewer when the texts do not hold as many directions.
    seed
        Of the randomised SVD (Halko et al. 2011, 10.1137/090771806), used for large collections.
    """

    name = "lsa"
    pictures = False
    texts = True

    def __init__(self, dim: int = 128, seed: int = 0) -> None:
        if not 2 <= int(dim) <= 1024:
            raise BadInput(f"“lsa” cannot make vectors of length {dim}.", "", "Choose from 2 to 1,024.")
        self._wanted, self._seed = int(dim), int(seed)
        self.dim = 0
        self._words = ""
        self._terms: list[str] = []
        self._idf = np.zeros(0, np.float32)
        self._axes = np.zeros((0, 0), np.float32)
        self._vectorizer: TfidfVectorizer | None = None

    def fit(self, texts: Sequence[str]) -> None:
        """Learn terms and axes from the texts. `BadInput` when not one has a word or a letter."""
        kept = [text for text in texts if text.strip()]
        if len(kept) > _FIT_TEXTS:
            chosen = np.random.default_rng(self._seed).choice(len(kept), _FIT_TEXTS, replace=False)
            kept = [kept[index] for index in np.sort(chosen)]
        self._words, vectorizer, matrix = _count(kept)
        terms = vectorizer.get_feature_names_out()
        self._terms = [str(term) for term in terms]
        self._idf = np.asarray(vectorizer.idf_, np.float32)
        self._axes = _axes(matrix, self._wanted, self._seed)
        self.dim = len(self._axes)
        self._vectorizer = None

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(b, d) float32 unit rows; a text with no known term is a zero row."""
        if not self._terms:
            raise BadInput("“lsa” has not learnt from any texts yet.", "", "Encode a collection with texts first.")
        if not len(texts):
            return np.zeros((0, self.dim), np.float32)
        if self._vectorizer is None:
            self._vectorizer = _restore(self._words, self._terms, self._idf)
        vectors = np.asarray(self._vectorizer.transform(texts) @ self._axes.T, np.float32)
        vectors[np.linalg.norm(vectors, axis=1) < _UNKNOWN] = 0.0
        return unit_rows(vectors)

    def encode_pictures(self, pictures: Sequence[Any]) -> np.ndarray:
        """Always refused."""
        raise no_pictures(self.name)

    def recipe(self) -> str:
        """Hash of the parameters alone."""
        return fingerprint("lsa", _VERSION, self._wanted, self._seed, version("scikit-learn"))

    def fingerprint(self) -> str:
        """Hash of the parameters and of what was learnt."""
        return fingerprint(self.recipe(), self._words, "\n".join(self._terms), self._idf, self._axes)

    def describe(self) -> dict[str, Any]:
        """Parameters, number of terms, version."""
        return {
            "encoder": self.name,
            "dim": self.dim,
            "wanted": self._wanted,
            "seed": self._seed,
            "terms": len(self._terms),
            "reads": self._words,
            "versions": {"scikit-learn": version("scikit-learn")},
        }

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays `terms` (UTF-8, one a line), `idf` (t,), `axes` (d, t), and the parameters."""
        terms = np.frombuffer("\n".join(self._terms).encode("utf-8", "surrogatepass"), np.uint8)
        arrays = {"terms": terms, "idf": self._idf, "axes": self._axes}
        return arrays, {"dim": self._wanted, "seed": self._seed, "reads": self._words}

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> LsaEncoder:
        """The encoder that `state` described."""
        encoder = cls(int(meta["dim"]), int(meta["seed"]))
        encoder._words = str(meta["reads"])
        encoder._terms = np.asarray(arrays["terms"]).tobytes().decode("utf-8", "surrogatepass").split("\n")
        encoder._idf = np.array(arrays["idf"], np.float32)
        encoder._axes = np.array(arrays["axes"], np.float32)
        encoder.dim = len(encoder._axes)
        return encoder


def make_lsa(argument: str, **options: Any) -> LsaEncoder:
    """`lsa`."""
    if argument:
        raise BadInput("“lsa” takes nothing after its name.")
    return LsaEncoder(**options)


def _count(texts: Sequence[str]) -> tuple[str, TfidfVectorizer, csr_matrix]:
    """(what was read, fitted vectoriser, TF-IDF of the texts); strict about rare and common terms, then less so."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    rare = 1 if len(texts) < 100 else 2 if len(texts) < 5_000 else 3
    common = 0.5 if len(texts) >= 20 else 1.0
    words = "characters" if _unspaced(texts) else "words"
    for reads, least, most in ((words, rare, common), (words, 1, 1.0), ("characters", 1, 1.0)):
        vectorizer = TfidfVectorizer(
            sublinear_tf=True, min_df=least, max_df=most, max_features=_TERMS, dtype=np.float32, **_ANALYZERS[reads]
        )
        try:
            return reads, vectorizer, vectorizer.fit_transform(texts)
        except ValueError:  # no term is left
            continue
    raise BadInput("“lsa” found no words.", "Every text is empty.", "Choose another column, or use pictures.")


def _restore(words: str, terms: list[str], idf: np.ndarray) -> TfidfVectorizer:
    from sklearn.feature_extraction.text import TfidfVectorizer

    places = {term: place for place, term in enumerate(terms)}
    vectorizer = TfidfVectorizer(sublinear_tf=True, vocabulary=places, dtype=np.float32, **_ANALYZERS[words])
    vectorizer.idf_ = idf
    return vectorizer


def _axes(matrix: csr_matrix, dim: int, seed: int) -> np.ndarray:
    """(k, t) float32 right singular vectors, k ≤ dim, without the directions that hold nothing."""
    if matrix.shape[0] * matrix.shape[1] <= _EXACT_CELLS or min(matrix.shape) <= dim:
        _, strength, axes = np.linalg.svd(matrix.toarray().astype(np.float64), full_matrices=False)
    else:
        from sklearn.decomposition import TruncatedSVD

        svd = TruncatedSVD(dim, n_iter=4, random_state=seed).fit(matrix)
        strength, axes = svd.singular_values_, svd.components_
    axes = axes[: max(1, int((strength[:dim] > strength[0] * 1e-6).sum()))]
    # A singular vector's sign is arbitrary; fix it, so that every machine gets the same.
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    return (axes * signs[:, None]).astype(np.float32)


def _unspaced(texts: Sequence[str]) -> bool:
    """Whether most letters belong to scripts that write words without spaces between them."""
    sample = "".join(text[:200] for text in texts[:1_000])
    codes = np.array([ord(letter) for letter in sample if letter.isalpha()], np.int64)
    if not len(codes):
        return False
    return sum(int(((codes >= low) & (codes <= high)).sum()) for low, high in _UNSPACED) > 0.5 * len(codes)
