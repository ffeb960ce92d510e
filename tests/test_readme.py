"""What the README says is what the code does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.encoders.table import ENCODERS
from core.limits import DEFAULT, MIB

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title):
    return README.split(f"## {title}\n")[1].split("\n## ")[0]


def test_readme__limits_are_those_of_the_code():
    table = section("Limits")
    for number in (
        f"{DEFAULT.picture_bytes // MIB} MiB",
        f"{DEFAULT.picture_pixels // 1_000_000} million pixels",
        f"{DEFAULT.table_bytes // MIB:,} MiB",
        f"{DEFAULT.table_rows:,} rows",
        f"{DEFAULT.table_columns:,} columns",
        f"{DEFAULT.text_chars:,} characters",
        f"{DEFAULT.zip_bytes // MIB // 1024} GiB",
        f"unpacked {DEFAULT.zip_unpacked_bytes // MIB // 1024} GiB",
        f"{DEFAULT.upload_bytes // MIB:,} MiB",
        f"{DEFAULT.name_chars} characters",
    ):
        assert number in table, number


def test_readme__names_every_encoder():
    named = set(re.findall(r"^\| `([a-z]+)", section("Encoders"), re.MULTILINE))
    assert named == set(ENCODERS)


def test_readme__links_lead_somewhere():
    missing = [link for link in re.findall(r"\]\(([^)#:]+)\)", README) if not (ROOT / link).exists()]
    assert missing == []


@pytest.mark.parametrize("command", sorted(set(re.findall(r"python -m core (\w+)", README))))
def test_readme__commands_exist(command):
    done = subprocess.run([sys.executable, "-m", "core", command, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_readme__python_example_runs(tmp_path):
    from core import adoption, pipeline, work
    from core.project import Project

    (tmp_path / "2024").mkdir()
    others = (f"n{i},words of group {i % 4} {i}" for i in range(40))
    rows = ["id,text", "2024/IMG_0012.jpg,a heron by the water", *others]
    (tmp_path / "items.csv").write_text("\n".join(rows))
    with Project.create(tmp_path / "photos.taxon") as project:
        found = work.import_and_run(project, str(tmp_path / "items.csv"))
        assert found
        chosen = pipeline.Recipe(encoder="lsa", parameters={"k": 4})
        adoption.adopt(project, pipeline.run(project, chosen, until="clustering"))
    example = re.search(r"```python\n(.+?)```", README, re.DOTALL).group(1)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "IMG_0012" in done.stdout
    with Project.open(tmp_path / "photos.taxon") as project:
        assert [event.kind for event in project.history(3)] == ["undo", "move", "rename"]
