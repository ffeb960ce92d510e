"""The only way for text that came from outside to reach a place where it could mean something.

Names, texts, file names and columns are data from strangers. Each function here brings such text to one kind of sink
and is the single place that knows the sink's rules.
"""

from __future__ import annotations

import html
import re
import unicodedata

from core.limits import DEFAULT

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&^=\"'/@])")
# Streamlit draws these as arrows, dashes, signs and its logo, in text that was escaped too, where they stand alone.
_DRAWN = re.compile(r"(?<!\S)(<|-|>|~)(?=(?:->|>|-|=)(?!\S))|:(?=streamlit:)")
_WORD_JOINER = "\u2060"  # no width, no meaning of its own
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "'", "＝", "＋", "－", "＠")
_NOT_IN_FILE_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED_ON_WINDOWS = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def plain(text: str, limit: int | None = None) -> str:
    """One line of visible text: controls and direction marks become `·`, lone surrogates `�`; long text ends in `…`."""
    shown = "".join(_visible(character) for character in str(text))
    if limit is not None and len(shown) > limit:
        shown = shown[: max(limit - 1, 0)] + "…"
    return shown


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\n\r\t" or category in ("Zl", "Zp"):
        return " "
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if category == "Cc" or (category == "Cf" and character not in "\u200d\u200c"):
        return "·"
    return character


def name(text: str) -> str:
    """A cluster's name as it is stored: NFC, trimmed, single spaces, no controls, at most `limits.name_chars` long."""
    folded = unicodedata.normalize("NFC", plain(text))
    return " ".join(folded.split())[: DEFAULT.name_chars].rstrip()


def plotly(text: str, limit: int = 120) -> str:
    """Text for any Plotly label: Plotly reads HTML-like tags and `%{…}` templates, so both lose their meaning."""
    return html.escape(plain(text, limit), quote=False).replace("%{", "%&#123;").replace("$", "&#36;")


def markdown(text: str, limit: int | None = None) -> str:
    """Text for a Streamlit label or markdown: every character with a meaning (`:colour[…]`, `$math$` too) is escaped.

    Leading blanks go: four of them would begin a block of code. What Streamlit would draw as a sign gets an invisible
    character inside.
    """
    joined = _DRAWN.sub(lambda found: found[0] + _WORD_JOINER, plain(text, limit).lstrip())
    return _MARKDOWN.sub(r"\\\1", joined)


def csv_cell(text: str) -> str:
    """A spreadsheet cell that cannot start a formula: what could gets a leading `'` (undone by `csv_original`)."""
    return "'" + text if text.startswith(_FORMULA_START) else text


def csv_original(cell: str) -> str:
    """What `csv_cell` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_START) else cell


def file_name(text: str, fallback: str = "unnamed", limit: int = 80) -> str:
    """One path component that every file system takes: no separators, no `.` or space at the ends, no device names."""
    cleaned = _NOT_IN_FILE_NAMES.sub("_", plain(unicodedata.normalize("NFC", text))).strip(" .")[:limit]
    if _RESERVED_ON_WINDOWS.match(cleaned):
        cleaned = "_" + cleaned
    while len(cleaned.encode()) > limit:
        cleaned = cleaned[:-1]
    return cleaned.strip(" .") or fallback
