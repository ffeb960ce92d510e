"""The shape of the code, held: the way of the data, what core may import, what nobody may call, how long files get."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security import static

ROOT = Path(__file__).resolve().parents[1]
CORE = sorted((ROOT / "core").rglob("*.py"))
SHIPPED = CORE + sorted((ROOT / "app").rglob("*.py"))
ASSETS = sorted((ROOT / "assets").rglob("*.py"))
EVERYTHING = SHIPPED + ASSETS + sorted((ROOT / "tests").rglob("*.py"))

# Earlier to later; a module imports from its own place or from earlier ones.
WAY = (
    ("errors", "fingerprint", "limits", "safe", "progress", "storage", "lock", "users"),
    ("items",),
    ("encoders",),
    ("structure",),
    ("partition",),
    ("search", "quality", "compare", "export", "forgetting"),
    ("project",),
    ("pipeline",),
    ("assist", "naming"),
    ("browse", "colouring", "collection", "doctor", "middles", "selections", "suggestions"),
    ("near_duplicates", "look_again", "explanation", "hot_keys"),
    ("arranging", "decks"),
    ("work",),
    ("jobs",),
    ("adoption",),
    ("namer",),
    ("forget_command", "names_command", "recover_command", "review_command"),
    ("__main__",),
)
PLACE = {name: place for place, names in enumerate(WAY) for name in names}
# Numbers alone: what was decided must not depend on how the groups were found.
NEVER = {("partition", "structure")}
HEAVY = {
    "torch", "torchvision", "open_clip", "timm", "umap", "hdbscan", "sklearn", "sknetwork", "numba",
    "pynndescent", "streamlit", "plotly", "pandas", "pyarrow", "PIL", "scipy", "sentence_transformers",
    "huggingface_hub",
}  # fmt: skip
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(tree: ast.AST, everywhere: bool = True) -> Iterator[tuple[str, int]]:
    """Names of imported modules, with lines; not `everywhere` = only those that run at import."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write the whole name of the module"
            yield node.module or "", node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            if everywhere:
                yield from imports(node, everywhere)
        elif everywhere or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from imports(node, everywhere)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_core__every_module_has_its_place_on_the_way():
    parts = {path.relative_to(ROOT / "core").parts[0].removesuffix(".py") for path in CORE} - {"__init__"}
    assert parts <= PLACE.keys(), f"say where it belongs, in WAY: {parts - PLACE.keys()}"


def test_core__imports_only_from_earlier_on_the_way():
    wrong = []
    for path in CORE:
        mine = path.relative_to(ROOT / "core").parts[0].removesuffix(".py")
        for name, line in imports(parsed(path)):
            parts = name.split(".")
            other = parts[1] if parts[0] == "core" and len(parts) > 1 else None
            if other in PLACE and mine in PLACE and (PLACE[other] > PLACE[mine] or (mine, other) in NEVER):
                wrong.append(f"{short(path)}:{line} imports {name}")
    assert sorted(set(wrong)) == []


def test_core__knows_nothing_of_the_app():
    wrong = [
        f"{short(path)}:{line} imports {name}"
        for path in CORE
        for name, line in imports(parsed(path))
        if name.split(".")[0] in ("streamlit", "app", "requests", "plotly")
    ]
    assert wrong == []


def test_core__imports_heavy_libraries_inside_functions():
    wrong = [
        f"{short(path)}:{line} imports {name}"
        for path in CORE
        for name, line in imports(parsed(path), everywhere=False)
        if name.split(".")[0] in HEAVY
    ]
    assert wrong == []


@pytest.mark.parametrize("module", ["core", "core.project", "core.pipeline", "core.__main__"])
def test_core__importing_it_loads_nothing_heavy(module):
    code = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_source__runs_and_unpickles_nothing_that_it_reads():
    """The rest of what is banned stands in tests/security/test_static.py; tests and assets are held to this."""
    wrong = [
        f"{short(path)}:{line} {what}"
        for path in EVERYTHING
        for line, what in static.bans(parsed(path), core=False)
        if what.split(":")[0] in ("eval", "exec", "__import__", "torch.load", *static.UNPICKLERS)
    ]
    assert wrong == []


def test_source__is_finished():
    wrong = [
        f"{short(path)}:{number}"
        for path in EVERYTHING
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert wrong == []


def test_core__prints_only_on_the_command_line():
    wrong = [
        f"{short(path)}:{node.lineno}"
        for path in CORE
        if path.name != "__main__.py"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert wrong == []


def test_source__a_file_holds_one_idea():
    limits = {path: 150 if path.parent.name == "views" else 350 for path in SHIPPED}
    found = {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SHIPPED}
    assert {name: lines for name, lines in found.items() if lines > limits[ROOT / name]} == {}


def test_core__every_public_thing_says_what_it_is():
    wrong = []
    for path in CORE:
        tree = parsed(path)
        wrong += [] if ast.get_docstring(tree) else [f"{short(path)}:1 the module"]
        for node in tree.body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                wrong.append(f"{short(path)}:{node.lineno} {node.name}")
    assert wrong == []


def test_requirements__are_exact():
    lines = [line for path in ROOT.glob("requirements*.txt") for line in path.read_text().splitlines()]
    pins = [line for line in lines if line and not line.startswith(("#", "-r"))]
    assert len(pins) > 20
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9_-]+==[\w.]+", line)] == []


def test_requirements__hold_all_that_is_imported():
    given = (ROOT / "requirements.txt").read_text().lower().replace("-", "_")
    names = {"PIL": "pillow", "sklearn": "scikit_learn", "open_clip": "open_clip_torch", "umap": "umap_learn"}
    names |= {"sknetwork": "scikit_network", "sentence_transformers": ""}
    used = {name.split(".")[0] for path in SHIPPED for name, _ in imports(parsed(path))}
    third_party = used - set(sys.stdlib_module_names) - {"core", "app", ""}
    # Arrives with Streamlit, whose server it is, in the version that Streamlit asks for.
    missing = {name for name in third_party - {"starlette"} if f"{names.get(name, name).lower()}" not in given}
    assert missing == set()
