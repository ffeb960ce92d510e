"""A real analysis while the page is open: work begins with the sketch, and the points glide to the refined map."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import asdict

import numpy as np
import pytest

from core import jobs, pipeline
from core.jobs import Jobs
from core.pipeline import Recipe
from core.project import Project
from tests.browser.test_flow import drag
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
N, NAME = 3000, "refined while one works"
COUNT = """
  const load = WebGL2RenderingContext.prototype.bufferSubData;
  window.loads = 0;
  WebGL2RenderingContext.prototype.bufferSubData = function (kind, at, data, ...more) {
    window.loads += data instanceof Uint16Array;
    return load.call(this, kind, at, data, ...more);
  };
"""


@pytest.fixture
def working(server, tmp_path, monkeypatch):
    """The process of a job that has told of its sketch and was stopped there; it goes on with SIGCONT."""
    random = np.random.default_rng(0)
    vectors = np.repeat(random.normal(0, 1, (12, 24)), N // 12, axis=0) + random.normal(0, 0.35, (N, 24))
    np.save(tmp_path / "vectors.npy", vectors.astype(np.float32))
    path = server.projects / f"{NAME}.taxon"
    Project.create(path, NAME).close()
    begun, spawn = [], jobs._spawn

    def kept(*arguments, **more):
        begun.append(spawn(*arguments, **more))
        return begun[-1]

    monkeypatch.setattr(jobs, "_spawn", kept)
    parameters = {"source": str(tmp_path / "vectors.npy"), "options": {}, "chosen": asdict(Recipe())}
    job_id = Jobs(path).start("import", parameters)
    deadline = time.monotonic() + 240
    while not (Jobs(path).status(job_id).result or {}).get("active"):
        assert time.monotonic() < deadline and begun[0].poll() is None, Jobs(path).status(job_id)
        time.sleep(0.01)
    begun[0].send_signal(signal.SIGSTOP)
    yield begun[0]
    begun[0].kill()
    begun[0].wait(20)


def shown(server):
    with Project.open(server.projects / f"{NAME}.taxon", read_only=True) as project:
        found = pipeline.structure(project)
        return found.active["map"], found.sketched, np.array(found.map.xy)


def test_refining__work_begins_with_the_sketch_and_the_points_glide(tab, server, working):
    page = tab(server.url("explore", project=NAME))
    page.locator("canvas.points[data-drawn]").wait_for(state="attached")
    page.locator(".tile").first.wait_for()
    expect(page.get_by_text("You can work meanwhile")).to_be_visible()
    sketch, sketched, old = shown(server)
    assert sketched, "the job was stopped too late"
    drag(page, 0.02, 0.12, 0.5, 0.92)
    status = page.locator(".map .status")
    expect(status).to_contain_text("selected")
    chosen = status.inner_text()
    page.evaluate(f"() => {{ {COUNT} }}")
    working.send_signal(signal.SIGCONT)
    expect(page.get_by_text("You can work meanwhile")).to_have_count(0)
    working.wait(120)
    page.wait_for_function("() => window.loads > 1")
    settle(page)
    refined, sketched, xy = shown(server)
    assert not sketched and refined != sketch and np.abs(xy - old).max() > 0
    assert page.evaluate("window.loads") > 2, "steps on the way; without them it is one"
    # It has come to rest, and what was selected is what is selected.
    page.wait_for_timeout(1500)
    rest = page.evaluate("window.loads")
    page.wait_for_timeout(300)
    assert page.evaluate("window.loads") == rest
    expect(status).to_have_text(chosen)
    # The page knows the refined layout: an outline on another one would be refused.
    drag(page, 0.02, 0.12, 0.98, 0.92)
    expect(status).to_have_text(re.compile(r"^(2,[89]\d\d|3,000) of 3,000 selected$"))
    assert page.get_by_test_id("stAlert").count() == 0
