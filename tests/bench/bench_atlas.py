"""The Streamlit component of Embedding Atlas on the projects of `bench_map.py`, in the same Chromium.

`TAXON_ATLAS_PYTHON=… TAXON_DUCKDB_WASM=… python tests/bench/bench_atlas.py [--sizes 10000,100000,1000000]`: the python
of an environment that has `embedding-atlas` and `streamlit`, and the folder `dist` of the npm package
`@duckdb/duckdb-wasm` in the version that the component asks a CDN for; it is served on this machine in the CDN's place.
What is timed is its table and its counts: the map needs WebGPU with `shader-f16`, which software WebGPU lacks, and the
message that it shows instead is part of what is printed.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.bench_map import Wire, browser_memory, cpu, memory  # noqa: E402
from tests.bench.make_million import make  # noqa: E402
from tests.browser.conftest import FLAGS, chromium_path, free_port  # noqa: E402

WAIT = 180_000  # milliseconds
WORDS = "document.querySelector('[data-testid=stText]').textContent"
CDN = "cdn.jsdelivr.net"


class Stand(http.server.SimpleHTTPRequestHandler):
    """Stands in for the CDN: any address ends in the name of a file of the package."""

    def translate_path(self, path: str) -> str:
        """The file of this name."""
        return str(Path(os.environ["TAXON_DUCKDB_WASM"]) / Path(path.partition("?")[0]).name)

    def end_headers(self) -> None:
        """Any page may have it."""
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def stand_in(folder: Path) -> int:
    """Serve the package over https with a certificate of our own; returns the port."""
    subject = ["-subj", f"/CN={CDN}", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    make_it = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(make_it, check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stand)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def measure(browser: Any, url: str, pid: int, n: int) -> dict[str, Any]:
    """Open, then three selections in its histogram: seconds, CPU seconds, bytes of the web-socket, memory."""
    found: dict[str, Any] = {}
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(WAIT)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text[:200]) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)[:200]))
    wire, began, worked = Wire(page), time.perf_counter(), cpu(pid)
    page.goto(url, wait_until="commit")
    frame = page.frame_locator("iframe")
    try:
        frame.get_by_text(f"{n:,} / {n:,} points").wait_for()
        frame.get_by_text("↑ Count").wait_for()
    except Exception as error:
        return {"failed": str(error).partition("\n")[0], "socket": wire.socket, "errors": said}
    found |= {"open": time.perf_counter() - began, "open_cpu": cpu(pid) - worked, "open_bytes": wire.socket}
    found |= {"map": frame.get_by_text("WebGPU is unavailable").all_inner_texts()}
    times, sizes = [], []
    for turn in range(3):
        page.wait_for_timeout(1500)
        box = frame.get_by_text("↑ Count").bounding_box()
        before, wire.socket = page.get_by_test_id("stText").inner_text(), 0
        page.mouse.move(box["x"] + 60 + 20 * turn, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 130 + 20 * turn, box["y"] + 120, steps=4)
        began = time.perf_counter()
        page.mouse.up()
        page.wait_for_function(f"{WORDS} !== {json.dumps(before)}")
        times.append(time.perf_counter() - began)
        page.wait_for_timeout(1500)
        sizes.append(wire.socket)
    told = page.get_by_test_id("stText").inner_text()
    found |= {"select": sorted(times)[1], "select_bytes": max(sizes), "selected": told}
    found |= {"server_memory": memory(pid), "browser_memory": browser_memory(), "errors": said}
    page.context.close()
    return found


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "taxon-bench-map")
    chosen = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chosen.folder.mkdir(parents=True, exist_ok=True)
    rule = f"--host-resolver-rules=MAP {CDN}:443 127.0.0.1:{stand_in(chosen.folder)}"
    flags = [*FLAGS, "--enable-unsafe-webgpu", "--ignore-certificate-errors", rule]
    app = ROOT / "tests" / "bench" / "apps" / "atlas_map.py"
    for size in [int(size) for size in chosen.sizes.split(",")]:
        if not (chosen.folder / f"n{size}.taxon" / "active.json").exists():
            make(chosen.folder / f"n{size}.taxon", size)
        port = free_port()
        given = ["--server.headless=true", f"--server.port={port}", "--browser.gatherUsageStats=false"]
        told = {**os.environ, "TAXON_PROJECTS": str(chosen.folder)}
        command = [os.environ["TAXON_ATLAS_PYTHON"], "-m", "streamlit", "run", str(app), *given]
        with (chosen.folder / "log.txt").open("wb") as log, sync_playwright() as playwright:
            process = subprocess.Popen(command, cwd=chosen.folder, env=told, stdout=log, stderr=log)
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=flags)
            try:
                time.sleep(6)
                # The first opening reads and caches the table, as a warm server has.
                for turn in ("cold", "warm"):
                    found = measure(browser, f"http://127.0.0.1:{port}/?project=n{size}", process.pid, size)
                    print(json.dumps({"size": size, turn: found, "load": os.getloadavg()[0]}), flush=True)
            finally:
                browser.close()
                process.terminate()
                process.wait(20)


if __name__ == "__main__":
    main()
