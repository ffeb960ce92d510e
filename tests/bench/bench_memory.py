"""What server and browser grow by over many lassos and edits, the browser driven with as little as possible.

`python tests/bench/bench_memory.py [--size 1000000] [--rounds 210]`: a round is a lasso and an edit (a move to a new
cluster, or its undo, in turn). Only `Runtime`, `Input` and, to collect garbage before each reading, `HeapProfiler` of
Chromium's protocol are used, over a bare web-socket: Playwright's inspectors keep some of what passes, and garbage that
waits is no growth. A line of JSON every twenty rounds; the last one says the growth since the first twenty. About two
seconds a round on a quiet machine at a million points.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.bench_map import SETTLED, WITHIN, Ours, below, memory  # noqa: E402
from tests.bench.make_million import make  # noqa: E402
from tests.browser.conftest import FLAGS, chromium_path, free_port, start_server  # noqa: E402

WARM = 20  # rounds before growth is counted
EVERY = 20
PATIENCE = 300  # seconds
BOX = "JSON.parse(JSON.stringify(window.within('canvas.top').getBoundingClientRect()))"
STATUS = "window.within('.map .status').textContent"
CODES = "window.within('canvas.points').dataset.codes"
SELECTED = "Boolean(window.within('.tile[aria-selected=true]'))"
SIZE = "--window-size=1440,1000"
KEYS = {
    "n": {"key": "n", "code": "KeyN", "windowsVirtualKeyCode": 78, "text": "n"},
    "Control+z": {"key": "z", "code": "KeyZ", "windowsVirtualKeyCode": 90, "modifiers": 2},
}


class Tab:
    """A page of Chromium over the bare protocol."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._last = 0

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the protocol answers."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._socket.recv(timeout=PATIENCE))
            if told.get("id") == self._last:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                return told["result"]

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, awaited."""
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"]["exception"].get("description", "an error in the page"))
        return told["result"].get("value")

    def until(self, done: str) -> None:
        """Wait until an expression holds, and two frames more."""
        self.evaluate(f"({SETTLED})({json.dumps([0, done])})")

    def mouse(self, kind: str, x: float, y: float) -> None:
        """Move, press or release the left button."""
        pressed = {"button": "left", "clickCount": 1} if kind != "mouseMoved" else {}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=int(kind != "mouseReleased"), **pressed)

    def press(self, name: str) -> None:
        """A key, down and up."""
        self.call("Input.dispatchKeyEvent", type="keyDown", **KEYS[name])
        self.call("Input.dispatchKeyEvent", type="keyUp", **{**KEYS[name], "text": ""})


def lasso(tab: Tab, share: float) -> None:
    """A square of `share` of the map's height around its middle, and what it selects, shown."""
    box, before = tab.evaluate(BOX), tab.evaluate(STATUS)
    half, x, y = share * box["height"] / 2, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    tab.mouse("mouseMoved", *corners[0])
    tab.mouse("mousePressed", *corners[0])
    for begin, end in itertools.pairwise([*corners, (x - half, y - half + 3)]):
        for step in (0.25, 0.5, 0.75, 1):
            tab.mouse("mouseMoved", *(one + step * (other - one) for one, other in zip(begin, end, strict=True)))
            time.sleep(0.02)  # moves within a frame would be one
    tab.mouse("mouseReleased", x - half, y - half + 3)
    tab.until(f"{STATUS} !== {json.dumps(before)} && {SELECTED}")


def edit(tab: Tab, key: str) -> None:
    """Move what is selected to a new cluster, or take that back, and the new colours, drawn."""
    before = tab.evaluate(CODES)
    tab.press(key)
    tab.until(f"{CODES} !== {json.dumps(before)}")


def measure(tab: Tab, server: int, browser: int, rounds: int) -> None:
    """Work, and print what is held."""
    first: dict[str, float] = {}
    begun = time.perf_counter()
    for turn in range(rounds + 1):
        if turn % EVERY == 0 or turn == rounds:
            time.sleep(2)
            for _ in range(2):
                tab.call("HeapProfiler.collectGarbage")
            time.sleep(1)
            held = {"server": memory(server), "browser": sum(memory(one) for one in below(browser))}
            first = dict(held) if turn == WARM else first
            told = {"rounds": turn, **held, "seconds": time.perf_counter() - begun, "load": os.getloadavg()[0]}
            if first and turn > WARM:
                told |= {f"{name}_growth": held[name] - first[name] for name in held}
            print(json.dumps({name: round(value, 1) for name, value in told.items()}), flush=True)
        if turn < rounds:
            # Never the same outline twice, or nothing would change; and back to small ones after a while.
            lasso(tab, 0.06 + 0.0005 * (turn % 97))
            edit(tab, "n" if turn % 2 == 0 else "Control+z")


def _page(port: int) -> str:
    told = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=20).read())
    return next(page["webSocketDebuggerUrl"] for page in told if page["type"] == "page")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=210)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "taxon-bench-map")
    chosen = parser.parse_args()
    from websockets.sync.client import connect

    chosen.folder.mkdir(parents=True, exist_ok=True)
    name = f"n{chosen.size}"
    if not (chosen.folder / f"{name}.taxon" / "active.json").exists():
        make(chosen.folder / f"{name}.taxon", chosen.size)
    process, server = start_server(chosen.folder, chosen.folder / "log.txt")
    port = free_port()
    with tempfile.TemporaryDirectory() as profile:
        more = ["--headless=new", f"--remote-debugging-port={port}", f"--user-data-dir={profile}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        browser = subprocess.Popen([str(chromium_path()), *FLAGS, *more, SIZE, Ours(None).url(server, name)], **quiet)
        try:
            time.sleep(5)
            with connect(_page(port), max_size=None, open_timeout=60) as socket:
                tab = Tab(socket)
                tab.evaluate(WITHIN)
                tab.until(Ours.drawn)
                time.sleep(3)
                measure(tab, process.pid, browser.pid, chosen.rounds)
        finally:
            for one in (browser, process):
                one.terminate()
                one.wait(20)


if __name__ == "__main__":
    main()
