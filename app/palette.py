"""Colours that stand for clusters: apart from one another for every eye, on both backgrounds.

Generated in OKLCH by farthest-point search over 17,000 candidates: in every view (as it is, and as a deuteranope and a
protanope see it after Machado 2009, doi:10.1109/TVCG.2009.113) any two are at least 0.045 apart in OKLab, about twice
what an eye tells apart, and all keep away from the grey of the undecided. Index i has the same hue in both themes.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.partition.partition import PALETTE_SIZE


@dataclass(frozen=True)
class Palette:
    """Colours as `#rrggbb`, by code; `grey` stands for code −1."""

    light: tuple[str, ...]
    dark: tuple[str, ...]
    light_grey: str = "#a9adb3"
    dark_grey: str = "#575c64"

    def of(self, code: int, theme: str) -> str:
        """The colour of a code on the “light” or the “dark” background."""
        colours, grey = (self.dark, self.dark_grey) if theme == "dark" else (self.light, self.light_grey)
        return grey if code < 0 else colours[code % len(colours)]

    def to_json(self) -> dict[str, list[str]]:
        """What a component in the browser needs: per theme the colours, the grey at the end."""
        return {"light": [*self.light, self.light_grey], "dark": [*self.dark, self.dark_grey]}


CATEGORIES = Palette(
    light=(
        *("#2939b1", "#89a309", "#822800", "#c357bf", "#137776", "#7e0073", "#bd4e0b", "#9b0045"),
        *("#1060a6", "#bc8766", "#688050", "#754888", "#17534e", "#895b57", "#207f00", "#896f9e"),
        *("#595ecb", "#239c98", "#bd3d79", "#7b4e0f", "#0088c5", "#5ea2c7", "#5a2f93", "#a08222"),
    ),
    dark=(
        *("#5975e4", "#c2dc6b", "#b76244", "#fa96f5", "#61adab", "#b451a6", "#f48c5c", "#d35579"),
        *("#5897da", "#f4c0a2", "#a0b789", "#aa7fbc", "#548681", "#bf928d", "#66b656", "#bfa7d4"),
        *("#8d99ff", "#75d3cf", "#f57eaf", "#b08452", "#65c1fb", "#9ddbfe", "#8b69c6", "#d6bb6c"),
    ),
)

# Five even steps of lightness, low to high, for a column of numbers (cividis: the same order for every eye).
STEPS = Palette(
    light=("#c9b458", "#a59c74", "#7c7b78", "#575d6d", "#123570"),
    dark=("#33548f", "#666970", "#8e8a79", "#b9a96b", "#f1d74a"),
)

if len(CATEGORIES.light) != PALETTE_SIZE or len(CATEGORIES.dark) != PALETTE_SIZE:  # pragma: no cover
    raise ValueError("The palette and the partition disagree on the number of colours.")
