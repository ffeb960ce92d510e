"""A page with the three components and hostile data; driven by tests/browser/test_components.py."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import streamlit as st

from app.components import cluster_list, gallery, scatter
from app.components.picks import Pick

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "**bold** [link](javascript:alert(1)) :red[red] $x^2$",
    "x" * 10_000,
    "\u202eעברית שלום gnp.exe",
    "<script>window.hacked = true</script>",
    "café ☕ 猫 a needle in it",
)
N, GROUPS, SIDE = 3000, 30, 96

st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("rows", np.empty(0, dtype=np.int64))
state.setdefault("focus", None)
state.setdefault("ticked", ())
state.setdefault("opened", None)
state.setdefault("shift", 0)

noise = np.random.default_rng(7)
middles = noise.uniform(-10, 10, (GROUPS, 2))
group = np.sort(noise.integers(0, GROUPS, N))
xy = (middles[group] + noise.normal(0, 0.8, (N, 2))).astype(np.float32)
xy[:4] = [[-20, -20], [-20, -19], [-19, -20], [-19, -19]]
titles = [HOSTILE[at] if at < len(HOSTILE) else f"Cluster {at + 1}" for at in range(GROUPS)]


def picture(row: int) -> str:
    # The middle of the item's own colour, as a data address, because this page has no thumbnail route.
    hue = int(group[row] * 360 / GROUPS)
    wide = 60 + row % 5 * 20
    middle = f"<circle cx='{wide // 2}' cy='50' r='24' fill='hsl({hue} 60% 30%)'/>"
    paper = f"<rect width='100%' height='100%' fill='hsl({hue} 40% 60%)'/>"
    shape = f"<svg xmlns='http://www.w3.org/2000/svg' width='{wide}' height='100'>{paper}{middle}</svg>"
    return "data:image/svg+xml," + shape.replace("#", "%23").replace("<", "%3C").replace(">", "%3E")


def selected(done: Pick) -> None:
    if "slow" in st.query_params:
        time.sleep(0.4)
    state.rows = done.applied_to(state.rows)


def code(row: int) -> int:
    return (int(group[row]) + state.shift) % 24


left, right = st.columns([3, 1])
with left:
    labels = [scatter.Label(*middles[at], titles[at], (at + state.shift) % 24) for at in range(GROUPS)]
    focus = None if state.focus is None else np.flatnonzero(group == state.focus - 1)
    colours = scatter.Colours((group + state.shift) % 24, labels)
    scatter.show(
        scatter.Points(xy, view="demo"), colours, state.rows, key="map", height=520, emphasis=focus,
        listener=scatter.Listener(select=selected, open=lambda row: state.update(opened=row)),
        plain="plain" in st.query_params,
    )  # fmt: skip
with right:
    counts = np.bincount(group, minlength=GROUPS)
    chosen = np.bincount(group[state.rows], minlength=GROUPS)
    rows = [
        cluster_list.Row(
            at + 1, titles[at], int(counts[at]), at / GROUPS, at % 3 == 0, (at + state.shift) % 24, int(chosen[at])
        )
        for at in range(GROUPS)
    ]
    cluster_list.show(
        [*rows, cluster_list.Row(0, "Undecided", 17)], key="list", height=520, focus=state.focus, ticked=state.ticked,
        on_focus=lambda found: state.update(focus=found), on_tick=lambda ids: state.update(ticked=ids),
    )  # fmt: skip
tiles = [
    gallery.Tile(
        row,
        picture=picture(row) if row % 4 else "",
        text="" if row % 4 else "A needle in the haystack" if row % 8 else HOSTILE[row // 4 % 6],
        title=f"item {row}",
        cluster=titles[group[row]],
        colour=code(row),
        mark="" if row % 7 else "0.93",
    )
    for row in range(200)
]
gallery.show(
    tiles, state.rows, key="gallery", words=("needle",),
    listener=gallery.Listener(
        select=lambda pick: state.update(rows=pick.applied_to(state.rows)), open=lambda row: state.update(opened=row),
        name=lambda cluster, row: state.update(opened=f"{cluster}:{row}"),
    ),
    keys=[("t", 3, titles[0])],
)  # fmt: skip
st.button(
    "Begin again", on_click=lambda: state.update(rows=np.empty(0, dtype=np.int64), focus=None, ticked=(), opened=None)
)
st.button("Recolour", on_click=lambda: state.update(shift=state.shift + 1))
st.text(f"selected={len(state.rows)} first={state.rows[:6].tolist()}")
st.text(f"opened={state.opened} focus={state.focus} ticked={list(state.ticked)}")
