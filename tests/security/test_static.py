"""What may not stand in the code does not, and the test that says so would see it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.security import static

ROOT = Path(__file__).resolve().parents[2]
CORE = sorted((ROOT / "core").rglob("*.py"))
APP = sorted((ROOT / "app").rglob("*.py"))

# Our own words: how what is written in the code begins, and where it may stand.
OURS = {
    "title(status)": "job_panel.py",  # names of stages
    "one.sentence()": "explain_panel.py",  # numbers
    "one.source": "explain_panel.py",  # text, column or words
    "state.selection().sentence(": "verbs.py",  # numbers
    "finding.proposed.get(row, UNDECIDED)": "look_again.py",  # a cluster's number
    "one.title": "recipe_form.py",  # a parameter of a method, from a table of ours
    "one.help": "recipe_form.py",
    "palette.of(code, theme)": "toolbar.py",  # a colour
    "found.scope()": "inbox.py",  # numbers
    "local_time(event.time)": "undo_bar.py",  # a clock
    "kind.capitalize()": "start.py",  # text, image, id
    "who.role": "account.py",  # one of three
    "_hint('Take back', back)": "undo_bar.py",  # goes through safe
    "_hint('Do again', again)": "undo_bar.py",
}
# Places where a rule is meant otherwise, with the reason.
MEANT = {
    "core/encoders/table.py": "importlib.import_module",  # encoders named in this file
    "core/encoders/hub.py": "socket.create_connection",  # whether the host of the weights answers at all
    "core/partition/disk.py": "pathlib.Path('/proc/self/mountinfo')",  # whether machines share the filesystem
    "core/items/decoder_process.py": "open('/proc/self/statm')",  # how much memory the kernel counts
}


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("path", CORE + APP, ids=lambda path: str(path.relative_to(ROOT)))
def test_code__has_nothing_that_is_banned(path):
    meant = MEANT.get(str(path.relative_to(ROOT)))
    assert [what for _, what in static.bans(parsed(path), core=path in CORE) if what.split(":")[0] != meant] == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "import marshal as m",
        "eval('1')",
        "exec(x)",
        "__import__(x)",
        "import torch\ntorch.load(p)",
        "import torch as t\nt.load(p, weights_only=False)",
        "from torch import load\nload(p)",
        "import numpy as np\nnp.load(p, allow_pickle=True)",
        "np.load(p, allow_pickle=flag)",
        "import yaml\nyaml.load(x)",
        "from yaml import load as read\nread(x)",
        "import os\nos.system(x)",
        "import subprocess\nsubprocess.run(x, shell=True)",
        "import streamlit as st\nst.html(x)",
        "from streamlit import html\nhtml(x)",
        "import streamlit as st\nst.image(x)",
        "import streamlit as st\nst.markdown(x, unsafe_allow_html=True)",
        "import streamlit as st\nst.components.v1.html(x)",
        "import streamlit.components.v1 as v1\nv1.html(x)",
        "import requests",
        "from urllib.request import urlopen",
        "import urllib.request\nurllib.request.urlopen(x)",
        "import httpx",
        "open('/etc/passwd')",
        "from pathlib import Path\nPath('/var/data')",
        "z.extractall(p)",
        "@st.cache_data(persist='disk')\ndef f(): ...",
        "import pandas as pd\npd.read_pickle(p)",
        "frame.to_pickle(p)",
        "import importlib\nimportlib.import_module(x)",
    ],
)
def test_bans__see_each_of_them(code):
    assert list(static.bans(ast.parse(code), core=True)) != []


@pytest.mark.parametrize(
    "code",
    [
        "import re\nre.compile('x')", "import torch\ntorch.load(p, weights_only=True)", "open(p)", "model.eval()",
        "import numpy as np\nnp.load(p, allow_pickle=False)", "from urllib.parse import quote", "frame.persist",
        "import subprocess\nsubprocess.run(['a', x])", "from pathlib import Path\nPath('a/b')",
    ],
)  # fmt: skip
def test_bans__leave_the_rest_alone(code):
    assert list(static.bans(ast.parse(code), core=True)) == []


@pytest.mark.parametrize("path", APP, ids=lambda path: str(path.relative_to(ROOT)))
def test_app__text_reaches_markdown_through_safe_only(path):
    ours = tuple(what for what, where in OURS.items() if where == path.name) or ("nothing",)
    found = [(line, what) for line, what in static.unescaped(parsed(path)) if not what.startswith(ours)]
    assert found == [], "bring it there with core.safe, or say in this test why it is ours"


@pytest.mark.parametrize(
    "code",
    [
        "def f(item):\n st.markdown(f'**{item.name}**')", "def f(x):\n y = x.text\n st.caption(f'{y}')",
        "def f(x):\n st.button(x.name)", "def f(x):\n st.toast('a' + x.name)", "def f(x):\n st.error(x['a'])",
        "def f(x):\n st.button('a', help=x.note)", "def f(x):\n st.info(x.a if x else x.b)", "st.markdown(title(1))",
    ],
)  # fmt: skip
def test_unescaped__sees_what_is_not(code):
    assert list(static.unescaped(ast.parse(code))) != []


def test_unescaped__lets_safe_and_numbers_through():
    code = "def f(x):\n y = safe.markdown(x.a)\n st.markdown(f'{y} {x.n:,} {len(x)}' if x else '')\n st.text(x.raw)"
    assert list(static.unescaped(ast.parse(code))) == []


def test_pages__hold_no_markup_of_their_own():
    """Our own components are the only place with HTML, and theirs is a constant."""
    for path in APP:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("components.v2.component"):
                given = {word.arg: word.value for word in node.keywords}
                kinds = {ast.JoinedStr, ast.BinOp, ast.Call}
                assert not any(type(given.get(part)) in kinds - {ast.Call} for part in ("html",)), path


MARKUP = (
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc", "DOMParser",
    "createContextualFragment", "setHTML", "importScripts", "postMessage(", "localStorage",
)  # fmt: skip


@pytest.mark.parametrize("path", sorted((ROOT / "app").rglob("*.js")), ids=lambda path: path.name)
def test_scripts__write_text_never_markup(path):
    code = path.read_text(encoding="utf-8")
    assert [word for word in MARKUP if word in code] == []


ACTS = {"apply", "undo", "redo", "answer", "forget", "cancel", "resume"}


@pytest.mark.parametrize("path", APP, ids=lambda path: str(path.relative_to(ROOT)))
def test_app__whatever_changes_something_asks_who_it_is_first(path):
    """A function that edits a project or starts a job asks `identity.require` itself, so no way leads around it."""
    wrong = []
    for function in [node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef)]:
        called = [node.func for node in static.inside(function) if isinstance(node, ast.Call)]
        methods = [node for node in called if isinstance(node, ast.Attribute)]
        acts = [node for node in methods if node.attr in ACTS and ast.unparse(node.value) not in ("acts", "launch")]
        acts += [node for node in methods if node.attr == "start" and "jobs" in ast.unparse(node.value)]
        if acts and not any(ast.unparse(node).endswith("require") for node in called):
            wrong += [f"{function.name}: {ast.unparse(node)}" for node in acts]
    assert wrong == []
