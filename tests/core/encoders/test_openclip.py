from __future__ import annotations

import shutil
import time

import numpy as np
import pytest
from PIL import Image

from core.encoders import openclip, precision
from core.encoders.encode import encode_items, load_encoder
from core.encoders.reading import read_ahead
from core.encoders.table import get_encoder
from core.errors import BadInput, NotAvailable
from core.storage import ArtifactStore
from tests.core.encoders.fakes import make_items, many_colours, tiny_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_clip(tmp_path_factory.mktemp("tiny_clip"))


@pytest.fixture(autouse=True)
def with_bfloat16(monkeypatch):
    """As on a processor with bfloat16; without one torch computes it all the same, only slowly."""
    monkeypatch.setattr(openclip, "has_bfloat16", lambda device: True)


def gradient(side: int = 64) -> Image.Image:
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    return Image.fromarray(np.stack([np.tile(ramp, (side, 1))] * 3, axis=2))


def test_precision__bfloat16_is_used_where_it_agrees(folder):
    encoder, exact = get_encoder(f"clip:{folder}"), get_encoder(f"clip:{folder}", precision="float32")
    assert encoder.describe()["precision"] == "bfloat16"
    assert "cosine" in encoder.describe()["precision_why"]
    assert exact.describe()["precision"] == "float32"
    assert float(encoder.encode_pictures([gradient()])[0] @ exact.encode_pictures([gradient()])[0]) > 0.999


def test_precision__falls_back_to_float32_where_it_does_not_agree(folder, monkeypatch):
    monkeypatch.setattr(openclip, "agreement", lambda *rest: 0.9)
    encoder = get_encoder(f"clip:{folder}")
    assert encoder.describe()["precision"] == "float32"
    assert "0.9" in encoder.describe()["precision_why"]
    assert next(encoder._model.parameters()).dtype.itemsize == 4


def test_precision__the_collections_own_pictures_decide(folder, monkeypatch):
    encoder = get_encoder(f"clip:{folder}")
    before = encoder.fingerprint()
    monkeypatch.setattr(openclip, "agreement", lambda *rest: 0.99)
    encoder.settle([encoder.prepare(gradient())])
    assert encoder.describe()["precision"] == "float32"
    assert "first pictures" in encoder.describe()["precision_why"]
    assert encoder.fingerprint() != before


def test_precision__is_settled_before_a_collection_is_encoded(folder, monkeypatch, tmp_path):
    answers = iter([0.9999, 0.9999, 0.99, 0.99])  # the probe's pictures and texts, then the collection's
    monkeypatch.setattr(openclip, "agreement", lambda *rest: next(answers))
    items, store = make_items(many_colours(3))
    artifact = encode_items(items, store, f"clip:{folder}", ArtifactStore(tmp_path))
    assert artifact.meta["describe"]["precision"] == "float32"
    assert load_encoder(artifact).describe()["precision"] == "float32"
    exact = get_encoder(f"clip:{folder}", precision="float32")
    assert exact.fingerprint() == artifact.meta["encoder_fingerprint"]


def test_precision__settling_without_pictures_keeps_what_the_probe_found(folder, monkeypatch):
    encoder = get_encoder(f"clip:{folder}")
    monkeypatch.setattr(openclip, "agreement", lambda *rest: 0.0)
    encoder.settle([])
    assert encoder.describe()["precision"] == "bfloat16"


def test_precision__without_hardware_stays_float32(folder, monkeypatch):
    monkeypatch.setattr(openclip, "has_bfloat16", lambda device: False)
    assert get_encoder(f"clip:{folder}").describe()["precision"] == "float32"


def test_precision__unknown_one_is_refused(folder):
    with pytest.raises(BadInput, match="float32"):
        get_encoder(f"clip:{folder}", precision="int4")


def test_agreement__sees_a_model_that_differs():
    rows = np.eye(3)
    assert precision.agreement(lambda model, sample: rows * model, 1.0, 2.0, [1, 2, 3]) == pytest.approx(1.0)
    assert precision.agreement(lambda model, sample: np.roll(rows, model, 1), 0, 1, [1, 2, 3]) == pytest.approx(0.0)


def test_agreement__an_operation_that_is_missing_means_no():
    def run(model, sample):
        raise RuntimeError("not implemented for 'BFloat16'")

    assert precision.agreement(run, 0, 0, [1]) == 0.0


def test_threads__are_capped_to_the_cores():
    import torch

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(precision.usable_cores() + 3)
        assert precision.cap_threads() == precision.usable_cores()
    finally:
        torch.set_num_threads(before)


def test_fingerprint__follows_weights_and_preprocessing(folder, tmp_path):
    same = tmp_path / "same"
    shutil.copytree(folder, same)
    base = get_encoder(f"clip:{folder}").fingerprint()
    assert get_encoder(f"clip:{same}").fingerprint() == base
    config = same / "open_clip_config.json"
    config.write_text(config.read_text().replace("longest", "squash"))
    assert get_encoder(f"clip:{same}").fingerprint() != base
    assert get_encoder(f"clip:{tiny_clip(tmp_path / 'other', seed=1)}").fingerprint() != base


def test_pocket__is_the_same_class_on_a_folder_of_ours(folder, tmp_path):
    assert get_encoder("pocket", folder=folder).fingerprint() == get_encoder(f"clip:{folder}").fingerprint()
    with pytest.raises(NotAvailable, match="pocket model"):
        get_encoder("pocket", folder=tmp_path / "nothing")
    with pytest.raises(BadInput, match="nothing after its name"):
        get_encoder("pocket:big")


def test_encode_texts__only_the_window_counts(folder):
    encoder = get_encoder(f"clip:{folder}", precision="float32")
    long = "cat " * 500
    vectors = encoder.encode_texts([long + "dog", long + "bird", "dog"])
    seen = []
    tokenizer = encoder._tokenizer
    encoder._tokenizer = lambda texts: seen.extend(texts) or tokenizer(texts, 16)
    np.testing.assert_allclose(encoder.encode_texts(["\n  cat   cat " * 10_000]), vectors[:1], atol=1e-5)
    assert len(seen[0]) < 2_000  # a token costs time, so none is made in vain
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert vectors[0] @ vectors[2] < 0.999


def test_read_ahead__prepares_in_order_and_closes(folder):
    encoder = get_encoder(f"clip:{folder}")
    _, store = make_items(many_colours(20))
    ready = read_ahead(range(20), store, encoder, ahead=6)
    first = [next(ready) for _ in range(3)]
    assert [one.row for one in first] == [0, 1, 2]
    assert tuple(first[0].value.shape) == (3, 32, 32)
    time.sleep(0.3)  # long enough for readers that do not stop to read all
    ready.close()
    assert len(store.read) <= 3 + 6


def test_encode_items__from_pictures_to_queries(folder, tmp_path):
    artifacts = ArtifactStore(tmp_path)
    items, store = make_items([*many_colours(5), b"broken", "a text"])
    artifact = encode_items(items, store, f"clip:{folder}", artifacts, batch=2)
    assert artifact.array("rows").tolist() == [0, 1, 2, 3, 4, 6]
    assert artifact.meta["describe"]["precision"] == "bfloat16"
    again = load_encoder(artifact)
    assert again.fingerprint() == artifact.meta["encoder_fingerprint"]
    assert float(again.encode_texts(["a text"])[0] @ artifact.array("vectors")[5]) == pytest.approx(1.0, abs=1e-3)


def test_load_encoder__weights_that_changed_are_refused(folder, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(folder, model)
    items, store = make_items(many_colours(2))
    artifact = encode_items(items, store, f"clip:{model}", ArtifactStore(tmp_path / "artifacts"))
    tiny_clip(model, seed=5)
    with pytest.raises(NotAvailable, match="Encode the items again"):
        load_encoder(artifact)
