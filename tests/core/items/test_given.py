from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import BadInput
from core.items.given import read_vectors
from core.items.table import Kind


@pytest.fixture
def vectors(tmp_path):
    def write(array, name="v.npy"):
        path = tmp_path / name
        if name.endswith(".npz"):
            np.savez(path, vectors=array, other=np.zeros(3))
        elif name.endswith(".parquet"):
            pq.write_table(pa.table({"id": list(range(len(array))), "v": array.tolist()}), path)
        else:
            np.save(path, array)
        return path

    return write


@pytest.mark.parametrize("name", ["v.npy", "v.npz", "v.parquet"])
@pytest.mark.parametrize("dtype", ["float64", "float16", "int32"])
def test_read_vectors__formats(vectors, name, dtype):
    array = np.arange(12).reshape(4, 3).astype(dtype)
    read = read_vectors(vectors(array, name))
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, array)


def test_read_vectors__parquet_of_number_columns(tmp_path):
    path = tmp_path / "v.parquet"
    pq.write_table(pa.table({"a": [1.0, 2.0], "b": [3.0, 4.0]}), path)
    np.testing.assert_array_equal(read_vectors(path), [[1, 3], [2, 4]])


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((0, 3)), np.zeros((2, 2, 2)), np.array([["a", "b"]])])
def test_read_vectors__no_table_of_numbers(vectors, array):
    with pytest.raises(BadInput, match="no table of vectors"):
        read_vectors(vectors(array))


def test_read_vectors__python_objects_are_never_loaded(tmp_path):
    path = tmp_path / "v.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="Python objects"):
        read_vectors(path)
    for name in ("x.npy", "x.npz", "x.parquet"):
        (tmp_path / name).write_bytes(b"rubbish")
        with pytest.raises(BadInput):
            read_vectors(tmp_path / name)


def test_read_vectors__ragged_lists(tmp_path):
    path = tmp_path / "v.parquet"
    pq.write_table(pa.table({"v": [[1.0], [1.0, 2.0]]}), path)
    with pytest.raises(BadInput, match="differ in length"):
        read_vectors(path)


def test_vectors_alone__every_row_is_an_item(vectors, bench):
    array = np.array([[1, 0], [np.nan, 1], [0, 0], [1, 0]], dtype=np.float32)
    report = bench.add(vectors(array))
    assert report.sentence() == "4 read"
    assert bench.items.item_id.tolist() == ["0", "1", "2", "3"]
    assert set(bench.items.kind) == {Kind.VECTOR}
    rows, stored = bench.store.given_vectors()
    assert rows.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(stored, array)


def test_vectors__follow_their_rows_past_broken_ones(vectors, bench, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,text\na,x\nbroken\nc,z\nd,\na,x\n")
    array = np.arange(10, dtype=np.float32).reshape(5, 2)
    report = bench.add(path, vectors=vectors(array), id_column="id")
    assert report.sentence() == "3 read, 1 duplicate, 1 broken"
    rows, stored = bench.store.given_vectors()
    assert rows.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(stored, array[[0, 2, 3]])
    assert bench.items.item_id.tolist() == ["a", "c", "d"]
    assert bench.items.kind.tolist() == [Kind.TEXT, Kind.TEXT, Kind.VECTOR]


def test_vectors__a_table_without_text_gives_columns(vectors, bench, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("n,weight\n1,2\n3,4\n")
    bench.add(path, vectors=vectors(np.eye(2)))
    assert set(bench.items.kind) == {Kind.VECTOR}
    assert bench.items.columns == ("n", "weight")


def test_vectors__a_wrong_count_is_a_sentence_with_both(vectors, bench, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text\na\nb\nc\n")
    with pytest.raises(BadInput, match="2 vectors for 3 rows"):
        bench.add(path, vectors=vectors(np.eye(2)))


def test_vectors__of_known_items_are_added_later(vectors, bench, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,text\na,x\nb,y\n")
    bench.add(path)
    assert bench.store.given_vectors() is None
    assert bench.add(path, vectors=vectors(np.eye(2))).known == 2
    bench.add(path, vectors=vectors(np.eye(2)[::-1], "w.npy"))
    rows, stored = bench.store.given_vectors()
    assert rows.tolist() == [0, 1]
    np.testing.assert_array_equal(stored, np.eye(2)[::-1])
    with pytest.raises(BadInput, match="3 numbers each"):
        bench.add(path, vectors=vectors(np.ones((2, 3)), "z.npy"))


def test_vectors__of_a_folder_follow_the_order_of_ids(vectors, bench, tmp_path, encoded):
    folder = tmp_path / "f"
    folder.mkdir()
    for name, content in (("b.png", encoded("red")), ("a.png", b"<html>"), ("c.png", encoded("blue"))):
        (folder / name).write_bytes(content)
    bench.add(folder, vectors=vectors(np.eye(3)))
    np.testing.assert_array_equal(bench.store.given_vectors()[1], np.eye(3)[1:])
