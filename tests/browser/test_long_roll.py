"""A gallery longer than a browser's page may be: every item is reached, and small moves are small."""

from __future__ import annotations

import pytest

from tests.bench.make_million import make
from tests.browser.test_flow import explored, selected
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
LONGEST = 6_000_000  # pixels that the roll under the bar may have

# What the window shows: the place of the first tile that is wholly in it, and how far below the upper edge it begins.
SEEN = """() => {
  const find = (root, words) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.matches(words)) return one;
      const deep = one.shadowRoot && find(one.shadowRoot, words);
      if (deep) return deep;
    }
    return null;
  };
  const box = find(document, ".gallery.fills .box");
  const upper = box.getBoundingClientRect().top;
  for (const tile of box.querySelectorAll(".tile")) {
    const at = tile.getBoundingClientRect().top - upper;
    const bar = { bar: box.scrollTop, length: box.scrollHeight, high: box.clientHeight };
    if (at >= 0) return { place: Number(tile.dataset.place), at, ...bar };
  }
  return null;
}"""


@pytest.fixture(scope="module", params=[100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def many(server, request):
    """(name, number of items) of a project."""
    name = f"roll of {request.param}"
    make(server.projects / f"{name}.taxon", request.param)
    return name, request.param


def seen(page):
    settle(page)
    page.wait_for_timeout(300)  # the bar goes to where it belongs when it has rested
    return page.evaluate(SEEN)


def scrolled(page, share):
    """Drag the bar to a share of its way."""
    page.locator(".gallery.fills .box").evaluate(
        "(box, share) => { box.scrollTop = share * (box.scrollHeight - box.clientHeight); }", share
    )
    return seen(page)


def test_long_roll__every_place_is_reached_and_small_moves_are_small(tab, server, many):
    name, n = many
    page = explored(tab, server, name)
    page.get_by_role("slider", name="Size of the tiles").focus()
    page.keyboard.press("End")
    expect(page.locator("#tile-0")).to_have_css("height", "266px")
    first = seen(page)
    assert first["place"] == 0 and first["length"] <= LONGEST
    columns = page.locator(".tiles").evaluate("(grid) => getComputedStyle(grid).gridTemplateColumns.split(' ').length")
    rows = -(-n // columns)
    assert rows * 276 > 2 * LONGEST, "the roll is longer than its bar, or nothing is tested"

    for share in (0.25, 0.5, 0.9):
        there = scrolled(page, share)
        assert abs(there["place"] / n - share) < 0.01
        expect(page.locator(f"#tile-{there['place']}")).to_contain_text(f"item-{there['place']:07}")
    assert page.locator(".tile").count() < 100

    # A turn of the wheel moves the tiles by as many pixels as it says, wherever the bar stands.
    box = page.locator(".gallery.fills .box").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for turn in (120, 120, -240, 600, -600):
        before = seen(page)
        page.mouse.wheel(0, turn)
        after = seen(page)
        moved = (after["place"] - before["place"]) / columns * 276 - (after["at"] - before["at"])
        assert abs(moved - turn) <= 2, (turn, before, after)
        # At rest the bar stands where that share of the roll is, or one of its ends would be met too early.
        share = (after["place"] / columns * 276 + 4 - after["at"]) / (rows * 276 - 2 - after["high"])
        assert abs(after["bar"] - share * (after["length"] - after["high"])) <= 2, (turn, after)

    # Rows follow each other without a gap over many windows.
    page.locator(".tiles").focus()
    page.keyboard.press("Home")
    for _ in range(8):
        page.keyboard.press("PageDown")
    assert page.locator(".tile.active").get_attribute("data-place") == str(8 * columns * (int(box["height"]) // 276))
    expect(page.locator(".tile.active")).to_be_in_viewport()

    end = scrolled(page, 1)
    expect(page.locator(f"#tile-{n - 1}")).to_be_in_viewport(ratio=1)
    assert end["bar"] + end["high"] >= end["length"] - 1
    page.keyboard.press("End")
    page.keyboard.press(" ")
    assert selected(page) == 1
    assert scrolled(page, 0)["place"] == 0
    page.locator("#tile-0").click(modifiers=["Shift"])
    assert selected(page) == n, "a range from the last item to the first"
