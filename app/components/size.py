"""How tall a component is: so many pixels, or what the window leaves."""

from __future__ import annotations

from dataclasses import dataclass

PLAIN = 560  # pixels, where only a number will do


@dataclass(frozen=True)
class Fill:
    """As tall as the window allows when everything else on the page takes `around` pixels.

    On a narrow window, where parts of the page stand below each other, it is `narrow` times as tall as the window is
    wide.
    """

    around: int
    narrow: float = 1.25


Height = int | Fill


def css(height: Height | None) -> str:
    """A CSS length; empty for as tall as the content."""
    if height is None:
        return ""
    if isinstance(height, Fill):
        return f"clamp(260px, calc(100dvh - {height.around}px), {height.narrow * 100:g}vw)"
    return f"{int(height)}px"


def pixels(height: Height) -> int:
    """A number, for what cannot know the window."""
    return PLAIN if isinstance(height, Fill) else int(height)
