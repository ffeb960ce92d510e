"""Names from arrays: right where there is something to say, “?” where there is not, whatever the folders are called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.assist.names import votes
from core.assist.names.inputs import Ballot, Inputs
from core.assist.names.suggest import describe, suggest
from core.assist.names.suggestion import CAPTION, COLUMN, FOLDER, OWN, PICTURES, TEXTS
from tests.core.assist.names.planted import EACH, GROUPS, TERMS, WIDTH, ballot_of, clusters_of, pictures, texts

TRUTH = np.repeat(np.arange(GROUPS), EACH)
CLUSTERS = clusters_of(TRUTH)
WORDS = ("harbour", "Piston", "yeast", "книга", "violin", "glacier")


def firsts(found):
    return [names[0].name if names else "?" for names in found.values()]


def test_suggest__names_pictures_by_the_word_they_look_like():
    found = suggest(pictures(TRUTH), CLUSTERS)
    assert firsts(found) == list(TERMS[:GROUPS])
    one = found[2][0]
    assert one.source == PICTURES
    assert one.score > 0.95
    assert 0 < one.margin <= 1
    assert set(one.rows) <= set(CLUSTERS[2])
    assert len(one.rows) > 0.8 * EACH
    assert f"{len(one.rows)} of {EACH} items" in one.why


def test_suggest__says_nothing_of_random_clusters():
    order = np.random.default_rng(0).permutation(len(TRUTH))
    folders = [f"folder {group}/picture.png" for group in TRUTH]
    inputs = replace(texts(TRUTH, WORDS), ballots=pictures(TRUTH).ballots, file_names=folders)
    for parts in (3, 12, 40, 80):
        found = suggest(inputs, np.array_split(order, parts))
        assert np.mean([not names for names in found.values()]) >= 0.9


def test_suggest__says_nothing_of_small_clusters_in_mere_noise_however_many_words_there_are():
    rng = np.random.default_rng(5)
    vectors, words = (votes.unit_rows(rng.normal(size=(count, WIDTH))) for count in (600, 3_000))
    modality, terms = np.zeros(600, np.uint8), tuple(f"word {place}" for place in range(3_000))
    vocabulary = votes.Vocabulary(terms, words, np.zeros(WIDTH))
    chosen, shares = votes.cast(vectors, np.zeros((2, WIDTH)), modality, vocabulary)
    ballots = (Ballot(PICTURES, vocabulary, votes.marks(chosen, shares, terms)),)
    found = suggest(Inputs(np.arange(600), vectors, vectors, modality, ballots=ballots), np.split(np.arange(600), 120))
    assert np.mean([not names for names in found.values()]) >= 0.95


def mixed(share_here, share_there):
    """Two clusters of 80 with these shares of group 0, the rest of group 1."""
    truth = np.ones(160, int)
    truth[: round(80 * share_here)] = 0
    truth[80 : 80 + round(80 * share_there)] = 0
    return suggest(pictures(truth), [np.arange(80), np.arange(80, 160)])[0]


def test_suggest__offers_no_word_that_hardly_separates():
    assert mixed(0.65, 0.2) == []
    assert [one.name for one in mixed(0.95, 0.1)] == [TERMS[0]]


def test_suggest__takes_what_the_neighbours_vote_for_off_the_margin():
    alone, shared = mixed(1.0, 0.0)[0], mixed(1.0, 0.3)[0]
    assert alone.name == shared.name == TERMS[0]
    assert alone.margin > 0.95
    assert 0.5 < shared.margin < 0.9


def test_suggest__without_the_true_names_misses_and_knows_it():
    right = suggest(pictures(TRUTH), CLUSTERS)
    wrong = suggest(pictures(TRUTH, {term: place for place, term in enumerate(TERMS) if place >= GROUPS}), CLUSTERS)
    assert not set(firsts(wrong)) & set(TERMS[:GROUPS])
    scores = [max((one.score for one in names), default=0.5) for names in (*right.values(), *wrong.values())]
    assert np.mean(scores[GROUPS:]) < np.mean(scores[:GROUPS]) - 0.2


def test_suggest__calls_pictures_the_same_whatever_their_folders_are_called():
    def by_looks(folders):
        files = [f"{folders[group]}/{place}.png" for place, group in enumerate(TRUTH)]
        found = suggest(replace(inputs, file_names=files), CLUSTERS)
        return [[one.name for one in names if one.source == PICTURES] for names in found.values()]

    inputs = pictures(TRUTH)
    scrambled = [f"x{name}" for name in np.random.default_rng(3).permutation(GROUPS)]
    assert by_looks(TERMS[:GROUPS][::-1]) == by_looks(scrambled)


def test_suggest__never_calls_twins_by_different_names():
    twins = np.concatenate([TRUTH, np.zeros(EACH, int)])
    inputs = pictures(twins, {**{term: place for place, term in enumerate(TERMS)}, "item a": 0, "object a": 0})
    parts = [*CLUSTERS, np.arange(len(TRUTH), len(twins))]
    found = suggest(inputs, parts)
    assert not (found[0] and found[GROUPS])
    # The others are still named.
    assert firsts(found)[1:GROUPS] == list(TERMS[1:GROUPS])


def test_suggest__of_two_identical_clusters_alone_knows_nothing():
    inputs = pictures(np.zeros(2 * EACH, int))
    assert firsts(suggest(inputs, [np.arange(EACH), np.arange(EACH, 2 * EACH)])) == ["?", "?"]


def test_suggest__puts_the_persons_own_words_first():
    inputs = pictures(TRUTH)
    own = ballot_of(inputs.vectors, {"Mine": 3}, OWN)
    found = suggest(replace(inputs, ballots=(own, *inputs.ballots)), CLUSTERS)
    assert [(one.name, one.source) for one in found[3]][:2] == [("Mine", OWN), (TERMS[3], PICTURES)]
    assert firsts(found)[:3] == list(TERMS[:3])


def test_suggest__does_not_offer_a_name_that_is_taken():
    found = suggest(pictures(TRUTH), CLUSTERS, taken=[TERMS[1].upper()])
    assert TERMS[1] not in [one.name for names in found.values() for one in names]


def test_suggest__names_one_cluster_as_it_names_all():
    inputs = pictures(TRUTH)
    alone = suggest(inputs, CLUSTERS, of=[4])
    assert list(alone) == [4]
    assert firsts(alone) == [TERMS[4]]


def test_suggest__names_texts_by_their_words_as_they_are_written():
    found = suggest(texts(TRUTH, WORDS), CLUSTERS)
    assert firsts(found) == list(WORDS)
    assert found[0][0].source == TEXTS
    assert "texts here" in found[0][0].why


def test_suggest__takes_captions_for_names_only_where_most_have_them():
    described = replace(texts(TRUTH, WORDS), modality=np.zeros(len(TRUTH), np.uint8))
    found = suggest(described, CLUSTERS)
    assert [(one.name, one.source) for one in found[4]] == [("violin", CAPTION)]
    rare = [text if place % 2 else "" for place, text in enumerate(described.texts)]
    assert firsts(suggest(replace(described, texts=rare), CLUSTERS)) == ["?"] * GROUPS


def files(share):
    """Group 0 has this share of its items in the folder “boats”, which no other group has; the rest lies in “all”."""
    return [f"{'boats' if place < share * EACH else 'all'}/x.png" for place in range(len(TRUTH))]


@pytest.mark.parametrize(("share", "offered"), [(0.9, True), (0.5, False)])
def test_suggest__offers_a_folder_only_where_it_holds_for_most(share, offered):
    inputs = pictures(TRUTH, {}, file_names=files(share))
    found = suggest(inputs, CLUSTERS)
    assert [(one.name, one.source) for one in found[0]] == ([("boats", FOLDER)] if offered else [])
    assert not any(found[group] for group in range(1, GROUPS))
    # Either way it is a reason why these items are together.
    assert "in the folder “boats”" in describe(inputs, CLUSTERS, 0)[0].why


def test_suggest__offers_no_folder_that_is_as_frequent_elsewhere():
    everywhere = [f"{'boats' if place % 10 else 'all'}/x.png" for place in range(len(TRUTH))]
    assert firsts(suggest(pictures(TRUTH, {}, file_names=everywhere), CLUSTERS)) == ["?"] * GROUPS


def test_suggest__reads_values_of_columns():
    kinds = np.array([f"kind {group}" for group in TRUTH], object)
    found = suggest(pictures(TRUTH, {}, columns={"kind": kinds, "year": 2000 + TRUTH}), CLUSTERS)
    assert [[(one.name, one.source) for one in names] for names in found.values()] == [
        [(f"kind {group}", COLUMN)] for group in range(GROUPS)
    ]


def test_suggest__brings_only_safe_names():
    hostile = np.array([f"<b>\u202egroup\n{group}</b>" for group in TRUTH], object)
    for names in suggest(pictures(TRUTH, {}, columns={"kind": hostile}), CLUSTERS).values():
        assert "\n" not in names[0].name
        assert "\u202e" not in names[0].name + names[0].why


def test_suggest__takes_empty_clusters_items_without_vectors_and_nothing_at_all():
    inputs = replace(pictures(TRUTH), rows=np.arange(len(TRUTH)) * 2)
    rows = [members * 2 for members in CLUSTERS]
    found = suggest(inputs, [*rows, np.zeros(0, int), np.array([1, 3, 9_999])])
    assert firsts(found) == [*TERMS[:GROUPS], "?", "?"]
    assert suggest(inputs, []) == {}
    everything = suggest(inputs, [np.concatenate(rows)])
    assert firsts(everything) == ["?"]


def test_suggest__counts_phrases_once():
    inputs = texts(TRUTH, WORDS)
    assert inputs.phrases is inputs.phrases
