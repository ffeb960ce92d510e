"""The partition in plain dicts and sets, written from the description alone; slow and simple."""

from __future__ import annotations

import copy
import itertools

from core.partition.mentioned import bound


class Refused(Exception):
    """The model would not do it."""


class Model:
    """`place[row]` is (cluster id or 0, confirmed, aside, origin); `names[id]` is the cluster's name.

    `likely[row]` is there only where the machine would give a label that the item's own cluster does not.
    """

    def __init__(self, n):
        self.place = dict.fromkeys(range(n), (0, False, False, ""))
        self.names, self.notes, self.rejected, self.next_id = {}, {}, set(), 1
        self.differ = set()
        self.likely, self.done, self.undone, self.gone = {}, [], [], set()

    def members(self, cluster_id):
        return {row for row, place in self.place.items() if place[0] == cluster_id and not place[2]}

    def do(self, edit, *choice):
        before = self._state()
        try:
            getattr(self, edit.kind)(edit, *choice)
            self.settle()
        except Refused:
            self._restore(before)
            raise
        if edit.kind != "forget":
            self.done.append(before)
            self.undone.clear()

    def forget(self, edit):
        rows = self.here(edit.item_ids)
        self.check(rows)
        self.gone |= rows
        self.erase()

    def erase(self):
        """Whatever is restored, nothing of a forgotten row comes with it."""
        for row in self.gone:
            self.place[row] = (0, False, False, "")
            self.likely.pop(row, None)
        self.rejected = {(row, key) for row, key in self.rejected if row not in self.gone}
        self.sweep(list(self.names), keep_named=True)

    def here(self, items):
        rows = set(items)
        if rows and rows <= self.gone:
            raise Refused
        return rows - self.gone

    def settle(self):
        for row, key in list(self.likely.items()):
            place, _, aside, _ = self.place[row]
            if aside or self.names.get(place) or not self.names.get(key):
                del self.likely[row]

    def together(self, edit):
        first = self.next_id
        for part in edit.edits:
            getattr(self, part.kind)(bound(part, range(first, self.next_id)))
            self.settle()

    def back(self, stack, other):
        if not stack:
            raise Refused
        other.append(self._state())
        self._restore(stack.pop())

    def undo(self):
        self.back(self.done, self.undone)

    def redo(self):
        self.back(self.undone, self.done)

    def copy(self):
        """One that goes its own way from here."""
        other = copy.copy(self)
        other._restore(self._state())
        other.done, other.undone, other.gone = self.done.copy(), self.undone.copy(), self.gone.copy()
        return other

    def _state(self):
        return tuple(map(copy.copy, (self.place, self.names, self.notes, self.rejected, self.likely, self.differ)))

    def _restore(self, state):
        self.place, self.names, self.notes, self.rejected, self.likely, self.differ = map(copy.copy, state)
        for row in range(len(self.place), self.n_rows()):
            self.place[row] = (0, False, False, "")
        self.erase()

    def n_rows(self):
        return getattr(self, "_n", len(self.place))

    def grow(self, n):
        self._n = n
        for row in range(len(self.place), n):
            self.place[row] = (0, False, False, "")

    def new(self):
        cluster_id, self.next_id = self.next_id, self.next_id + 1
        self.names[cluster_id], self.notes[cluster_id] = "", ""
        return cluster_id

    def sweep(self, affected, keep_named=False):
        for cluster_id in affected:
            kept = keep_named and self.names.get(cluster_id)
            if cluster_id in self.names and not self.members(cluster_id) and not kept:
                del self.names[cluster_id], self.notes[cluster_id]

    def check(self, rows, cluster_ids=()):
        if not rows or max(rows) >= len(self.place) or any(key not in self.names for key in cluster_ids):
            raise Refused

    def merge(self, edit):
        ids = set(edit.cluster_ids) | ({edit.into} if edit.into is not None else set())
        self.check([0], ids)
        if len(ids) < 2:
            raise Refused
        ranked = sorted(ids, key=lambda key: (-len(self.members(key)), key))
        candidates = [key for key in ranked if key in edit.cluster_ids]
        winner = edit.into if edit.into is not None else candidates[0]
        others = [key for key in ranked if key != winner]
        for kept in (self.names, self.notes):
            kept[winner] = kept[winner] or next((kept[key] for key in others if kept[key]), "")
        for key in others:
            for row in self.members(key):
                self.place[row] = (winner, *self.place[row][1:])
            del self.names[key], self.notes[key]
        self.differ = {frozenset(winner if key in ids else key for key in pair) for pair in self.apart_now(ids)}
        pairs = {(row, winner if key in ids else key) for row, key in self.rejected}
        self.rejected = {(row, key) for row, key in pairs if key != winner or self.place[row][0] != winner}

    def apart_now(self, besides=()):
        """Pairs of clusters that are there (or were until now) and not within `besides`."""
        there = set(self.names) | set(besides)
        return {pair for pair in self.differ if pair <= there and not pair <= set(besides)}

    def apart(self, edit):
        self.check([0], edit.cluster_ids)
        if len(set(edit.cluster_ids)) < 2:
            raise Refused
        self.differ |= {frozenset(pair) for pair in itertools.combinations(set(edit.cluster_ids), 2)}

    def split(self, edit):
        parts = [set(part) - self.gone for part in edit.parts if not part or set(part) - self.gone]
        self.check(list(itertools.chain(*parts)), [edit.cluster_id])
        members = self.members(edit.cluster_id)
        union = set().union(*parts)
        if not all(parts) or len(union) != sum(map(len, parts)) or not union <= members:
            raise Refused
        if union == members:
            if len(parts) == 1:
                raise Refused
            parts.remove(max(parts, key=len))
        others = {min(pair - {edit.cluster_id}) for pair in self.apart_now() if edit.cluster_id in pair}
        made = [edit.cluster_id]
        for part in parts:
            made.append(self.new())
            for row in part:
                self.place[row] = (made[-1], *self.place[row][1:])
        self.differ |= {frozenset(pair) for pair in itertools.combinations(made, 2)}
        self.differ |= {frozenset(pair) for pair in itertools.product(made, others)}

    def move(self, edit):
        rows = self.here(edit.item_ids)
        self.check(rows, [edit.cluster_id] if edit.cluster_id else [])
        left = {self.place[row][0] for row in rows}
        key = self.new() if edit.cluster_id is None else edit.cluster_id
        for row in rows:
            self.place[row] = (key, True, False, "person") if key else (0, False, False, "")
            if key:
                self.rejected.discard((row, key))
            else:
                self.likely.pop(row, None)
        self.sweep(left)

    def rename(self, edit):
        self.check([0], [edit.cluster_id])
        renamed = self.names[edit.cluster_id] != edit.name
        self.names[edit.cluster_id] = edit.name
        if renamed and not edit.name:
            self.sweep([edit.cluster_id])

    def note(self, edit):
        self.check([0], [edit.cluster_id])
        self.notes[edit.cluster_id] = edit.text

    def confirm(self, edit):
        rows = self.here(edit.item_ids)
        self.check(rows)
        placed = {row for row in rows if self.place[row][0]}
        if not placed:
            raise Refused
        for row in placed:
            self.place[row] = (self.place[row][0], True, False, "person")

    def reject(self, edit):
        rows = self.here(edit.item_ids)
        self.check(rows, [edit.cluster_id])
        left = set()
        for row in rows:
            if self.place[row][0] == edit.cluster_id:
                self.place[row] = (0, False, False, "")
                self.likely.pop(row, None)
                left.add(edit.cluster_id)
            self.rejected.add((row, edit.cluster_id))
        self.sweep(left)

    def set_aside(self, edit):
        rows = self.here(edit.item_ids)
        self.check(rows)
        left = {self.place[row][0] for row in rows}
        for row in rows:
            self.place[row] = (0, False, True, "")
        self.sweep(left)

    def spread(self, edit):
        here = self.here(edit.item_ids)
        pairs = zip(edit.item_ids, edit.cluster_ids.tolist(), strict=True)
        self.check(here, [key for row, key in pairs if key and row in here])
        left = set()
        for row, key in zip(edit.item_ids, edit.cluster_ids.tolist(), strict=True):
            old, confirmed, aside, _ = self.place[row]
            if row not in here or confirmed or aside or (row, key) in self.rejected:
                continue
            if not edit.take and not self.names.get(old):
                self.likely[row] = key
            elif old != key:
                left.add(old)
                self.likely.pop(row, None)
                self.place[row] = (key, False, False, "spread" if key else "")
        self.sweep(left, keep_named=True)

    def stay_apart(self, goes):
        """Items of two clusters that differ go nowhere together: of two groups that would, the smaller stays."""
        for one, other in sorted(tuple(sorted(pair)) for pair in self.apart_now()):
            side = {key: [row for row in goes if self.place[row][0] == key] for key in (one, other)}
            for target in {goes[row] for rows in side.values() for row in rows} - {0}:
                here, there = ([row for row in side[key] if goes[row] == target] for key in (one, other))
                stay = there if target == one else here if target == other else min(there, here, key=len)
                if (here and there) or target in (one, other):
                    goes.update({row: self.place[row][0] for row in stay})

    def recluster(self, edit, carried):
        """`carried` is one of `carryings(edit)`: which group keeps which cluster's id."""
        label = self._labels(edit)
        carried = dict(carried)
        free = {row for row in label if not self.place[row][1]}
        groups = {value for value in label.values() if value >= 0}
        for group in sorted(groups - set(carried), key=lambda value: (-self._size(label, free, value), value)):
            if self._size(label, free, group):
                carried[group] = self.new()
        goes = {row: carried[label[row]] if label[row] >= 0 else 0 for row in free}
        for row, key in goes.items():
            if key != self.place[row][0] and (row, key) in self.rejected:
                goes[row] = 0
        self.stay_apart(goes)
        left = set(carried.values())
        for row, key in goes.items():
            if key != self.place[row][0]:
                left.add(self.place[row][0])
                self.place[row] = (key, False, False, "machine" if key else "")
                if not key:
                    self.likely.pop(row, None)
        self.sweep(left, keep_named=True)

    @staticmethod
    def _size(label, free, group):
        return sum(1 for row in free if label[row] == group)

    def _labels(self, edit):
        rows = list(edit.item_ids) if edit.item_ids is not None else list(self.place)
        self.check(self.here(rows))
        labels = zip(rows, edit.labels, strict=True)
        return {row: int(value) for row, value in labels if row not in self.gone and not self.place[row][2]}

    def carryings(self, edit):
        """All best ways to carry ids over, by trying every one; only for a handful of groups."""
        label, overlap = self._labels(edit), {}
        for row, group in label.items():
            if group >= 0 and self.place[row][0]:
                pair = (group, self.place[row][0])
                overlap[pair] = overlap.get(pair, 0) + 1
        groups = {}
        for group in label.values():
            groups[group] = groups.get(group, 0) + 1
        old = {}
        for row in label:
            old[self.place[row][0]] = old.get(self.place[row][0], 0) + 1
        worth = {
            pair: count for pair, count in overlap.items() if 2 * count >= groups[pair[0]] or 2 * count >= old[pair[1]]
        }
        ways = self._ways(sorted({group for group, _ in worth}), worth, {})
        totals = [sum(worth[pair] for pair in way.items()) for way in ways]
        return [way for way, total in zip(ways, totals, strict=True) if total == max(totals)]

    def _ways(self, groups, worth, taken):
        if not groups:
            return [dict(taken)]
        ways = self._ways(groups[1:], worth, taken)
        for group, key in worth:
            if group == groups[0] and key not in taken.values():
                ways += self._ways(groups[1:], worth, taken | {group: key})
        return ways
