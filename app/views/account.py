"""Who you are here, what that lets you do, and the way out."""

from __future__ import annotations

import streamlit as st

from app.components import account
from app.server.identity import current
from core import safe
from core.users.roles import Right

_WORDS = {
    Right.LOOK: "Look and search",
    Right.EDIT: "Name, merge, split, move, confirm, take back",
    Right.IMPORT: "Import pictures and tables",
    Right.EXPORT: "Export labels",
    Right.COMPUTE: "Start and stop analyses",
    Right.FORGET: "Forget items for good",
}

who = current()
st.markdown(f"#### {safe.markdown(who.name, 64)}, {who.role or 'nobody'}")
for right, words in _WORDS.items():
    mark = ":material/check:" if who.may(right) else ":material/close:"
    st.markdown(f"{mark} {words}")
st.caption("An owner of this server can give you another role. The history of every project says who did what.")
account.leave()
