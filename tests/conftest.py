"""What every test stands on: no network, few threads, small planted collections."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_OFFLINE = str(Path(__file__).parent / "offline")
# Before any test imports torch or numba: they read these once.
os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"})
os.environ.update({"TAXON_STANDBY": "0", "OMP_WAIT_POLICY": "PASSIVE"})
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_OFFLINE, os.environ.get("PYTHONPATH")]))
sys.path.insert(0, _OFFLINE)
sys.modules.pop("sitecustomize", None)
import sitecustomize  # noqa: E402, F401

# Deadlines are timed assertions; on a busy machine they would fail for no reason of ours.
# The same examples on every run: a change is judged by what it changed. TAXON_RANDOM=1 draws others.
settings.register_profile(
    "taxon",
    deadline=None,
    derandomize=not os.environ.get("TAXON_RANDOM"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("taxon")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` gives whole files to two workers: the long ones first, so that none is left alone with one."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@dataclass(frozen=True)
class Planted:
    """A small collection whose groups are known.

    Attributes
    ----------
    pictures
        file name → PNG bytes, 64×64.
    texts
        item id → text.
    group_of
        File name or item id → number of its group, 0 to 2.
    """

    pictures: dict[str, bytes]
    texts: dict[str, str]
    group_of: dict[str, int]


@pytest.fixture(scope="session")
def network_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where refused connections of this run are noted, those of child processes too."""
    log = tmp_path_factory.mktemp("network") / "attempts.txt"
    log.touch()
    os.environ["TAXON_NETWORK_LOG"] = str(log)
    return log


@pytest.fixture(autouse=True)
def stay_off_the_network(network_log: Path) -> Iterator[None]:
    """Fails a test that tried to leave this machine, even if the code under test hid the refusal."""
    before = network_log.stat().st_size
    yield
    if network_log.stat().st_size != before:
        tried = network_log.read_bytes()[before:].decode().split()
        pytest.fail(f"tried to reach {', '.join(tried)}")


@pytest.fixture(autouse=True)
def stay_the_main_module() -> Iterator[None]:
    """Streamlit puts a page in the place of `__main__` and leaves it there; a spawned worker would run that page."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def project_path(tmp_path: Path) -> Path:
    """Where a test may make a project; nothing is there yet."""
    return tmp_path / "collection.taxon"


@pytest.fixture(scope="session")
def planted() -> Planted:
    """30 pictures and 30 texts in three groups each: discs, bars and rings; the sea, bread and engines."""
    pictures = {f"{shape}/{shape}-{i:02}.png": _draw(shape, i) for shape in _SHAPES for i in range(10)}
    texts = {f"{topic}-{i:02}": _write(topic, i) for topic in _TOPICS for i in range(10)}
    group_of = {name: _SHAPES.index(name.split("/")[0]) for name in pictures}
    group_of |= {name: list(_TOPICS).index(name.split("-")[0]) for name in texts}
    return Planted(pictures, texts, group_of)


@pytest.fixture
def picture_folder(tmp_path: Path, planted: Planted) -> Path:
    """The planted pictures as a folder, one sub-folder a group."""
    root = tmp_path / "pictures"
    for name, data in planted.pictures.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


@pytest.fixture
def text_table(tmp_path: Path, planted: Planted) -> Path:
    """The planted texts as a CSV file with the columns id, text and length."""
    path = tmp_path / "texts.csv"
    lines = [f'{name},"{text}",{len(text)}' for name, text in planted.texts.items()]
    path.write_text("\n".join(["id,text,length", *lines]) + "\n", encoding="utf-8")
    return path


_SHAPES = ("disc", "bars", "ring")
_TOPICS = {
    "sea": ["ship", "wave", "harbour", "sail", "tide", "anchor", "captain", "storm", "island", "salt"],
    "bread": ["flour", "oven", "yeast", "dough", "crust", "baker", "knead", "loaf", "wheat", "rise"],
    "engine": ["piston", "fuel", "valve", "torque", "gear", "spark", "cylinder", "exhaust", "pump", "oil"],
}


def _draw(shape: str, i: int) -> bytes:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (64, 64), "white")
    pen = ImageDraw.Draw(image)
    x, y, r = 24 + i, 38 - i, 14 + i % 4
    if shape == "disc":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(200, 30 + 5 * i, 40))
    elif shape == "bars":
        for left in range(i % 5, 64, 12):
            pen.rectangle((left, 0, left + 5, 63), fill=(30, 60, 160 + 5 * i))
    else:
        pen.ellipse((x - r, y - r, x + r, y + r), outline=(20, 140 + 5 * i, 60), width=5)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def _write(topic: str, i: int) -> str:
    words = _TOPICS[topic]
    return " ".join(words[(i * step + step) % len(words)] for step in range(1, 8)) + f" number {i}."
