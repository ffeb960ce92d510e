"""What a person can do without the engine: B0 to B6, medoids, and cards (same person, same bill, same estimated k).

A baseline is a function `(view, annotator, budget, rng) -> Labelling`; one whose acts do not depend on how many will
follow yields a labelling at every budget of one run. None of them knows the truth or the number of classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.structure.kmeans import kmeans
from tests.bench.effort import models

BATCH, LARGE, LARGE_BATCH = 10, 10_000, 30
EXEMPLARS = 9


@dataclass
class Verified:
    """What was learnt so far, and the names it was learnt under.

    Attributes
    ----------
    label_of
        row → index into `names`.
    """

    label_of: dict
    names: list

    @classmethod
    def nothing(cls):
        return cls({}, [])

    def learn(self, row, name):
        if name not in self.names:
            self.names.append(name)
        self.label_of[int(row)] = self.names.index(name)

    @property
    def rows(self):
        return np.fromiter(self.label_of, dtype=np.int64)

    @property
    def labels(self):
        return np.fromiter(self.label_of.values(), dtype=np.int64)


class Session:
    """One run of a baseline: the view, the person, what is left to spend."""

    def __init__(self, view, annotator, seed):
        self.view, self.annotator = view, annotator
        self.rng = np.random.default_rng([seed, 5])
        self.seed = seed
        self.spent = 0.0
        self.known = Verified.nothing()

    def check(self, row):
        """Ask for one item."""
        self.known.learn(row, self.annotator.label(self.view.item_ids[row]))
        self.spent += 1

    def name(self, rows):
        """Ask what a cluster is, by its exemplars."""
        self.spent += 1
        return self.annotator.name([self.view.item_ids[row] for row in rows])

    def predicted(self, probabilities):
        """n names by the largest probability, "" where there is none."""
        best, sure = probabilities.argmax(axis=1), probabilities.max(axis=1) > 0
        names = np.asarray(self.known.names, dtype=object)[best]
        names[~sure] = ""
        for row, label in self.known.label_of.items():
            names[row] = self.known.names[label]
        return names


def exemplars(vectors, members, count=EXEMPLARS):
    """At most `count` of the members, spread from the medoid to the 90th percentile of the distance to the mean."""
    return members[_spread(_distance(vectors, members), count)]


def medoids(vectors, labels):
    """The member nearest to the mean of each cluster, biggest cluster first."""
    groups = by_size(labels)
    return np.array([members[_distance(vectors, members).argmin()] for members in groups])


def by_size(labels):
    """Members of each cluster (−1 is none), biggest first."""
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return sorted((part for part in parts if labels[part[0]] >= 0), key=len, reverse=True)


def _distance(vectors, members):
    inside = vectors[members]
    return ((inside - inside.mean(axis=0)) ** 2).sum(axis=1)


def _spread(distance, count):
    order = np.argsort(distance, kind="stable")
    if len(order) <= count:
        return order
    return order[np.linspace(0, 0.9 * (len(order) - 1), count).round().astype(int)]


def b0_item_by_item(session, budgets):
    """B0: every item by itself, in any order."""
    order = session.rng.permutation(len(session.view.item_ids))
    for budget in budgets:
        for row in order[int(session.spent) : int(budget)]:
            session.check(row)
        names = np.full(len(order), "", dtype=object)
        for row, label in session.known.label_of.items():
            names[row] = session.known.names[label]
        yield names


def b1_kmeans_named(session, budgets):
    """B1: k-means into the estimated number of clusters, each named, biggest first."""
    yield from _name_in_order(session, budgets, kmeans(session.view.features, session.view.k_hat, session.seed).labels)


def b3_topics(session, budgets):
    """B3: the way of topic models: UMAP, HDBSCAN, name each, outliers to the nearest named cluster."""
    from core.structure.clusterers import cluster

    found = cluster("hdbscan", session.view.features, session.view.graph, tree=session.view.tree, seed=session.seed)
    yield from _name_in_order(session, budgets, np.asarray(found.labels), nearest=True)


def _name_in_order(session, budgets, labels, nearest=False):
    groups = by_size(labels)
    names = np.full(len(labels), "", dtype=object)
    means = np.array([session.view.features[members].mean(axis=0) for members in groups])
    told = []
    for budget in budgets:
        while session.spent + 1 <= budget and len(told) < len(groups):
            members = groups[len(told)]
            told.append(session.name(exemplars(session.view.features, members)))
            names[members] = told[-1]
        full = names.copy()
        left = np.flatnonzero(full == "")
        if nearest and told and len(left):
            closest = (session.view.features[left] @ means[: len(told)].T).argmax(axis=1)
            full[left] = np.asarray(told, dtype=object)[closest]
        yield full


def b2_kmeans_budget(session, budget):
    """B2: k-means into as many clusters as acts, each named."""
    return _name_all(session, kmeans(session.view.features, int(budget), session.seed).labels)


def b2_ward_budget(session, budget):
    """B2: a Ward tree cut into as many clusters as acts, each named."""
    return _name_all(session, session.view.tree.cut(int(budget)))


def _name_all(session, labels):
    names = np.full(len(labels), "", dtype=object)
    for members in by_size(labels):
        names[members] = session.name(exemplars(session.view.features, members))
    return names


def medoids_regression(session, budget):
    """Medoids of k-means into as many clusters as acts, each item labelled, then logistic regression."""
    for row in medoids(session.view.features, kmeans(session.view.features, int(budget), session.seed).labels):
        session.check(row)
    return session.predicted(_regress(session))


def cards(session, budget, share=0.85):
    """Cards: name k-means clusters by 9 exemplars, count what agrees as verified, rest on finer medoids, regression.

    An answer that costs more than is left is not counted.
    """
    view = session.view
    for members in by_size(kmeans(view.features, max(2, round(budget * share)), session.seed).labels):
        shown = exemplars(view.features, members)
        if session.spent + 1 > budget:
            break
        ids = [view.item_ids[row] for row in shown]
        name, those = session.annotator.name_agreeing(ids)
        session.spent += 1 + (0.5 * (len(ids) - len(those)) if 0.55 <= len(those) / len(ids) < 0.85 else 0)
        if session.spent > budget:
            break
        for item_id in those:
            session.known.learn(shown[ids.index(item_id)], name)
    left = int(budget - session.spent)
    if left > 0:
        finer = kmeans(view.features, int(budget * 2), session.seed).labels
        sizes = np.bincount(finer)
        rows = medoids(view.features, finer)
        rows = rows[[row not in session.known.label_of for row in rows.tolist()]]
        doubt = 1 - _margin(_regress(session))[rows]
        for row in rows[np.argsort(-(sizes[finer[rows]] * doubt), kind="stable")[:left]]:
            session.check(row)
    return session.predicted(_regress(session))


def b4_regression_margin(session, budgets):
    """B4: logistic regression, typical start, then the smallest margin, ten at a time."""
    start = medoids(session.view.features, kmeans(session.view.features, session.view.k_hat, session.seed).labels)
    yield from _active(session, budgets, start, lambda: _regress(session), lambda found: 1 - _margin(found))


def b5_fused_kmeans(session, budgets):
    """B5: regression and propagation in equal parts, density × uncertainty, medoids of k-means first."""
    start = medoids(session.view.features, kmeans(session.view.features, session.view.k_hat, session.seed).labels)
    yield from _fused(session, budgets, start)


def b5b_fused_ward(session, budgets):
    """B5b: the same from the medoids of a Ward cut."""
    start = medoids(session.view.features, session.view.tree.cut(session.view.k_hat))
    yield from _fused(session, budgets, start)


def _fused(session, budgets, start):
    walked = models.walk(session.view.graph)
    density = np.asarray(session.view.graph.similarity).mean(axis=1)

    def both():
        known = session.known
        spread = models.propagation(walked, known.rows, known.labels, len(known.names))
        return (_regress(session) + spread) / 2

    yield from _active(session, budgets, start, both, lambda found: (1 - _margin(found)) * np.maximum(density, 0))


def b6_zero_shot(session, budgets):
    """B6: names known beforehand and read by the encoder (pictures), then B4 on top."""
    from core.encoders.table import get_encoder

    names = session.annotator.vocabulary()
    said = get_encoder("pocket", precision="float32").encode_texts([f"an emoji of {name}" for name in names])
    session.known.names.extend(names)
    pictures, words = session.view.vectors, said - said.mean(axis=0)
    scores = 100 * (pictures - pictures.mean(axis=0)) @ words.T
    prior = np.exp(scores - scores.max(axis=1, keepdims=True))
    prior /= prior.sum(axis=1, keepdims=True)

    def mixed():
        known = len(session.known.label_of)
        return (prior * len(names) + _regress(session) * known) / (len(names) + known) if known else prior

    yield from _active(session, budgets, np.zeros(0, np.int64), mixed, lambda found: 1 - _margin(found))


def _active(session, budgets, start, model, worth):
    """Label `start`, then batches of what is worth most; yield the prediction when a budget is spent."""
    waiting = [int(row) for row in start]
    batch = BATCH if len(session.view.item_ids) <= LARGE else LARGE_BATCH
    found = None
    for budget in budgets:
        while session.spent + 1 <= budget:
            if not waiting:
                found = model()
                value = worth(found)
                value[session.known.rows] = -np.inf
                waiting = np.argsort(-value, kind="stable")[:batch].tolist()
            session.check(waiting.pop(0))
        yield session.predicted(model())


def _regress(session):
    known = session.known
    return models.regression(session.view.vectors, known.rows, known.labels, len(known.names))


def _margin(probabilities):
    if probabilities.shape[1] < 2:
        return np.ones(len(probabilities))
    best = np.partition(probabilities, -2, axis=1)[:, -2:]
    return best[:, 1] - best[:, 0]


# One run yields every budget, or one run a budget.
RUNNING = {
    "B0": b0_item_by_item,
    "B1": b1_kmeans_named,
    "B3": b3_topics,
    "B4": b4_regression_margin,
    "B5": b5_fused_kmeans,
    "B5b": b5b_fused_ward,
    "B6": b6_zero_shot,
}
ONE_BUDGET = {
    "B2-kmeans": b2_kmeans_budget,
    "B2-ward": b2_ward_budget,
    "medoids": medoids_regression,
    "cards": cards,
}
METHODS = (*RUNNING, *ONE_BUDGET)
# Reading names needs pictures and an encoder of both; B3 draws a layout, which takes minutes on the large sets.
ONLY_ON = {"B6": ("emoji-group", "emoji-subgroup")}
NOT_ON = {"B3": ("hard-24", "hard-57", "fortunes")}


def usable(method, name):
    """Whether a baseline is meant for a set."""
    base = name.partition("~")[0]
    return base in ONLY_ON.get(method, (base,)) and base not in NOT_ON.get(method, ())


def run(method, view, annotator, budgets, seed):
    """[{budget, what the person spent, figures}, …] of one baseline; the person forgets all before each run."""
    points = []

    def note(budget, names):
        labels = dict(zip(view.item_ids, names.tolist(), strict=True))
        points.append({"budget": budget, **annotator.spent(), **annotator.score(labels)})

    if method in RUNNING:
        annotator.reset()
        for budget, names in zip(budgets, RUNNING[method](Session(view, annotator, seed), budgets), strict=True):
            note(budget, names)
    else:
        for budget in budgets:
            annotator.reset()
            note(budget, ONE_BUDGET[method](Session(view, annotator, seed), budget))
    return points
