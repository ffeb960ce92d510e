"""Curves of labelling effort, for every set, seed and rate of wrong answers.

    python -m tests.bench.effort.run [--sets digits,longtail] [--seeds 0,1,2,3,4] [--errors 0,0.02,0.05]
                                     [--methods taxon,B4,cards] [--jobs 1] [--again]

A result is kept beside the sets under the digest of the code that made it, so only what changed runs again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.bench.effort import baselines, data, engine, models, prepare
from tests.bench.effort.annotator import Annotator

TIMES_K = (1, 2, 3, 5, 10)
ENGINE = "taxon"
METHODS = (ENGINE, *baselines.METHODS)
_HERE = Path(__file__).parent
_PERSON = ("person.py", "bill.py", "metrics.py", "annotator.py")


def result(name, seed, method, error=0.0, policy="honest", again=False):
    """One curve, from the cache or measured now: a dict with `points`, one a budget."""
    path = place(name, seed, method, error, policy)
    if path.is_file() and not again:
        return json.loads(path.read_text("utf-8"))
    begun = time.perf_counter()
    with Annotator(name, seed, error, policy) as annotator:
        budgets = [times * annotator.k for times in TIMES_K]
        found = {"set": name, "seed": seed, "method": method, "error": error, "policy": policy}
        found |= {"n": annotator.n, "k": annotator.k}
        if method == ENGINE:
            found["points"], found["about"] = engine.run(name, seed, annotator, budgets)
        else:
            view = prepare.view(name, seed)
            found["k_hat"] = view.k_hat
            found["points"] = baselines.run(method, view, annotator, budgets, seed)
    found["took"] = round(time.perf_counter() - begun, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


def probe(name, seed):
    """Accuracy of the full linear probe on the vectors of a set: the ceiling, known to no method."""
    path = data.cache() / "results" / f"{data.title(name, seed)}-probe-{digest(_HERE / 'models.py')}.json"
    if not path.is_file():
        known = data.load(name, seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(models.full_probe(known.vectors, known.truth)), encoding="utf-8")
    return json.loads(path.read_text("utf-8"))


def place(name, seed, method, error, policy="honest"):
    """Where a result is kept."""
    marks = "" if policy == "honest" else "-" + policy.replace(" ", "_")
    return data.cache() / "results" / f"{data.title(name, seed)}-{method}-{error:g}{marks}-{_code(method)}.json"


def _code(method):
    files = [_HERE / file for file in _PERSON]
    if method == ENGINE:
        core = _HERE.parents[2] / "core"
        parts = ("assist", "structure", "partition")
        files += [_HERE / "engine.py", *sorted(file for part in parts for file in (core / part).rglob("*.py"))]
    else:
        files += [_HERE / "baselines.py", _HERE / "models.py"]
    return digest(*files)


def digest(*files):
    """8 hexadecimal digits of what is in the files."""
    whole = hashlib.blake2b(digest_size=4)
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def work(task):
    """One (set, seed, method, error): whether it ran, and a line about it."""
    name, seed, method, error, again = task
    about = f"{name:15} seed {seed} error {error:4.2f} {method:10}"
    try:
        found = result(name, seed, method, error, again=again)
    except Exception as problem:  # one broken run of hundreds is to be seen, not to end the night
        where = traceback.extract_tb(problem.__traceback__)[-1]
        return False, f"{about} FAILED: {problem!r} in {Path(where.filename).name}:{where.lineno}"
    curve = " ".join(f"{point['accuracy']:.3f}" for point in found["points"])
    return True, f"{about} {curve}   {found['took']:.0f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="")
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--errors", default="0,0.02,0.05")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="measure what is kept, too")
    given = parser.parse_args()
    sets = given.sets.split(",") if given.sets else data.names()
    seeds = [int(seed) for seed in given.seeds.split(",")]
    tasks = []
    for name in sets:
        for seed in seeds:
            prepare.prepared(name, seed)
        print(f"{name}: full probe {np.mean([probe(name, seed) for seed in seeds]):.3f}", flush=True)
        for method in given.methods.split(","):
            if method == ENGINE or baselines.usable(method, name):
                errors = map(float, given.errors.split(","))
                tasks += [(name, seed, method, error, given.again) for error in errors for seed in seeds]
    failed = 0
    with _workers(given.jobs) as each:
        for ran, line in each(work, tasks):
            failed += not ran
            print(line, flush=True)
    raise SystemExit(1 if failed else 0)


@contextmanager
def _workers(jobs):
    """What runs a function over tasks: `map`, or a pool of processes."""
    if jobs <= 1:
        yield map
        return
    # Workers of multiprocessing.Pool are daemons, which may not start the person's process.
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool.map


if __name__ == "__main__":
    main()
