"""`python -m app` for several people, on every address of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.conftest import Server

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def shared_server(folder: Path, originals: Path, port: int, *options: str, **environment: str) -> Iterator[Server]:
    """One with the planted project; the people it knows are in `folder / "config"`."""
    (folder / "projects").mkdir()
    shutil.copytree(originals / "planted.taxon", folder / "projects" / "planted.taxon")
    shutil.copytree(originals / "planted source", folder / "projects" / "planted source")
    told = {"TAXON_PROJECTS": str(folder / "projects"), "TAXON_CONFIG": str(folder / "config"), "TAXON_STANDBY": "0"}
    command = [sys.executable, "-m", "app", "--address", "0.0.0.0", "--port", str(port), *options]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told, **environment}, stdout=log, stderr=log)
    server = Server(f"http://127.0.0.1:{port}", folder / "projects", folder / "log.txt")
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{server.address}/login", timeout=2)
                break
            except OSError:
                assert process.poll() is None, server.log.read_text()
                time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(20)
