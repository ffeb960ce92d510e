"""`python -m core names`: what the clusters could be called, and why."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core import naming
from core.errors import BadInput
from core.project import Project

if TYPE_CHECKING:
    from core.assist.names.suggestion import Suggestion


def names(
    project: Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")],
    vocabulary: Annotated[
        Path | None, typer.Option(help="A file of your own words, one a line; kept, and offered first.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also for clusters that have a name.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Suggest names for the clusters, each with its reason; “?” where nothing is sure. Changes no name."""
    with Project.open(project) as opened:
        if vocabulary is not None:
            naming.keep_list(opened, _read(vocabulary))
        naming.prepare(opened, _report)
        partition = opened.partition()
        used = () if everything else None
        of = [one for one, size in partition.sizes().items() if size] if everything else None
        found = naming.names(opened, of=of, taken=used)
        ids = opened.items.load().item_id
        clusters = [
            {
                "cluster_id": cluster,
                "name": partition.clusters[cluster].name,
                "items": partition.size(cluster),
                "suggestions": [_plain(one, ids) for one in suggestions],
            }
            for cluster, suggestions in sorted(found.items(), key=lambda pair: -partition.size(pair[0]))
        ]
    typer.echo(json.dumps({"clusters": clusters}, ensure_ascii=False) if as_json else _in_words(clusters))


def _plain(one: Suggestion, ids: Any) -> dict[str, Any]:
    return {
        "name": one.name,
        "score": round(one.score, 4),
        "margin": round(one.margin, 4),
        "source": one.source,
        "why": one.why,
        "item_ids": [str(ids[row]) for row in one.rows],
    }


def _in_words(clusters: list[dict[str, Any]]) -> str:
    lines = []
    for cluster in clusters:
        lines.append(f"{cluster['name'] or 'Cluster ' + str(cluster['cluster_id'])}, {cluster['items']:,} items")
        lines += [f"    {one['name']}: {one['why']}" for one in cluster["suggestions"]] or ["    ?"]
    return "\n".join(lines or ["Every cluster has a name."])


def _read(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"“{path.name}” cannot be read.", str(error), "Give a text file.") from error


def _report(done: int, total: int, note: str = "") -> None:
    if total and done == total:
        typer.echo(f"{note} {done:,}/{total:,}", err=True)
