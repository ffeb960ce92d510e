"""Suggestions and confidence against planted truth; run by hand: `python -m tests.bench.bench_suggestions`.

Prints the tables of the section “Suggestions and confidence” in RESULTS.md. About two minutes on two cores.
"""

from __future__ import annotations

import inspect
import pkgutil
import time
from functools import partial
from importlib import import_module

import numpy as np

from core.assist import merges, purity, split_suggestions
from core.assist.confidence import fit
from core.assist.pairs import Groups
from core.assist.undecided import threshold_for
from core.decks import sample
from core.partition.partition import Partition
from core.structure.features import features
from core.structure.graph import knn
from core.structure.tree import ward
from tests.bench.fit_merges import collection

SEEDS = 15


def digits():
    from sklearn.datasets import load_digits

    pictures, truth = load_digits(return_X_y=True)
    return features(pictures.astype(np.float32), np.zeros(len(pictures))), truth


def docstrings():
    """Docstrings of scipy and scikit-learn; the kind is the submodule, those with fewer than 25 left out."""
    import scipy
    import sklearn
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts, kinds = [], []
    for package in (scipy, sklearn):
        for module in pkgutil.iter_modules(package.__path__):
            if module.name.startswith("_") or module.name in ("tests", "conftest"):
                continue
            try:
                inside = vars(import_module(f"{package.__name__}.{module.name}"))
            except ImportError:
                continue
            for name, value in inside.items():
                text = inspect.getdoc(value) if callable(value) and not name.startswith("_") else None
                if text and len(text) > 80:
                    texts.append(text[:1500])
                    kinds.append(f"{package.__name__}.{module.name}")
    _, truth, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    words = TfidfVectorizer(sublinear_tf=True, min_df=3, stop_words="english").fit_transform(texts)
    vectors = TruncatedSVD(100, random_state=0).fit_transform(words)
    kept = counts[truth] >= 25
    found = features(vectors[kept].astype(np.float32), np.zeros(int(kept.sum())))
    return found, np.unique(truth[kept], return_inverse=True)[1]


def clouds(distance, seed=0, kinds=12, each=220, width=48):
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(kinds), each)
    vectors = random.normal(size=(kinds, width))[truth] * distance + random.normal(size=(len(truth), width))
    return features(vectors.astype(np.float32), np.zeros(len(truth))), truth


def calibration_error(stated, right):
    bins = np.minimum((stated * 10).astype(int), 9)
    return sum((bins == b).mean() * abs(stated[bins == b].mean() - right[bins == b].mean()) for b in np.unique(bins))


def judged(found, truth, seed, known, noise, wrong):
    """The probability of every label that a logistic regression on `known` items gives, and whether it is right."""
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(seed)
    taught = random.choice(len(truth), known, replace=False)
    answers = np.where(random.random(known) < wrong, random.integers(0, 10, known), truth[taught])
    seen = found + random.normal(size=found.shape) * noise
    model = LogisticRegression(max_iter=200, C=10).fit(seen[taught], answers)
    chances = np.zeros((len(truth), 10))
    chances[:, model.classes_] = model.predict_proba(seen)
    rest = np.setdiff1d(np.arange(len(truth)), taught)
    return chances.max(axis=1)[rest], (chances.argmax(axis=1) == truth)[rest], random


def confidence_table():
    found, truth = digits()
    print("| model | right | verified | ECE, mean (worst) | stated − true from 80, 90, 95 % on |", end="")
    print(" threshold for 98 %: precision, coverage | answers at random: away from the rate |")
    print("|---|---|---|---|---|---|---|")
    models = (("30 labels", 30, 0, 0), ("100 labels, 10 % wrong, noise", 100, 0.05, 0.1), ("600 labels", 600, 0, 0))
    for name, *given in models:
        worlds = [judged(found, truth, seed, *given) for seed in range(SEEDS)]
        for verified in (30, 60, 100, 300):
            errors, gaps, precise, covered, astray = [], [], [], [], []
            for sure, right, random in worlds:
                chosen = random.choice(len(right), verified, replace=False)
                rest = np.setdiff1d(np.arange(len(right)), chosen)
                stated = fit(sure[chosen], right[chosen]).of(sure[rest])
                errors.append(calibration_error(stated, right[rest]))
                enough = [stated >= least for least in (0.8, 0.9, 0.95)]
                gaps += [stated[at].mean() - right[rest][at].mean() for at in enough if at.sum() > 20]
                threshold = threshold_for(stated, 0.98)
                if threshold is not None:
                    precise.append(right[rest][stated >= threshold].mean())
                    covered.append((stated >= threshold).mean())
                blind = fit(sure[chosen], random.permutation(right[chosen])).of(sure[rest])
                astray.append(np.abs(blind - right[chosen].mean()).mean())
            share = np.mean([right.mean() for _, right, _ in worlds])
            there = f"{np.mean(precise):.3f}, {np.mean(covered):.2f} ({len(precise)} of {SEEDS})" if precise else "none"
            print(
                f"| {name} | {share:.3f} | {verified} | {np.mean(errors):.3f} ({np.max(errors):.3f}) |"
                f" {np.mean(gaps):+.3f} | {there} | {np.mean(astray):.3f} |"
            )


def same_kind(truth, partition, pair):
    return len({int(np.bincount(truth[partition.members(key)]).argmax()) for key in pair}) == 1


def merges_table():
    print("\n| set | items, K | purity at 3K | near pairs that are one | top K right | suggested, right |", end="")
    print(" suggested at 2K, right | chance of random pairs |\n|---|---|---|---|---|---|---|---|")
    sets = [("digits", *digits()), ("docstrings", *docstrings())]
    for seed in range(1001, 1007):
        found, truth, _ = collection(np.random.default_rng(seed))
        sets.append((f"synthetic {seed}", found, truth))
    for name, found, truth in sets:
        kinds, neighbours = len(np.unique(truth)), knn(found).neighbours
        partition = Partition.from_labels(ward(found).cut(3 * kinds))
        members = [partition.members(key) for key in partition.clusters]
        pure = sum(np.bincount(truth[each]).max() for each in members) / len(truth)
        rows = np.arange(len(truth))
        every = merges.suggest(partition, rows, found, neighbours, most=10**6, least=0.0)
        near = [same_kind(truth, partition, each.cluster_ids) for each in every]
        pairs = np.stack(np.triu_indices(len(members), 1), axis=1)
        pairs = np.random.default_rng(0).permutation(pairs)[:300]
        signals = Groups(found, neighbours, members).compare(pairs)
        chance = merges.SHIPPED.probability(np.column_stack([signals, np.zeros(len(pairs))])).mean()
        fewer = Partition.from_labels(ward(found).cut(2 * kinds))
        told = [_suggested(found, truth, neighbours, each) for each in (partition, fewer)]
        print(
            f"| {name} | {len(truth):,}, {kinds} | {pure:.2f} | {np.mean(near):.2f} |"
            f" {np.mean(near[:kinds]):.2f} | {told[0]} | {told[1]} | {chance:.2f} |"
        )


def _suggested(found, truth, neighbours, partition):
    """“14, 1.00”: how many merges are suggested without being asked for more, and the share that is right."""
    shown = merges.suggest(partition, np.arange(len(truth)), found, neighbours)
    right = [same_kind(truth, partition, each.cluster_ids) for each in shown]
    return f"{len(right)}, {np.mean(right):.2f}" if right else "none"


def planted(found, truth, share, random):
    """Rows of clusters of at most 150 items: of one kind, that share of them of another near one."""
    kinds = len(np.unique(truth))
    means = np.stack([found[truth == each].mean(axis=0) for each in range(kinds)])
    for kind in range(kinds):
        for near in (1, 3):
            own = np.flatnonzero(truth == kind)
            other = np.flatnonzero(truth == np.argsort(-(means @ means[kind]))[near])
            size = min(150, len(own), int(len(other) / share) if share else 150)
            foreign = random.choice(other, round(size * share), replace=False)
            yield np.concatenate([random.choice(own, size - len(foreign), replace=False), foreign])


def alone(inside, n):
    labels = np.full(n, -1)
    labels[inside] = 0
    return Partition.from_labels(labels)


def learned_table():
    """The same after so many answers to suggested splits, two thirds of them about pure clusters; five people."""
    print("\n| set | answers | pure flagged | 50/50 | 80/20 | 95/5 |\n|---|---|---|---|---|---|")
    sets = (("clouds, 0.6 apart", clouds(0.6)), ("digits", digits()), ("docstrings", docstrings()))
    for name, (found, truth) in sets:
        neighbours, rows = knn(found).neighbours, np.arange(len(truth))
        for answers in (0, merges.LEARN_FROM, 2 * merges.LEARN_FROM):
            rates = [_after(found, truth, neighbours, rows, answers, seed) for seed in range(5)]
            print(f"| {name} | {answers} | {' | '.join(f'{rate:.2f}' for rate in np.mean(rates, axis=0))} |")


def _after(found, truth, neighbours, rows, answers, seed):
    random, told = np.random.default_rng(100 + seed), []
    for turn in range(50 * answers):
        share = (0.0, 0.0, 0.5, 0.0, 0.0, 0.2)[turn % 6]
        inside = list(planted(found, truth, share, random))[random.integers(2 * len(np.unique(truth)))]
        best = split_suggestions.suggest(alone(inside, len(truth)), rows, found, neighbours)
        for one in best:
            parted = merges.Decision(*(part.array for part in one.parts), False)
            told.append(parted if share else merges.Decision(*one.shown, True, np.sort(inside)))
        if len(told) == answers:
            break
    model = merges.learn(told, rows, found, neighbours)
    fresh = np.random.default_rng(seed)
    return [
        np.mean(
            [
                len(split_suggestions.suggest(alone(inside, len(truth)), rows, found, neighbours, model))
                for inside in planted(found, truth, share, fresh)
            ]
        )
        for share in (0.0, 0.5, 0.2, 0.05)
    ]


def splits_table():
    print("\n| set | pure flagged | 50/50 | 80/20 | 95/5 | AUC against pure: 50/50 | 80/20 | 95/5 |")
    print("|---|---|---|---|---|---|---|---|")
    sets = [(f"clouds, {distance} apart", *clouds(distance)) for distance in (1.0, 0.8, 0.6, 0.45)]
    for name, found, truth in (*sets, ("digits", *digits()), ("docstrings", *docstrings())):
        neighbours = knn(found).neighbours
        random, rows = np.random.default_rng(0), np.arange(len(truth))
        rates, scores = [], []
        for share in (0.0, 0.5, 0.2, 0.05):
            flagged = []
            for inside in planted(found, truth, share, random):
                best = split_suggestions.suggest(alone(inside, len(truth)), rows, found, neighbours, least=0.0)
                flagged.append(best[0].probability if best else 0.0)
            scores.append(np.array(flagged))
            rates.append(f"{(scores[-1] >= merges.LIKELY).mean():.2f}")
        rates += [f"{_above(mixed, scores[0]):.2f}" for mixed in scores[1:]]
        print(f"| {name} | {' | '.join(rates)} |")


def _above(mixed, pure):
    """How often a mixture scores above a pure cluster: what any bar on this score can make of it."""
    return float((mixed[:, None] > pure).mean() + (mixed[:, None] == pure).mean() / 2)


def purity_table():
    print("\n| cluster, checked, truly right | Clopper–Pearson covers | Wilson covers |\n|---|---|---|")
    random = np.random.default_rng(0)
    for size, checked, share in ((12_310, 40, 0.97), (300, 40, 0.97), (60, 40, 0.9), (10_000, 100, 0.5)):
        right = round(size * share)
        seen = random.hypergeometric(right, size - right, checked, 20_000)
        rates = []
        for method in purity.METHODS:
            found = {each: purity.purity(size, checked, int(each), method=method) for each in np.unique(seen)}
            covers = {each: one.low - 1e-12 <= right / size <= one.high + 1e-12 for each, one in found.items()}
            rates.append(np.mean([covers[each] for each in seen]))
        print(f"| {size:,}, {checked}, {share:.0%} | {rates[0]:.3f} | {rates[1]:.3f} |")


def sample_table():
    """A sample is looked at page by page and the interval after each: how often that ends in a wrong verdict."""
    print("\n| cluster, truly right | pages of 24, mean (worst) | good enough | hopeless | no verdict |")
    print("|---|---|---|---|---|")
    random = np.random.default_rng(0)
    for size, share in ((12_310, 0.90), (12_310, 0.94), (12_310, 0.97), (12_310, 0.99), (300, 0.93), (300, 0.99)):
        ends, pages = [], []
        for _ in range(400):
            order = random.permutation(size) < round(size * share)
            checked, verdict = 0, "go on"
            while verdict == "go on" and checked < min(size, 1200):
                checked = min(size, checked + sample.PAGE)
                verdict = purity.purity(size, checked, int(order[:checked].sum())).verdict(sample.TARGET)
            ends.append(verdict)
            pages.append(np.ceil(checked / sample.PAGE))
        told = [f"{ends.count(verdict) / len(ends):.3f}" for verdict in ("good enough", "hopeless", "go on")]
        print(f"| {size:,}, {share:.0%} | {np.mean(pages):.1f} ({max(pages):.0f}) | {' | '.join(told)} |")


def times_table():
    print("\n| what | s wall | s CPU |\n|---|---|---|")
    random = np.random.default_rng(0)
    odds = random.normal(size=500)
    sure, right = 1 / (1 + np.exp(-odds)), random.random(500) < 1 / (1 + np.exp(-2 - odds))
    many = random.random(10_000)
    timed("confidence: fit on 500 verified, state 10,000 (mean of 50)", lambda: fit(sure, right).of(many), 50)
    for n, kinds in ((10_000, 60), (100_000, 200)):
        share = 1 / np.arange(1, kinds + 1)
        truth = random.choice(kinds, n, p=share / share.sum())
        vectors = random.normal(size=(kinds, 64))[truth] + random.normal(size=(n, 64)) * 0.9
        # Which neighbours does not matter for the time: any of the same kind.
        order = np.argsort(truth, kind="stable")
        neighbours = np.empty((n, 15), dtype=np.int32)
        neighbours[order] = order[(np.arange(n)[:, None] + np.arange(1, 16)) % n]
        given = (
            Partition.from_labels(truth),
            np.arange(n),
            features(vectors.astype(np.float32), np.zeros(n)),
            neighbours,
        )
        biggest = (np.argsort(-np.bincount(truth))[:60] + 1).tolist()
        timed(f"merges, {n:,} items in {kinds} clusters", partial(merges.suggest, *given))
        splits = partial(split_suggestions.suggest, *given, cluster_ids=biggest)
        timed(f"splits, the 60 biggest of {kinds} clusters, {n:,} items", splits)


def timed(what, run, times=1):
    run() if times > 1 else None
    wall, busy = time.perf_counter(), time.process_time()
    for _ in range(times):
        run()
    print(f"| {what} | {(time.perf_counter() - wall) / times:.3f} | {(time.process_time() - busy) / times:.3f} |")


if __name__ == "__main__":
    confidence_table()
    merges_table()
    splits_table()
    learned_table()
    purity_table()
    sample_table()
    times_table()
