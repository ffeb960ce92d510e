"""What became of everything that was offered for import."""

from __future__ import annotations

import streamlit as st

from core import pipeline, safe
from core.items.report import ImportReport, Outcome
from core.project import Project

_GAPS = 5


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


def show_gaps(project: Project) -> None:
    """Items that are here but could not be encoded, with the reason of the first few."""
    found = pipeline.structure(project)
    gaps = found.artifact("vectors").meta.get("gaps", []) if found.has("vectors") else []
    if gaps:
        items = project.items.load()
        with st.expander(f"{len(gaps):,} items could not be encoded; they wait among the undecided"):
            for row, sentence in gaps[:_GAPS]:
                st.text(f"{safe.plain(str(items.item_id[row]), 120)}\n    {safe.plain(sentence, 300)}")
