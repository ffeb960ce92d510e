"""Sets to try Taxon on: emoji pictures that ship with it, and docstrings of the scientific packages installed."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from core.errors import NotAvailable, NotFound
from core.items.archive import ArchiveSource
from core.items.source import Candidates, Source
from core.limits import DEFAULT, Limits
from core.progress import Progress, silent

EMOJI = Path(__file__).resolve().parents[2] / "assets" / "demo" / "emoji.zip"
PACKAGES = ("numpy", "scipy", "sklearn", "pandas", "networkx", "matplotlib", "skimage", "sympy")
_MOST = 4_000
_FEWEST_CHARS = 20
_TOP_LEVEL = re.compile(r"^(?=(?:def|class) )", re.MULTILINE)
_DOCSTRING = re.compile(r':[ \t]*(?:#[^\n]*)?\n\s+[rRuU]?""".*?"""', re.DOTALL)
_SKIPPED_FOLDERS = ("tests", "test", "_vendor", "externals", "_lib", "conftest", "testing", "distutils", "compat")


def demo_source(name: str, limits: Limits = DEFAULT) -> Source:
    """The source named `demo:emoji` or `demo:docstrings`. Raises `NotFound`, `NotAvailable`."""
    if name == "demo:emoji":
        if not EMOJI.is_file():
            raise NotAvailable(
                "The emoji pictures are not on this machine.", next_step=f"Restore {EMOJI.name} in assets/demo."
            )
        return ArchiveSource(EMOJI, limits, title="Emoji", location=name)
    if name == "demo:docstrings":
        return DocstringSource()
    raise NotFound(f"There is no demo set “{name}”.", next_step="Try demo:emoji or demo:docstrings.")


class DocstringSource(Source):
    """First paragraphs of the docstrings of public functions and classes; no package is imported, only parsed."""

    title = "Docstrings"
    location = "demo:docstrings"

    def candidates(self, progress: Progress = silent) -> Candidates:
        """At most 4,000 docstrings, the same at every call with the same packages. Raises `NotAvailable`."""
        import pyarrow as pa

        found: dict[str, tuple[str, str, str]] = {}
        for package in PACKAGES:
            if len(found) >= _MOST:
                break
            progress(len(found), _MOST, f"reading {package}")
            for item_id, text, module, kind in _docstrings(package):
                found.setdefault(item_id, (text, module, kind))
        if not found:
            raise NotAvailable("No package with docstrings was found.", next_step="Try demo:emoji.")
        ids = sorted(found) if len(found) <= _MOST else _spread(sorted(found))
        return Candidates(
            item_ids=ids,
            file_names=[""] * len(ids),
            texts=[found[item_id][0] for item_id in ids],
            positions=np.arange(len(ids), dtype=np.int64),
            total=len(ids),
            columns=pa.table({"module": [found[i][1] for i in ids], "kind": [found[i][2] for i in ids]}),
        )


def _spread(ids: list[str]) -> list[str]:
    return [ids[row] for row in np.linspace(0, len(ids) - 1, _MOST).astype(int)]


def _docstrings(package: str) -> Iterator[tuple[str, str, str, str]]:
    """(id, text, submodule, "class" or "function") of a package's public definitions."""
    spec = find_spec(package) if package not in sys.modules else sys.modules[package].__spec__
    if spec is None or not spec.submodule_search_locations:
        return
    root = Path(next(iter(spec.submodule_search_locations)))
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if any(part in _SKIPPED_FOLDERS or part.startswith("test_") for part in parts):
            continue
        public = [part for part in parts if not part.startswith("_")]
        module = ".".join([package, *public[:1]]) if len(parts) > 1 and not parts[0].startswith("_") else package
        for name, text, kind in _definitions(path):
            yield f"{'.'.join([package, *public, name])}", text, module, kind


def _definitions(path: Path) -> Iterator[tuple[str, str, str]]:
    """(name, text, kind) of the public definitions at the top level of a file."""
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for chunk in _TOP_LEVEL.split(source)[1:]:
        docstring = _DOCSTRING.search(chunk)
        if docstring is None or chunk.startswith(("def _", "class _")):
            continue
        node = _parsed(chunk[: docstring.end()])
        text = _opening(ast.get_docstring(node) or "") if node else ""
        if node and len(text) >= _FEWEST_CHARS:
            yield node.name, text, "class" if isinstance(node, ast.ClassDef) else "function"


def _parsed(head: str) -> ast.FunctionDef | ast.ClassDef | None:
    """A definition cut off behind its docstring: parsing whole files would take twenty times as long."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(head).body[0]
    except (SyntaxError, ValueError, IndexError, RecursionError):
        return None
    return node if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else None


def _opening(docstring: str) -> str:
    """The summary and the paragraph after it, as one line each."""
    paragraphs = [" ".join(part.split()) for part in docstring.split("\n\n")]
    prose = [part for part in paragraphs[:2] if part and "----" not in part and not part.startswith((".. ", ">>>"))]
    return "\n".join(prose)
