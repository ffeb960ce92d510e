"""Where the shipped weights of `core.assist.merges` come from; run by hand: `python -m tests.bench.fit_merges`.

Synthetic collections are cut into more clusters than they have kinds; each near pair is one example, with the answer
whether both hold mostly the same kind. Halves of one kind, and of two near kinds, are further examples: what a split
is judged by. Two to four minutes on two cores.
"""

from __future__ import annotations

import argparse

import numpy as np

from core.assist.pairs import SIGNALS, Groups
from core.structure.features import features
from core.structure.graph import knn
from core.structure.kmeans import kmeans
from core.structure.tree import ward

CLEAR = 0.6  # of a cluster must be of one kind before its pairs have an answer
SMALLEST = 3
USED = ("links", "cosine", "bridge")


def collection(random):
    """5 to 49 kinds with up to three sub-modes, balanced to long tails, more or less mixed: features and truth."""
    kinds, width = int(random.integers(5, 50)), int(random.choice([16, 32, 64, 128]))
    n, modes = int(random.choice([600, 1200, 2500])), int(random.integers(1, 4))
    noise = random.uniform(0.5, 1.4) * np.sqrt(16 / width) * 1.3
    above = random.normal(size=(max(2, kinds // 3), width))
    centres = above[random.integers(len(above), size=kinds)] * random.uniform(0, 1.2)
    centres = centres + random.normal(size=(kinds, width))
    places = centres[:, None] + random.normal(size=(kinds, modes, width)) * random.uniform(0, 0.5)
    share = 1 / np.arange(1, kinds + 1) ** random.choice([0, 0.5, 1.0])
    truth = random.choice(kinds, n, p=share / share.sum())
    spread = noise * random.uniform(0.7, 1.4, size=kinds)[truth][:, None]
    vectors = places[truth, random.integers(modes, size=n)] + random.normal(size=(n, width)) * spread
    return features(vectors.astype(np.float32), np.zeros(n)), truth, kinds


def main_kind(truth, members):
    counts = np.bincount(truth[members])
    return int(counts.argmax()), counts.max() / len(members)


def answered(groups, truth, pairs):
    """Signals of the pairs whose two clusters are clear, and whether they are of the same kind."""
    kinds = [main_kind(truth, members) for members in groups.members]
    clear = [min(kinds[a][1], kinds[b][1]) >= CLEAR for a, b in pairs.tolist()]
    pairs = pairs[np.array(clear, dtype=bool)]
    return groups.compare(pairs), np.array([kinds[a][0] == kinds[b][0] for a, b in pairs.tolist()], dtype=bool)


def clusters_of(labels):
    members = [np.flatnonzero(labels == each) for each in np.unique(labels)]
    return [each for each in members if len(each) >= SMALLEST]


def from_cuts(random, found, truth, kinds, neighbours, tree):
    for times in (1.5, 3, 5):
        count = int(kinds * times)
        by_tree = random.random() < 0.7
        labels = tree.cut(count) if by_tree else kmeans(found, min(count, len(found) // 4), seed=count).labels
        groups = Groups(found, neighbours, clusters_of(labels))
        yield answered(groups, truth, groups.nearest(5))
        every = np.stack(np.triu_indices(len(groups.members), 1), axis=1)
        yield answered(groups, truth, random.permutation(every)[:30])


def from_halves(random, found, truth, kinds, neighbours, tree):
    means = np.stack([found[truth == each].sum(axis=0) for each in range(kinds)])
    for kind in range(kinds):
        own = np.flatnonzero(truth == kind)
        other = np.flatnonzero(truth == random.choice(np.argsort(-(means @ means[kind]))[1:4]))
        if len(own) < 20 or len(other) < 10:
            continue
        foreign = random.choice(other, min(len(other), max(5, int(len(own) * random.uniform(0.05, 1)))), replace=False)
        for members in (own, np.sort(np.concatenate([own, foreign]))):
            side = tree.split(members, 2, found)
            halves = [members[side == each] for each in (0, 1)]
            if min(map(len, halves)) >= SMALLEST:
                yield answered(Groups(found, neighbours, halves), truth, np.array([[0, 1]]))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--collections", type=int, default=40)
    from sklearn.linear_model import LogisticRegression

    signals, same, weight = [], [], []
    for seed in range(arguments.parse_args().collections):
        random = np.random.default_rng(seed)
        found, truth, kinds = collection(random)
        around = (random, found, truth, kinds, knn(found).neighbours, ward(found))
        # A collection counts as one whatever its size, and a half as much as six pairs of a cut: there are fewer.
        told = [(*each, times) for source, times in ((from_cuts, 1), (from_halves, 6)) for each in source(*around)]
        total = sum(len(answers) for _, answers, _ in told)
        signals += [each for each, _, _ in told]
        same += [answers for _, answers, _ in told]
        weight += [np.full(len(answers), 1000 * times / total) for _, answers, times in told]
    signals, same, weight = np.concatenate(signals), np.concatenate(same), np.concatenate(weight)
    used = [SIGNALS.index(name) for name in USED]
    middle, spread = signals.mean(axis=0), signals.std(axis=0)
    model = LogisticRegression(C=1e-3).fit(((signals - middle) / spread)[:, used], same, sample_weight=weight)
    slopes = model.coef_[0] / spread[used]
    print(f"{len(same):,} pairs, {same.mean():.0%} the same")
    print("weights", dict(zip(USED, slopes.round(3).tolist(), strict=True)))
    print("intercept", round(float(model.intercept_[0] - slopes @ middle[used]), 3))
    print("scales", dict(zip(SIGNALS, spread.round(3).tolist(), strict=True)))


if __name__ == "__main__":
    main()
