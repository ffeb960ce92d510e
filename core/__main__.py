"""The command line: every stage without a browser.

Exit codes: 0 done, 1 refused with a sentence, 2 wrong usage. With --json one JSON object goes to standard output;
progress goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from core import __version__
from core.errors import BadInput, TaxonError
from core.forget_command import forget
from core.names_command import names
from core.progress import Progress
from core.project import Project
from core.recover_command import recover
from core.review_command import review
from core.users.commands import commands as users

app = typer.Typer(
    name="taxon",
    help="Find the groups in pictures and texts that nobody has labelled.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(users, name="users")
app.command()(forget)
app.command()(names)
app.command()(recover)
app.command()(review)

ProjectPath = Annotated[Path, typer.Option("--project", "-p", help="The project's folder; made when missing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Source = Annotated[
    str, typer.Argument(help="Folder, zip, CSV, TSV, JSONL, Parquet, .npy, .npz, demo:emoji or demo:docstrings.")
]
Vectors = Annotated[Path | None, typer.Option(help="Vectors, row-aligned with SOURCE (.npy, .npz, .parquet).")]
TextColumn = Annotated[str | None, typer.Option(help="The column that holds the texts.")]
ImageColumn = Annotated[str | None, typer.Option(help="The column that holds picture paths, relative to the table.")]
IdColumn = Annotated[str | None, typer.Option(help="The column that holds item ids.")]
Encoder = Annotated[
    str, typer.Option(help="pocket, clip, clip:MODEL/PRETRAINED, lsa, sentence:NAME, vectors; empty = best here.")
]
Method = Annotated[str, typer.Option(help="tree, kmeans, hdbscan or communities.")]
Clusters = Annotated[int | None, typer.Option("--clusters", "-k", help="How many clusters; empty = estimated.")]
Parameter = Annotated[list[str] | None, typer.Option(help="A parameter of the method, NAME=VALUE; may be repeated.")]
Seed = Annotated[int, typer.Option(help="Of everything random.")]
Fast = Annotated[bool, typer.Option("--fast-map", help="Draw the map on all cores; it differs from run to run.")]


@app.command("import")
def import_(
    source: Source,
    project: ProjectPath,
    text_column: TextColumn = None,
    image_column: ImageColumn = None,
    id_column: IdColumn = None,
    vectors: Vectors = None,
    bring_back: Annotated[bool, typer.Option("--bring-back", help="Also take in what was forgotten here.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add the items of SOURCE to the project."""
    from core import work

    with Project.open_or_create(project) as opened:
        options = _source_options(text_column, image_column, id_column, vectors)
        result = work.import_and_run(opened, source, options, None, _console("import"), bring_back)
        _say(result, result["report"].get("sentence", "Imported."), as_json)


@app.command()
def run(
    source: Source,
    project: ProjectPath,
    encoder: Encoder = "",
    vectors: Vectors = None,
    text_column: TextColumn = None,
    image_column: ImageColumn = None,
    id_column: IdColumn = None,
    method: Method = "tree",
    clusters: Clusters = None,
    parameter: Parameter = None,
    seed: Seed = 0,
    fast_map: Fast = False,
    as_json: AsJson = False,
) -> None:
    """From nothing to clusters: import SOURCE, encode, cluster and draw the map."""
    from core import adoption, pipeline, work

    begun = time.perf_counter()
    chosen = _recipe(encoder, method, clusters, parameter, seed, fast_map)
    with Project.open_or_create(project) as opened:
        options = _source_options(text_column, image_column, id_column, vectors)
        result = work.import_and_run(opened, source, options, asdict(chosen), _console("run"))
        adoption.adopt(opened, pipeline.structure(opened), who="command line")
        result["summary"] = _summary(opened) | {"seconds": round(time.perf_counter() - begun, 2)}
        _say(result, _sentence(result["summary"]), as_json)


@app.command()
def encode(project: ProjectPath, encoder: Encoder = "", as_json: AsJson = False) -> None:
    """Turn the project's items into vectors."""
    _stages(project, _recipe(encoder=encoder), "vectors", as_json)


@app.command()
def cluster(
    project: ProjectPath,
    method: Method = "tree",
    clusters: Clusters = None,
    parameter: Parameter = None,
    seed: Seed = 0,
    encoder: Encoder = "",
    as_json: AsJson = False,
) -> None:
    """Cluster the items; what a person decided stays as it is."""
    _stages(project, _recipe(encoder, method, clusters, parameter, seed), "clustering", as_json, adopt=True)


@app.command("map")
def map_(project: ProjectPath, fast_map: Fast = False, seed: Seed = 0, as_json: AsJson = False) -> None:
    """Draw the 2-D map."""
    from dataclasses import replace

    from core import pipeline

    with Project.open(project) as opened:
        chosen = replace(pipeline.recipe(opened), map_mode="fast" if fast_map else "repeatable", seed=seed)
    _stages(project, chosen, "map", as_json)


@app.command()
def apply(
    project: ProjectPath,
    edits: Annotated[Path, typer.Argument(help="A file of edits, one JSON object a line; - = standard input.")],
    as_json: AsJson = False,
) -> None:
    """Do the edits in a file, one after the other; stops at the first that is refused."""
    from core.partition.edits import from_json

    text = sys.stdin.read() if str(edits) == "-" else edits.read_text(encoding="utf-8")
    with Project.open(project) as opened:
        done = 0
        for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
            try:
                opened.apply(from_json(json.loads(line)), who="command line")
            except (ValueError, KeyError, TypeError) as error:
                done_before = f"{done} edits before it were done."
                raise BadInput(f"Line {number} is not an edit.", str(error), done_before) from error
            done += 1
        _say({"applied": done, "summary": _summary(opened)}, f"{done} edits done.", as_json)


@app.command()
def undo(project: ProjectPath, as_json: AsJson = False) -> None:
    """Take the latest edit back."""
    with Project.open(project) as opened:
        event = opened.undo("command line")
        _say({"revision": event.revision, "summary": _summary(opened)}, event.sentence, as_json)


@app.command()
def redo(project: ProjectPath, as_json: AsJson = False) -> None:
    """Do again what was undone last."""
    with Project.open(project) as opened:
        event = opened.redo("command line")
        _say({"revision": event.revision, "summary": _summary(opened)}, event.sentence, as_json)


@app.command()
def export(
    project: ProjectPath,
    out: Annotated[Path, typer.Argument(help="Where to write: a file, or a folder for imagefolder.")],
    format_: Annotated[str, typer.Option("--format", "-f", help="csv, jsonl, parquet, imagefolder or zip.")] = "csv",
    as_json: AsJson = False,
) -> None:
    """Write the labels, with where they come from beside them."""
    from core.collection import collection
    from core.export.table import export as write

    with Project.open(project, read_only=True) as opened:
        written = write(collection(opened), format_, out, _console("export"))
        result = {"path": str(written.path), "rows": written.rows, "bytes": written.bytes}
        _say(result, f"{written.rows:,} rows written to {written.path}.", as_json)


@app.command()
def demo(
    project: ProjectPath,
    texts: Annotated[bool, typer.Option("--texts", help="Docstrings instead of pictures.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a project of the demo pictures, clustered and ready to open."""
    run(source="demo:docstrings" if texts else "demo:emoji", project=project, as_json=as_json)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, what works offline, and how edits are stored here."""
    from core import doctor as examination

    findings = examination.examine()
    _say(findings, examination.in_words(findings), as_json)


@app.command(hidden=True)
def job(job_id: str, project: ProjectPath) -> None:
    """Do a job that the app has prepared."""
    from core.jobs import work_on

    raise typer.Exit(0 if work_on(project, job_id).state in ("done", "cancelled") else 1)


@app.command(hidden=True)
def standby() -> None:
    """Warm up and wait for one job on standard input."""
    from core.jobs import wait_for_work

    wait_for_work(sys.stdin)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def _stages(project: Path, chosen: Any, until: str, as_json: bool, adopt: bool = False) -> None:
    from core import adoption, pipeline

    with Project.open(project) as opened:
        found = pipeline.run(opened, _kept(opened, chosen), _console(until), until)
        if adopt:
            adoption.adopt(opened, found, who="command line")
        artifact = found.artifact(until)
        meta = {name: value for name, value in artifact.meta.items() if name != "gaps"}
        result = {"stage": until, "key": artifact.key, "meta": meta, "summary": _summary(opened)}
        _say(result, _sentence(result["summary"]), as_json)


def _kept(project: Project, chosen: Any) -> Any:
    """The encoder of the last run stays unless another one is named."""
    from dataclasses import replace

    from core import pipeline

    return chosen if chosen.encoder else replace(chosen, encoder=pipeline.recipe(project).encoder)


def _recipe(
    encoder: str = "",
    method: str = "tree",
    clusters: int | None = None,
    parameter: list[str] | None = None,
    seed: int = 0,
    fast_map: bool = False,
) -> Any:
    from core.pipeline import Recipe

    parameters: dict[str, Any] = {} if clusters is None else {"k": clusters}
    for pair in parameter or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"“{pair}” is not a parameter.", next_step="Write NAME=VALUE, for example k=12.")
        try:
            parameters[name] = json.loads(value)
        except ValueError:
            parameters[name] = value
    mode = "fast" if fast_map else "repeatable"
    return Recipe(encoder=encoder, method=method, parameters=parameters, seed=seed, map_mode=mode)


def _source_options(text: str | None, image: str | None, id_: str | None, vectors: Path | None) -> dict[str, Any]:
    given = {"text_column": text, "image_column": image, "id_column": id_, "vectors": str(vectors) if vectors else None}
    return {name: value for name, value in given.items() if value is not None}


def _summary(project: Project) -> dict[str, Any]:
    partition = project.partition()
    sizes = partition.sizes()
    return {
        "items": partition.n_items,
        "clusters": len(sizes),
        "largest": max(sizes.values(), default=0),
        "undecided": int(((partition.cluster_of == 0) & ~partition.gone).sum()),
        "revision": partition.revision,
    }


def _sentence(summary: Mapping[str, Any]) -> str:
    return f"{summary['items']:,} items in {summary['clusters']:,} clusters, {summary['undecided']:,} undecided."


def _say(result: Mapping[str, Any], sentence: str, as_json: bool) -> None:
    print(json.dumps(result, ensure_ascii=False, default=str) if as_json else sentence)


def _console(what: str) -> Progress:
    """Progress on standard error, a line a second at most."""
    last = [0.0]

    def report(done: int, total: int, note: str = "") -> None:
        now = time.monotonic()
        if now - last[0] >= 1 or (total and done == total):
            last[0] = now
            print(f"{note or what} {done:,}/{total:,}" if total else note or what, file=sys.stderr)

    return report


def main(command: Callable[..., Any] = app) -> int:
    """Run the command line; refusals become one sentence and exit code 1."""
    # Threads that wait for work must sleep, not spin: reading pictures beside the model was 1.5 times as slow. The
    # libraries read this once, when they are loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        command()
    except TaxonError as error:
        if "--json" in sys.argv:
            print(json.dumps({"error": {"what": error.what, "why": error.why, "next_step": error.next_step}}))
        print(str(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
