"""Votes: five words an item, none when nothing is nearer than nothing."""

import numpy as np

from core.assist.names import votes
from core.assist.names.votes import Vocabulary


class Reader:
    """Reads “axis 3” as the third axis; notes what it was asked."""

    name, dim, pictures, texts = "reader", 8, True, True

    def __init__(self):
        self.asked = []

    def encode_texts(self, texts):
        self.asked += texts
        digits = [[int(letter) for letter in text if letter.isdigit()] for text in texts]
        return np.stack([np.eye(8, dtype=np.float32)[found[0]] if found else np.zeros(8) for found in digits])


def cast(vectors, terms=8):
    vocabulary = Vocabulary(tuple(f"axis {i}" for i in range(terms)), np.eye(8)[:terms], np.zeros(8))
    modality = np.zeros(len(vectors), np.uint8)
    return votes.cast(np.asarray(vectors, np.float32), np.zeros((2, 8)), modality, vocabulary)


def test_encode_terms__frames_each_term_in_every_template():
    reader = Reader()
    vectors = votes.encode_terms(["axis 3", "nothing"], reader)
    assert "a photo of a axis 3." in reader.asked
    assert vectors[0].argmax() == 3
    assert not vectors[1].any()


def test_cast__gives_most_of_the_vote_to_the_nearest_word():
    chosen, shares = cast(np.eye(8)[[2, 5]])
    assert chosen[:, 0].tolist() == [2, 5]
    assert (shares[:, 0] > 0.99).all()
    assert shares.shape == (2, 5)


def test_cast__gives_no_vote_where_no_word_is_nearer_than_none():
    away = -np.ones((1, 8)) / np.sqrt(8)
    chosen, shares = cast(away)
    assert shares.max() < 1e-6
    assert votes.marks(chosen, shares, tuple("abcdefgh")).totals.sum() == 0


def test_cast__works_with_fewer_words_than_votes():
    chosen, shares = cast(np.eye(8)[[0]], terms=2)
    assert chosen.shape == (1, 2)
    assert chosen[0, 0] == 0
    assert shares.sum() <= 1 + 1e-6


def test_cast__takes_the_gap_between_pictures_and_words_off():
    rng = np.random.default_rng(0)
    gap = rng.normal(size=8) * 3
    vectors = votes.unit_rows(np.eye(8)[rng.integers(8, size=200)] + gap)
    wanted = (vectors - vectors.mean(0)).argmax(1)
    vocabulary = Vocabulary(tuple("abcdefgh"), np.eye(8), np.full(8, 1 / 8))
    modality = np.zeros(200, np.uint8)
    chosen, _ = votes.cast(vectors, votes.means(vectors, modality), modality, vocabulary)
    assert (chosen[:, 0] == wanted).mean() > 0.95


def test_means__are_taken_by_modality():
    found = votes.means(np.array([[1.0, 0], [0, 1], [0, 3]], np.float32), np.array([0, 1, 1], np.uint8))
    assert found.tolist() == [[1, 0], [0, 2]]


def test_mean_of__is_zero_for_a_few_words():
    few, many = np.ones((5, 4), np.float32), np.ones((60, 4), np.float32)
    assert not votes.mean_of(few).any()
    assert votes.mean_of(many).tolist() == [1, 1, 1, 1]
    assert votes.mean_of(few, np.arange(4.0)).tolist() == [0, 1, 2, 3]
