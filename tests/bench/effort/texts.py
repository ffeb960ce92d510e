"""Texts that every machine with the packages has: docstrings of scipy and scikit-learn, and Debian's fortunes."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

FORTUNES = Path("/usr/share/games/fortunes")
_SKIPPED = ("tests", "test", "_lib", "externals", "conftest", "testing")
_MOST_CHARS = 6_000


def docstrings(fewest=30):
    """[(text, "package.submodule"), …]: public functions, classes and methods; submodules of at least `fewest`."""
    found = [pair for package in ("scipy", "sklearn") for pair in _documented(package)]
    return _big_enough(found, fewest)


def fortunes(fewest=50):
    """[(text, file), …] of the files that hold at least `fewest`; empty where Debian's package is not installed."""
    found = []
    for path in sorted(FORTUNES.glob("*")):
        if path.suffix or not path.is_file():
            continue
        for text in path.read_text("utf-8", errors="replace").split("\n%\n"):
            if len(text.strip()) >= 15:
                found.append((text.strip().removesuffix("\n%"), path.name))
    return _big_enough(found, fewest)


def _documented(package):
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return
    root = Path(next(iter(spec.submodule_search_locations)))
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if len(parts) < 2 or parts[0].startswith("_") or any(p in _SKIPPED or p.startswith("test_") for p in parts):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_text("utf-8"))
        for text in _public(tree.body, deeper=True):
            yield text[:_MOST_CHARS], f"{package}.{parts[0]}"


def _public(body, deeper):
    for node in body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        text = ast.get_docstring(node)
        if text:
            yield text
        if deeper and isinstance(node, ast.ClassDef):
            yield from _public([one for one in node.body if isinstance(one, ast.FunctionDef)], deeper=False)


def _big_enough(pairs, fewest):
    sizes = Counter(label for _, label in pairs)
    return [(text, label) for text, label in pairs if sizes[label] >= fewest]
