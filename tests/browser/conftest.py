"""A real server and a real browser: the same program that a person starts, on projects made for one test each."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests import prepared
from tests.browser.waiting import LISTEN, PATIENCE

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    # Chromium's own errands, which the flags above do not stop: sent to a port of this machine where nobody listens.
    "--gaia-url=http://127.0.0.1:9/",
    "--google-apis-url=http://127.0.0.1:9/",
    "--component-updater=url-source=http://127.0.0.1:9/",
    "--autofill-server-url=http://127.0.0.1:9/",
]
# What it asks for itself all the same now and then; the sink hangs up, and a page that asks there is seen by `Watched`.
ERRANDS = (".gvt1.com", "update.googleapis.com", "clients2.google.com")


def chromium_path() -> str | None:
    """Where Chromium is installed, None when it is not."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Server:
    """A running server: where it listens, where its projects live, what it wrote to its log."""

    address: str
    projects: Path
    log: Path

    def url(self, page: str = "", **parameters: object) -> str:
        """Address of a page with what it is to show."""
        asked = "&".join(f"{name}={quote(str(value))}" for name, value in parameters.items())
        return f"{self.address}/{page}" + (f"?{asked}" if asked else "")


def free_port() -> int:
    """A port where nobody listens, outside of those that the kernel gives to whoever asks for any."""
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def start_server(
    projects: Path, log: Path, app: Path = ROOT / "app" / "main.py", **environment: str
) -> tuple[subprocess.Popen[bytes], Server]:
    """Start `streamlit run app/main.py` on a free port and wait until it answers."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.headless", "true"]
    told = {**os.environ, "TAXON_PROJECTS": str(projects), "TAXON_STANDBY": "0", **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)], cwd=projects, env=told, stdout=output, stderr=subprocess.STDOUT
        )
    server = Server(f"http://127.0.0.1:{port}", projects, log)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=2)
            return process, server
        except urllib.error.HTTPError:
            return process, server  # One with a login says no, and that is an answer.
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"The server did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests; every test has projects of its own."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "projects").mkdir()
    (folder / "sources").mkdir()
    process, server = start_server(folder / "projects", folder / "log.txt", TAXON_SOURCES=str(folder / "sources"))
    yield server
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared projects, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("originals")
    prepared.planted_project(folder / "planted.taxon")
    prepared.hostile_project(folder / "hostile.taxon")
    return folder


@pytest.fixture
def project(server: Server, originals: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Puts a copy of a prepared project where the server finds it; returns its name."""

    def copy(kind: str = "planted") -> str:
        base = f"{kind} {re.sub(r'[^a-z]+', ' ', request.node.name)}"[:50].strip()
        name = f"{base} {len(list(server.projects.glob('*.taxon')))}"
        shutil.copytree(originals / f"{kind}.taxon", server.projects / f"{name}.taxon")
        source = server.projects / f"{kind} source"
        if not source.exists():
            shutil.copytree(originals / source.name, source)
        return name

    return copy


class Sink:
    """The proxy that Chromium is told to use for everything but this machine: it notes who is called and hangs up."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._socket.accept()
                with caller:
                    caller.settimeout(5)
                    self.called.append(caller.recv(2000).partition(b"\r\n")[0].decode("latin-1"))

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    """What Chromium asked of other hosts: nothing, or the last test of the file fails."""
    made = Sink()
    yield made
    made.close()
    called = {line for line in made.called if not any(host in line for host in ERRANDS)}
    assert sorted(called) == [], "Chromium called other hosts"


@pytest.fixture(scope="module")
def browser(sink: Sink) -> Iterator[Any]:
    """Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = chromium_path()
    if path is None:
        pytest.skip("Chromium is not installed: the tests that drive a browser did not run.")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[*FLAGS, f"--proxy-server={sink.address}"])
        yield chromium
        chromium.close()


@dataclass
class Watched:
    """What went wrong in the tabs of a test."""

    problems: list[str] = field(default_factory=list)

    def watch(self, page: Any) -> None:
        """Note scripts that fail or open a dialog, requests to other hosts, traces on the page."""
        page.on("pageerror", lambda error: self.problems.append(f"a script failed: {error}"))
        page.on("dialog", lambda dialog: (self.problems.append(f"a dialog opened: {dialog.message}"), dialog.dismiss()))
        page.on("request", self._request)
        page.on("console", self._console)

    def _console(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(f"the policy stopped something: {message.text[:200]}")

    def _request(self, request: Any) -> None:
        target = urlsplit(request.url)
        if target.scheme not in ("data", "blob", "about") and target.hostname != "127.0.0.1":
            self.problems.append(f"a request left this machine: {request.url[:200]}")


@pytest.fixture
def tab(browser: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """Opens a tab in a session of its own; at the end nothing may have gone wrong in any of them."""
    watched = Watched()
    contexts = []

    def open_tab(url: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(LISTEN)
        page = context.new_page()
        watched.watch(page)
        page.goto(url)
        return page

    yield open_tab
    pages = [page for context in contexts for page in context.pages]
    failed = any(page.get_by_test_id("stException").count() or page.get_by_text("Traceback").count() for page in pages)
    for context in contexts:
        context.close()
    assert watched.problems == []
    assert not failed, f"a trace was shown: {server.log.read_text(errors='replace')[-4000:]}"
