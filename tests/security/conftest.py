"""What the replayed advisories stand on: a project made from hostile files, and a real server with a login."""

from __future__ import annotations

import http.client
import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from PIL import Image

from core.items.importer import import_source
from core.items.report import ImportReport
from core.items.sources import open_source
from core.project import Project
from core.users.file import Users
from core.users.roles import Role
from tests import prepared
from tests.browser.conftest import start_server

PASSWORD = "correct horse battery"
ROOT = Path(__file__).resolve().parents[2]
ACTIVE = b"<script>alert(document.domain)</script>"


@dataclass
class Imported:
    """A project that took in a source, and what it said about it."""

    project: Project
    report: ImportReport

    @property
    def ids(self) -> list[str]:
        return self.project.items.load().item_id.tolist()


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Callable[..., Imported]]:
    """Imports a source into a project of its own."""
    made = []

    def run(source: Path | str, **options: object) -> Imported:
        project = Project.create(tmp_path / "projects" / f"{len(made)}.taxon")
        made.append(project)
        return Imported(project, import_source(project.items, project.thumbnails, open_source(source, **options)))

    yield run
    for project in made:
        project.close()


def png(colour: str = "red", **options: object) -> bytes:
    """A small picture."""
    data = io.BytesIO()
    Image.new("RGB", (24, 16), colour).save(data, "PNG", **options)
    return data.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """An archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


@dataclass
class Answer:
    """What came back, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Served:
    """A real server with a login; requests are sent as they are written, paths unfolded by nobody."""

    address: str
    folder: Path
    process: subprocess.Popen
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, method: str = "GET", who: str = "", body: bytes = b"", **headers: str) -> Answer:
        """One request; `who` = a user whose session it carries."""
        there = urlsplit(self.address)
        told = {"Origin": self.address, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if who:
            told["Cookie"] = f"taxon_session={self.session(who)}"
        connection = http.client.HTTPConnection(there.hostname, there.port, timeout=30)
        connection.putrequest(method, path, skip_host="Host" in told, skip_accept_encoding=True)
        for name, value in {**told, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return found

    def session(self, who: str) -> str:
        """Log in once, keep the cookie."""
        if who not in self.cookies:
            form = f"name={quote(who)}&password={quote(PASSWORD)}".encode()
            answer = self.ask("/login", "POST", body=form, Content_Type="application/x-www-form-urlencoded")
            assert answer.status == 303, answer.text
            self.cookies[who] = answer.headers["set-cookie"].split(";")[0].partition("=")[2]
        return self.cookies[who]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server, with an owner Ann, a viewer Cleo, and the hostile project."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "projects").mkdir()
    users = Users(folder / "config")
    users.add("Ann", Role.OWNER, PASSWORD)
    users.add("Cleo", Role.VIEWER, PASSWORD)
    prepared.hostile_project(folder / "projects" / "hostile.taxon")
    told = {"TAXON_LOGIN": "passwords", "TAXON_CONFIG": str(folder / "config")}
    process, server = start_server(folder / "projects", folder / "log.txt", **told)
    yield Served(server.address, folder, process)
    process.terminate()
    process.wait(20)


def started(*command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess:
    """A command of ours, run to its end."""
    told = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=told, capture_output=True, text=True, timeout=120
    )


def waited(until: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return True
        time.sleep(0.05)
    return until()
