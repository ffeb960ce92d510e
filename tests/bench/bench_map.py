"""The map in a browser at 10,000, 100,000 and a million points, beside a plain Plotly chart in the same run.

`python tests/bench/bench_map.py [--sizes 10000,100000,1000000] [--rounds 200] [--rival]` makes the projects (once),
starts the server, drives Chromium with software WebGL and prints a line of JSON a measurement. Times are what a person
waits: from the click, the release or the key to the pixels, two frames after the last change. CPU seconds are those of
server and browser together, and say more on a busy machine. Bytes of the web-socket are counted as they pass.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.make_million import make  # noqa: E402
from tests.browser.conftest import FLAGS, chromium_path, start_server  # noqa: E402

WAIT = 180_000  # milliseconds
TURNS = 5  # of a lasso or an edit; the median counts

# Resolves once the element that `find` returns satisfies `done`, two frames later: then it can be seen.
SETTLED = """async ([begin, done]) => {
  const reached = new Function("return " + done);
  while (!reached()) await new Promise((next) => setTimeout(next, 4));
  await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  return performance.now() - begin;
}"""
WITHIN = """window.within = (words) => {
  const look = (root) => {
    for (const one of root.querySelectorAll('*')) {
      if (one.matches(words)) return one;
      const deep = one.shadowRoot && look(one.shadowRoot);
      if (deep) return deep;
    }
    return null;
  };
  return look(document);
};"""


class Wire:
    """Bytes that passed: over the web-socket both ways, and of the map's columns over HTTP."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.socket = 0
        page.on("websocket", self._opened)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        self._urls: dict[str, str] = {}
        self.columns = 0
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._finished)

    def _opened(self, socket: Any) -> None:
        for way in ("framesent", "framereceived"):
            socket.on(way, lambda frame: self._frame(frame))

    def _frame(self, frame: Any) -> None:
        self.socket += len(frame) if isinstance(frame, bytes) else len(str(frame).encode())

    def _answered(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["response"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        if "/points/" in self._urls.get(event["requestId"], ""):
            self.columns += int(event["encodedDataLength"])


def memory(pid: int) -> float:
    """MB of a process that no file backs: what it needs beyond its memory maps."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("RssAnon:")[1].split()[0]) / 1024


def below(parent: int) -> list[int]:
    """The browser's processes: all of its name below this one."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            above = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(above, []).append(int(entry.name))
    found, queue = [], [parent]
    while queue:
        one = queue.pop()
        queue += children.get(one, [])
        try:
            found += [one] if "chrom" in Path(f"/proc/{one}/comm").read_text() else []
        except OSError:
            continue
    return found


def browser_memory() -> float:
    """MB of all of the browser's processes that no file backs."""
    return sum(memory(one) for one in below(os.getpid()))


def cpu(pid: int) -> float:
    """Seconds that the server and the browser have computed: what waiting for other work does not change."""
    total = 0.0
    for one in (pid, *below(os.getpid())):
        with suppress(OSError):
            told = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
    return total


class Ours:
    """Taxon's own page."""

    drawn = "Boolean(window.within('canvas.points[data-drawn]'))"

    def __init__(self, page: Any) -> None:
        self.page = page

    def url(self, server: Any, name: str) -> str:
        return server.url("explore", project=name)

    def box(self) -> dict[str, float]:
        return self.page.locator("canvas.top").bounding_box()

    def chosen(self) -> str:
        return self.page.locator(".map .status").inner_text()

    def changed(self, before: str) -> str:
        tiles = "window.within('.tile[aria-selected=true]')"
        return f"window.within('.map .status').textContent !== {json.dumps(before)} && Boolean({tiles})"

    def recoloured(self) -> str:
        return self.page.evaluate("window.within('canvas.points').dataset.codes ?? ''")

    def edited(self, before: str) -> str:
        return f"window.within('canvas.points').dataset.codes !== {json.dumps(before)}"


def lasso(page: Any, box: dict[str, float], share: float) -> Callable[[], None]:
    """Draws a square of `share` of the map's height around its middle; returns what releases the button."""
    half = share * box["height"] / 2
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    left, right, upper, lower = x - half, x + half, y - half, y + half
    corners = [(left, upper), (right, upper), (right, lower), (left, lower), (left, upper + 3)]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    return page.mouse.up


def timed(page: Any, act: Callable[[], None], done: str) -> float:
    """Seconds from before `act` until `done` holds and is drawn."""
    begin = page.evaluate("performance.now()")
    act()
    return page.evaluate(SETTLED, [begin, done]) / 1000


def measure(browser: Any, server: Any, pid: int, name: str, rounds: int) -> dict[str, Any]:
    """All figures of one project."""
    found: dict[str, Any] = {}
    opened, sent, work = [], [], []
    for _ in range(3):
        begun = cpu(pid)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(WAIT)
        page.add_init_script(WITHIN)
        wire = Wire(page)
        ours = Ours(page)
        page.goto(ours.url(server, name), wait_until="commit")
        opened.append(page.evaluate(SETTLED, [0, ours.drawn]) / 1000)
        work.append(cpu(pid) - begun)
        page.wait_for_timeout(1500)
        sent.append(wire.columns)
        if len(opened) < 3:
            page.context.close()
    found |= {"open": median(opened[1:]), "cold": opened[0], "open_cpu": median(work[1:]), "http": sent[-1]}
    found["memory"] = memory(pid)
    times, sizes, work = [], [], []
    for turn in range(TURNS):
        page.wait_for_timeout(600)
        before, wire.socket, begun = ours.chosen(), 0, cpu(pid)
        times.append(timed(page, lasso(page, ours.box(), 0.10 + 0.01 * turn), ours.changed(before)))
        page.wait_for_timeout(900)
        sizes.append(wire.socket)
        work.append(cpu(pid) - begun)
    found["lasso"], found["lasso_bytes"], found["lasso_cpu"] = median(times), max(sizes), median(work)
    wire.socket = 0
    page.locator(".tile").nth(3).click()
    page.wait_for_timeout(1500)
    found["click_bytes"] = wire.socket
    found |= edits(page, ours, wire, pid)
    found |= growth(page, ours, pid, rounds)
    page.context.close()
    return found


def edits(page: Any, ours: Ours, wire: Wire, pid: int) -> dict[str, Any]:
    """Moves about 10,000 points to a new cluster and takes it back, in turn: median seconds, and bytes."""
    share = 0.1
    for _ in range(4):
        before = ours.chosen()
        timed(page, lasso(page, ours.box(), share), ours.changed(before))
        page.wait_for_timeout(800)
        count = int(ours.chosen().split()[0].replace(",", ""))
        share = min(0.8, share * (10_000 / count) ** 0.5)
    moved, times, sizes, columns, work = ours.chosen(), [], [], [], []
    for turn in range(TURNS):
        wire.socket, wire.columns, begun = 0, 0, cpu(pid)
        before = ours.recoloured()
        key = "n" if turn % 2 == 0 else "Control+z"
        times.append(timed(page, lambda key=key: page.keyboard.press(key), ours.edited(before)))
        page.wait_for_timeout(900)
        sizes.append(wire.socket)
        columns.append(wire.columns)
        work.append(cpu(pid) - begun)
        assert ours.chosen() == moved, "the selection is kept"
    told = {"edit": median(times), "edit_bytes": max(sizes), "edit_http": max(columns), "edit_cpu": median(work)}
    return {**told, "moved": moved}


def growth(page: Any, ours: Ours, pid: int, rounds: int) -> dict[str, float]:
    """MB that server and browser grow by in so many lassos and edits, after a few to warm up."""
    if not rounds:
        return {}
    told = {}
    for turn in range(rounds + 10):
        if turn == 10:
            told = {"server": memory(pid), "browser": browser_memory()}
        before = ours.chosen()
        timed(page, lasso(page, ours.box(), 0.06 + 0.0005 * turn), ours.changed(before))
        before = ours.recoloured()
        timed(page, lambda key="n" if turn % 2 == 0 else "Control+z": page.keyboard.press(key), ours.edited(before))
    page.wait_for_timeout(3000)
    return {
        "server_growth": memory(pid) - told["server"],
        "browser_growth": browser_memory() - told["browser"],
    }


def rival(browser: Any, server: Any, pid: int, name: str) -> dict[str, Any]:
    """The same for a plain Plotly chart: its own words, its own lasso."""
    found: dict[str, Any] = {}
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(WAIT)
    page.add_init_script(WITHIN)
    wire = Wire(page)
    begun = cpu(pid)
    page.goto(server.url("", project=name), wait_until="commit")
    found["open"] = page.evaluate(SETTLED, [0, "Boolean(window.within('.nsewdrag'))"]) / 1000
    found["open_cpu"] = cpu(pid) - begun
    page.wait_for_timeout(3000)
    words = "document.querySelector('[data-testid=stText]').textContent"
    times, sizes, work = [], [], []
    for turn in range(3):
        box = page.locator(".nsewdrag").bounding_box()
        before, wire.socket, begun = page.evaluate(words), 0, cpu(pid)
        release = lasso(page, box, 0.3 + 0.02 * turn)
        times.append(timed(page, release, f"{words} !== {json.dumps(before)}"))
        page.wait_for_timeout(2500)
        sizes.append(wire.socket)
        work.append(cpu(pid) - begun)
    found["lasso"], found["lasso_bytes"], found["lasso_cpu"] = median(times), max(sizes), median(work)
    wire.socket, begun = 0, cpu(pid)
    begin = page.evaluate("performance.now()")
    page.get_by_role("button", name="Move 10,000").click()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(state="attached")
    page.wait_for_timeout(300)
    found["edit"] = (page.evaluate("performance.now()") - begin) / 1000
    page.wait_for_timeout(2500)
    found["edit_bytes"], found["edit_cpu"] = wire.socket, cpu(pid) - begun
    found["kept"] = page.evaluate(words)
    page.context.close()
    return found


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--rounds", type=int, default=0, help="lassos and edits of the memory test")
    parser.add_argument("--rival", action="store_true", help="the Plotly chart as well, up to 100,000 points")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "taxon-bench-map")
    chosen = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chosen.folder.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in chosen.sizes.split(",")]
    for size in sizes:
        if not (chosen.folder / f"n{size}.taxon" / "active.json").exists():
            make(chosen.folder / f"n{size}.taxon", size)
    with sync_playwright() as playwright:
        for size in sizes:
            # A server of its own for each size, so that its memory is that of one open project.
            process, server = start_server(chosen.folder, chosen.folder / "log.txt")
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            empty = memory(process.pid)
            try:
                begun = time.perf_counter()
                told = measure(browser, server, process.pid, f"n{size}", chosen.rounds)
                told |= {"empty": empty, "load": os.getloadavg()[0], "took": time.perf_counter() - begun}
                print(json.dumps({"size": size, "ours": told}), flush=True)
            finally:
                browser.close()
                process.terminate()
                process.wait(20)
            if chosen.rival and size <= 100_000:
                app = ROOT / "tests" / "bench" / "apps" / "plotly_map.py"
                process, server = start_server(chosen.folder, chosen.folder / "log.txt", app=app)
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
                try:
                    told = rival(browser, server, process.pid, f"n{size}")
                    print(json.dumps({"size": size, "plotly": told}), flush=True)
                finally:
                    browser.close()
                    process.terminate()
                    process.wait(20)


if __name__ == "__main__":
    main()
