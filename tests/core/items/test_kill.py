from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np

from core.items.importer import import_source
from core.items.sources import open_source
from core.items.store import ItemStore
from core.items.thumbnails import ThumbnailStore

CHILD = """
import sys
from pathlib import Path
from core.items.importer import import_source
from core.items.sources import open_source
from core.items.store import ItemStore
from core.items.thumbnails import ThumbnailStore
if __name__ == "__main__":
    project = Path(sys.argv[1])
    print("ready", flush=True)
    import_source(ItemStore(project), ThumbnailStore(project), open_source(sys.argv[2]))
    print("done", flush=True)
"""
ROUNDS = 4


def started(script, project, source):
    environment = {**os.environ, "IMPORT_UNDER_TEST": str(project), "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(
        [sys.executable, str(script), str(project), str(source)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert child.stdout.readline() == "ready\n"
    return child


def test_import__a_kill_at_any_moment_leaves_the_old_state_or_the_new(tmp_path, encoded):
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    source = tmp_path / "set.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number:03d}.png", encoded((number % 256, number // 256, 0)))
    whole = tmp_path / "whole.taxon"
    whole.mkdir()
    before = time.monotonic()
    with started(script, whole, source) as child:
        assert child.stdout.read() == "done\n"
    seconds = time.monotonic() - before
    expected = ItemStore(whole).load().table
    moments = random.Random(4)
    for attempt in range(ROUNDS):
        project = tmp_path / f"{attempt}.taxon"
        project.mkdir()
        with started(script, project, source) as child:
            time.sleep(moments.uniform(0, seconds))
            child.send_signal(signal.SIGKILL)
        found = len(ItemStore(project).load())
        assert found in (0, 300)
        report = import_source(ItemStore(project), ThumbnailStore(project), open_source(source))
        assert report.sentence() == ("300 read" if found == 0 else "0 read, 300 already in the project")
        store = ItemStore(project)
        assert store.load().table.equals(expected)
        assert len(ThumbnailStore(project)) == 300
        assert store.picture(299) == encoded((43, 1, 0))
    assert no_worker_is_left(tmp_path)


def no_worker_is_left(folder):
    for _ in range(100):
        if not any(str(folder) in line for line in running()):
            return True
        time.sleep(0.1)
    return False


def running():
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield (folder / "environ").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue


# In the importing process and in those that decode: a kill before the step-th thing asked of the project's folder.
DYING = """
import fcntl
import os
import signal
import sys

WATCHED = {"open", "os.rename", "os.mkdir", "os.remove"}


def watch(project, step, counter, importer):
    letter = b"i" if os.getpid() == importer else b"d"

    def hook(event, arguments):
        if event in WATCHED and project in str(arguments[0]):
            handle = os.open(counter, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.write(handle, letter)
            if os.fstat(handle).st_size == step:
                os.kill(importer, signal.SIGKILL)
                os._exit(9)
            os.close(handle)

    sys.addaudithook(hook)


if "DIES" in os.environ:
    project, step, counter, importer = os.environ["DIES"].split(os.pathsep)
    watch(project, int(step), counter, int(importer))
"""
SWEEP = """
import os
import sys
from itertools import count
from pathlib import Path

import numpy
import pyarrow.parquet

from core.items.importer import import_source
from core.items.sources import open_source
from core.items.store import ItemStore
from core.items.thumbnails import ThumbnailStore

import dying as hook

ROOT, SOURCE, VECTORS = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def forked(work):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def add(project):
    return import_source(ItemStore(project), ThumbnailStore(project), open_source(SOURCE, vectors=VECTORS))


def dying(project, step, counter):
    told = str(project), str(step), str(counter), str(os.getpid())
    os.environ["DIES"] = os.pathsep.join(told)  # for the processes that it starts
    hook.watch(str(project), step, str(counter), os.getpid())
    add(project)
    return 0


def checked(project):
    found = len(ItemStore(project).load())
    assert found in (0, 3), found
    assert len(ItemStore(project).reports()) == (found > 0)
    assert add(project).sentence() == ("3 read" if found == 0 else "0 read, 3 already in the project")
    store = ItemStore(project)
    rows, vectors = store.given_vectors()
    assert rows.tolist() == [0, 1, 2] and vectors.shape == (3, 2)
    assert all(store.picture(row) for row in range(3)) and len(ThumbnailStore(project)) == 3
    return 0


died = ""
for step in count(1):
    project, counter = ROOT / f"{step}.taxon", ROOT / f"{step}"
    project.mkdir()
    code = forked(lambda: dying(project, step, counter))
    assert forked(lambda: checked(project)) == 0, step
    if code == 0:
        break
    assert code == -9, code
    died += counter.read_text()[step - 1]
print(died)
"""


def test_import__a_kill_before_every_single_write_leaves_the_old_state_or_the_new(tmp_path, encoded):
    source, vectors, script = tmp_path / "set.zip", tmp_path / "v.npy", tmp_path / "sweep.py"
    with zipfile.ZipFile(source, "w") as archive:
        for colour in ("red", "green", "blue"):
            archive.writestr(f"{colour}.png", encoded(colour))
    np.save(vectors, np.arange(6.0).reshape(3, 2))
    script.write_text(SWEEP)
    (tmp_path / "sweep").mkdir()
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "dying.py").write_text(DYING)
    # Python imports `sitecustomize` when it starts; that of the tests, which keeps off the network, comes first.
    offline = Path(sys.modules["sitecustomize"].__file__).read_text()
    (tmp_path / "hook" / "sitecustomize.py").write_text(offline + "\n\nimport dying\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "hook"), *sys.path])}
    command = [sys.executable, str(script), str(tmp_path / "sweep"), str(source), str(vectors)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    # A picture out of an archive is copied by the process that decodes it: at least opened and renamed, three times.
    assert done.stdout.count("i") > 15 and done.stdout.count("d") >= 6, done.stdout
