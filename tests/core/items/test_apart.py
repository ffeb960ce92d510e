"""Tables and vectors that are read in a process of their own: as they would be here, and never at any price."""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import BadInput
from core.items import apart
from core.items.given import read_vectors
from core.items.table_files import read_table_file
from core.items.table_formats import parse
from core.limits import DEFAULT, Limits

LONG = "x" * 1_000_000


def parquet(**columns):
    data = io.BytesIO()
    pq.write_table(pa.table(columns), data)
    return data.getvalue()


def coded(values, codes):
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), values)


LISTS = pa.array([[0.5, 1.5]] * 3, pa.list_(pa.float32()))
TABLES = {
    "a.csv": "\n".join(["id;text", *(f"{n};Größe {n}" for n in range(9000)), "x;y;z"]).encode("cp1252"),
    "a.jsonl": b"\n".join([b'{"text": "a", "n": 1, "v": [1, 2], "yes": true}'] * 2000 + [b"no object"]),
    "a.parquet": parquet(
        text=coded(["a", "b"], [0, 1, None]), v=LISTS, n=[1, None, 3], when=pa.array([1, 2, 3], "date32")
    ),
    "none.parquet": parquet(text=pa.array([], "string")),
}


@pytest.mark.parametrize("name", TABLES)
def test_table__comes_back_as_it_was_read(name):
    here, there = parse(TABLES[name], name, DEFAULT), apart.table_apart(TABLES[name], name, 1000, DEFAULT)
    assert there.table.equals(here.table) and there.positions.tolist() == here.positions.tolist()
    for what in ("total", "broken", "notes", "untyped"):
        assert getattr(there, what) == getattr(here, what)


def test_parquet__that_swells_is_refused():
    data = parquet(text=coded([LONG], np.zeros(10_000, int)))
    assert len(data) < 200_000
    with pytest.raises(BadInput, match="more memory than is allowed"):
        read_table_file(data, "a.parquet")


def test_npz__that_swells_is_refused(tmp_path):
    path = tmp_path / "v.npz"
    header = b"\x93NUMPY\x01\x00\x76\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (4000000, 512)}".ljust(
        117
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vectors.npy", header + b"\n" + bytes(10**7))
    with pytest.raises(BadInput, match="more memory than is allowed"):
        read_vectors(path)


def test_csv__that_takes_too_long_is_refused():
    with pytest.raises(BadInput, match="seconds of computing"):
        read_table_file(b"text\n" + b"word\n" * 180_000, "a.csv", Limits(table_read_seconds=0.01))


def test_csv__of_quotation_marks_that_lead_to_the_end_takes_no_longer_than_others():
    # Each line closes the quotation of the one before it and opens another.
    begun = time.process_time()
    raw = parse(b"a,b\n1,2\n" + b'a",b,"c\n' * 200_000, "a.csv", DEFAULT)
    assert raw.table.num_rows == 1 and raw.broken[0][1] == "A quotation mark in it is not closed."
    assert time.process_time() - begun < 15  # it was minutes


def test_csv__a_long_cell_among_the_first_is_read():
    assert len(parse(f"id,text\na,{LONG}\n".encode(), "a.csv", DEFAULT).table.column("text")[0].as_py()) == len(LONG)
