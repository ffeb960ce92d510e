"""core.storage: whole or absent, whatever fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.errors import NotFound, StorageFailed
from core.storage import ArtifactStore, read_json, write_bytes, write_json

NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
DTYPES = st.sampled_from(["f4", "f8", "i4", "i8", "u1", "?", "U5", "M8[s]"])
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)


@SAME_FOLDER
@given(JSON)
def test_write_json__reads_back_the_same(tmp_path, value):
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value


def test_write_json__keeps_lone_surrogates(tmp_path):
    write_json(tmp_path / "a.json", {"name": "\udcff"})
    assert read_json(tmp_path / "a.json") == {"name": "\udcff"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"x": object()}])
def test_write_json__refuses_and_leaves_the_old_file(tmp_path, value):
    write_json(tmp_path / "a.json", 1)
    with pytest.raises((ValueError, TypeError)):
        write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == 1


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_read_json__calls_a_damaged_file_damaged(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(NotFound, match="damaged"):
        read_json(tmp_path / "a.json")


def test_read_json__says_when_there_is_none_or_it_cannot_be_read(tmp_path):
    with pytest.raises(NotFound, match="is not in"):
        read_json(tmp_path / "a.json")
    with pytest.raises(StorageFailed, match="could not be read"):
        read_json(tmp_path)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_write_bytes__a_failing_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call):
    write_bytes(tmp_path / "a", b"old")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", fail) if call == "fsync" else (Path, "replace", fail)))
    with pytest.raises(StorageFailed, match="No space left"):
        write_bytes(tmp_path / "a", b"new")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"a": b"old"}


def test_write_bytes__into_a_folder_that_is_gone_is_refused(tmp_path):
    with pytest.raises(StorageFailed):
        write_bytes(tmp_path / "gone" / "a", b"new")


def test_write_bytes__kill_at_any_moment_leaves_old_or_new(tmp_path):
    path = tmp_path / "a"
    contents = [bytes([mark]) * 300_000 for mark in b"ab"]
    write_bytes(path, contents[0])
    code = (
        "import sys; from pathlib import Path; from core.storage import write_bytes\n"
        "print(1, flush=True)\n"
        "while True:\n for mark in b'ab': write_bytes(Path(sys.argv[1]), bytes([mark]) * 300_000)"
    )
    for moment in range(6):
        child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        child.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.01 + 0.013 * moment)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert path.read_bytes() in contents


@SAME_FOLDER
@given(arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)))
def test_put__gives_back_every_array_exactly(tmp_path, array):
    store = ArtifactStore(tmp_path)
    key = os.urandom(8).hex()
    loaded = store.put("vectors", key, {"x": array, "turned": array.T}, {}).array("x")
    assert loaded.dtype == array.dtype
    assert loaded.shape == array.shape
    assert loaded.tobytes() == np.ascontiguousarray(array).tobytes()
    np.testing.assert_array_equal(store.load("vectors", key).array("turned"), array.T)


def test_put__what_is_there_stays(tmp_path):
    store = ArtifactStore(tmp_path)
    store.put("map", "k", {"x": np.zeros(2)}, {"n": 1})
    again = store.put("map", "k", {"x": np.ones(2)}, {"n": 2})
    assert again.meta == {"n": 1}
    assert again.array("x").tolist() == [0, 0]
    assert again.names() == ["x"]


def test_put__an_error_leaves_nothing_behind(tmp_path):
    store = ArtifactStore(tmp_path)
    with pytest.raises(ValueError, match="Object arrays"):
        store.put("map", "k", {"x": np.array([object()])}, {})
    assert not store.has("map", "k")
    assert list((tmp_path / "map").iterdir()) == []


def test_put__deletes_the_shards_and_only_its_own(tmp_path):
    store = ArtifactStore(tmp_path)
    (store.scratch("map", "k") / "shard").write_bytes(b"1")
    (store.scratch("map", "other") / "shard").write_bytes(b"2")
    store.put("map", "k", {}, {})
    assert list(store.scratch("map", "k").iterdir()) == []
    assert (store.scratch("map", "other") / "shard").read_bytes() == b"2"
    assert store.keys("map") == ["k"]


def test_array__cannot_be_written_to(tmp_path):
    array = ArtifactStore(tmp_path).put("map", "k", {"x": np.zeros(2)}, {}).array("x")
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_array__missing_or_damaged_is_a_sentence(tmp_path):
    artifact = ArtifactStore(tmp_path).put("map", "k", {"x": np.zeros(2)}, {})
    (artifact.path / "x.npy").write_bytes(b"nonsense")
    for name in ("x", "y"):
        with pytest.raises(NotFound, match="no usable"):
            artifact.array(name)


def test_keys__newest_first_and_whole_ones_only(tmp_path):
    store = ArtifactStore(tmp_path)
    for age, key in enumerate(["new", "old"]):
        meta = store.put("map", key, {}, {}).path / "meta.json"
        os.utime(meta.parent, (1e9 - age, 1e9 - age))
    (tmp_path / "map" / "half").mkdir()
    assert store.keys("map") == ["new", "old"]
    assert store.keys("graph") == []


@pytest.mark.parametrize(("stage", "key"), [("../map", "k"), ("map", "../k"), ("map", ""), ("map", ".k"), ("Map", "k")])
def test_store__names_cannot_leave_it(tmp_path, stage, key):
    with pytest.raises(NotFound):
        ArtifactStore(tmp_path / "artifacts").put(stage, key, {}, {})
    assert not list(tmp_path.rglob("meta.json"))


def test_meta__is_plain_json(tmp_path):
    path = ArtifactStore(tmp_path).put("map", "k", {}, {"é": [1, None]}).path
    assert json.loads((path / "meta.json").read_text(encoding="utf-8")) == {"é": [1, None]}


def test_put__sweeps_what_a_killed_process_left_long_ago(tmp_path):
    store = ArtifactStore(tmp_path)
    old, young = tmp_path / "map" / ".0abc.x.aside", tmp_path / "map" / ".0abd.y.aside"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    store.put("map", "k", {"xy": np.zeros(1)}, {})
    assert not old.exists()
    assert young.exists()
