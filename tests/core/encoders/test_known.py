from __future__ import annotations

import numpy as np

from core.encoders.known import Content, Known, load_shards, save_shard
from core.storage import ArtifactStore

ONE, TWO, THREE = (Content(f"{number:032x}", number % 2) for number in (1, 2, 3))
VECTORS = np.array([[1, 0], [0, 0], [0, 1]], np.float32)


def test_known__gathers_in_the_order_asked():
    known = Known()
    known.add([ONE], VECTORS[:1], {})
    known.add([TWO, THREE], VECTORS[1:], {0: "It is broken."})
    assert ONE in known
    assert TWO in known
    assert Content(ONE.digest, 0) not in known
    assert known.refused == {TWO: "It is broken."}
    np.testing.assert_array_equal(known.gather([THREE, ONE, THREE], 2), [[0, 1], [1, 0], [0, 1]])
    assert known.gather([], 2).shape == (0, 2)


def test_shards__come_back_with_their_refusals(tmp_path):
    save_shard(tmp_path, [ONE, TWO, THREE], VECTORS, {1: "It is broken."})
    known = Known()
    assert load_shards(tmp_path, known, 2) == 3
    assert known.refused == {TWO: "It is broken."}
    np.testing.assert_array_equal(known.gather([THREE, ONE], 2), VECTORS[[2, 0]])


def test_shards__that_do_not_fit_are_passed_over(tmp_path):
    save_shard(tmp_path, [ONE], VECTORS[:1], {})
    (tmp_path / "half.npy").write_bytes(b"\x93NUMPY")
    (tmp_path / "strange.npy").write_bytes((next(tmp_path.glob("[0-9a-f]*.npy"))).read_bytes())
    (tmp_path / "strange.json").write_text('{"contents": 3}')
    known = Known()
    assert load_shards(tmp_path, known, 2) == 1
    assert load_shards(tmp_path, Known(), 5) == 0


def test_artifacts__of_another_encoder_and_damaged_ones_are_passed_over(tmp_path):
    store = ArtifactStore(tmp_path)
    digests = np.frombuffer(bytes.fromhex(ONE.digest), np.uint8).reshape(1, 16)
    arrays = {"vectors": VECTORS[:1], "digests": digests, "modality": np.array([ONE.modality], np.uint8)}
    for key, encoder in (("a", "mine"), ("b", "other")):
        store.put("vectors", key, arrays, {"encoder_fingerprint": encoder})
    store.put("vectors", "c", {}, {"encoder_fingerprint": "mine"})
    known = Known()
    known.add_artifacts(store, "mine")
    assert ONE in known
    nobody = Known()
    nobody.add_artifacts(store, "nobody")
    assert ONE not in nobody
