"""Looking again and explaining, measured; by hand: `python tests/bench/bench_look_again.py [labels outliers …]`.

What was planted is known here only. Emoji are encoded with `pocket`; seconds are those of one call, libraries loaded.
"""

from __future__ import annotations

import io
import sys
import time
import zipfile

import numpy as np

SEEDS = range(5)


def unit(rows):
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def structure_of(vectors, modality=None):
    from core.structure.features import features
    from core.structure.graph import knn

    rows = features(vectors, np.zeros(len(vectors)) if modality is None else modality)
    return rows, knn(rows)


def emoji(wanted=lambda name: True):
    from core.items.demo import EMOJI
    from core.items.pictures import decode

    with zipfile.ZipFile(EMOJI) as archive:
        names = [name for name in archive.namelist() if name.endswith(".webp") and wanted(name)]
        return names, [decode(archive.read(name)) for name in names]


def encoded(pictures):
    from core.encoders.table import get_encoder

    encoder = get_encoder("pocket")
    step = 256
    return np.concatenate(
        [encoder.encode_pictures(pictures[begin : begin + step]) for begin in range(0, len(pictures), step)]
    )


def labels():
    """Digits with planted flips."""
    from sklearn.datasets import load_digits

    from core.assist.label_errors import doubts

    pixels, truth = load_digits(return_X_y=True)
    rows, graph = structure_of(pixels.astype(np.float32))
    for share in (0, 0.02, 0.05, 0.1, 0.2):
        told = []
        for seed in SEEDS:
            random = np.random.default_rng(seed)
            given = truth.copy()
            wrong = random.choice(len(given), int(share * len(given)), replace=False)
            given[wrong] = (given[wrong] + random.integers(1, 10, len(wrong))) % 10
            found = doubts(rows, graph, given)
            planted = np.isin(np.arange(len(given)), wrong)
            first = planted[np.argsort(-found.score)[: len(wrong)]]
            flagged = found.suspicious
            told.append(
                (
                    first.mean() if len(wrong) else np.nan,
                    flagged.mean(),
                    planted[flagged].mean(),
                    flagged[planted].mean() if len(wrong) else np.nan,
                    (found.proposed[planted] == truth[planted]).mean() if len(wrong) else np.nan,
                )
            )
        mean, least = np.mean(told, axis=0), np.min(told, axis=0)
        print(
            f"digits, {share:.0%} flipped: precision at the number planted {mean[0]:.3f} (worst {least[0]:.3f}); "
            f"flagged {mean[1]:.3f}, of these planted {mean[2]:.3f}; of the planted flagged {mean[3]:.3f}; "
            f"right label proposed {mean[4]:.3f}"
        )


def strangers():
    """AUC with which 1 % planted items are told from the others, and the share of them that is flagged."""
    from sklearn.datasets import load_digits
    from sklearn.metrics import roc_auc_score

    from core.assist.outliers import outliers
    from core.encoders.table import get_encoder

    digits = load_digits(return_X_y=True)[0].astype(np.float32)
    pictures = encoded(emoji()[1])
    things = ("an array", "regression", "history", "bread", "an engine")
    sentences = [f"{thing} of {kind}" for thing in things for kind in ("wood", "kings", "numbers", "the sea")]
    texts = get_encoder("pocket").encode_texts(sentences)

    def shuffled(random, n):
        return np.stack([random.permutation(digits[place]) for place in random.choice(1797, n)])

    def spoken(random, n):
        return texts[random.choice(len(texts), n)] + random.normal(0, 0.01, (n, texts.shape[1]))

    cases = {
        "digits + noise": (digits, lambda r, n: r.uniform(0, 16, (n, 64))),
        "digits + shuffled pixels": (digits, shuffled),
        "digits + inverted": (digits, lambda r, n: 16 - digits[r.choice(1797, n)]),
        "digits + a cone of their own": (digits, lambda r, n: 2 * r.normal(size=64) + r.normal(0, 0.6, (n, 64))),
        "digits + means of two digits": (digits, lambda r, n: digits[r.choice(1797, n)] + digits[r.choice(1797, n)]),
        "emoji + noise": (pictures, lambda r, n: unit(r.normal(size=(n, pictures.shape[1])))),
        "emoji + texts": (pictures, spoken),
    }
    for name, (usual, make) in cases.items():
        told = []
        for seed in SEEDS:
            planted = make(np.random.default_rng(seed), len(usual) // 100)
            vectors = unit(np.concatenate([usual, planted]))
            rows, graph = structure_of(vectors)
            found = outliers(vectors, rows, graph)
            strange = np.arange(len(vectors)) >= len(usual)
            flagged = found.outlying
            told.append((roc_auc_score(strange, found.score), flagged[strange].mean(), flagged[~strange].mean()))
        mean, least = np.mean(told, axis=0), np.min(told, axis=0)
        print(f"{name}: AUC {mean[0]:.3f} (worst {least[0]:.3f}), flagged {mean[1]:.2f}, others flagged {mean[2]:.4f}")


def copies():
    """All emoji beside one changed copy of about 200 of them."""
    from core.assist.duplicates import groups, hashes, near_pairs, same_picture, signature
    from core.items.pictures import decode

    def saved(picture, form, **options):
        data = io.BytesIO()
        picture.save(data, form, **options)
        return decode(data.getvalue())

    def cropped(picture, random, share):
        left, top = random.uniform(0, share, 2)
        (w, h) = picture.size
        part = picture.crop((left * w, top * h, (1 - share + left) * w, (1 - share + top) * h))
        return saved(part, "JPEG", quality=85)

    ways = {
        "JPEG quality 50": lambda picture, random: saved(picture, "JPEG", quality=50),
        "half the size": lambda picture, random: saved(picture.resize((48, 48)), "PNG"),
        "1.7 times the size, JPEG 75": lambda picture, random: saved(picture.resize((160, 160)), "JPEG", quality=75),
        "cropped by up to 5 %, JPEG 85": lambda picture, random: cropped(picture, random, 0.05),
        "cropped by up to 8 %, JPEG 85": lambda picture, random: cropped(picture, random, 0.08),
    }
    names, pictures = emoji()
    random = np.random.default_rng(0)
    alike = [place for place, name in enumerate(names) if "oclock" in name or "thirty" in name or "heart" in name]
    chosen = np.unique(np.concatenate([random.choice(len(names), 150, replace=False), alike]))
    seen, vectors = np.stack([signature(picture) for picture in pictures]), encoded(pictures)
    equal = {}
    for place, one in enumerate(seen):
        equal.setdefault(one.tobytes(), place)
    same = np.array([equal[one.tobytes()] for one in seen])

    def pairs_of(seen, vectors):
        graph = structure_of(vectors)[1]
        begun = time.perf_counter()
        near = near_pairs(graph.neighbours, hashes(seen), vectors)
        pairs = near[same_picture(seen[near[:, 0]], seen[near[:, 1]])]
        return near, pairs, time.perf_counter() - begun

    near, pairs, seconds = pairs_of(seen, vectors)
    wrong = pairs[same[pairs[:, 0]] != same[pairs[:, 1]]]
    print(f"{len(names)} emoji alone: {len(near)} pairs looked at in {seconds:.1f} s, {len(pairs)} found, of which")
    print(f"  {len(wrong)} are not equal pixel by pixel: {[(names[a], names[b]) for a, b in wrong.tolist()]}")
    print(f"  clock faces in a group: {sum('oclock' in names[i] or 'thirty' in names[i] for i in pairs.ravel())}")
    for way, make in ways.items():
        made = [make(pictures[place], random) for place in chosen]
        both = np.concatenate([seen, np.stack([signature(picture) for picture in made])])
        truth = np.concatenate([same, same[chosen]])
        near, pairs, seconds = pairs_of(both, np.concatenate([vectors, encoded(made)]))
        group = np.arange(len(both))
        for members in groups(pairs, len(both)):
            group[members] = members[0]
        copy = np.arange(len(names), len(both))
        right = truth[pairs[:, 0]] == truth[pairs[:, 1]]
        print(f"{way}: recall {(group[copy] == group[chosen]).mean():.3f}, precision of pairs {right.mean():.3f} "
              f"({(~right).sum()} wrong of {len(right)})")  # fmt: skip


def words():
    """Docstrings in 30 clusters by words in common, and random clusters."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    from core.assist.names.inputs import Inputs, Scene
    from core.assist.names.separation import auc
    from core.assist.separators import separators
    from core.items.demo import demo_source
    from core.structure.kmeans import kmeans

    texts = demo_source("demo:docstrings").candidates().texts
    found = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english").fit_transform(texts)
    vectors = unit(TruncatedSVD(100, random_state=0).fit_transform(found))
    rows = structure_of(vectors)[0]
    n = len(texts)
    inputs = Inputs(np.arange(n), vectors, rows, np.ones(n, np.uint8), texts)
    begun = time.perf_counter()
    place = {term: index for index, term in enumerate(inputs.phrases.terms)}
    print(f"{n} docstrings, {len(place)} phrases counted in {time.perf_counter() - begun:.1f} s")
    clusters = kmeans(rows, 30, starts=1).labels
    reached, none, seconds = [], 0, []
    for seed in SEEDS:
        learnt = np.random.default_rng(seed).random(n) < 0.5
        scene = Scene.of(inputs, [np.flatnonzero((clusters == one) & learnt) for one in range(30)])
        for one in range(30):
            begun = time.perf_counter()
            told = separators(scene, one)
            seconds.append(time.perf_counter() - begun)
            none += not told
            score = np.zeros(n)
            for word in told:
                carriers = inputs.phrases.carriers(place[word.term.lower()])
                score[carriers] += np.log((word.inside + 0.01) / (word.around + 0.01))
            inside = np.flatnonzero((clusters == one) & ~learnt)
            reached.append(auc(score[inside], score[np.flatnonzero(np.isin(clusters, scene.near[one]) & ~learnt)]))
    reached = np.array(reached)
    print(f"held-out AUC of the words: mean {reached.mean():.3f}, at least .8 in {(reached >= 0.8).mean():.0%}, "
          f"nothing said of {none} of {len(reached)}; {1000 * np.mean(seconds):.0f} ms a cluster")  # fmt: skip
    random = np.random.default_rng(0)
    quiet = 0
    for _ in range(10):
        drawn = random.integers(0, 30, n)
        scene = Scene.of(inputs, [np.flatnonzero(drawn == one) for one in range(30)])
        quiet += sum(not separators(scene, one) for one in range(30))
    print(f"random clusters with “nothing separates this”: {quiet} of 300")


def seconds():
    """One call each at 10,000 and 100,000 items, 50 groups with a long tail, 128 dimensions."""
    from core import explanation, look_again
    from core.partition.partition import Partition

    class Found:
        def __init__(self, n):
            random = np.random.default_rng(0)
            share = 1 / np.arange(1, 51)
            self.truth = random.choice(50, n, p=share / share.sum())
            self.vectors = unit(random.normal(size=(50, 128))[self.truth] + random.normal(0, 1.2, (n, 128)))
            self.features, self.graph = structure_of(self.vectors)
            self.rows = np.arange(n)

        def positions(self, rows):
            return rows

    for n in (10_000, 100_000):
        found = Found(n)
        partition = Partition.from_labels(found.truth)
        calls = {
            "doubtful labels": (look_again.doubtful_labels, ()),
            "lone labels": (look_again.lone_labels, ()),
            "outliers": (look_again.outlying, ()),
            "why is this here, first item": (explanation.of_item, (5,)),
        }
        for name, (call, more) in calls.items():
            begun, worked = time.perf_counter(), time.process_time()
            call(partition, found, *more)
            print(f"{n:,} {name}: {time.perf_counter() - begun:.2f} s ({time.process_time() - worked:.2f} s of work)")


PARTS = {"labels": labels, "outliers": strangers, "duplicates": copies, "words": words, "seconds": seconds}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        print(f"-- {part}", flush=True)
        PARTS[part]()
