"""How tall a component is: so many pixels, or what the window leaves."""

from __future__ import annotations

from dataclasses import dataclass

PLAIN = 560  # pixels, where only a number will do


@dataclass(frozen=True)
class Fill:
    """As tall as the window allows when everything else on the page takes `around` pixels.

    On a narrow window, where parts of the page stand below each other, it is a little taller than wide.
    """

    around: int


Height = int | Fill


def css(height: Height | None) -> str:
    """A CSS length; empty for as tall as the content."""
    if height is None:
        return ""
    if isinstance(height, Fill):
        return f"clamp(320px, calc(100dvh - {height.around}px), 125vw)"
    return f"{int(height)}px"


def pixels(height: Height) -> int:
    """A number, for what cannot know the window."""
    return PLAIN if isinstance(height, Fill) else int(height)
