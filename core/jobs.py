"""Long work in a process of its own: it outlives the page, reports its progress, and can be stopped and resumed.

A job is a folder `PROJECT/jobs/ID/` with `request.json` (what to do), `status.json` (how far it is, replaced
atomically), `log.txt` and `alive`, a file that the working process holds locked: the kernel frees the lock however the
process ends, so a job that says it runs while nobody holds its lock was interrupted. Resuming is starting the same
request again; the stages find their finished shards.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from core.errors import BadInput, Cancelled, NotFound, TaxonError
from core.lock import is_held
from core.storage import read_json, write_json

_ID = re.compile(r"^\d{14}-[0-9a-f]{8}$")
_REPORT_EVERY = 0.2  # seconds between two writes of status.json
_ROOT = Path(__file__).resolve().parent.parent
OVER = frozenset({"done", "failed", "cancelled", "interrupted"})


@dataclass(frozen=True)
class JobStatus:
    """How far a job is.

    Attributes
    ----------
    id, stage
        Which job, and which of the pipeline's stages it runs.
    state
        waiting, running, done, failed, cancelled or interrupted.
    done, total, note
        Units finished in the current step, how many there are (0 = unknown), and what the step does.
    started
        UTC, ISO 8601.
    seconds, seconds_left
        Since the start; expected for the current step (None = unknown).
    error
        what, why, next_step; None unless it failed.
    result
        What the stage returned: plain JSON types. A run tells its "active" artifacts before it refines the map.
    """

    id: str
    stage: str
    state: str
    done: int = 0
    total: int = 0
    note: str = ""
    started: str = ""
    seconds: float = 0.0
    seconds_left: float | None = None
    error: Mapping[str, str] | None = None
    result: Mapping[str, Any] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in OVER


class Jobs:
    """The jobs of one project."""

    def __init__(self, project: Path | str) -> None:
        self.project = Path(project)
        self._root = self.project / "jobs"

    def start(self, stage: str, parameters: Mapping[str, Any], standby: Standby | None = None) -> str:
        """Begin a job and return its id; a warm process does it when there is one.

        A running job of the same stage is stopped first: the newer request is what the person wants.
        """
        for status in self.unfinished():
            if status.stage == stage:
                self.cancel(status.id)
        job_id = f"{datetime.now(UTC):%Y%m%d%H%M%S}-{os.urandom(4).hex()}"
        folder = self._root / job_id
        folder.mkdir(parents=True)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(folder / "request.json", {"stage": stage, "parameters": dict(parameters)})
        write_json(folder / "status.json", asdict(JobStatus(job_id, stage, "waiting", started=started)))
        if standby is None or not standby.take(self.project, job_id):
            _spawn(["job", "--project", str(self.project), job_id], folder / "log.txt")
        return job_id

    def resume(self, job_id: str, standby: Standby | None = None) -> str:
        """Begin again what `job_id` was asked to do; finished shards are found and kept."""
        request = self.request(job_id)
        return self.start(request["stage"], request["parameters"], standby)

    def request(self, job_id: str) -> dict[str, Any]:
        """What a job was asked to do: {"stage", "parameters"}. Raises `NotFound`."""
        return read_json(self.folder(job_id) / "request.json")

    def status(self, job_id: str) -> JobStatus:
        """How far a job is. Raises `NotFound`."""
        folder = self.folder(job_id)
        status = JobStatus(**read_json(folder / "status.json"))
        if status.over or is_held(folder / "alive"):
            return status
        # The process may have finished between the two reads, so the file is read once more before judging it.
        status = JobStatus(**read_json(folder / "status.json"))
        begun = (folder / "alive").exists()
        young = time.time() - (folder / "status.json").stat().st_mtime < 60
        if status.over or (not begun and young):
            return status
        return JobStatus(**{**asdict(status), "state": "interrupted", "note": "The process ended before the job did."})

    def list(self) -> list[JobStatus]:
        """All jobs, newest first."""
        names = sorted((folder.name for folder in self._root.glob("*") if _ID.match(folder.name)), reverse=True)
        found = []
        for name in names:
            with contextlib.suppress(NotFound):
                found.append(self.status(name))
        return found

    def unfinished(self) -> list[JobStatus]:
        """Jobs that wait or run."""
        return [status for status in self.list() if not status.over]

    running = unfinished

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop at its next safe point; it keeps what it finished."""
        (self.folder(job_id) / "cancel").touch()

    def kill(self, job_id: str) -> None:
        """End a job's process at once. Nothing that it finished is lost."""
        with contextlib.suppress(NotFound, OSError, KeyError, TypeError, ValueError):
            holder = read_json(self.folder(job_id) / "alive")
            if is_held(self.folder(job_id) / "alive"):
                os.kill(int(holder["pid"]), signal.SIGKILL)

    def folder(self, job_id: str) -> Path:
        """The folder of a job. Raises `NotFound`."""
        if not _ID.match(job_id) or not (self._root / job_id / "request.json").is_file():
            raise NotFound("There is no such job.", next_step="See the list of jobs on the Start page.")
        return self._root / job_id


class Reporter:
    """The progress of a working process: writes status.json a few times a second and notices a wish to stop."""

    def __init__(self, folder: Path, status: JobStatus) -> None:
        self._folder = folder
        self._status = status
        self._begun = time.monotonic()
        self._note: str | None = None
        self._note_begun = self._begun
        self._reported = 0.0

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Report progress. Raises `Cancelled` when the person asked to stop."""
        now = time.monotonic()
        step = note.split(":")[0]
        if step != self._note:
            self._note, self._note_begun = step, now
        elif now - self._reported < _REPORT_EVERY and done != total:
            return
        self._reported = now
        if (self._folder / "cancel").exists():
            raise Cancelled("The job was stopped.", next_step="Start it again to go on where it stopped.")
        passed = now - self._note_begun
        left = passed / done * (total - done) if 0 < done < total and passed > 1 else None
        self.write("running", done=done, total=total, note=note, seconds_left=left)

    def ready(self, result: Mapping[str, Any]) -> None:
        """Tell what is finished already, although the job goes on; it stays told however the job ends."""
        self.write("running", result=dict(result))

    def write(self, state: str, **changes: Any) -> None:
        """Replace status.json."""
        seconds = round(time.monotonic() - self._begun, 3)
        self._status = JobStatus(**{**asdict(self._status), **changes, "state": state, "seconds": seconds})
        # No fsync: a lost report costs nothing, and the page reads this file every second.
        aside = self._folder / f".status.{os.getpid()}"
        aside.write_text(json.dumps(asdict(self._status), ensure_ascii=False))
        aside.replace(self._folder / "status.json")


def work_on(project: Path, job_id: str) -> JobStatus:
    """Do a job in this process, after the jobs of the project that came before it."""
    from core.work import run_stage

    jobs = Jobs(project)
    folder = jobs.folder(job_id)
    with _held(folder / "alive"):
        reporter = Reporter(folder, jobs.status(job_id))
        signal.signal(signal.SIGTERM, lambda *_: (folder / "cancel").touch())
        try:
            with _turn(jobs.project / "jobs" / "turn", reporter):
                request = jobs.request(job_id)
                result = run_stage(jobs.project, request["stage"], request["parameters"], reporter, reporter.ready)
            reporter.write("done", result=result, seconds_left=None)
        except Cancelled:
            reporter.write("cancelled", note="Stopped. What was finished is kept.", seconds_left=None)
        except TaxonError as error:
            reporter.write("failed", error={"what": error.what, "why": error.why, "next_step": error.next_step})
        except Exception as error:
            reporter.write(
                "failed",
                error={
                    "what": "The job stopped on an error of ours.",
                    "why": f"{type(error).__name__} in stage “{reporter._status.note or reporter._status.stage}”.",
                    "next_step": f"Start it again; if it stays, report it with jobs/{job_id}/log.txt.",
                },
            )
            raise
    return jobs.status(job_id)


class Standby:
    """A process that has imported and compiled the slow libraries and waits for a job.

    Importing them takes several seconds in every new process; this does it while the person is still choosing.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin warming up, unless a process waits already."""
        if self._process is None or self._process.poll() is not None:
            self._process = _spawn(["standby"], None, stdin=subprocess.PIPE)

    def take(self, project: Path, job_id: str) -> bool:
        """Hand a job over; False when no process waits."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None or process.stdin is None:
            return False
        try:
            process.stdin.write(json.dumps({"project": str(project.resolve()), "job": job_id}).encode() + b"\n")
            process.stdin.close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End the waiting process."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()


def wait_for_work(lines: IO[str]) -> JobStatus | None:
    """The life of a standby process: warm up, read one job from `lines`, do it. None when the server went away."""
    from core.encoders.table import get_encoder
    from core.structure import maps

    # Reading the weights that ship with Taxon imports torch and open_clip: 5 of the 10 seconds of a first encoding.
    with contextlib.suppress(TaxonError):
        get_encoder("pocket")
    maps.warm_up()
    line = lines.readline()
    if not line.strip():
        return None
    order = json.loads(line)
    folder = Jobs(order["project"]).folder(order["job"])
    with (folder / "log.txt").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        return work_on(Path(order["project"]), order["job"])


def _spawn(arguments: list[str], log: Path | None, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    output = log.open("ab") if log else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "core", *arguments],
            stdin=stdin,
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])},
            start_new_session=True,
        )
    except OSError as error:
        raise BadInput("No new process could be started.", str(error), "Close other programs and try again.") from error
    finally:
        if log:
            output.close()


@contextlib.contextmanager
def _held(path: Path) -> Any:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid()}).encode(), 0)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _turn(path: Path, reporter: Reporter) -> Any:
    """One job of a project works at a time; the others wait here."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                reporter(0, 0, "Waiting for the job before this one")
                time.sleep(_REPORT_EVERY)
        yield
    finally:
        os.close(handle)
