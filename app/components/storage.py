"""What every page of a project says while the disk takes no edits, and when backups fail."""

from __future__ import annotations

import streamlit as st

from app.components import messages
from core import safe
from core.project import Project

_EVERY = 5  # seconds


def show(project: Project) -> None:
    """Say it, and run the page again when edits are taken again. Draws nothing while all is well."""
    if project.trouble is not None:
        _wait(project)
    elif problem := project.backup_problem:
        st.warning(f"Edits are stored, but no backup could be made: {safe.markdown(problem)}", icon=":material/backup:")


@st.fragment(run_every=_EVERY)
def _wait(project: Project) -> None:
    trouble = project.trouble
    if trouble is None:
        st.rerun()
    messages.show(trouble)
