"""What every encoder promises, asked of each one that works on this machine without a download."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from core.encoders.base import Encoder
from core.encoders.table import ENCODERS, availability, get_encoder
from core.errors import BadInput
from core.fingerprint import fingerprint
from tests.core.encoders.fakes import tiny_clip

TEXTS = [
    "a red bicycle leans on the wall",
    "two bicycles and a red car",
    "the cat sleeps on the warm wall",
    "a dog chases the cat",
    "red roses in the garden",
    "the garden wall is warm",
]
# (name, options that make another encoder of it; {} where it has none)
CASES = {
    "tiny": {"precision": "float32"},
    "tiny-float32": {"precision": "auto"},
    "pocket": {"precision": "float32"},
    "clip": {"precision": "float32"},
    "lsa": {"dim": 4},
    "sentence:minilm": {},
    "vectors": {"dim": 3},
}


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    return tiny_clip(tmp_path_factory.mktemp("tiny_clip"))


@pytest.fixture(scope="session")
def make(tiny_folder) -> Callable[..., Encoder]:
    """A maker of ready encoders; skips, visibly, where one does not work here."""

    def made(name: str, **options) -> Encoder:
        head = name.partition(":")[0]
        works = {one.name: one for one in availability()}
        if head in works and not works[head].works:
            pytest.skip(f"{name}: {works[head].sentence}")
        if name.startswith("tiny"):
            options = {"precision": "float32" if name.endswith("float32") else "auto"} | options
            name = f"clip:{tiny_folder}"
        encoder = get_encoder(name, **options)
        if head == "lsa":
            encoder.fit(TEXTS)
        return encoder

    return made


@pytest.fixture(scope="session", params=CASES)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def encoder(name, make) -> Encoder:
    return make(name)


def pictures(count: int = 6) -> list[Image.Image]:
    random = np.random.default_rng(3)
    sizes = [(40, 40), (64, 20), (20, 64), (7, 7), (300, 200), (33, 50)]
    return [
        Image.fromarray(random.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize(sizes[index % 6])
        for index in range(count)
    ]


@pytest.fixture(params=["pictures", "texts"])
def run(request, encoder):
    """(encode, six inputs) of one modality."""
    if not getattr(encoder, request.param):
        pytest.skip(f"{encoder.name} does not read {request.param}")
    if request.param == "pictures":
        return encoder.encode_pictures, pictures()
    return encoder.encode_texts, TEXTS


def test_encoder__rows_are_float32_of_unit_length(encoder, run):
    encode, inputs = run
    vectors = encode(inputs)
    assert vectors.shape == (len(inputs), encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_encoder__same_input_same_vectors(run):
    encode, inputs = run
    np.testing.assert_array_equal(encode(inputs), encode(inputs))


def test_encoder__batch_size_does_not_matter(run):
    encode, inputs = run
    together, alone = encode(inputs), np.concatenate([encode([one]) for one in inputs])
    assert (together * alone).sum(axis=1).min() >= 0.999


def test_encoder__order_is_kept_and_inputs_differ(run):
    encode, inputs = run
    forward, backward = encode(inputs), encode(inputs[::-1])
    similarity = forward @ backward[::-1].T
    np.testing.assert_allclose(np.diag(similarity), 1.0, atol=1e-3)
    assert len(np.unique(forward.round(4), axis=0)) == len(inputs)


def test_encoder__nothing_in_nothing_out(encoder, run):
    encode, _ = run
    assert encode([]).shape == (0, encoder.dim)
    assert encode([]).dtype == np.float32


def test_encoder__blank_text_is_a_zero_row_and_shifts_nothing(encoder):
    if not encoder.texts:
        pytest.skip(f"{encoder.name} does not read texts")
    vectors = encoder.encode_texts([TEXTS[0], "", " \n\t", TEXTS[1]])
    assert not vectors[1:3].any()
    expected = encoder.encode_texts(TEXTS[:2])
    assert (vectors[[0, 3]] * expected).sum(axis=1).min() >= 0.999


def test_encoder__long_and_strange_texts_are_read(encoder):
    if not encoder.texts:
        pytest.skip(f"{encoder.name} does not read texts")
    strange = f"{TEXTS[0]} \x00\u202e\ud800 👍 <b>"
    vectors = encoder.encode_texts([f"{TEXTS[0]} " * 3_000, strange, "x" * 100_000 + " wall"])
    assert np.isfinite(vectors).all()
    assert vectors[:2].any(axis=1).all()


def test_encoder__fingerprint_is_stable(encoder, name, make):
    assert encoder.fingerprint() == encoder.fingerprint() == make(name).fingerprint()
    assert len(encoder.fingerprint()) == len(fingerprint())


def test_encoder__fingerprint_follows_the_parameters(encoder, name, make):
    other = make(name, **CASES[name]) if CASES[name] else None
    if other is None:
        pytest.skip(f"{name} has no parameter that changes the vectors")
    if encoder.describe().get("precision", "") == other.describe().get("precision", "-"):
        pytest.skip(f"{name}: this processor has no bfloat16, so both are float32")
    assert encoder.fingerprint() != other.fingerprint()


def test_encoder__describes_itself_in_plain_types(encoder):
    described = encoder.describe()
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["encoder"] == encoder.name
    assert described["dim"] == encoder.dim


def test_encoder__refuses_what_it_cannot_read_in_a_sentence(encoder):
    refused = [(encoder.pictures, encoder.encode_pictures, pictures(1)), (encoder.texts, encoder.encode_texts, TEXTS)]
    refused = [(encode, inputs) for reads, encode, inputs in refused if not reads]
    if not refused:
        pytest.skip(f"{encoder.name} reads both")
    for encode, inputs in refused:
        with pytest.raises(BadInput) as caught:
            encode(inputs)
        assert caught.value.what.endswith(".")
        assert caught.value.next_step.endswith(".")


def test_encoder__unknown_option_is_refused(encoder, name, make):
    with pytest.raises(BadInput, match="no option"):
        make(name, colour="red")


def test_table__every_encoder_is_under_contract():
    covered = {"clip" if case.startswith("tiny") else case.partition(":")[0] for case in CASES}
    assert covered == set(ENCODERS)
