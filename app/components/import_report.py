"""What became of everything that was offered for import."""

from __future__ import annotations

import streamlit as st

from core import safe
from core.items.report import ImportReport, Outcome


def show(report: ImportReport) -> None:
    """Counts, and for everything that was not read five examples with the reason."""
    st.markdown(f"**{safe.markdown(report.source, 120)}**: {safe.markdown(report.sentence())}")
    for note in report.notes:
        st.caption(safe.markdown(note, 300))
    for outcome in Outcome:
        examples = report.examples.get(outcome, [])
        if examples:
            with st.expander(f"{report.count(outcome):,} {outcome}"):
                for what, sentence in examples:
                    st.text(f"{safe.plain(what, 120)}\n    {safe.plain(sentence, 300)}")
