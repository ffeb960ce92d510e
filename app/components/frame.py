"""The room that a page has: the margins of a wide page go to the pictures, and a phone shows its tools in few lines."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

_STYLE = """
.stMainBlockContainer { padding-inline: clamp(0.75rem, 1.7vw, 1.75rem); }
/* What was done is said where no button is: Undo, Redo and the verbs stand above. */
[data-testid="stToastContainer"] { top: auto; bottom: 0.75rem; }
.stElementContainer:has(.taxon-frame) { display: none; }
@media (max-width: 640px) {
  .stMainBlockContainer kbd { display: none; }
  .stMainBlockContainer > .stVerticalBlock, .stColumn > .stVerticalBlock { gap: 0.6rem; }
  .st-key-undo { flex-wrap: nowrap; }
  .st-key-undo-undo { min-width: 0; flex-shrink: 1; }
  .stHorizontalBlock:has(> .stColumn > .stVerticalBlock > .st-key-toolbar-query) {
    display: grid; grid-template-columns: 1.4fr 1fr 1fr; gap: 0.6rem;
  }
  .stHorizontalBlock:has(> .stColumn > .stVerticalBlock > .st-key-toolbar-query) > .stColumn {
    width: auto; min-width: 0;
  }
  .stColumn:has(> .stVerticalBlock > .st-key-toolbar-query) { grid-column: 1 / -1; }
}
"""

# A key pressed while a dialog is open is the dialog's: the buttons behind it would act unseen. Streamlit hears keys of
# buttons on the document, after those of a dialog, so that body is the place to hold them back.
_SCRIPT = """
let held = false;
export default () => {
  if (held) return;
  held = true;
  let behind = false;
  addEventListener("keydown", () => { behind = Boolean(document.querySelector('[data-testid="stDialog"]')); }, true);
  document.body.addEventListener("keydown", (event) => { if (behind) event.stopPropagation(); });
};
"""


def widen() -> None:
    """Narrow the margins and keep keys from what is behind a dialog; the element itself takes no room.

    Streamlit 1.67 has no theme token for the margins and no setting for the keys.
    """
    _component()(key="taxon:frame")


@cache
def _component() -> Any:
    mark = '<i class="taxon-frame"></i>'
    return st.components.v2.component("taxon_frame", html=mark, css=_STYLE, js=_SCRIPT, isolate_styles=False)
