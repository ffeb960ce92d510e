"""From a folder of pictures to clusters: seconds, items/s and memory of each stage, by the command line.

    python tests/bench/bench_run.py --pictures 8000 --encoder pocket

Pictures are demo emoji on random backgrounds, 224 px PNG; the folder is made anew and removed afterwards.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def make_pictures(folder: Path, count: int, side: int = 224) -> None:
    """Write `count` different PNG pictures."""
    from PIL import Image

    rng = random.Random(0)
    with zipfile.ZipFile(ROOT / "assets" / "demo" / "emoji.zip") as archive:
        names = [name for name in archive.namelist() if name.lower().endswith((".png", ".webp"))]
        glyphs = [Image.open(io.BytesIO(archive.read(name))).convert("RGBA") for name in names]
    for number in range(count):
        picture = Image.new("RGB", (side, side), tuple(rng.randrange(140, 256) for _ in range(3)))
        glyph = glyphs[number % len(glyphs)].resize((rng.randrange(side // 2, side - 8),) * 2)
        glyph = glyph.rotate(rng.uniform(-25, 25))
        spare = side - glyph.width
        picture.paste(glyph, (rng.randrange(spare), rng.randrange(spare)), glyph)
        picture.save(folder / f"{number:06}.png")


def main() -> None:
    """Run it and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=8000)
    parser.add_argument("--encoder", default="pocket")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        pictures, project = Path(temporary) / "pictures", Path(temporary) / "p.taxon"
        pictures.mkdir()
        make_pictures(pictures, options.pictures)
        command = [sys.executable, "-m", "core", "run", str(pictures), "--project", str(project)]
        command += ["--encoder", options.encoder, "--json"]
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        seconds = time.perf_counter() - begun
        result = json.loads(done.stdout)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        report(options.pictures, result, project, seconds, memory)


def report(count: int, result: dict, project: Path, seconds: float, memory: float) -> None:
    """Print the table for RESULTS.md."""
    stages = {"import": result["report"]["seconds"]}
    for stage, key in result["active"].items():
        meta = project / "artifacts" / stage / str(key) / "meta.json"
        if meta.is_file():
            stages[stage] = json.loads(meta.read_text())["seconds"]
    print("| stage | seconds | items/s |\n|---|---|---|")
    for stage, spent in stages.items():
        print(f"| {stage} | {spent:.1f} | {count / max(spent, 1e-9):,.0f} |")
    print(f"| whole command | {seconds:.1f} | {count / seconds:,.0f} |")
    print(f"\nPeak memory of the largest process: {memory:,.0f} MB; {result['summary']}")


if __name__ == "__main__":
    main()
