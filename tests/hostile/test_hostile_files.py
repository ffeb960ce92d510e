"""Hostile files end in a named outcome or a sentence: none is uncaught, slow or large, and the process lives on."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.items.caps import Caps
from core.items.decoders import Decoders
from core.items.decoding import Wanted, _pixels, as_webp
from core.items.importer import import_source
from core.items.report import Outcome
from core.items.sources import open_source
from core.project import Project
from tests.hostile import pictures, sources
from tests.hostile.reading import Changed, read

SECONDS, BYTES = 5.0, 2**30  # on the processor, and of memory; each
ROOT = Path(__file__).resolve().parents[2]


def written(folder, content):
    folder.mkdir()
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return folder


def test_pictures__each_has_an_outcome_and_the_good_ones_are_read(tmp_path):
    made = pictures.hostile()
    good = {f"good {number}.png": pictures.good("PNG", 40 + number) for number in range(3)}
    folder = written(tmp_path / "pictures", made | good)
    with Project.create(tmp_path / "p.taxon") as project:
        report = import_source(project.items, project.thumbnails, open_source(folder))
        items = project.items.load()
        assert report.offered == len(made) + len(good) and len(made) >= 130
        assert report.count(Outcome.QUARANTINED) == 0, report.examples
        assert {Outcome.BROKEN, Outcome.UNSUPPORTED, Outcome.TOO_LARGE} <= set(report.counts)
        for name, data in good.items():
            row = items.row_of(name)
            assert project.items.picture(row) == data and project.thumbnails.get(items.digest[row])[:4] == b"RIFF"
    for sentence in (pair[1] for pairs in report.examples.values() for pair in pairs):
        assert sentence.endswith(".") and "Error" not in sentence


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    """What became of every source; all in one process, which lives to the end."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "sources").mkdir()
    (root / "projects").mkdir()
    listed = sources.write_all(root / "sources")
    (root / "list.json").write_text(json.dumps([str(path) for path in listed]))
    command = [sys.executable, "-m", "tests.hostile.take_in", str(root / "list.json"), str(root / "projects")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment, timeout=280)
    for path in (root / "sources" / "closed" / "closed", root / "sources" / "closed" / "mine.png"):
        path.chmod(0o700)
    assert done.returncode == 0, done.stderr[-3000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["source"] for one in told] == [str(path) for path in listed] and len(told) >= 80
    return {Path(one["source"]).name: one for one in told}


@pytest.mark.skipif(sys.platform != "linux", reason="The peak of memory is read from /proc.")
def test_sources__end_in_words_within_time_and_memory(taken_in):
    assert len({one["pid"] for one in taken_in.values()}) == 1
    for name, one in taken_in.items():
        assert one["seconds"] < SECONDS and one["bytes"] < BYTES, (name, one)
        assert one["words"] and "Traceback" not in one["words"] and "Error" not in one["words"], (name, one)
    ends = Counter(one["ended"] for one in taken_in.values())
    assert ends["imported"] >= 30 and ends["refused"] >= 30
    assert not Path("/tmp/never").exists()


def test_folders__take_the_good_picture_and_nothing_from_outside(taken_in):
    words = {name: taken_in[name]["words"] for name in sources.FOLDERS}
    assert words["links"] == "1 read, 7 unsupported" and words["sparse"] == "1 read, 2 too large"
    assert words["specials"].startswith("1 read, ") and words["deep"] == "1 read, 1 too large"
    assert words["names"].endswith(" read") and int(words["names"].split()[0]) >= 44
    assert words["piped"].startswith("1 read") and words["metadata"] == "1 read"


def outcomes(mutated):
    """Counts of what became of some bytes, asked for in each way that pictures are asked for."""
    found: Counter = Counter()
    for work, wanted in ((_pixels, 512), (as_webp, 1600)):
        with Decoders(work) as decoders:
            for start in range(0, len(mutated), 500):
                some = mutated[start : start + 500]
                answers = decoders.do_all([Wanted(data, wanted) for data in some])
                for data, answer in zip(some, answers, strict=True):
                    outcome = answer.refusal.outcome if answer.refusal else Outcome.READ
                    assert outcome is not Outcome.QUARANTINED, (answer.refusal.sentence, data)
                    found[outcome] += 1
            assert all(peak(pid) < BYTES for pid in decoders.pids())
    return found


def peak(pid):
    """Most bytes of memory that a process had; 0 where that is not known."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


@pytest.mark.parametrize("count", [1500, pytest.param(100_000, marks=pytest.mark.slow)])
def test_mutations__are_pictures_or_refused(count):
    found = outcomes(pictures.mutations(count))
    assert sum(found.values()) == 2 * count
    assert found[Outcome.READ] > 0.1 * count and found[Outcome.BROKEN] > 0.1 * count


@pytest.mark.parametrize("count", [300, pytest.param(100_000, marks=pytest.mark.slow)])
def test_mutations__are_tables_and_vectors_or_refused_in_words(count, tmp_path):
    draw = random.Random(0)
    small = [(name, data) for name, data in sources.tables().items() if 0 < len(data) < 20_000]
    packed = [one for one in small if one[0].endswith((".parquet", ".npz", ".npy"))]
    found: Counter = Counter()
    with Decoders(read, 1, Caps.of_table(20_000)) as decoders:
        for _ in range(count // 100):
            some = [draw.choice(draw.choice((small, packed))) for _ in range(100)]
            asked = [Changed(name, pictures.mutated(data, draw), str(tmp_path)) for name, data in some]
            for one, answer in zip(asked, decoders.do_all(asked), strict=True):
                words = answer.refusal.sentence if answer.refusal else answer.told["sentence"]
                # What ends the process is quarantined like a picture; a trace or a library's own words are nobody's.
                assert "Error" not in words, (words, one)
                found[answer.refusal.outcome if answer.refusal else bool(words)] += 1
        assert all(peak(pid) < BYTES for pid in decoders.pids())
    print(found)
    assert found.total() == count and found[True] > 0.1 * count and found[False] > 0.1 * count


@pytest.mark.slow
def test_every_cut__of_every_format_has_an_outcome(tmp_path):
    made = {}
    for kind in pictures.FORMATS:
        whole = pictures.good(kind, 32)
        steps = [round(step * len(whole) / 60) for step in range(60)]
        made |= {f"{kind} {step} {place}.{pictures.SUFFIX[kind]}": whole[:place] for step, place in enumerate(steps)}
    folder = written(tmp_path / "cuts", made | {"good.png": pictures.good("PNG")})
    with Project.create(tmp_path / "p.taxon") as project:
        report = import_source(project.items, project.thumbnails, open_source(folder))
    assert report.offered == len(made) + 1 >= 420 and report.count(Outcome.QUARANTINED) == 0
