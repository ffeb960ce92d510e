"""Hostile strings times the places where text is shown: no script runs, no other host is asked, the text is exact."""

from __future__ import annotations

import json
import shutil
from functools import partial

import numpy as np
import pytest

from app.components.gallery import TEXT_CHARS
from core import safe
from core.partition.edits import Move, Note, Rename
from core.project import Project
from tests import prepared
from tests.browser.waiting import settle
from tests.hostile_strings import strings

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
LATEST = 40  # names that the history is sure to show
WRONG = (
    "iframe", "object", "embed", "base", "script", ".katex", 'a[href*="evil"]', 'a[href^="javascript"]', 'img[src="x"]',
    '[src*="evil"]', "[onerror]", "[onload]",
)  # fmt: skip


def planted(path, count):
    """A project whose ids, texts, columns, values, names and notes are hostile, each string in each place."""
    told = strings(count)
    folder = path.parent / f"{path.stem} source"
    folder.mkdir()
    columns = {f"{place} {text}": text for place, text in enumerate(told)}
    rows = [
        {"id": f"{place} {text}", "text": f"{place} {text}", **(columns if place % 2 == 0 else {})}
        for place, text in enumerate(told)
    ]
    (folder / "items.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    random = np.random.default_rng(3)
    np.save(folder / "vectors.npy", random.normal(size=(count, 12)).astype(np.float32))
    prepared.analysed(
        path, folder / "items.jsonl", 2, vectors=folder / "vectors.npy", id_column="id", text_column="text"
    )
    with Project.open(path) as project:
        made = [project.apply(Move([name], None)).created[0] for name in project.items.load().item_id.tolist()]
        for cluster_id, text in zip(made, told, strict=True):
            project.apply(Note(cluster_id, text))
        for place, (cluster_id, text) in enumerate(zip(made, told, strict=True)):
            project.apply(Rename(cluster_id, f"{place} {text}"))


class Table:
    """What was shown where, against what is stored."""

    def __init__(self, page, project, name):
        self.page = page
        self.project = name
        self.items = project.items.load()
        self.names = [one.name for one in project.partition().clusters.values()]
        self.places = {}

    def holds(self, place, wanted, shown):
        """Note that each wanted text is among the shown ones, letter by letter; blanks count as one.

        `shown` gives them; it is asked again for a while, because a busy machine draws late.
        """
        for _ in range(60):
            # Streamlit would draw `--` as a dash: `safe` puts a character without width between.
            found = {" ".join(text.replace("\u2060", "").split()) for text in shown()}
            missing = [text for text in wanted if " ".join(text.split()) not in found]
            if not missing:
                break
            self.page.wait_for_timeout(500)
        near = [text for text in found if any(text[:4] == one[:4] for one in missing)]
        assert missing == [], f"{place}: shown is {near[:3]}"
        self.places[place] = self.places.get(place, 0) + len(wanted)  # some are asked for in parts
        self.is_harmless(place)

    def is_harmless(self, place):
        page = self.page
        assert page.evaluate("window.alerted === undefined"), place
        for selector in WRONG:
            assert page.locator(f'[data-testid="stApp"] {selector}').count() == 0, (place, selector)


def texts(locator):
    return locator.evaluate_all("nodes => nodes.map((one) => one.textContent)")


def within(wanted, locator):
    """Those of the wanted texts that occur somewhere in all that is shown."""
    shown = " ".join(" ".join(text.replace("\u2060", "").split()) for text in texts(locator))
    return [text for text in wanted if " ".join(text.split()) in shown]


def options(page, label, count):
    """All options of a select box, which draws only those in sight, and those late when the machine is busy."""
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option").first.wait_for()
    found = set()
    for step in range(8 * (count + 4)):  # it begins again at the end
        if step % 4 == 0:
            page.wait_for_timeout(60)
            found |= set(texts(page.get_by_role("option")))
            if len(found) >= count:
                break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    return found


def rolled(page, shown):
    """What is shown in the gallery from its beginning to its end: it holds only the tiles that are near its window."""
    box, top, found = page.locator(".box:has(.tiles)"), 0, []
    while True:
        box.evaluate("(one, top) => new Promise((done) => { one.scrollTop = top; setTimeout(done, 100); })", top)
        expect(page.locator(".tile.waits")).to_have_count(0)
        found += shown()
        height, whole = box.evaluate("(one) => [one.clientHeight, one.scrollHeight]")
        if top + height >= whole:
            return found
        top += height


def on_explore(table, server):
    page = table.page
    page.locator(".tile").first.wait_for()
    settle(page)
    plain = [safe.plain(text, TEXT_CHARS) for text in table.items.text]
    table.holds("text of a tile", plain, lambda: rolled(page, lambda: texts(page.locator(".tile .words"))))
    ids = [safe.plain(name, 200) for name in table.items.item_id]
    tiles, titles = page.locator(".tile"), "nodes => nodes.map((one) => one.title)"
    table.holds("name of a tile", ids, lambda: rolled(page, lambda: tiles.evaluate_all(titles)))
    names = [safe.plain(name, 80) for name in table.names]
    table.holds("cluster of a tile", names, lambda: rolled(page, lambda: texts(page.locator(".tile .name"))))
    names = [safe.plain(name, 120) for name in table.names]
    table.holds("list of clusters", names, lambda: texts(page.locator(".row .name")))
    told = page.evaluate("() => performance.getEntriesByType('resource').map((one) => one.name)")
    assert all(address.startswith((server.address, "data:", "blob:")) for address in told)


def in_the_history(table, server):
    """It shows the latest hundred edits, so many names are given anew in parts, each in a copy of the project."""
    page, original = table.page, server.projects / f"{table.project}.taxon"
    for begin in range(0, len(table.names), LATEST):
        names = table.names[begin : begin + LATEST]
        copy = server.projects / f"{table.project} {begin}.taxon"
        shutil.copytree(original, copy)
        with Project.open(copy) as project:
            for cluster_id, name in [pair for pair in table.ids.items() if pair[1] in names]:
                project.apply(Rename(int(cluster_id), f"for a moment {cluster_id}"))
                project.apply(Rename(int(cluster_id), name))
        page.goto(server.url("explore", project=copy.stem))
        page.get_by_role("button", name="History").click()
        body = page.get_by_test_id("stPopoverBody")
        body.get_by_text("Name").first.wait_for()
        wanted = [safe.plain(name)[:60] for name in names]
        table.holds("history", wanted, partial(within, wanted, body))
        page.keyboard.press("Escape")
        shutil.rmtree(copy, ignore_errors=True)
    page.goto(server.url("explore", project=table.project))
    page.locator(".tile").first.wait_for()
    settle(page)


def in_the_filter(table):
    page = table.page
    page.get_by_role("button", name="Filter").click()
    labels = page.get_by_test_id("stPopoverBody").get_by_test_id("stWidgetLabel")
    labels.first.wait_for()
    wanted = [safe.plain(column, 60).lstrip() for column in table.items.columns]
    table.holds("columns to filter by", wanted, lambda: texts(labels))
    page.keyboard.press("Escape")


def in_the_big_view(table, server):
    page = table.page
    page.goto(server.url("explore", project=table.project, item=0))
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Find look-alikes").wait_for()
    settle(page)
    lines = dialog.get_by_test_id("stCaptionContainer")
    columns = table.items.columns
    pairs = {safe.plain(name, 60): safe.plain(str(table.items.column(name)[0]), 300) for name in columns}
    wanted = [f"{name}: {value}" for name, value in pairs.items()]
    table.holds("columns and values in the big view", wanted, lambda: texts(lines))
    table.places["values in the big view"] = len(wanted)
    page.keyboard.press("Escape")


def in_selects(table, server):
    page = table.page
    page.goto(server.url("explore", project=table.project, cluster=min(int(n) for n in table.ids)))
    page.locator(".st-key-verbs-into").wait_for()
    settle(page)
    own = table.ids[str(min(int(n) for n in table.ids))]
    wanted = [safe.plain(f"{name} (1)", 60) for name in table.names if name != own]
    table.holds("clusters to merge into", wanted, lambda: options(page, "Merge into", len(wanted)))


def on_clusters(table, server):
    page = table.page
    page.goto(server.url("clusters", project=table.project))
    page.locator(".st-key-clusters-treemap .slicetext").first.wait_for()
    settle(page)
    drawn = page.locator(".st-key-clusters-treemap .slicetext .line, .st-key-clusters-treemap .slicetext")
    wanted = [safe.plain(name, 40) for name in table.names]
    table.holds("treemap", wanted, lambda: within(wanted, drawn))
    names = [safe.plain(name, 120) for name in table.names]
    table.holds("list on Clusters", names, lambda: texts(page.locator(".row .name")))


def on_start(table, server, count):
    """Start lists the projects that were used last, so many are made in parts."""
    page = table.page
    names = [safe.file_name(f"{place} {text}") for place, text in enumerate(strings(count))]
    for begin in range(0, count, LATEST):
        some = names[begin : begin + LATEST]
        paths = [server.projects / f"{name}.taxon" for name in some]
        try:
            for path, name in zip(paths, some, strict=True):
                Project.create(path, name).close()
            page.goto(server.url(""))
            page.get_by_text("Projects", exact=True).wait_for()
            settle(page)
            shown = page.locator('[class*="st-key-start-open"] button p')
            wanted = [safe.plain(name, 80).lstrip() for name in some]
            table.holds("projects", wanted, lambda shown=shown: texts(shown))
        finally:
            for path in paths:
                shutil.rmtree(path, ignore_errors=True)


@pytest.mark.parametrize("count", [40, pytest.param(150, marks=pytest.mark.slow)])
def test_hostile__strings_are_text_in_every_place(tab, server, count):
    name = f"hostile table {count}"
    path = server.projects / f"{name}.taxon"
    planted(path, count)
    try:
        page = tab(server.url("explore", project=name), viewport={"width": 1800, "height": 1100})
        page.evaluate("() => { window.alert = () => { window.alerted = true; }; }")
        with Project.open(path, read_only=True) as project:
            table = Table(page, project, name)
            table.ids = {str(one.id): one.name for one in project.partition().clusters.values()}
        on_explore(table, server)
        in_the_history(table, server)
        in_the_filter(table)
        in_selects(table, server)
        in_the_big_view(table, server)
        on_clusters(table, server)
        on_start(table, server, count)
        print(table.places)
        assert len(table.places) >= 12 and min(table.places.values()) >= count - 1, table.places
    finally:
        shutil.rmtree(path, ignore_errors=True)
        shutil.rmtree(server.projects / f"{name} source", ignore_errors=True)
