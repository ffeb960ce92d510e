"""What is being computed: how far it is, how long it will take, and the way to stop it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import launch, resources
from app.callbacks import whole
from app.components import messages
from core import safe
from core.errors import TaxonError
from core.jobs import Jobs, JobStatus

_EVERY = 1.0  # seconds between two looks at the job
_WATCHED = "taxon:jobs"
_DISMISSED = "taxon:jobs:dismissed"
_STAGES = {
    "import": "Reading your items and finding the groups",
    "run": "Finding the groups",
    "duplicates": "Looking for near-duplicates",
    "names": "Looking for names",
}
_STOPPED = ("failed", "interrupted", "cancelled")


def show(name: str, *, key: str = "jobs") -> bool:
    """Draw the running jobs of a project, and the latest one if it did not succeed; nothing when there is nothing.

    While a job runs the panel looks every second by itself; when one ends, or has found what can be worked with, the
    whole page runs again, once.

    Parameters
    ----------
    name
        Of the project.
    key
        Names the buttons.

    Returns
    -------
    bool
        Whether a job runs or waits.
    """
    jobs = resources.jobs(name)
    running = jobs.unfinished()
    st.session_state[_WATCHED] = _told(running)
    if running:
        st.fragment(_watch, run_every=_EVERY)(name, key)
    elif (last := _unsuccessful(jobs)) is not None:
        _stopped(name, last, key)
    return bool(running)


def _watch(name: str, key: str) -> None:
    jobs = resources.jobs(name)
    running = jobs.unfinished()
    before, now = st.session_state.get(_WATCHED, {}), _told(running)
    if any(now.get(job_id) != found for job_id, found in before.items()):
        st.rerun()
    for status in running:
        if now[status.id]:
            _refining(status)
        else:
            with st.container(border=True, key=f"{key}:{status.id}"):
                _running(name, status, key)


def _told(running: Sequence[JobStatus]) -> dict[str, bool]:
    """Whether each running job has told already what can be worked with."""
    return {status.id: bool((status.result or {}).get("active")) for status in running}


def enough(name: str) -> bool:
    """Whether a running job has found the groups and a sketch of the map: work can begin while it refines the map."""
    return any(_told(resources.jobs(name).unfinished()).values())


def _refining(status: JobStatus) -> None:
    """One line, because the page below it is in use."""
    st.progress(share(status), text=safe.markdown(f"{sentence(status)}. You can work meanwhile."))


def _running(name: str, status: JobStatus, key: str) -> None:
    st.markdown(f"**{title(status)}**")
    st.progress(share(status), text=safe.markdown(sentence(status)))
    asked = (resources.jobs(name).folder(status.id) / "cancel").exists()
    st.button(
        "Stopping…" if asked else "Stop",
        icon=":material/stop:",
        key=f"{key}:stop:{status.id}",
        disabled=asked,
        help="What is finished is kept.",
        on_click=whole(messages.attempt),
        args=(lambda: _stop(name, status), False),
    )


def _stopped(name: str, status: JobStatus, key: str) -> None:
    with st.container(border=True, key=f"{key}:{status.id}"):
        if status.state == "failed" and status.error:
            messages.show(TaxonError(*(status.error.get(part, "") for part in ("what", "why", "next_step"))))
        else:
            ended = "was stopped" if status.state == "cancelled" else "was interrupted"
            st.warning(f"{title(status)} {ended}. What was finished is kept.", icon=":material/pause_circle:")
        with st.container(horizontal=True):
            st.button(
                "Go on" if status.state != "failed" else "Try again",
                icon=":material/play_arrow:",
                type="primary",
                key=f"{key}:resume:{status.id}",
                on_click=whole(messages.attempt),
                args=(lambda: _resume(name, status), False),
            )
            st.button("Dismiss", key=f"{key}:dismiss:{status.id}", on_click=whole(_dismiss), args=(status.id,))


def _stop(name: str, status: JobStatus) -> str:
    launch.stop(name, status.id)
    return f"{title(status)}: stopping."


def _resume(name: str, status: JobStatus) -> str:
    launch.go_on(name, status.id)
    return f"{title(status)}: going on where it stopped."


def _unsuccessful(jobs: Jobs) -> JobStatus | None:
    latest = next(iter(jobs.list()), None)
    if latest is None or latest.state not in _STOPPED or latest.id in st.session_state.get(_DISMISSED, ()):
        return None
    return latest


def _dismiss(job_id: str) -> None:
    st.session_state[_DISMISSED] = (*st.session_state.get(_DISMISSED, ()), job_id)


def title(status: JobStatus) -> str:
    """What a job does, in a person's words."""
    return _STAGES.get(status.stage, status.stage.capitalize())


def share(status: JobStatus) -> float:
    """How much of the current step is done, 0 to 1."""
    return min(1.0, max(0.0, status.done / status.total)) if status.total > 0 else 0.0


def sentence(status: JobStatus) -> str:
    """“Encoding · 1,204 of 1,870 · 310 a second · 2 s left”."""
    if status.state == "waiting":
        return "Waiting to begin"
    parts = [status.note[:1].upper() + status.note[1:] or "Working"]
    if status.total > 1:
        parts.append(f"{status.done:,} of {status.total:,}")
    if status.seconds_left:
        if status.total - status.done > 0:
            rate = (status.total - status.done) / status.seconds_left
            parts.append(f"{rate:,.0f} a second" if rate >= 1.5 else f"{60 * rate:,.0f} a minute")
        parts.append(f"{duration(status.seconds_left)} left")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """“8 s”, “3 min”, “2 h 5 min”."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
