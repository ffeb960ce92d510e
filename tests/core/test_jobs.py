import json
import os
import signal
import time

import pytest

from core.errors import Cancelled, NotFound
from core.jobs import Jobs, JobStatus, Reporter, Standby
from core.project import Project


@pytest.fixture
def jobs(tmp_path):
    path = tmp_path / "p.taxon"
    Project.create(path).close()
    return Jobs(path)


def wait(jobs, job_id, wanted, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = jobs.status(job_id)
        if wanted(status):
            return status
        time.sleep(0.05)
    raise AssertionError(f"job stayed {status}: {(jobs.folder(job_id) / 'log.txt').read_text()}")


def test_job__imports_in_a_process_of_its_own(jobs, text_table):
    job_id = jobs.start("import", {"source": str(text_table)})
    status = wait(jobs, job_id, lambda status: status.over)
    assert status.state == "done", status
    assert len(Project.open(jobs.project).items.load()) > 0
    assert jobs.unfinished() == []


def test_job__a_refusal_reaches_the_page_as_three_sentences(jobs, tmp_path):
    status = wait(jobs, jobs.start("import", {"source": str(tmp_path / "missing")}), lambda status: status.over)
    assert status.state == "failed"
    assert set(status.error) == {"what", "why", "next_step"}
    assert "missing" in status.error["what"]


def test_job__killed_is_interrupted_and_resumes(jobs, text_table):
    (jobs.project / "jobs").mkdir(exist_ok=True)
    # Another process holds the turn, so the job waits at a known point and can be killed there.
    import fcntl

    with (jobs.project / "jobs" / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        job_id = jobs.start("import", {"source": str(text_table)})
        wait(jobs, job_id, lambda status: status.state == "running")
        pid = json.loads((jobs.folder(job_id) / "alive").read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        wait(jobs, job_id, lambda status: status.state == "interrupted")
    again = jobs.resume(job_id)
    assert wait(jobs, again, lambda status: status.over).state == "done"


def test_job__cancel_while_waiting_leaves_no_items(jobs, text_table):
    import fcntl

    (jobs.project / "jobs").mkdir(exist_ok=True)
    with (jobs.project / "jobs" / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        job_id = jobs.start("import", {"source": str(text_table)})
        wait(jobs, job_id, lambda status: status.state == "running")
        jobs.cancel(job_id)
        assert wait(jobs, job_id, lambda status: status.over).state == "cancelled"
    assert len(Project.open(jobs.project).items.load()) == 0


def test_start__a_newer_job_of_the_same_stage_stops_the_older(jobs, text_table):
    import fcntl

    (jobs.project / "jobs").mkdir(exist_ok=True)
    with (jobs.project / "jobs" / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        older = jobs.start("import", {"source": str(text_table)})
        wait(jobs, older, lambda status: status.state == "running")
        newer = jobs.start("import", {"source": str(text_table)})
        assert wait(jobs, older, lambda status: status.over).state == "cancelled"
    assert wait(jobs, newer, lambda status: status.over).state == "done"


@pytest.mark.parametrize("job_id", ["../../etc", "", "20260101000000-zzzzzzzz", "20260101000000-00000000"])
def test_status__unknown_or_forged_id(jobs, job_id):
    with pytest.raises(NotFound):
        jobs.status(job_id)


def test_reporter__time_left_and_stop(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("core.jobs.time.monotonic", lambda: clock[0])
    reporter = Reporter(tmp_path, JobStatus("20260101000000-00000000", "run", "running"))
    reporter(0, 100, "Encoding")
    clock[0] = 10.0
    reporter(25, 100, "Encoding: 2.5 items/s")
    written = json.loads((tmp_path / "status.json").read_text())
    assert written["seconds_left"] == pytest.approx(30)
    (tmp_path / "cancel").touch()
    clock[0] = 11.0
    with pytest.raises(Cancelled):
        reporter(26, 100, "Encoding")


def test_standby__takes_one_job_and_only_one(jobs, text_table):
    standby = Standby()
    standby.start()
    try:
        job_id = jobs.start("import", {"source": str(text_table)}, standby)
        assert wait(jobs, job_id, lambda status: status.over).state == "done"
        assert standby.take(jobs.project, job_id) is False
    finally:
        standby.stop()
