"""Ten people at once on the real server: every page answers, and every edit that was acknowledged is stored."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from core import pipeline
from core.partition.edits import Recluster
from core.partition.rows import Rows
from core.project import Project
from tests import prepared
from tests.browser.conftest import start_server
from tests.load.session import users

TEN = 10


@pytest.fixture
def served(tmp_path):
    """A server with one project of twelve clusters; (server, process, path of the project, ids of the clusters)."""
    path = prepared.planted_project(tmp_path / "projects" / "planted.taxon")
    with Project.open(path) as project:
        found = pipeline.structure(project)
        project.apply(Recluster(found.tree.cut(TEN + 2), Rows(np.asarray(found.rows))))
        ids = list(project.partition().clusters)
    process, server = start_server(path.parent, tmp_path / "log.txt")
    yield server, process, path, ids
    process.terminate()
    process.wait(20)


def checked(told, served):
    """Nothing failed, and every edit that was acknowledged is in the journal."""
    server, process, path, _ = served
    assert told.failures == []
    assert process.poll() is None and "Traceback" not in server.log.read_text()
    with Project.open(path, read_only=True) as project:
        renamed = [event for event in project.history() if event.kind == "rename"]
    assert len(renamed) == len(told.edits) > 0


def test_ten_users__nothing_fails_and_every_edit_is_stored(served):
    server, _, _, ids = served
    told = asyncio.run(users(server.address, "planted", ids[:TEN], seconds=4))
    checked(told, served)
    assert len(told.reruns) >= TEN


class Memory:
    """The memory of a process over time; what it grows by is the slope after the first quarter."""

    def __init__(self, pid: int) -> None:
        self._pid, self._seen = pid, []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(2):
            pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
            self._seen.append((time.monotonic(), pages * os.sysconf("SC_PAGE_SIZE") / 1e6))

    def stop(self) -> tuple[float, float]:
        """(MB at the end, MB an hour)."""
        self._over.set()
        self._thread.join()
        when, size = np.array(self._seen[len(self._seen) // 4 :]).T
        return float(size[-1]), float(np.polyfit(when - when[0], size, 1)[0] * 3600)


@pytest.mark.slow
def test_ten_users__for_minutes(served):
    """Prints what RESULTS.md quotes (`pytest -m slow -s`); a busy machine is slower, so no time is asserted."""
    server, process, _, ids = served
    minutes = float(os.environ.get("TAXON_LOAD_MINUTES", "10"))
    memory = Memory(process.pid)
    told = asyncio.run(users(server.address, "planted", ids[:TEN], seconds=60 * minutes))
    size, growth = memory.stop()
    checked(told, served)
    quantiles = {
        f"{what} {part:.0%}": round(told.share(seconds, part), 3)
        for what, seconds in (("rerun", told.reruns), ("edit", told.edits))
        for part in (0.5, 0.95, 0.99)
    }
    counted = {"minutes": minutes, "reruns": len(told.reruns), "edits": len(told.edits), "load": os.getloadavg()}
    print(json.dumps({**counted, **quantiles, "server MB": round(size), "growth MB/h": round(growth, 1)}))
