"""The choices of a clusterer as data: a form can be drawn from them, and every value is checked against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from core.errors import BadInput


@dataclass(frozen=True)
class Parameter:
    """One field of a form.

    Attributes
    ----------
    name, title, help
        What scripts call it, what a person reads, and one sentence.
    default
        int, float or str. 0 of an integer whose `low` is 0 means that it is chosen from the data.
    low, high
        Range of a number; None for a choice.
    choices
        What can be chosen; empty for a number.
    """

    name: str
    title: str
    help: str
    default: int | float | str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


def number(title: str, default: float, low: float, high: float, help: str) -> Any:
    """A dataclass field that is a number between `low` and `high`."""
    return field(default=default, metadata={"title": title, "low": low, "high": high, "help": help})


def choice(title: str, default: str, choices: tuple[str, ...], help: str) -> Any:
    """A dataclass field that is one of a few words."""
    return field(default=default, metadata={"title": title, "choices": choices, "help": help})


def form_of(kind: type) -> tuple[Parameter, ...]:
    """The fields of a parameter dataclass, in order."""
    return tuple(_parameter(entry) for entry in fields(kind))


def checked(kind: type, title: str, given: Mapping[str, Any]) -> Any:
    """An instance of a parameter dataclass from what a person or script gave.

    Raises
    ------
    BadInput
        For a name, a type, a choice or a range that does not fit.
    """
    form = {parameter.name: parameter for parameter in form_of(kind)}
    for name in given:
        if name not in form:
            has = f"It has: {', '.join(form)}." if form else "It has none."
            raise BadInput(f"“{title}” has no parameter “{name}”.", next_step=has)
    return kind(**{name: _value(form[name], value) for name, value in given.items()})


def _parameter(entry: Field[Any]) -> Parameter:
    return Parameter(name=entry.name, default=entry.default, **entry.metadata)


def _value(parameter: Parameter, value: Any) -> int | float | str:
    if parameter.choices:
        if value not in parameter.choices:
            raise BadInput(
                f"{parameter.title} cannot be “{value}”.", next_step=f"Choose {' or '.join(parameter.choices)}."
            )
        return str(value)
    whole = isinstance(parameter.default, int)
    try:
        result = float(value)
    except (TypeError, ValueError):
        result = float("nan")
    low, high = parameter.low or 0, parameter.high or 0
    if not low <= result <= high or (whole and result != int(result)):
        kind = "a whole number" if whole else "a number"
        raise BadInput(
            f"{parameter.title} cannot be {value}.", next_step=f"Choose {kind} between {low:g} and {high:g}."
        )
    return int(result) if whole else result
