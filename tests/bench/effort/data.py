"""The collections of the benchmark: vectors, truth, ids that tell nothing, texts or pictures.

Every set is built once for each seed and kept in the user's cache folder (`TAXON_BENCH_CACHE`, else
`~/.cache/taxon-bench`). The seed draws the generated ones anew; for the others it draws the order of the rows and the
item ids, since collections often arrive sorted by class.

Variants of any set catch a benchmark that leaks: `NAME~shuffled` (truth dealt out at random), `NAME~noise` (random
vectors) and `NAME~reordered` (the same under other ids in another order). `NAME~part` is seven tenths of the items,
drawn by the seed: of a set that is not generated it tells skill from luck with that one set.

`python -m tests.bench.effort.data [SETS] [--seeds 0,1]` builds them and prints their sizes.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from tests.bench.effort import generated, texts

ROOT = Path(__file__).resolve().parents[3]
EMOJI = ROOT / "assets" / "demo" / "emoji.zip"
_PART = 0.7
# Raised when the code here changes what a set holds, so that nothing kept is taken for the new one.
_VERSIONS = {"hard-24": 2, "hard-57": 2, "small": 2}


@dataclass(frozen=True)
class Collection:
    """One set, as the person who made it knows it.

    Attributes
    ----------
    name, seed
        Which one.
    vectors
        (n, d) float32 unit rows.
    truth
        (n,) int64 index into `classes`.
    item_ids
        n random texts.
    classes
        What a person calls each class.
    texts
        n texts, or None.
    pictures
        n file names in `folder`, or None.
    note
        Where it comes from, in a sentence; generated ones say so.
    folder
        Where it is kept: `items.csv` (id, text or image), `vectors.npy`. The truth lies elsewhere.
    """

    name: str
    seed: int
    vectors: np.ndarray
    truth: np.ndarray
    item_ids: tuple[str, ...]
    classes: tuple[str, ...]
    texts: tuple[str, ...] | None
    pictures: tuple[str, ...] | None
    note: str
    folder: Path

    @property
    def k(self):
        """Number of classes: for the axis of the curves, never for a method."""
        return len(self.classes)

    @cached_property
    def truth_of(self):
        """item_id → name of its class."""
        return {item_id: self.classes[label] for item_id, label in zip(self.item_ids, self.truth, strict=True)}


def cache():
    """The folder that everything costly is kept in, outside the repository."""
    chosen = os.environ.get("TAXON_BENCH_CACHE") or Path.home() / ".cache" / "taxon-bench"
    folder = Path(chosen).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def names():
    """The sets that can be built on this machine."""
    here = {"emoji-group": EMOJI.is_file(), "emoji-subgroup": EMOJI.is_file(), "fortunes": _can_read_fortunes()}
    return [name for name in SETS if here.get(name, name not in FOR_TESTS)]


def title(name, seed):
    """What everything that is kept about a set is called, so that another version of it is another thing."""
    return f"{name}-{seed}-v{_VERSIONS.get(name.partition('~')[0], 1)}"


def load(name, seed=0):
    """The set, built if it is not kept yet. `KeyError` for an unknown name."""
    folder = cache() / "sets" / title(name, seed)
    if not (folder / "truth.json").is_file():
        _keep(name, seed, folder)
    known = json.loads((folder / "truth.json").read_text("utf-8"))
    return Collection(
        name,
        seed,
        np.load(folder / "vectors.npy"),
        np.asarray(known["truth"], dtype=np.int64),
        tuple(known["item_ids"]),
        tuple(known["classes"]),
        tuple(known["texts"]) if known["texts"] else None,
        tuple(known["pictures"]) if known["pictures"] else None,
        known["note"],
        folder,
    )


def _keep(name, seed, folder):
    base, _, variant = name.partition("~")
    vectors, labels, words, pictures, note = SETS[base](seed)
    rng = np.random.default_rng([seed, 2026])
    if variant == "shuffled":
        labels, note = rng.permutation(labels), f"{note}; truth dealt out at random"
    elif variant == "noise":
        vectors, note = _unit(rng.normal(size=vectors.shape)), f"{note}; random vectors"
    elif variant == "reordered":
        rng = np.random.default_rng([seed, 2027])
    elif variant not in ("", "part"):
        raise KeyError(name)
    order = rng.permutation(len(vectors))
    if variant == "part":
        order, note = order[: round(_PART * len(order))], f"{note}; seven tenths of them, drawn at random"
    item_ids = [f"{number:08x}" for number in rng.choice(2**32, size=len(order), replace=False)]
    # From here on the rows have their new order, so nothing that is written can tell the old one.
    classes, truth = np.unique(np.asarray(labels)[order], return_inverse=True)
    words = [words[row] for row in order] if words else None
    aside = folder.with_name(folder.name + ".part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    np.save(aside / "vectors.npy", np.asarray(vectors, dtype=np.float32)[order])
    files = None
    if pictures:
        files = [f"{item_id}.webp" for item_id in item_ids]
        for file, row in zip(files, order, strict=True):
            (aside / file).write_bytes(pictures[row])
    _write_table(aside / "items.csv", item_ids, words, files)
    known = {"truth": truth.tolist(), "classes": [str(one) for one in classes], "item_ids": item_ids}
    known |= {"texts": words, "pictures": files, "note": note}
    (aside / "truth.json").write_text(json.dumps(known), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)


def _write_table(path, item_ids, words, files):
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        columns = [("id", item_ids), ("text", words), ("image", files)]
        kept = [(title, column) for title, column in columns if column]
        rows.writerow([title for title, _ in kept])
        rows.writerows(zip(*(column for _, column in kept), strict=True))


def _digits(seed):
    from sklearn.datasets import load_digits

    found = load_digits()
    note = "1,797 handwritten digits of scikit-learn, 64 grey pixels each"
    return _unit(found.data), [f"digit {label}" for label in found.target], None, None, note


def _gaussians(long_tail):
    def build(seed):
        vectors, truth = generated.gaussians(seed, long_tail)
        shape = "long-tailed" if long_tail else "balanced"
        note = f"synthetic: 30 {shape} Gaussian classes of 3 sub-modes under 13 super-groups"
        return vectors, [f"class {label:02}" for label in truth], None, None, note

    return build


def _small(seed):
    vectors, truth = generated.gaussians(seed, long_tail=True, noise=2.2)
    kept = np.flatnonzero(truth < 8)[:400]
    return vectors[kept], [f"class {label}" for label in truth[kept]], None, None, "synthetic: 400 items, 8 classes"


def _hard(classes, noise, disputed):
    def build(seed):
        vectors, truth = generated.like_hard_texts(seed, classes, noise, disputed)
        note = f"synthetic: 20,000 items, {classes} long-tailed classes that share topics, {disputed:.0%} disputed"
        return vectors, [f"class {label:02}" for label in truth], None, None, note

    return build


def _docstrings(own):
    def build(seed):
        pairs = texts.docstrings()
        words = [text for text, _ in pairs]
        vectors = _by_lsa(words) if own else _by_tfidf(words)
        note = f"docstrings of scipy and scikit-learn, class = submodule, {'lsa' if own else 'TF-IDF + SVD 100'}"
        return vectors, [label for _, label in pairs], words, None, note

    return build


def _by_tfidf(words):
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english").fit_transform(words)
    return _unit(TruncatedSVD(100, random_state=0).fit_transform(counts))


def _by_lsa(words):
    from core.encoders.lsa import LsaEncoder

    encoder = LsaEncoder()
    encoder.fit(words)
    return _unit(encoder.encode_texts(words))


def _emoji(column):
    def build(seed):
        from PIL import Image

        from core.encoders.table import get_encoder

        with zipfile.ZipFile(EMOJI) as archive:
            rows = list(csv.DictReader(io.TextIOWrapper(archive.open("metadata.csv"), "utf-8")))
            pictures = [archive.read(row["file_name"]) for row in rows]
        encoder = get_encoder("pocket", precision="float32")
        blocks = []
        for begin in range(0, len(pictures), 64):
            block = [Image.open(io.BytesIO(one)).convert("RGBA") for one in pictures[begin : begin + 64]]
            blocks.append(encoder.encode_pictures([_on_white(one) for one in block]))
        note = f"{len(rows):,} emoji pictures with pocket vectors, class = {column}"
        return np.concatenate(blocks), [row[column] for row in rows], None, pictures, note

    return build


def _on_white(picture):
    from PIL import Image

    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")


def _fortunes(seed):
    from core.encoders.table import get_encoder

    pairs = texts.fortunes()
    words = [text for text, _ in pairs]
    encoder = get_encoder("sentence:minilm")
    # By length, so that a batch is not padded to its one long text.
    order = np.argsort([len(text) for text in words], kind="stable")
    blocks = [encoder.encode_texts([words[row] for row in order[i : i + 32]]) for i in range(0, len(order), 32)]
    vectors = np.concatenate(blocks)[np.argsort(order)]
    note = "Debian's fortunes, class = file, all-MiniLM-L6-v2 vectors"
    return vectors, [label for _, label in pairs], words, None, note


def _can_read_fortunes():
    from core.encoders import sentence

    return texts.FORTUNES.is_dir() and sentence.installed() and sentence.carried_model() is not None


def _unit(rows):
    rows = np.asarray(rows, dtype=np.float64)
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)).astype(np.float32)


SETS = {
    "digits": _digits,
    "balanced": _gaussians(long_tail=False),
    "longtail": _gaussians(long_tail=True),
    "docstrings": _docstrings(own=False),
    "docstrings-lsa": _docstrings(own=True),
    "emoji-group": _emoji("group"),
    "emoji-subgroup": _emoji("subgroup"),
    "fortunes": _fortunes,
    "small": _small,
    "hard-24": _hard(24, noise=1.9, disputed=0.2),
    "hard-57": _hard(57, noise=1.7, disputed=0.28),
}
FOR_TESTS = ("small",)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=None)
    parser.add_argument("--seeds", default="0")
    given = parser.parse_args()
    for name in given.sets or names():
        for seed in map(int, given.seeds.split(",")):
            found = load(name, seed)
            sizes = np.bincount(found.truth)
            print(f"{name:15} {seed} {found.vectors.shape} {found.k} classes of {sizes.min()} to {sizes.max()}")


if __name__ == "__main__":
    main()
