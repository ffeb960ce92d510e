"""`python -m core forget`: says what will be removed, asks, and removes it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.errors import BadInput
from core.partition.edits import Forget
from core.project import Project


def forget(
    project: Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")],
    item_ids: Annotated[list[str] | None, typer.Argument(metavar="ITEM_ID...", help="Ids of the items.")] = None,
    from_file: Annotated[Path | None, typer.Option(help="A file with one id a line; - = standard input.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Remove items for good: bytes, text, thumbnail, vector and all that was computed with them. Cannot be undone."""
    chosen = [*(item_ids or []), *_lines(from_file)]
    with Project.open(project) as opened:
        planned = opened.to_forget(chosen)
        typer.echo("\n".join(planned.sentences()), err=True)
        if not yes and not _agreed():
            raise BadInput("Nothing was forgotten.", "It was not confirmed.", "Answer y, or give --yes.")
        event = opened.apply(Forget(chosen), who="command line")
        result = {
            "removed": asdict(planned),
            "sentences": planned.sentences(),
            "revision": event.revision,
            "items": opened.partition().n_items,
        }
        done = f"{event.sentence}: done. Items left: {result['items']:,}."
        typer.echo(json.dumps(result, ensure_ascii=False) if as_json else done)


def _agreed() -> bool:
    try:
        return typer.confirm("Forget them?", err=True)
    except typer.Abort:
        return False


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"“{path.name}” cannot be read.", str(error), "Give a text file with one id a line.") from error
    return [line for line in text.splitlines() if line]
