"""Every page, light and dark, on a desk and on a phone, into assets/screenshots: `make screenshots`."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.browser.conftest import FLAGS, ROOT, Server, chromium_path, start_server

TO = ROOT / "assets" / "screenshots"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
COLOURS = 256  # of the palette, so that the repository stays small
PATIENCE = 600_000  # milliseconds
NAMED = 7  # clusters
MOST_ANSWERED = 60  # cards


def main(ready: Path | None = None) -> None:
    """Take them all. `ready` is a finished project of the emoji; without it the demo is made, and shown while it is."""
    from playwright.sync_api import sync_playwright

    TO.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        projects = Path(folder) / "projects"
        (Path(folder) / "home" / "Pictures").mkdir(parents=True)
        projects.mkdir()
        if ready is not None:
            shutil.copytree(ready, projects / "Emoji.taxon")
        process, server = start_server(projects, Path(folder) / "log.txt", TAXON_SOURCES=f"{folder}/home")
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
                _take_all(browser, server, begin=ready is None)
                browser.close()
        finally:
            process.terminate()
            process.wait(30)
    total = sum(path.stat().st_size for path in TO.glob("*.png"))
    print(f"{len(list(TO.glob('*.png')))} pictures, {total / 1e6:.1f} MB, in {TO.relative_to(ROOT)}")


def _take_all(browser: Any, server: Server, begin: bool) -> None:
    pages = {}
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            context.set_default_timeout(PATIENCE)
            pages[f"{size}-{scheme}"] = context.new_page()
    if begin:
        _beginning(pages, server)
    _name_some(next(iter(pages.values())), server)
    _answer_some(next(iter(pages.values())), server)
    for kind, page in pages.items():
        _of_project(page, server, kind)


def _beginning(pages: dict[str, Any], server: Server) -> None:
    for kind, page in pages.items():
        page.goto(server.url())
        page.get_by_role("button", name="Try it on 1,870 emoji").wait_for()
        _shoot(page, f"start-{kind}")
    first = next(iter(pages.values()))
    first.get_by_role("button", name="Try it on 1,870 emoji").click()
    first.get_by_role("progressbar").first.wait_for()
    for kind, page in pages.items():
        if page is not first:
            page.goto(server.url(project="Emoji"))
        page.get_by_role("progressbar").first.wait_for()
        _shoot(page, f"start-working-{kind}")
    first.locator("canvas.top").wait_for()


def _name_some(page: Any, server: Server) -> None:
    from core.project import Project

    with Project.open(server.projects / "Emoji.taxon", read_only=True) as project:
        partition, groups = project.partition(), project.items.load().column("group")
        biggest = sorted(partition.clusters, key=lambda one: -partition.size(one))[:NAMED]
        groups_of = {one: Counter(map(str, groups[partition.members(one)])).most_common() for one in biggest}
    names: dict[int, str] = {}
    for number, found in groups_of.items():
        free = (group for group, _ in found if group not in names.values())
        names[number] = next(free, found[0][0])
    for number, name in names.items():
        page.goto(server.url("explore", project="Emoji", cluster=number))
        page.get_by_label("Name", exact=True).fill(name)
        page.keyboard.press("Enter")
        page.get_by_test_id("stToast").first.wait_for()


def _answer_some(page: Any, server: Server) -> None:
    """Say of single items what they are, until a page of proposals comes."""
    from core.project import Project

    with Project.open(server.projects / "Emoji.taxon", read_only=True) as project:
        items = project.items.load()
        group_of = dict(zip(items.item_id.tolist(), map(str, items.column("group")), strict=True))
    page.goto(server.url("review", project="Emoji"))
    card = page.locator("section.card")
    card.locator(".item").first.wait_for()
    for _ in range(MOST_ANSWERED):
        key = card.get_attribute("data-card")
        if card.get_attribute("data-kind") != "check":
            break
        page.wait_for_timeout(300)
        page.keyboard.press("/")
        page.keyboard.type(group_of[str(card.locator(".item").get_attribute("title"))])
        page.keyboard.press("Enter")
        page.locator(f'section.card:not([data-card="{key}"])').wait_for()


def _of_project(page: Any, server: Server, kind: str) -> None:
    address = {"project": "Emoji"}
    page.goto(server.url("explore", **address))
    page.locator("canvas.top").wait_for()
    _shoot(page, f"explore-{kind}")
    page.goto(server.url("explore", **address, cluster=2))
    page.get_by_label("Name", exact=True).wait_for()
    _shoot(page, f"explore-cluster-{kind}")
    page.locator(".st-key-verbs-split").get_by_role("button").click()
    page.get_by_text("keeps the name").wait_for()
    _shoot(page, f"split-{kind}")
    page.goto(server.url("explore", **address, item=120))
    page.get_by_text("Why is this here?").wait_for()
    _shoot(page, f"item-{kind}")
    page.goto(server.url("explore", **address))
    page.locator("canvas.top").wait_for()
    page.wait_for_timeout(1500)
    _draw_around(page)
    page.get_by_text("items selected").wait_for()
    page.evaluate("scrollTo(0, 0)")
    _shoot(page, f"explore-selection-{kind}")
    _pick_some(page)
    _shoot(page, f"gallery-picked-{kind}")
    page.get_by_role("button", name="Order").first.click()
    page.get_by_text("Walk along likeness", exact=True).wait_for()
    _shoot(page, f"gallery-order-{kind}")
    page.keyboard.press("Escape")
    page.goto(server.url("review", **address))
    page.locator("section.card .item").first.wait_for()
    _shoot(page, f"review-{kind}")
    _of_chosen_cards(page, server, kind)
    page.goto(server.url("clusters", **address))
    page.locator(".slicetext").first.wait_for()
    _shoot(page, f"clusters-{kind}")
    page.goto(server.url("export", **address))
    page.get_by_test_id("stDataFrame").wait_for()
    _shoot(page, f"export-{kind}")
    page.goto(server.url("", **address))
    page.get_by_text("1,870 items").wait_for()
    _shoot(page, f"start-project-{kind}")


def _of_chosen_cards(page: Any, server: Server, kind: str) -> None:
    page.goto(server.url("clusters", project="Emoji", cluster=2))
    page.get_by_role("button", name="Check a sample").click()
    page.locator('section.card[data-kind="accept"] .item').first.wait_for()
    _shoot(page, f"review-sample-{kind}")
    page.get_by_role("combobox", name="What to review").click()
    page.get_by_role("option", name="Outliers").click()
    page.locator('section.card[data-kind="check"] .item').first.wait_for()
    _shoot(page, f"review-outliers-{kind}")


def _pick_some(page: Any) -> None:
    """A box over six tiles of all that the gallery shows."""
    page.locator(".st-key-gallery-all").get_by_role("button").click()
    first, last = page.locator("#tile-1"), page.locator("#tile-10")
    first.scroll_into_view_if_needed()
    last.wait_for()
    page.wait_for_timeout(1000)
    ends = [tile.bounding_box() for tile in (first, last)]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in ends]
    page.mouse.move(*middles[0])
    page.mouse.down()
    page.mouse.move(*middles[1], steps=8)
    page.mouse.up()
    page.locator('.tile[aria-selected="true"]').first.wait_for()
    page.wait_for_timeout(1500)


def _draw_around(page: Any) -> None:
    canvas = page.locator("canvas.top")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    places = [(0.45, 0.45), (0.7, 0.42), (0.8, 0.6), (0.65, 0.75), (0.45, 0.7), (0.44, 0.46)]
    corners = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=5)
    page.mouse.up()


def _shoot(page: Any, name: str) -> None:
    from PIL import Image

    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(state="attached")
    # Pictures and the points of the map come after the page's own parts.
    page.wait_for_timeout(2500)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = image.quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    few.save(TO / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
