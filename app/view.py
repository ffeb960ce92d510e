"""What the pages of an open project draw: its parts, loaded once a run and shared by everything on the page."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from app import resources, state, tiles
from app.components.cluster_list import Row
from app.components.gallery import Strip, Tile
from app.components.scatter import MOST_LABELS, Colours, Label, Points
from app.orders import Order
from app.palette import CATEGORIES, STEPS
from core import adoption, arranging, browse, colouring, explanation, look_again, pipeline
from core.browse import Scope
from core.errors import StorageFailed, TaxonError
from core.fingerprint import fingerprint
from core.items.table import Items, Kind
from core.look_again import Finding
from core.middles import Middles
from core.partition.partition import UNDECIDED, Partition
from core.pipeline import Structure
from core.project import Project

if TYPE_CHECKING:
    from core.encoders.base import Encoder

COLUMN = "column:"
_SMALL = ("pocket", "lsa")  # encoders that take little memory


@dataclass(frozen=True)
class View:
    """An open project as it is in this run.

    Attributes
    ----------
    name
        Of the project.
    project, items, partition, found
        Its parts; `partition` does not change while the page is drawn.
    """

    name: str
    project: Project
    items: Items
    partition: Partition
    found: Structure

    @cached_property
    def scope(self) -> Scope:
        """The items that the gallery shows, in order. Raises what `browse` raises."""
        ui = state.get()
        return browse.filtered(self._unfiltered(ui), self.items, ui.filters)

    def _unfiltered(self, ui: state.UiState) -> Scope:
        if ui.query:
            key = fingerprint(ui.query, self.found.active.get("vectors"))
            return resources.derived_long(
                "search", key, lambda: browse.searched(ui.query, self.items, self.found, self._encoder)
            )
        if ui.alike is not None and ui.alike < len(self.items):
            return browse.alike(ui.alike, self.items, self.found)
        if kind := look_again.kind_of(ui.scope):
            finding = self.finding(kind)
            return finding.scope if finding else look_again.nothing_yet(kind)
        picked = state.looked_at()
        if ui.scope == "selection" and len(picked):
            origin = f"Selection, {picked.origin}" if picked.origin else "Selection"
            return browse.of_rows(picked.rows, origin, "selection")
        if ui.cluster is not None:
            return browse.of_cluster(self.partition, self.found, ui.cluster)
        return browse.everything(self.items)

    def finding(self, kind: str) -> Finding | None:
        """What deserves a second look, of one kind; None before the job that it needs."""
        if look_again.needs_job(kind, self.project, self.found):
            return None
        parts = (str(self.project.path), self.project.created, self.found.active, self.partition.revision, kind)
        return resources.derived_long(
            "look again", fingerprint(*parts), lambda: look_again.find(kind, self.project, self.partition, self.found)
        )

    def encoder(self) -> Encoder | None:
        """What understands typed words; None while it is being loaded. Raises `NotAvailable`."""
        return resources.encoders().take(self.found.artifact("vectors"))

    def warm(self) -> None:
        """Begin to load a small encoder before the first search; a big one waits until it is asked for."""
        vectors = self.found.artifact("vectors")
        if vectors.meta.get("encoder") in _SMALL:
            with suppress(TaxonError):
                resources.encoders().take(vectors)

    def _encoder(self) -> Encoder:
        return resources.encoders().wait(self.found.artifact("vectors"))

    def ready(self) -> bool:
        """Whether what the page is to show can be had without waiting."""
        ui = state.get()
        return not ui.query or browse.is_literal(ui.query) or self.encoder() is not None

    def colouring(self, by: str) -> colouring.Colouring:
        """The colours of all items by cluster, origin or a column."""
        if by == colouring.ORIGIN:
            return colouring.by_origin(self.partition)
        column = by.removeprefix(COLUMN)
        if by.startswith(COLUMN) and column in self.items.columns:
            key = fingerprint(self.items.digest_of_all(), column)
            return resources.derived("colouring", key, lambda: colouring.by_column(self.items, column))
        return colouring.by_cluster(self.partition)

    def facets(self) -> list[browse.Facet]:
        """What the user's own columns can be filtered by."""
        return resources.derived("facets", self.items.digest_of_all(), lambda: browse.facets(self.items))

    def points(self) -> Points:
        """Where the items are on the map."""
        return Points(self.found.map.xy, self._rows, self.found.active["map"])

    @cached_property
    def _rows(self) -> np.ndarray | None:
        rows = self.found.rows
        # Ascending and without repeats, so that the last one tells whether any is missing.
        return None if len(rows) and rows[-1] == len(rows) - 1 else rows

    def colours(self, by: str) -> Colours:
        """What the map's colours are, with the clusters' names at their middles."""
        chosen = self.colouring(by)
        palette = STEPS if chosen.steps else CATEGORIES
        codes = chosen.codes[: len(self.found.rows)] if self._rows is None else chosen.codes[self._rows]
        return Colours(codes, self._labels() if by == colouring.CLUSTER else (), palette)

    def _labels(self) -> list[Label]:
        map_key = self.found.active["map"]
        key = fingerprint(str(self.project.path), self.project.created, map_key)
        middles = resources.derived("middles", key, lambda: Middles(self.found.map.xy, self._rows))
        return [
            Label(one.x, one.y, title(self.partition, one.cluster.id), one.cluster.colour, one.cluster.id, one.size)
            for one in middles.of(self.partition)[:MOST_LABELS]
        ]

    def cluster_rows(self, selected: np.ndarray) -> list[Row]:
        """The clusters for the list, biggest first, the undecided last."""
        partition = self.partition
        settled = np.bincount(partition.cluster_of[partition.settled()], minlength=partition.next_id)
        chosen = np.bincount(partition.cluster_of[selected], minlength=partition.next_id)
        rows = [
            Row(
                id=one.id,
                title=title(partition, one.id),
                size=partition.size(one.id),
                settled=settled[one.id] / max(partition.size(one.id), 1),
                named=bool(one.name),
                colour=one.colour,
                selected=int(chosen[one.id]),
            )
            for one in partition.clusters.values()
        ]
        rows.sort(key=lambda row: -row.size)
        undecided = len(partition.undecided())
        return [*rows, Row(UNDECIDED, "Undecided", undecided, selected=int(chosen[UNDECIDED]))] if undecided else rows

    def tiles(self, rows: np.ndarray, scores: np.ndarray | None = None) -> list[Tile]:
        """A few items for a gallery."""
        return tiles.of(self.name, self.items, self.partition, Order(rows, scores))

    def arranged(self) -> Scope | None:
        """The scope in the order that was chosen; None while that is being worked out. Raises what `arranging` does."""
        scope, order = self.scope, state.get().order
        chosen = state.compared()
        if order not in arranging.possible(scope, self.partition, self.found, len(chosen)):
            return scope
        if order == arranging.GIVEN:
            return scope
        like = chosen.key if order == arranging.LIKE else ""
        # A walk follows the vectors alone, whatever is edited meanwhile.
        revision = 0 if order == arranging.WALK else self.partition.revision
        made_of = (str(self.project.path), self.project.created, self.found.active, revision)
        key = fingerprint(*made_of, order, like, scope.rows)

        def work() -> Scope:
            return arranging.arranged(scope, order, self.partition, self.found, self.middles(), chosen.rows)

        return resources.later().take(key, work)

    def middles(self) -> explanation.Middles:
        """The middles of all clusters."""
        key = fingerprint(str(self.project.path), self.project.created, self.found.active, self.partition.revision)
        return resources.derived_long("cluster middles", key, lambda: explanation.middles(self.partition, self.found))

    def strip(self) -> Strip:
        """All items of the scope for the gallery, in the order that was chosen if that is known, else as they are."""
        scope, ui = self.arranged() or self.scope, state.get()
        # What comes first by itself needs no figure.
        scores = None if scope is self.scope and scope.kind == "cluster" else scope.scores
        kinds = resources.derived("kinds", self.items.digest_of_all(), lambda: set(np.unique(self.items.kind).tolist()))
        picked = state.looked_at().key if scope.kind == "selection" else ""
        shown = (scope.kind, scope.title, ui.cluster, ui.alike, repr(ui.filters), picked, ui.order)
        return Strip(
            project=self.name,
            order=Order(scope.rows, scores),
            revision=self.partition.revision,
            view=fingerprint(*shown),
            cards=Kind.TEXT in kinds and not kinds & {Kind.PICTURE, Kind.BOTH},
            captions=Kind.BOTH in kinds,
        )

    def letters(self) -> list[tuple[str, int, str]]:
        """Letters that give a name, with the cluster's id and name."""
        return [(letter, one, title(self.partition, one)) for letter, one in state.letters(self.partition).items()]

    def words(self) -> tuple[str, ...]:
        """The searched words as they stand in texts."""
        return self.scope.words


def title(partition: Partition, cluster_id: int) -> str:
    """A cluster's name, or “Cluster 12”."""
    if cluster_id == UNDECIDED:
        return "Undecided"
    return partition.clusters[cluster_id].name or f"Cluster {cluster_id}"


def load(name: str) -> View:
    """The project of this name. Raises `NotFound`, `BadInput`, `StorageFailed`."""
    project = resources.open_project(name)
    # What the disk refuses now is adopted later; every page says that it does, and goes on.
    with suppress(StorageFailed):
        adoption.adopt_finished(project)
    items = project.items.load()
    active = pipeline.structure(project).active
    key = fingerprint(str(project.path), active)
    found = resources.derived("structure", key, lambda: Structure(project.artifacts, active))
    return View(name, project, items, project.partition(), found)
