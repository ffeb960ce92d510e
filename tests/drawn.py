"""Rules of a stateful test that Hypothesis can play, who makes a failure small, and a plain loop can, a million times.

Hypothesis remembers all that it ever drew: after some hundred thousand steps that is gigabytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule


@dataclass(frozen=True)
class Drawn:
    """An argument: as Hypothesis draws it, and as the plain loop does."""

    strategy: st.SearchStrategy
    plainly: Callable[[Random], Any]


def one_of(*values: Any) -> Drawn:
    return Drawn(st.sampled_from(values), lambda chance: chance.choice(values))


def whole(low: int, high: int, mostly: int | None = None) -> Drawn:
    """A number; every other time it is at most `mostly`."""
    few = high if mostly is None else mostly
    strategy = st.integers(low, few) | st.integers(low, high)
    return Drawn(strategy, lambda chance: chance.randint(low, chance.choice((few, high))))


def several(each: Drawn, most: int, least: int = 0, of: Callable[[list], Any] = list) -> Drawn:
    return Drawn(
        st.lists(each.strategy, min_size=least, max_size=most).map(of),
        lambda chance: of([each.plainly(chance) for _ in range(chance.randint(least, most))]),
    )


def drawn(arguments: dict[str, Drawn], chance: Random) -> dict[str, Any]:
    return {name: each.plainly(chance) for name, each in arguments.items()}


class Rules:
    """The rules of one state machine."""

    def __init__(self) -> None:
        self._rules: list[tuple[str, Callable[[Any], Any], dict[str, Drawn]]] = []

    def act(self, when: Callable[[Any], Any] = lambda machine: True, **arguments: Drawn) -> Callable:
        """Make a method a rule, to be played only `when` that is true."""

        def known(method: Callable) -> Callable:
            self._rules.append((method.__name__, when, arguments))
            return precondition(when)(rule(**{name: each.strategy for name, each in arguments.items()})(method))

        return known

    def names(self) -> Iterable[str]:
        return (name for name, _, _ in self._rules)

    def one(self, machine: Any, chance: Random) -> list[tuple[str, dict[str, Any]]]:
        """Play one rule: its name and arguments; none when it cannot be played now."""
        name, when, arguments = chance.choice(self._rules)
        if not when(machine):
            return []
        chosen = drawn(arguments, chance)
        try:
            getattr(machine, name)(**chosen)
        except BaseException as error:
            error.add_note(f"{name}({chosen})")
            raise
        return [(name, chosen)]
