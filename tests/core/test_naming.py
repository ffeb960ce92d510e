"""Names for a project: prepared once, from the emoji that ship with it, with the vectors that ship with it."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from core import naming, pipeline
from core.assist.names import votes
from core.assist.names.inputs import Ballot
from core.assist.names.suggest import suggest
from core.assist.names.suggestion import FOLDER, OWN, PICTURES
from core.encoders.encode import load_encoder
from core.errors import BadInput, Cancelled, NotFound
from core.items.demo import EMOJI
from core.items.importer import import_source
from core.items.sources import open_source
from core.partition.edits import Recluster, Rename
from core.partition.rows import Rows
from core.pipeline import Recipe
from core.project import Project
from tests.prepared import planted_project

# Small subgroups of the emoji that the pocket vectors tell apart, and words for them among those of the others.
SUBGROUPS = ("time", "family", "cat-face", "keycap", "religion", "arrow", "person-gesture", "geometric")
OTHERS = ("animal mammal", "country flag", "sky & weather", "food fruit", "tool", "music", "hotel", "zodiac", "money")
SHIPPED = ("clock", "cat", "dog", "flag", "church", "cross", "star", "wheel", "car", "tree", "flower", "fruit",
           "bread", "shoe", "hat", "shirt", "book", "lamp", "chair", "table", "guitar", "violin", "boat", "train",
           "river", "mountain", "beach", "cloud", "snow", "fish", "bird", "horse", "cow", "pig", "sheep", "mouse",
           "bear", "lion", "tiger", "rabbit", "snake", "frog", "bee", "ant", "apple", "banana", "grape", "lemon",
           "carrot", "corn", "potato", "cheese", "egg", "cake", "family")  # fmt: skip


def words(subgroup):
    return subgroup.replace("-", " ")


@pytest.fixture(scope="module")
def emoji(tmp_path_factory):
    """A project of the pictures of `SUBGROUPS`, a folder each, with a list of words kept and prepared."""
    folder = tmp_path_factory.mktemp("naming")
    with zipfile.ZipFile(EMOJI) as archive:
        for line in csv.DictReader(io.StringIO(archive.read("metadata.csv").decode())):
            if line["subgroup"] in SUBGROUPS:
                path = folder / "pictures" / line["subgroup"] / line["file_name"].rpartition("/")[2]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(line["file_name"]))
    with pytest.MonkeyPatch.context() as patch, Project.create(folder / "emoji.taxon") as project:
        patch.setattr(naming, "shipped", lambda: SHIPPED)
        import_source(project.items, project.thumbnails, open_source(str(folder / "pictures")))
        found = pipeline.run(project, Recipe(encoder="pocket"), until="features")
        assert not naming.prepared(project)
        naming.keep_list(project, "\n".join([*map(words, SUBGROUPS), *OTHERS]))
        naming.prepare(project, encoder=load_encoder(found.artifact("vectors")))
        yield project


@pytest.fixture
def given(emoji):
    return naming.inputs(emoji)


@pytest.fixture
def clusters(given):
    group = np.array([name.partition("/")[0] for name in given.file_names])
    return [given.rows[group == one] for one in SUBGROUPS]


def content(names):
    return [one.name for one in names if one.source in (OWN, PICTURES)]


def test_prepare__is_done_once(emoji):
    assert naming.prepared(emoji)

    def never(done, total, note=""):
        raise AssertionError(note)

    assert naming.prepare(emoji, never) == {OWN: len(SUBGROUPS) + len(OTHERS), PICTURES: len(SHIPPED)}


def test_names__of_emoji_are_the_true_ones_when_they_are_in_the_list(given, clusters):
    found = suggest(given, clusters)
    hit = [words(SUBGROUPS[place]) in content(names)[:3] for place, names in found.items()]
    assert np.mean(hit) >= 0.8


def test_names__of_emoji_without_the_true_names_miss_and_score_less(given, clusters):
    own = given.ballots[0]
    kept = [place for place, term in enumerate(own.vocabulary.terms) if term in OTHERS]
    others = votes.Vocabulary(OTHERS, own.vocabulary.vectors[kept], own.vocabulary.mean)
    chosen, shares = votes.cast(given.vectors, given.means, given.modality, others)
    blind = replace(given, ballots=(Ballot(OWN, others, votes.marks(chosen, shares, OTHERS)),))
    right, wrong = (suggest(one, clusters) for one in (replace(given, ballots=given.ballots[:1]), blind))
    assert not {name for names in wrong.values() for name in content(names)} & set(map(words, SUBGROUPS))
    score = [np.mean([names[0].score if content(names) else 0.5 for names in one.values()]) for one in (right, wrong)]
    assert score[1] < score[0] - 0.1


def test_names__of_random_clusters_are_unsure(given):
    unsure = [
        not names
        for seed in range(3)
        for parts in (4, 10, 25)
        for names in suggest(given, np.array_split(np.random.default_rng(seed).permutation(given.rows), parts)).values()
    ]
    assert np.mean(unsure) >= 0.9


def test_names__by_looks_stay_when_folders_are_renamed(given, clusters):
    renamed = [f"f{sum(map(ord, name.partition('/')[0])) % 7}/x.webp" for name in given.file_names]
    before, after = (suggest(one, clusters) for one in (given, replace(given, file_names=renamed)))
    assert [content(names) for names in before.values()] == [content(names) for names in after.values()]
    assert any(one.source == FOLDER for names in before.values() for one in names)


def test_names__of_a_project_are_by_cluster_id(emoji, given, clusters):
    labels = np.full(len(given.rows), -1, np.int32)
    for place, rows in enumerate(clusters):
        labels[rows] = place
    emoji.apply(Recluster(labels=labels, item_ids=Rows(given.rows), method="tree"))
    found = naming.names(emoji, given)
    assert sorted(found) == sorted(emoji.partition().clusters)
    first = found[1][0].name
    emoji.apply(Rename(1, first))
    later = naming.names(emoji, given)
    assert 1 not in later
    assert first not in [one.name for names in later.values() for one in names]
    assert list(naming.names(emoji, given, of=[2, 99])) == [2]
    assert naming.names(emoji, given, of=[1], taken=())[1][0].name == first


def test_keep_list__refuses_an_empty_one_and_keeps_the_old(emoji):
    before = naming.kept_list(emoji)
    with pytest.raises(BadInput):
        naming.keep_list(emoji, " \n")
    assert naming.kept_list(emoji) == before


def test_prepare__stops_when_told_and_keeps_nothing_half_done(emoji):
    before = naming.kept_list(emoji)
    naming.keep_list(emoji, "a new word")

    def stop(done, total, note=""):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        naming.prepare(emoji, stop)
    assert not naming.prepared(emoji)
    assert [one.source for one in naming.inputs(emoji).ballots] == [PICTURES]
    naming.keep_list(emoji, "\n".join(before))
    assert naming.prepared(emoji)


def test_inputs__of_given_vectors_have_no_votes_and_still_name_by_columns(project_path):
    planted_project(project_path)
    with Project.open(project_path) as project:
        naming.prepare(project)
        given = naming.inputs(project)
        assert given.ballots == ()
        names = {one.name for found in naming.names(project, given).values() for one in found}
    assert names >= {"disc", "bar", "ring", "cross"}


def test_inputs__before_a_run_say_so(project_path):
    with Project.create(project_path) as project:
        assert naming.prepared(project)
        with pytest.raises(NotFound):
            naming.inputs(project)


def test_prepare__counts_texts_and_reads_the_list_with_their_own_encoder(project_path, text_table):
    with Project.create(project_path) as project:
        import_source(project.items, project.thumbnails, open_source(str(text_table), text_column="text"))
        pipeline.run(project, Recipe(encoder="lsa"), until="features")
        naming.keep_list(project, "harbour\noven\npiston\nquantum")
        assert naming.prepare(project) == {OWN: 4}
        given = naming.inputs(project)
        topics = np.array([name.partition("-")[0] for name in project.items.load().item_id])[given.rows]
        found = suggest(given, [given.rows[topics == one] for one in ("sea", "bread", "engine")])
    assert len(given.phrases.terms) > 10
    # Three of the ten texts about bread hold “oven”: too few to call them all so.
    mine = [[one.name for one in names if one.source == OWN] for names in found.values()]
    assert mine[:2] == [["harbour"], []]
    assert set(mine[2]) <= {"piston"}
