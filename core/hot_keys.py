"""Letters that stand for clusters with a name: pressed on an item, it goes there."""

from __future__ import annotations

from collections.abc import Mapping

from core.partition.partition import Partition

# Letters that the pages use for other things, and the digits that stand in for them.
_TAKEN = frozenset("agmnsuxy")
_LETTERS = [letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in _TAKEN]
_DIGITS = "123456789"


def letters(partition: Partition, before: Mapping[str, int]) -> dict[str, int]:
    """Letter → cluster id. What a key stood for it goes on to stand for, so that fingers may learn it.

    Parameters
    ----------
    partition
        Only clusters with a name get a letter: the first free one of the name, else a digit.
    before
        What was answered last; empty at the beginning.
    """
    named = {one.id: one.name for one in partition.clusters.values() if one.name}
    found = {letter: cluster for letter, cluster in before.items() if cluster in named}
    given = set(found.values())
    for cluster in sorted(named.keys() - given):
        wanted = [letter for letter in named[cluster].casefold() if letter in _LETTERS]
        free = next((letter for letter in (*wanted, *_DIGITS) if letter not in found), None)
        if free is not None:
            found[free] = cluster
    return found
