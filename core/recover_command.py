"""`python -m core recover`: makes a damaged journal whole again, and says what came back and what did not."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.project import Project


def recover(
    project: Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Rebuild the journal of edits from its plain copy and its backups. What is damaged is kept under another name."""
    # Opened for reading, because opening it for editing may need the journal.
    with Project.open(project, read_only=True) as opened:
        done = opened.recover()
    sentences = done.sentences()
    typer.echo(json.dumps({**asdict(done), "sentences": sentences}) if as_json else "\n".join(sentences))
