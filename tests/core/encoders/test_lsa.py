from __future__ import annotations

import numpy as np
import pytest

from core.encoders import lsa
from core.encoders.lsa import LsaEncoder
from core.errors import BadInput

FRUIT = ["apple pie with cream", "green apple tree", "sweet pear and apple", "pear tart", "cream on apple tart"]
CARS = ["fast motor car", "slow motor car", "motor oil for the car", "car tyres and oil", "fast tyres"]


def fitted(texts: list[str], **options) -> LsaEncoder:
    encoder = LsaEncoder(**options)
    encoder.fit(texts)
    return encoder


def test_fit__two_subjects_are_apart():
    vectors = fitted(FRUIT + CARS, dim=4).encode_texts(FRUIT + CARS)
    similarity = vectors @ vectors.T
    assert similarity[:5, :5].mean() > 0.3 + similarity[:5, 5:].mean()
    assert similarity[5:, 5:].mean() > 0.3 + similarity[:5, 5:].mean()


@pytest.mark.parametrize("texts", [["one word"], ["a b c"], ["same"] * 2, ["x"], ["left side", "right"], ["日本語"]])
def test_fit__tiny_collections(texts):
    vectors = fitted(texts).encode_texts(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_fit__all_texts_identical():
    vectors = fitted(["the very same text"] * 30).encode_texts(["the very same text"])
    assert vectors.shape == (1, 1)
    assert abs(vectors[0, 0]) == pytest.approx(1.0)


@pytest.mark.parametrize("texts", [[], [""], [" \n", "\t"]])
def test_fit__no_words_is_refused(texts):
    with pytest.raises(BadInput, match="no words"):
        fitted(texts)


def test_fit__scripts_without_spaces_are_read_by_characters():
    texts = ["東京は日本の首都です", "京都は日本の古い都です", "猫が好きです", "犬と猫を飼っています"] * 3
    encoder = fitted(texts)
    assert encoder.describe()["reads"] == "characters"
    vectors = encoder.encode_texts(["日本の都", *texts[:3]])
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[3]


def test_encode__unknown_words_are_a_zero_row():
    vectors = fitted(FRUIT).encode_texts(["zeppelin", "apple"])
    assert not vectors[0].any()
    assert vectors[1].any()


@pytest.mark.parametrize("exact", [0, 10**6])
def test_encode__subject_that_the_axes_left_out_is_a_zero_row(monkeypatch, exact):
    monkeypatch.setattr(lsa, "_EXACT_CELLS", exact)
    encoder = fitted(["apple pie"] * 10 + ["motor car"] * 8 + ["zebra stripe"], dim=2)
    vectors = encoder.encode_texts(["zebra stripe", "apple pie"])
    assert not vectors[0].any()
    assert vectors[1].any()


def test_encode__weighs_terms_as_it_learnt_them():
    _, vectorizer, matrix = lsa._count(FRUIT + CARS)
    restored = lsa._restore("words", list(vectorizer.get_feature_names_out()), vectorizer.idf_)
    np.testing.assert_allclose(restored.transform(FRUIT + CARS).toarray(), matrix.toarray(), atol=1e-6)
    assert np.ptp(vectorizer.idf_) > 0.1


def test_encode__before_fit_is_refused():
    with pytest.raises(BadInput, match="not learnt"):
        LsaEncoder().encode_texts(["a word"])


def test_fit__randomised_for_many_texts_and_repeatable():
    random = np.random.default_rng(0)
    words = [f"word{index}" for index in range(800)]
    topics = [words[start : start + 200] for start in range(0, 800, 200)]
    texts = [" ".join(random.choice(topics[index % 4], 12)) for index in range(4_000)]
    first, second = fitted(texts, dim=16), fitted(texts, dim=16)
    one = first.encode_texts(texts[:200])
    np.testing.assert_allclose(one, second.encode_texts(texts[:200]), atol=1e-5)
    assert first.dim == 16
    similarity = one @ one.T
    same = (np.arange(200) % 4)[:, None] == (np.arange(200) % 4)[None, :]
    assert similarity[same].mean() > 0.3 + similarity[~same].mean()


def test_state__gives_the_same_encoder_back():
    encoder = fitted([*FRUIT, *CARS, "naïve café 👍 Ünïcode"], dim=5)
    arrays, meta = encoder.state()
    assert not any(array.dtype.hasobject for array in arrays.values())
    again = LsaEncoder.from_state(arrays, meta)
    assert again.fingerprint() == encoder.fingerprint()
    np.testing.assert_allclose(again.encode_texts(FRUIT), encoder.encode_texts(FRUIT), atol=1e-6)


def test_fingerprint__follows_what_was_learnt_and_recipe_does_not():
    one, other = fitted(FRUIT), fitted(CARS)
    assert one.fingerprint() != other.fingerprint()
    assert one.recipe() == other.recipe() == LsaEncoder().recipe()
    assert LsaEncoder(dim=5).recipe() != LsaEncoder().recipe() != LsaEncoder(seed=1).recipe()
