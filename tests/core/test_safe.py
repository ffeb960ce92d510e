"""core.safe: no text from outside means anything where it lands."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import safe
from core.limits import DEFAULT

# Surrogates too: Python strings can hold them, so names from file systems and JSON do.
ANY = st.text(st.characters(), max_size=300)
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "%{customdata[0]} <b>bold</b> $x$",
    ":red[x] **b** [a](javascript:b) `c` ![p](http://q) | # h",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "a\0b\r\nc\u2028d\u2029e\x85f",
    "\u202egnp.exe",
    "\ud800",
    "x" * 10_000,
    "CON.txt",
    "    four blanks",
]


def each_hostile(test):
    for text in HOSTILE:
        test = example(text=text)(test)
    return test


@each_hostile
@given(text=ANY)
def test_plain__is_one_visible_line(text):
    shown = safe.plain(text)
    assert len(shown.splitlines()) <= 1
    assert len(shown) == len(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]", shown)
    shown.encode()


@given(ANY, st.integers(1, 50))
def test_plain__keeps_to_the_limit(text, limit):
    shown = safe.plain(text, limit)
    assert len(shown) <= limit
    assert shown.endswith("…") or shown == safe.plain(text)


@each_hostile
@given(text=ANY)
def test_name__is_stable_and_short(text):
    name = safe.name(text)
    assert len(name) <= DEFAULT.name_chars
    assert name == safe.name(name)
    assert name == " ".join(name.split())
    assert unicodedata.is_normalized("NFC", name)


@each_hostile
@given(text=ANY)
def test_plotly__shows_the_text_and_nothing_else(text):
    shown = safe.plotly(text, 10_001)
    assert not re.search(r"[<>$]", shown.replace("&#36;", ""))
    assert "%{" not in shown
    assert html.unescape(shown) == safe.plain(text)


@each_hostile
@given(text=ANY)
def test_markdown__loses_its_escapes_and_is_the_text_again(text):
    shown = safe.markdown(text)
    assert re.sub(r"\\(.)", r"\1", shown) == safe.plain(text).lstrip()
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`\[\]<>#$:!|~]", re.sub(r"\\.", "", shown))
    assert not shown.startswith(" ")


@each_hostile
@given(text=ANY | ANY.map(lambda text: "=" + text) | ANY.map(lambda text: "'" + text))
def test_csv_cell__starts_no_formula_and_is_undone(text):
    cell = safe.csv_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"))
    assert safe.csv_original(cell) == text


@given(text=ANY | st.sampled_from(HOSTILE), limit=st.integers(8, 120))
def test_file_name__fits_every_file_system(text, limit):
    name = safe.file_name(text, limit=limit)
    assert name not in ("", ".", "..")
    assert len(name.encode()) <= limit
    assert not re.search(r'[\x00-\x1f\x7f<>:"/\\|?*]', name)
    assert name == name.strip(" .")
    assert not re.match(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)", name)


def test_file_name__can_be_made(tmp_path):
    for text in HOSTILE:
        (tmp_path / safe.file_name(text)).write_text("here")
    assert all(file.parent == tmp_path for file in tmp_path.rglob("*"))


@pytest.mark.parametrize("text", ["", " ", "...", "\u202e "])
def test_file_name__falls_back_when_nothing_is_left(text):
    assert safe.file_name(text.replace("\u202e", ""), fallback="picture") == "picture"


@pytest.mark.parametrize("sign", ["->", "<-", "<->", "--", ">=", "<=", "~="])
def test_markdown__what_streamlit_draws_as_a_sign_stays_two_characters(sign):
    for text in (sign, f"a {sign} b", f"{sign} b"):
        shown = safe.markdown(text)
        assert sign not in shown.replace("\\", "") and shown.replace("\\", "").replace("\u2060", "") == text
    assert "\u2060" not in safe.markdown(f"a{sign}b") + safe.markdown("a - b < c > d = ~ e")
    assert "\u2060" in safe.markdown(":streamlit:")
