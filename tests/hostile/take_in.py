"""Imports source after source in one process, as a job does: `python -m tests.hostile.take_in LIST PROJECTS`.

For each path in LIST, one line of JSON: how it ended, in which words, how much time on the processor it took with its
decoding processes, and the most memory that one of them needed. What nobody caught ends the process, and is seen so.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from core.errors import TaxonError
from core.items.importer import import_source
from core.items.sources import open_source
from core.project import Project


def main(listed: Path, projects: Path) -> None:
    """Import every source into a project of its own."""
    for number, source in enumerate(json.loads(listed.read_text())):
        forget_peak()
        before = spent()
        ended, words = "imported", ""
        try:
            with Project.create(projects / f"{number}.taxon") as project:
                words = import_source(project.items, project.thumbnails, open_source(source)).sentence()
        except TaxonError as error:
            ended, words = "refused", str(error)
        most = max(peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
        told = {"source": source, "ended": ended, "words": words, "seconds": spent() - before, "bytes": most}
        print(json.dumps({**told, "pid": os.getpid()}), flush=True)


def spent() -> float:
    """Seconds on the processor, of this process and of those that it started and that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def forget_peak() -> None:
    """Let the kernel measure the peak of memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Most bytes of memory in use since then."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
