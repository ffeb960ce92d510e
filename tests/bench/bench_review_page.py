"""From the key to the next card drawn, in a real browser; run by hand: `python -m tests.bench.bench_review_page`.

The emoji demo with the pocket encoder, answered by keys as the column `group` has it, with a pause before each answer
in which a person would look. Prints the table of the section “Review page” in RESULTS.md; two minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from core.project import Project
from tests import prepared
from tests.browser.conftest import FLAGS, ROOT, chromium_path, start_server

# The card's attribute changes when the next one is drawn; its pictures are waited for on top of that.
_WATCH = """card => {
  window.drawn = [];
  window.addEventListener("keydown", () => { window.struck = performance.now(); }, true);
  new MutationObserver(() => {
    const turn = { struck: window.struck, card: performance.now() };
    const pictures = [...card.querySelectorAll(".item img")];
    Promise.all(pictures.map((one) => one.decode().catch(() => {}))).then(() => {
      window.drawn.push({ ms: turn.card - turn.struck, all: performance.now() - turn.struck });
    });
  }).observe(card, { attributes: true, attributeFilter: ["data-card"] });
}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=40)
    parser.add_argument("--pause", type=int, default=1500, help="milliseconds before each answer")
    parser.add_argument("--project", type=Path, help="a folder that is kept, so that the demo is made once")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        kept = given.project or Path(folder) / "kept"
        if not (kept / "Emoji.taxon").exists():
            kept.mkdir(parents=True, exist_ok=True)
            prepared.analysed(kept / "Emoji.taxon", ROOT / "assets" / "demo" / "emoji.zip", k=0)
        projects = Path(folder) / "projects"
        projects.mkdir()
        _copied(kept / "Emoji.taxon", projects / "Emoji.taxon")
        process, server = start_server(projects, Path(folder) / "log.txt", TAXON_SOURCES=folder)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(server.url("review", project="Emoji"))
                kinds = _answered(page, _truth(projects / "Emoji.taxon"), given.answers, given.pause)
                took = page.evaluate("window.drawn")
                browser.close()
        finally:
            process.terminate()
            process.wait(20)
    _tell(kinds, took)


def _answered(page, truth, most, pause):
    card = page.locator("section.card")
    card.locator(".item").first.wait_for()
    card.evaluate(_WATCH)
    kinds = []
    for number in range(most):
        page.wait_for_timeout(pause)
        kind, key = card.get_attribute("data-kind"), card.get_attribute("data-card")
        shown = [one.get_attribute("title") for one in card.locator(".item").all()]
        if kind == "check":
            keys = {one.locator(".words").inner_text(): one for one in card.locator(".answers .answer").all()}
            made = keys.get(truth[shown[0]])
            if made:
                page.keyboard.press(made.get_attribute("aria-keyshortcuts"))
            else:
                page.keyboard.press("/")
                page.keyboard.type(truth[shown[0]])
                page.keyboard.press("Enter")
        elif kind == "accept":
            _accept(page, card)
        else:
            page.keyboard.press("Y" if kind in ("merge", "split") else "Enter")
        page.locator(f'section.card:not([data-card="{key}"])').wait_for()
        kinds.append(kind)
        page.wait_for_function("count => window.drawn.length >= count", arg=number + 1)
    return kinds


def _accept(page, card):
    for _ in range(12):
        words = card.locator(".answer.main").inner_text()
        page.keyboard.press("Enter")
        if "more" not in words:
            return
        page.wait_for_timeout(250)


def _truth(path):
    with Project.open(path, read_only=True) as project:
        items = project.items.load()
        return dict(zip(items.item_id.tolist(), map(str, items.column("group")), strict=True))


def _copied(one, other):
    import shutil

    shutil.copytree(one, other)


def _tell(kinds, took):
    print("| answered | answers | card drawn, ms: median, 90 %, worst | with all its pictures |\n|---|---|---|---|")
    for kind in (*dict.fromkeys(kinds), "all"):
        chosen = [one for one, of in zip(took, kinds, strict=True) if kind in (of, "all")]
        figures = []
        for name in ("ms", "all"):
            values = np.array([one[name] for one in chosen])
            figures.append(f"{np.median(values):.0f}, {np.quantile(values, 0.9):.0f}, {values.max():.0f}")
        print(f"| {kind} | {len(chosen)} | {figures[0]} | {figures[1]} |")
    print(json.dumps([round(one["ms"]) for one in took]))


if __name__ == "__main__":
    main()
