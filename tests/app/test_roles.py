"""Roles hold where edits, imports, exports and jobs pass, whatever a page shows."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest

from app import acts, exports, launch, resources, state
from app.components import messages
from app.server import identity
from app.server.door import build
from app.server.identity import SESSION_HEADER
from app.server.settings import Settings
from core.errors import BadInput, NotAllowed
from core.partition.edits import Rename
from core.pipeline import Recipe
from core.users.roles import Role

JOB = "20260101000000-0123abcd"


@pytest.fixture
def role(tmp_path, monkeypatch):
    """Lets somebody of a role be the one who asks."""
    entrance = build(Settings(login="passwords", config=tmp_path / "config"))
    session = {}
    monkeypatch.setattr(acts.st, "session_state", session)

    def be(name):
        entrance.users.add("Somebody", name, None)
        token = entrance.sessions.sign(entrance.sessions.begin("Somebody"))
        context = SimpleNamespace(headers={SESSION_HEADER: token})
        monkeypatch.setattr(identity, "door", lambda: entrance)
        monkeypatch.setattr(launch, "door", lambda: entrance)
        monkeypatch.setattr(identity.st, "context", context)
        return session

    return be


ACTS = {
    "edit": lambda name: acts.apply(Rename(1, "mine")),
    "import": lambda name: launch.begin("new", "demo:emoji"),
    "demo": lambda name: launch.demo("demo:emoji"),
    "upload": lambda name: launch.begin_upload("new", "x.csv", io.BytesIO(b"x"), {}, Recipe()),
    "analyse": lambda name: launch.again(name, Recipe()),
    "stop": lambda name: launch.stop(name, JOB),
    "resume": lambda name: launch.go_on(name, JOB),
}
OWNERS = {"import", "demo", "upload", "analyse", "stop", "resume"}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", list(Role))
def test_roles__are_asked_before_anything_is_done(planted_copy, begun, role, monkeypatch, act, who):
    monkeypatch.setattr(resources.Jobs, "cancel", lambda *given: begun.append(given))
    monkeypatch.setattr(resources.Jobs, "resume", lambda *given: begun.append(given))
    monkeypatch.setattr(state, "get", lambda: state.UiState(project=planted_copy))
    monkeypatch.setattr(state, "set", lambda **changes: None)
    role(who)
    before = resources.open_project(planted_copy).partition().revision
    allowed = who == Role.OWNER or (who == Role.LABELLER and act not in OWNERS)
    if allowed:
        ACTS[act](planted_copy)
    else:
        with pytest.raises(NotAllowed, match="You may not"):
            ACTS[act](planted_copy)
        assert begun == [] and resources.project_names() == [planted_copy]
        assert resources.open_project(planted_copy).partition().revision == before


@pytest.mark.parametrize("who", list(Role))
def test_roles__exports_are_an_owners(planted_copy, begun, role, monkeypatch, who):
    session = role(who)
    exports.make(planted_copy, "csv", None)
    assert bool(begun) == (who == Role.OWNER)
    assert session[messages._NOTICE][0] == ("done" if who == Role.OWNER else "refused")


def test_roles__who_may_not_import_sees_no_folders_of_the_server(tmp_path, role):
    (tmp_path / "private").mkdir()
    role(Role.VIEWER)
    assert launch.subfolders(tmp_path) == []
    role(Role.OWNER)
    assert "private" in launch.subfolders(tmp_path)


def test_sources__are_nobodys_home_where_people_log_in(projects, role, monkeypatch):
    role(Role.OWNER)
    monkeypatch.delenv("TAXON_SOURCES")
    assert launch.sources_root() == (projects / "sources").resolve()


def test_history__says_who(planted_copy, role, monkeypatch):
    monkeypatch.setattr(state, "get", lambda: state.UiState(project=planted_copy))
    role(Role.LABELLER)
    assert acts.apply(Rename(1, "discs")).who == "Somebody"


def test_click__that_comes_twice_is_one_edit(planted_copy, role, monkeypatch):
    monkeypatch.setattr(state, "get", lambda: state.UiState(project=planted_copy))
    session, project = role(Role.LABELLER), resources.open_project(planted_copy)
    acts.saw(project.partition())
    seen = session[acts._SAW]
    first = acts.apply(Rename(1, "discs"))
    session[acts._SAW] = seen
    assert acts.apply(Rename(1, "discs")).seq == first.seq
    assert len(project.history()) == first.seq


def test_undo__takes_back_what_was_seen_and_nothing_else(planted_copy, role, monkeypatch):
    monkeypatch.setattr(state, "get", lambda: state.UiState(project=planted_copy))
    session, project = role(Role.LABELLER), resources.open_project(planted_copy)
    acts.saw(project.partition())
    acts.apply(Rename(1, "discs"))
    project.apply(Rename(2, "bars"), who="another")
    acts.undo()
    assert session[messages._NOTICE][0] == "refused"
    assert [project.partition().clusters[one].name for one in (1, 2)] == ["discs", "bars"]
    acts.saw(project.partition())
    acts.undo()
    acts.undo()
    assert [project.partition().clusters[one].name for one in (1, 2)] == ["", ""], "two quick ones are fine"


def test_mine_instead__takes_theirs_back_first(planted_copy, role, monkeypatch):
    from app.components import conflict
    from core.partition.edits import Merge, Move
    from core.partition.rows import Rows

    monkeypatch.setattr(state, "get", lambda: state.UiState(project=planted_copy))
    session, project = role(Role.LABELLER), resources.open_project(planted_copy)
    members = project.partition().members(1)[:5]
    acts.saw(project.partition())
    project.apply(Merge((1, 2), 2), who="another")
    acts.do(Move(Rows(members), 1))
    dispute = session[conflict._KEY]
    assert dispute.replaces and "another" in dispute.theirs.why
    acts.saw(project.partition())
    acts.settle(dispute, "yours")
    assert conflict._KEY not in session and 1 in project.partition().clusters
    assert np.all(project.partition().cluster_of[members] == 1)
    assert [event.kind for event in project.history(3)] == ["move", "undo", "merge"]


def test_refusals__are_told_not_raised(planted_copy, role, monkeypatch):
    monkeypatch.setattr(acts, "_project", lambda: SimpleNamespace(apply=lambda *given, **named: refuse()))
    session = role(Role.LABELLER)

    def refuse():
        raise BadInput("Not now.")

    acts.do(Rename(1, "x"))
    assert session[messages._NOTICE][0] == "refused"
