"""Tables and vectors are read in a process of their own, capped in memory and time, and come back through files.

Parquet and npz unpack to a thousand times their size and are parsed by C++; a page of quotation marks keeps the parser
of CSV busy for hours. What the process wrote is mapped, not read, and checked as a stranger's file is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import BadInput
from core.items.caps import Caps
from core.items.decoder_process import Work
from core.items.decoders import Decoders
from core.items.raw_table import RawTable
from core.items.report import Outcome
from core.items.table_formats import parse
from core.items.vector_formats import vectors_of
from core.limits import Limits

if TYPE_CHECKING:
    import pyarrow

_TABLE, _BROKEN, _POSITIONS, _VECTORS = "table.arrow", "broken.arrow", "positions.npy", "vectors.npy"


def table_apart(content: Path | bytes, name: str, size: int, limits: Limits) -> RawTable:
    """`table_formats.parse` in a process of its own. Raises `BadInput`."""
    with _written(_write_table, (content, name, limits), name, Caps.of_table(size, limits)) as (folder, told):
        broken = _mapped(folder / _BROKEN)
        return RawTable(
            table=_mapped(folder / _TABLE),
            positions=np.load(folder / _POSITIONS, allow_pickle=False),
            total=int(told["total"]),
            broken=list(zip(*(column.to_pylist() for column in broken.columns), strict=True)),
            notes=[str(note) for note in told["notes"]],
            untyped=bool(told["untyped"]),
        )


def vectors_apart(path: Path, limits: Limits) -> np.ndarray:
    """`vector_formats.vectors_of` in a process of its own: (n, d) float32. Raises `BadInput`."""
    caps = Caps.of_table(path.stat().st_size, limits)
    with _written(_write_vectors, (path, limits), path.name, caps) as (folder, _):
        return np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)


@contextmanager
def _written(work: Work, task: tuple[Any, ...], name: str, caps: Caps) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """A folder with what the work wrote, and what it told. What is mapped of it may be used when the folder is gone."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with Decoders(work, 1, caps) as decoders:
            answer = decoders.do((*task, folder))
        if answer.refusal is not None:
            raise BadInput(
                f"“{name}” cannot be read.",
                answer.refusal.sentence,
                "Split it into several files."
                if answer.refusal.outcome is Outcome.TOO_LARGE
                else "Write it again, or in another format.",
            )
        yield Path(folder), answer.told


def _write_table(task: tuple[Path | bytes, str, Limits, str]) -> tuple[Mapping[str, Any], bytes]:
    import pyarrow as pa

    content, name, limits, folder = task
    raw = parse(content, name, limits)
    _write(Path(folder, _TABLE), raw.table)
    places, sentences = zip(*raw.broken, strict=True) if raw.broken else ((), ())
    _write(Path(folder, _BROKEN), pa.table({"row": pa.array(places, "string"), "why": pa.array(sentences, "string")}))
    np.save(Path(folder, _POSITIONS), raw.positions)
    return {"total": raw.total, "notes": raw.notes, "untyped": raw.untyped}, b""


def _write_vectors(task: tuple[Path, Limits, str]) -> tuple[Mapping[str, Any], bytes]:
    path, limits, folder = task
    np.save(Path(folder, _VECTORS), vectors_of(path, limits))
    return {}, b""


def _write(path: Path, table: pyarrow.Table) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)


def _mapped(path: Path) -> pyarrow.Table:
    import pyarrow as pa

    with pa.ipc.open_stream(pa.memory_map(str(path))) as stream:
        table = stream.read_all()
    table.validate(full=True)
    return table
