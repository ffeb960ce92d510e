"""Suggested names, measured; run by hand: `python tests/bench/bench_names.py [emoji|docstrings|speed]`.

Emoji with `pocket` vectors: hits among the first names with the true words in the person's list, without them, with the
shipped words only; the share of “?” on random clusters; twins. Docstrings with `lsa` vectors: whether the phrases hold
the submodule's words. The truth (subgroup, submodule) is taken out of the columns that names may come from.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

SEPARATED, LEAST = 0.5, 8  # share of five neighbours in the same group; items


def project_of(folder, source):
    from core import naming, pipeline
    from core.items.importer import import_source
    from core.items.sources import open_source
    from core.project import Project

    path = folder / f"{source.partition(':')[2]}.taxon"
    if path.exists():
        return Project.open(path), 0.0
    project = Project.create(path)
    import_source(project.items, project.thumbnails, open_source(source))
    pipeline.run(project, pipeline.Recipe(encoder="pocket" if "emoji" in source else "lsa"), until="features")
    began = time.perf_counter()
    naming.prepare(project)
    return project, time.perf_counter() - began


def groups_of(values, features):
    """Group → positions, of those that the vectors separate: half of the five nearest items are of the same group."""
    similar = features @ features.T
    np.fill_diagonal(similar, -2)
    nearest = np.argpartition(-similar, 5, axis=1)[:, :5]
    found = {}
    for group in sorted(set(values.tolist())):
        members = np.flatnonzero(values == group)
        if len(members) >= LEAST and (values[nearest[members]] == group).mean() >= SEPARATED:
            found[group] = members
    return found


def ballot(inputs, terms, vectors, mean, source):
    from core.assist.names import votes
    from core.assist.names.inputs import Ballot

    vocabulary = votes.Vocabulary(tuple(terms), vectors, mean)
    chosen, shares = votes.cast(inputs.vectors, inputs.means, inputs.modality, vocabulary)
    return Ballot(source, vocabulary, votes.marks(chosen, shares, vocabulary.terms))


def hits(found, truth):
    """Share of clusters whose first, and first three, names hold a true one; share without any name; mean score."""
    first = np.mean([bool(names) and names[0].name.casefold() in truth[one] for one, names in found.items()])
    three = np.mean([any(name.name.casefold() in truth[one] for name in names[:3]) for one, names in found.items()])
    unsure = np.mean([not names for names in found.values()])
    scores = [names[0].score for names in found.values() if names]
    return {
        "hit@1": round(float(first), 3),
        "hit@3": round(float(three), 3),
        "?": round(float(unsure), 3),
        "score": round(float(np.mean(scores)), 3) if scores else None,
    }


def emoji(folder):
    from core import naming, pipeline
    from core.assist.names import votes
    from core.assist.names.suggest import suggest
    from core.assist.names.suggestion import OWN
    from core.encoders.encode import load_encoder

    project, seconds = project_of(folder, "demo:emoji")
    inputs = naming.inputs(project)
    items = project.items.load()
    subgroup = items.column("subgroup")[inputs.rows]
    inputs = replace(inputs, columns={}, file_names=(), texts=())
    groups = groups_of(subgroup, inputs.features)
    clusters = [inputs.rows[members] for members in groups.values()]
    words = {one: one.replace("-", " ") for one in sorted(set(subgroup.tolist()))}
    truth = [{words[one].casefold()} for one in groups]
    loose = [{words[one].casefold(), *words[one].casefold().split()} for one in groups]
    encoder = load_encoder(pipeline.structure(project).artifact("vectors"))
    shipped = inputs.ballots[-1].vocabulary
    listed = list(words.values())
    read = votes.encode_terms(listed, encoder)
    own = replace(inputs, ballots=(ballot(inputs, listed, read, shipped.mean, OWN),))
    both = replace(inputs, ballots=(*own.ballots, *inputs.ballots))
    wrong = [place for place, word in enumerate(listed) if {word} not in truth]
    others = ballot(inputs, [listed[place] for place in wrong], read[wrong], shipped.mean, OWN)
    without = replace(inputs, ballots=(others,))
    new = [place for place, word in enumerate(shipped.terms) if word not in listed]
    everything = [*listed, *(shipped.terms[place] for place in new)]
    together = np.concatenate([read, shipped.vectors[new]])
    one_list = replace(inputs, ballots=(ballot(inputs, everything, together, shipped.mean, OWN),))
    figures = {"seconds to prepare": round(seconds, 1), "groups separated": len(groups), "of": len(words)}
    for name, given, right in (
        ("own list", own, truth),
        ("own list and shipped words", both, truth),
        ("own list without the true names", without, truth),
        ("true names among the shipped words, one list", one_list, truth),
        ("shipped words, any word of the true name", inputs, loose),
    ):
        figures[name] = hits(suggest(given, clusters), right)
    for seed in range(2):
        order = np.random.default_rng(seed).permutation(inputs.rows)
        for parts in (13, 22, 60, 150):
            random = [np.sort(part) for part in np.array_split(order, parts)]
            found = suggest(both, random)
            unsure = np.mean([not one for one in found.values()])
            figures.setdefault(f"“?” on {parts} random clusters", []).append(unsure)
        sizes = [len(one) for one in clusters]
        mixed = np.random.default_rng(seed).permutation(np.concatenate(clusters))
        shuffled = np.split(mixed, np.cumsum(sizes)[:-1])
        found = suggest(both, shuffled)
        figures.setdefault("“?” on the groups with their items shuffled", []).append(
            np.mean([not one for one in found.values()])
        )
    figures = {name: float(np.mean(value)) if isinstance(value, list) else value for name, value in figures.items()}
    named = suggest(both, clusters)
    figures["names"] = {one: [name.name for name in named[place]] for place, one in enumerate(groups)}
    named = suggest(inputs, clusters)
    figures["names by shipped words"] = {one: [name.name for name in named[place]] for place, one in enumerate(groups)}
    project.close()
    return figures


def docstrings(folder):
    from core import naming
    from core.assist.names.suggest import suggest

    project, _ = project_of(folder, "demo:docstrings")
    inputs = naming.inputs(project)
    module = project.items.load().column("module")[inputs.rows]
    inputs = replace(inputs, columns={}, file_names=())
    groups = {one: np.flatnonzero(module == one) for one in sorted(set(module.tolist())) if (module == one).sum() >= 15}
    began = time.perf_counter()
    inputs.phrases  # noqa: B018
    counted = time.perf_counter() - began
    found = suggest(inputs, [inputs.rows[members] for members in groups.values()])
    stems = [{word[:4] for word in one.casefold().replace("_", ".").split(".") if len(word) > 2} for one in groups]
    held = [
        [any(word.startswith(tuple(stem)) for word in name.name.casefold().split()) for name in found[place][:3]]
        for place, stem in enumerate(stems)
    ]
    rng = np.random.default_rng(0)
    unsure = []
    for parts in (10, 40, 120):
        random = [np.sort(part) for part in np.array_split(rng.permutation(inputs.rows), parts)]
        unsure.append(np.mean([not one for one in suggest(inputs, random).values()]))
    figures = {
        "items": len(inputs.rows),
        "phrases": len(inputs.phrases.terms),
        "seconds to count": round(counted, 2),
        "submodules": len(groups),
        "first name has a word of the submodule": round(float(np.mean([bool(one) and one[0] for one in held])), 3),
        "one of three has": round(float(np.mean([any(one) for one in held])), 3),
        "“?”": round(float(np.mean([not one for one in held])), 3),
        "“?” on 10, 40, 120 random clusters": [round(float(one), 3) for one in unsure],
        "names": {one: [name.name for name in found[place][:3]] for place, one in enumerate(groups)},
    }
    project.close()
    return figures


def speed(_folder, n=10_000, k=50, width=512, v=10_000):
    """Synthetic pictures with captions and folders: CPU seconds, so that a busy machine does not count."""
    from core.assist.names import votes
    from core.assist.names.inputs import Ballot, Inputs
    from core.assist.names.suggest import suggest
    from core.assist.names.suggestion import PICTURES
    from core.encoders.base import unit_rows

    rng = np.random.default_rng(0)
    centres = unit_rows(rng.normal(size=(k, width)))
    truth = rng.integers(k, size=n)
    vectors = unit_rows(centres[truth] + rng.normal(size=(n, width), scale=0.06))
    terms = tuple(f"word{place}" for place in range(v))
    directions = rng.normal(size=(v, width))
    directions[:k] = centres * 20
    lexicon = [f"w{chr(97 + one % 26)}{chr(97 + one // 26 % 26)}{chr(97 + one // 676)}x" for one in range(4_000)]
    texts = [" ".join(lexicon[j] for j in np.r_[rng.integers(4_000, size=30), group * 5 + rng.integers(5, size=6)])
             for group in truth]  # fmt: skip
    vocabulary = votes.Vocabulary(terms, unit_rows(directions), np.zeros(width, np.float32))
    modality = np.zeros(n, np.uint8)
    began = time.process_time()
    chosen, shares = votes.cast(vectors, votes.means(vectors, modality), modality, vocabulary)
    voting = time.process_time() - began
    inputs = Inputs(
        np.arange(n), vectors, vectors[:, :128], modality, texts,
        [f"folder{group % 20}/name {place}.png" for place, group in enumerate(truth)],
        {"group": np.array([f"g{group}" for group in truth], object)},
        (Ballot(PICTURES, vocabulary, votes.marks(chosen, shares, terms)),),
    )  # fmt: skip
    clusters = [np.flatnonzero(truth == group) for group in range(k)]
    figures = {"vote": round(voting, 2)}
    for what, of in (("first call, counting words", None), ("all clusters", None), ("one cluster", [7])):
        times = []
        for _ in range(1 if "first" in what else 5):
            began = time.process_time()
            suggest(inputs, clusters, of)
            times.append(time.process_time() - began)
        figures[what] = round(float(np.median(times)), 4)
    return figures


def main():
    wanted = [one for one in sys.argv[1:] if "/" not in one] or ["emoji", "docstrings", "speed"]
    kept = [one for one in sys.argv[1:] if "/" in one]  # a folder for the projects, to measure again without encoding
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            folder = kept[0] if kept else folder
            figures = {"emoji": emoji, "docstrings": docstrings, "speed": speed}[name](Path(folder))
            print(name, json.dumps(figures, ensure_ascii=False, indent=1, default=float))


if __name__ == "__main__":
    main()
