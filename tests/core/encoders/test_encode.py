from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.encoders.base import unit_rows
from core.encoders.encode import encode_items, encode_key, encode_with, load_encoder
from core.errors import BadInput, Cancelled
from core.storage import ArtifactStore
from tests.core.encoders.fakes import FakeEncoder, Store, colour, make_items, many_colours

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def artifacts(tmp_path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def expected(text: str) -> np.ndarray:
    return unit_rows(FakeEncoder.vector_of(text))[0]


def test_encode__vectors_follow_the_rows(artifacts):
    items, store = make_items([colour(255, 0, 0), "one", colour(0, 255, 0), "two", (colour(0, 0, 255), "both")])
    artifact = encode_with(FakeEncoder(), items, store, artifacts, batch=2, shard=2)
    assert artifact.array("rows").tolist() == [0, 1, 2, 3, 4]
    assert artifact.array("modality").tolist() == [0, 1, 0, 1, 0]
    vectors = artifact.array("vectors")
    assert vectors.dtype == np.float32
    assert vectors[[0, 2, 4]][:, :3].argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(vectors[[1, 3]], [expected("one"), expected("two")], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_encode__both_goes_by_its_text_when_the_encoder_sees_no_pictures(artifacts):
    items, store = make_items([(colour(1, 2, 3), "caption"), colour(9, 9, 9), "text"])
    artifact = encode_with(FakeEncoder(pictures=False), items, store, artifacts)
    assert artifact.array("rows").tolist() == [0, 2]
    assert artifact.array("modality").tolist() == [1, 1]
    assert artifact.meta["unseen"] == ["1 items were left out: “fake” reads texts only."]
    assert artifact.meta["gaps"] == []


def test_encode__a_picture_that_fails_is_a_gap_and_shifts_nothing(artifacts):
    red, green, blue = colour(255, 0, 0), colour(0, 255, 0), colour(0, 0, 255)
    items, store = make_items([red, b"GIF89a broken", green, colour(9, 9, 8), blue])
    store.pictures[3] = None
    artifact = encode_with(FakeEncoder(), items, store, artifacts, batch=2)
    assert artifact.array("rows").tolist() == [0, 2, 4]
    assert artifact.array("vectors")[:, :3].argmax(axis=1).tolist() == [0, 1, 2]
    assert [row for row, _ in artifact.meta["gaps"]] == [1, 3]
    assert all(sentence.endswith(".") and "Traceback" not in sentence for _, sentence in artifact.meta["gaps"])
    assert "not where it was" in artifact.meta["gaps"][1][1]


def test_encode__empty_text_is_a_gap(artifacts):
    items, store = make_items(["one", "  \n", "", "two"])
    artifact = encode_with(FakeEncoder(), items, store, artifacts)
    assert artifact.array("rows").tolist() == [0, 3]
    assert artifact.meta["gaps"] == [[1, "The text is empty."], [2, "The text is empty."]]


def test_encode__nothing_left_is_refused(artifacts):
    items, store = make_items([b"GIF89a broken"])
    with pytest.raises(BadInput, match="Not one item"):
        encode_with(FakeEncoder(), items, store, artifacts)
    with pytest.raises(BadInput, match="reads texts only"):
        encode_with(FakeEncoder(pictures=False), items, store, artifacts)


def test_encode__no_items_is_refused(artifacts):
    items, store = make_items([])
    with pytest.raises(BadInput, match="nothing to encode"):
        encode_items(items, store, "lsa", artifacts)


def test_encode__the_same_content_is_encoded_once(artifacts):
    items, store = make_items(["twin", "one", "twin", "twin"])
    encoder = FakeEncoder()
    artifact = encode_with(encoder, items, store, artifacts)
    assert sum(encoder.batches) == 2
    np.testing.assert_allclose(artifact.array("vectors")[[0, 2, 3]], [expected("twin")] * 3, atol=1e-6)


def test_encode__stored_result_is_not_computed_again(artifacts):
    items, store = make_items(["one", "two"])
    first, again = FakeEncoder(), FakeEncoder()
    key = encode_with(first, items, store, artifacts).key
    assert encode_with(again, items, store, artifacts).key == key == encode_key(items, again)
    assert again.batches == []
    assert encode_key(items, FakeEncoder(seed=1)) != key
    assert encode_key(make_items(["one", "too"])[0], again) != key


def test_encode__a_grown_collection_encodes_only_what_is_new(artifacts):
    encode_with(FakeEncoder(), *make_items(["one", "two"]), artifacts)
    grown, store = make_items(["zero", "one", "two", "three"])
    encoder = FakeEncoder()
    artifact = encode_with(encoder, grown, store, artifacts)
    assert sum(encoder.batches) == 2
    assert (artifact.meta["encoded"], artifact.meta["reused"]) == (2, 2)
    expectation = [expected(text) for text in ("zero", "one", "two", "three")]
    np.testing.assert_allclose(artifact.array("vectors"), expectation, atol=1e-6)
    other = FakeEncoder(seed=1)
    encode_with(other, grown, store, artifacts)
    assert sum(other.batches) == 4


def test_encode__memory_running_out_halves_the_batch_for_good(artifacts):
    items, store = make_items([f"text {index}" for index in range(64)])
    encoder = FakeEncoder(memory=5)
    artifact = encode_with(encoder, items, store, artifacts, batch=32)
    assert len(artifact.array("rows")) == 64
    assert artifact.meta["gaps"] == []
    assert max(encoder.batches[-8:]) <= 5
    np.testing.assert_allclose(artifact.array("vectors")[63], expected("text 63"), atol=1e-6)


def test_encode__memory_not_enough_for_one_is_refused_in_words(artifacts):
    items, store = make_items(["one", "two"])
    with pytest.raises(BadInput, match="not enough memory"):
        encode_with(FakeEncoder(memory=0), items, store, artifacts)


def test_encode__one_poisonous_item_costs_only_itself(artifacts):
    items, store = make_items([f"text {index}" for index in range(20)] + ["bad poison"])
    encoder = FakeEncoder(poison="poison")
    artifact = encode_with(encoder, items, store, artifacts, batch=8)
    assert artifact.meta["gaps"] == [[20, "It could not be encoded (ValueError)."]]
    assert encoder.batches[0] == 8
    assert artifact.array("rows").tolist() == list(range(20))


def test_encode__progress_counts_to_the_end_with_speed_and_time_left(artifacts):
    heard = []
    items, store = make_items([f"text {index}" for index in range(30)])

    def listen(done: int, total: int, note: str = "") -> None:
        heard.append((done, total, note))

    encode_with(FakeEncoder(pause=0.01), items, store, artifacts, listen, batch=10)
    assert [(done, total) for done, total, _ in heard] == [(0, 30), (10, 30), (20, 30), (30, 30)]
    assert "items/s" in heard[-1][2]
    assert heard[-1][2].endswith(" left")


def test_encode__cancel_keeps_the_finished_shards(artifacts):
    items, store = make_items(many_colours(40))

    def stop(done: int, total: int, note: str = "") -> None:
        if done >= 25:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        encode_with(FakeEncoder(), items, store, artifacts, stop, shard=10, batch=5)
    assert not artifacts.keys("vectors")
    encoder = FakeEncoder()
    artifact = encode_with(encoder, items, store, artifacts, shard=10, batch=5)
    assert sum(encoder.batches) == 20
    assert artifact.array("rows").tolist() == list(range(40))
    assert not list(artifacts.root.glob("vectors/.*"))


def test_encode__pictures_are_not_read_far_ahead(artifacts):
    items, store = make_items(many_colours(60))

    def stop(done: int, total: int, note: str = "") -> None:
        if done >= 4:
            time.sleep(0.3)  # long enough for readers that do not stop to read all
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        encode_with(FakeEncoder(), items, store, artifacts, stop, shard=60, batch=4)
    assert len(store.read) <= 4 + 16 + 1


def test_encode__a_damaged_shard_is_done_again(artifacts):
    items, store = make_items([f"text {index}" for index in range(12)])

    def stop(done: int, total: int, note: str = "") -> None:
        if done >= 9:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        encode_with(FakeEncoder(), items, store, artifacts, stop, shard=4, batch=3)
    shards = sorted(artifacts.root.glob("vectors/.*/*.npy"))
    assert len(shards) == 2
    shards[0].write_bytes(shards[0].read_bytes()[:50])
    encoder = FakeEncoder()
    artifact = encode_with(encoder, items, store, artifacts, shard=4)
    assert sum(encoder.batches) == 8
    np.testing.assert_allclose(artifact.array("vectors")[5], expected("text 5"), atol=1e-6)


CHILD = """
import sys
from pathlib import Path
from core.encoders.encode import encode_with
from core.storage import ArtifactStore
from tests.core.encoders.fakes import FakeEncoder, make_items
items, store = make_items([f"text {index}" for index in range(400)])
encoder = FakeEncoder(log=Path(sys.argv[2]), pause=float(sys.argv[3]))
encode_with(encoder, items, store, ArtifactStore(Path(sys.argv[1])), shard=20, batch=10)
"""


def test_encode__kill_at_any_moment_redoes_at_most_one_shard(tmp_path):
    root, log = tmp_path / "artifacts", tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    kills = 0
    for wanted in (2, 5, 9):
        command = [sys.executable, "-c", CHILD, str(root), str(log), "0.05"]
        child = subprocess.Popen(command, cwd=ROOT, env=environment)
        while len(list(root.glob("vectors/.*/*.npy"))) < wanted and child.poll() is None:
            time.sleep(0.01)
        time.sleep(0.03 * wanted)
        child.send_signal(signal.SIGKILL)
        child.wait()
        kills += 1
    subprocess.run([sys.executable, "-c", CHILD, str(root), str(log), "0"], cwd=ROOT, env=environment, check=True)
    store = ArtifactStore(root)
    artifact = store.load("vectors", store.keys("vectors")[0])
    expectation = [expected(f"text {index}") for index in range(400)]
    np.testing.assert_allclose(artifact.array("vectors"), expectation, atol=1e-6)
    encoded = log.read_text().splitlines()
    assert 400 <= len(encoded) <= 400 + 20 * kills


def test_encode__lsa_learns_from_the_collection_and_answers_queries(artifacts):
    texts = ["red apple pie", "green apple tree", "fast motor car", "slow motor car", "", colour(1, 2, 3)]
    items, store = make_items(texts)
    artifact = encode_items(items, store, "lsa", artifacts)
    assert artifact.array("rows").tolist() == [0, 1, 2, 3]
    encoder = load_encoder(artifact)
    assert encoder.fingerprint() == artifact.meta["encoder_fingerprint"]
    assert encode_key(items, encoder) == artifact.key
    nearest = (artifact.array("vectors") @ encoder.encode_texts(["apple"])[0]).argsort()[::-1]
    assert set(nearest[:2].tolist()) == {0, 1}


def test_encode__given_vectors_are_checked_and_kept(artifacts):
    items, _ = make_items(["a", "b", "c", "d", colour(1, 1, 1)])
    vectors = np.array([[3, 4], [np.nan, 1], [0, 0], [0, -2]], np.float64)
    store = Store({}, (np.array([0, 1, 2, 4]), vectors))
    artifact = encode_items(items, store, "vectors", artifacts)
    np.testing.assert_allclose(artifact.array("vectors"), [[0.6, 0.8], [0, -1]], atol=1e-6)
    assert artifact.array("rows").tolist() == [0, 4]
    assert artifact.array("modality").tolist() == [1, 0]
    assert artifact.meta["gaps"] == [
        [1, "The given vector holds NaN or infinity."],
        [2, "The given vector is all zeros."],
    ]
    assert artifact.meta["unseen"] == ["1 items were left out: no vector was given for them."]
    assert load_encoder(artifact).dim == 2
    with pytest.raises(BadInput, match="No vectors were given"):
        encode_items(items, Store({}), "vectors", artifacts)
    with pytest.raises(BadInput, match="Not one of the given vectors"):
        encode_items(items, Store({}, (np.array([0]), np.zeros((1, 2)))), "vectors", artifacts)
