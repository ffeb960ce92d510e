"""Begin: a demo, a folder, a file; and the projects there are."""

from __future__ import annotations

import streamlit as st

from app import launch, resources, state
from app.callbacks import whole
from app.components import folder_picker, import_report, job_panel, messages, recipe_form, storage
from app.server.identity import current
from core import safe
from core.pipeline import Recipe, stale
from core.users.roles import Right

_WATCH = "start:watch"
KINDS = ["zip", "csv", "tsv", "jsonl", "parquet", "npy", "npz"]


def draw() -> None:
    """The page."""
    messages.notice()
    messages.ignored()
    name = state.get().project
    launch.get_ready(name)
    if name and name in resources.project_names():
        _open_project(name)
    else:
        _welcome()
    _bring(name)
    _projects(name)


def _welcome() -> None:
    st.markdown("## Find the groups in your pictures and texts")
    st.markdown("Look at them, merge, split, move and name them, until every item carries the right label.")
    if not current().may(Right.IMPORT):
        return
    with st.container(horizontal=True):
        st.button(
            "Try it on 1,870 emoji", type="primary", icon=":material/play_arrow:", key="start:emoji",
            on_click=whole(_demo), args=("demo:emoji",), shortcut="d",
        )  # fmt: skip
        st.button(
            "Try it on 4,000 texts",
            icon=":material/article:",
            key="start:texts",
            on_click=whole(_demo),
            args=("demo:docstrings",),
        )


def _open_project(name: str) -> None:
    with messages.guard():
        project = resources.open_project(name)
        st.markdown(f"## {safe.markdown(name, 60)}")
        storage.show(project)
        if st.session_state.get(_WATCH) == name and job_panel.enough(name):
            del st.session_state[_WATCH]
            st.switch_page("views/explore.py")
        if job_panel.show(name):
            if not job_panel.enough(name):
                st.session_state[_WATCH] = name
            return
        count = len(project.items.load().rows)
        if st.session_state.pop(_WATCH, None) == name and count and not stale(project):
            st.switch_page("views/explore.py")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{count:,} items", width="content")
            if count:
                st.page_link("views/explore.py", label="Explore", icon=":material/explore:")
            st.button(
                "Another project", type="tertiary", on_click=whole(state.set), kwargs={"project": ""}, key="start:other"
            )
        for report in reversed(project.items.reports()[-3:]):
            import_report.show(report)
        import_report.show_gaps(project)


def _bring(name: str) -> None:
    if not current().may(Right.IMPORT):
        st.caption("You may look at the projects that are here; an owner of this server can import others.")
        return
    known = name if name in resources.project_names() else ""
    title = f"Add to {safe.markdown(known, 60)}, or analyse it again" if known else "Your own pictures or texts"
    with st.expander(title, expanded=not known):
        folder, file, analysis = st.tabs(["A folder on this machine", "A zip or a table", "Analysis"])
        with analysis:
            recipe = recipe_form.show(launch.recipe_of(known), key=f"start:recipe:{known}")
            st.button(
                "Analyse again", disabled=not known, key="start:again", on_click=whole(_again), args=(known, recipe)
            )
        with folder:
            st.caption("Pictures stay where they are; Taxon keeps thumbnails and vectors.")
            chosen = folder_picker.show()
            label = f"Import “{safe.markdown(chosen.name, 40)}”" if chosen else "Import this folder"
            st.button(
                label, type="primary", disabled=chosen is None, key="start:folder",
                on_click=whole(lambda: _begin(known or resources.free_name(chosen.name), str(chosen), recipe)),
            )  # fmt: skip
        with file:
            _upload(known, recipe)


def _upload(known: str, recipe: Recipe) -> None:
    dropped = st.file_uploader("A zip of pictures, or a table", type=KINDS, key="start:file")
    columns = st.columns(3)
    options = {
        f"{kind}_column": column.text_input(f"{kind.capitalize()} column", key=f"start:{kind}", placeholder="automatic")
        for column, kind in zip(columns, ("text", "image", "id"), strict=True)
    }
    st.button(
        "Import this file", type="primary", disabled=dropped is None, key="start:upload",
        on_click=whole(lambda: messages.attempt(lambda: _received(known, dropped, options, recipe), undo=False)),
    )  # fmt: skip


def _received(known: str, dropped: object, options: dict[str, str], recipe: Recipe) -> str:
    name = known or resources.free_name(dropped.name.rpartition(".")[0])
    launch.begin_upload(name, dropped.name, dropped, {key: value for key, value in options.items() if value}, recipe)
    return f"Importing {dropped.name}."


def _projects(current: str) -> None:
    others = [name for name in resources.project_names() if name != current]
    if not others:
        return
    st.markdown("#### Projects")
    for name in others[:50]:
        label = safe.markdown(name, 80)
        key = f"start:open:{name}"
        st.button(label, key=key, on_click=whole(_open), args=(name,), icon=":material/folder:", type="tertiary")


def _open(name: str) -> None:
    state.set(project=name)


def _demo(source: str) -> None:
    messages.attempt(lambda: launch.demo(source), undo=False)


def _begin(name: str, source: str, recipe: Recipe) -> None:
    messages.attempt(lambda: launch.begin(name, source, None, recipe) and f"Importing into {name}.", undo=False)


def _again(name: str, recipe: Recipe) -> None:
    messages.attempt(lambda: launch.again(name, recipe) and "Analysing again.", undo=False)


draw()
