"""How pure a cluster is, by looking at a random sample of it: pages of items until an interval is good enough.

The answers are ordinary confirmations and refusals, and the sample is read off them: all items that are or were in the
cluster stand in a fixed random order (`purity.draw`), and what counts is the beginning of that order up to the first
item that nobody looked at. So items confirmed elsewhere count only where chance has put them, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from core.assist import effort, known, purity
from core.assist.acting import Acts
from core.assist.answers import Accept, Answer
from core.assist.cards import Card
from core.assist.purity import Purity
from core.decks.loop import Told
from core.errors import NotFound
from core.items.table import Items
from core.partition.edits import Confirm, Edit, Reject
from core.partition.partition import Partition
from core.partition.rows import Rows
from core.partition.sentences import count

PAGE = 24
TARGET = 0.95
_SAID = f"{100 * TARGET:.0f} %"
_VERDICTS: Mapping[str, str] = {
    "good enough": f"Good enough: {_SAID} or more of it are right, with {100 * purity.LEVEL:.0f} % confidence.",
    "hopeless": f"Fewer than {_SAID} of it are right: split it, or answer the queue.",
    "go on": "",
}


@dataclass(frozen=True, eq=False)
class Sampled:
    """What was looked at of a cluster.

    Attributes
    ----------
    order
        (m,) int64 rows that are in the cluster or were refused there, in the order in which to look.
    known
        (m,) bool: a person confirmed the item there, or refused it.
    purity
        From the known beginning of the order.
    """

    order: np.ndarray
    known: np.ndarray
    purity: Purity


def sampled(partition: Partition, cluster_id: int) -> Sampled:
    """The sample of a cluster as it is now.

    Raises
    ------
    NotFound
        When there is no such cluster.
    """
    if cluster_id not in partition.clusters:
        raise NotFound("This cluster is not there any more.", "It was merged or emptied since.", "Choose another one.")
    members, refused = partition.members(cluster_id), partition.rejected()
    refused = refused[refused[:, 1] == cluster_id, 0]
    refused = refused[~partition.gone[refused]]
    order = purity.draw(np.union1d(members, refused), np.empty(0, np.int64), len(members) + len(refused))
    inside = partition.cluster_of[order] == cluster_id
    # What is not inside was refused.
    looked = partition.confirmed[order] | ~inside
    checked = len(order) if looked.all() else int(np.argmin(looked))
    right = int(inside[:checked].sum())
    return Sampled(order, looked, purity.purity(len(order), checked, right))


@dataclass(eq=False)
class SampleDeck:
    """Pages of a random sample of one cluster, until the interval says enough.

    Attributes
    ----------
    cluster_id
        The cluster.
    items
        Of the project.
    beyond
        Go on although the interval says enough.
    """

    cluster_id: int
    items: Items
    beyond: bool = False
    title: str = field(default="A sample of one cluster", init=False)

    def card(self, partition: Partition, passed: Collection[str]) -> Card | None:
        """The next items in the order, those that were passed left out."""
        found = sampled(partition, self.cluster_id)
        if found.purity.verdict(TARGET) != "go on" and not self.beyond:
            return None
        skipped = {int(row) for subject in passed for row in subject.rpartition(":")[2].split(",")}
        left = found.order[~found.known]
        rows = left[~np.isin(left, list(skipped))][:PAGE]
        if not len(rows):
            return None
        shown = tuple(map(str, self.items.some("item_id", rows)))
        title = _title(partition, self.cluster_id)
        wrong = len(rows) * (1 - _rate(found.purity)) if found.purity.checked else 0.0
        return Card(
            "accept",
            (shown,),
            f"Do all of these belong in {partition.title(self.cluster_id)}?",
            f"Drawn at random. {found.purity.sentence()}",
            dict.fromkeys(shown, title),
            value=wrong,
            seconds=effort.accept(len(rows), wrong),
            size=len(rows),
            key=f"{partition.revision}:sample:{self.cluster_id}:{','.join(map(str, rows.tolist()))}",
        )

    def edits(self, card: Card, answer: Answer, partition: Partition) -> tuple[list[Edit], str]:
        """Confirm what is right, refuse what is not; what was said to be something else goes there."""
        if not isinstance(answer, Accept):
            return [], ""
        rows = dict(zip(card.shown, map(int, card.key.rpartition(":")[2].split(",")), strict=True))
        own = _title(partition, self.cluster_id).casefold()
        wrong = {one: name for one, name in answer.wrong.items() if not name or name.casefold() != own}
        right = [rows[one] for one in card.shown if one not in wrong]
        acts = Acts(partition, known.classes(partition))
        if right:
            acts.edits.append(Confirm(Rows(right)))
        if wrong:
            acts.edits.append(Reject(Rows([rows[one] for one in wrong]), self.cluster_id))
        for name in dict.fromkeys(name for name in wrong.values() if name):
            acts.put(np.array(sorted(rows[one] for one in wrong if wrong[one] == name)), name)
        of = partition.title(self.cluster_id)
        return acts.edits, f"Checked a sample of {count(len(rows))} of {of}: {len(right):,} right"

    def told(self, partition: Partition) -> Told:
        """“40 of 12,310 checked, 39 right: 87–99 %.”, and what follows from it."""
        found = sampled(partition, self.cluster_id).purity
        verdict = _VERDICTS[found.verdict(TARGET)]
        if not verdict and found.right == found.checked:
            more = purity.needed(found.size, TARGET) - found.checked
            verdict = f"{count(more)} more, all of them right, and it is good enough ({_SAID})."
        return Told(found.sentence(), verdict or f"Not enough to say whether {_SAID} are right.")


def _title(partition: Partition, cluster_id: int) -> str:
    return partition.clusters[cluster_id].name or f"Cluster {cluster_id}"


def _rate(found: Purity) -> float:
    """The share that is expected to be right (Laplace)."""
    return (found.right + 1) / (found.checked + 2)
