"""The curves as one SVG, drawn by hand: a panel a set, accuracy against acts on a logarithmic axis."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

import numpy as np

from tests.bench.effort import summary

WIDTH, HEIGHT, COLUMNS = 300, 230, 3
LEFT, TOP, RIGHT, BOTTOM = 38, 26, 10, 34
# Okabe and Ito's colours, apart for colour-blind eyes; the engine is black and thick.
COLOURS = {
    "taxon": "#000000",
    "cards": "#d55e00",
    "medoids": "#cc79a7",
    "B1": "#bbbbbb",
    "B2-kmeans": "#e69f00",
    "B2-ward": "#009e73",
    "B3": "#999999",
    "B4": "#0072b2",
    "B5": "#56b4e9",
    "B5b": "#56b4e9",
    "B6": "#f0e442",
}


def curves(sets):
    """The SVG of all sets as text."""
    rows = max(1, math.ceil(len(sets) / COLUMNS))
    width, height = COLUMNS * WIDTH, rows * HEIGHT + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for place, name in enumerate(sets):
        x, y = place % COLUMNS * WIDTH, place // COLUMNS * HEIGHT
        parts.append(f'<g transform="translate({x} {y})">{_panel(name)}</g>')
    parts.append(_legend(rows * HEIGHT + 16))
    return "\n".join([*parts, "</svg>", ""])


def _panel(name):
    found = {method: summary.gather(name, method) for method in COLOURS}
    lines = {method: (summary.mean(some, "budget"), summary.mean(some)) for method, some in found.items() if some}
    probe = summary.ceiling(name)
    low = min(float(right.min()) for _, right in lines.values())
    high = max(probe, max(float(right.max()) for _, right in lines.values()))
    low, high = math.floor(low * 10) / 10, min(1.0, math.ceil(high * 20) / 20)
    acts = lines["taxon"][0]
    across = (math.log(acts[0]), math.log(acts[-1]))

    def at(act, right):
        x = LEFT + (math.log(act) - across[0]) / (across[1] - across[0]) * (WIDTH - LEFT - RIGHT)
        return x, TOP + (high - right) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text x="{LEFT}" y="16" font-weight="600">{escape(name)}</text>']
    for level in np.arange(low, high + 0.001, 0.1):
        y = at(acts[0], level)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end" fill="#666">{level:.1f}</text>')
    for act in acts:
        x = at(act, low)[0]
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle" fill="#666">{act:.0f}</text>')
    y = at(acts[0], probe)[1]
    parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#888" stroke-dasharray="4 3"/>')
    # The engine last, so that it lies on top.
    for method, (budgets, rights) in reversed(lines.items()):
        points = " ".join("{:.1f},{:.1f}".format(*at(a, r)) for a, r in zip(budgets, rights, strict=True))
        thick = 2.6 if method == "taxon" else 1.3
        dash = ' stroke-dasharray="2 2"' if method == "B5b" else ""
        colour = COLOURS[method]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{thick}"{dash}/>')
    return "".join(parts)


def _legend(y):
    parts, x = [], 10
    for method, colour in [*COLOURS.items(), ("full probe", "#888")]:
        dash = ' stroke-dasharray="4 3"' if method in ("full probe", "B5b") else ""
        parts.append(f'<path d="M{x} {y}h16" stroke="{colour}" stroke-width="2.4"{dash}/>')
        parts.append(f'<text x="{x + 20}" y="{y + 4}">{escape(method)}</text>')
        x += 42 + 6 * len(method)
    return "".join(parts)
