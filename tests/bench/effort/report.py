"""Write what was measured: the section “Effort” of RESULTS.md and the picture of the curves.

python -m tests.bench.effort.report            into RESULTS.md and curves.svg
python -m tests.bench.effort.report --print    the tables alone, to standard output
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from core.assist.cards import ANSWERS
from tests.bench.effort import data, picture, summary
from tests.bench.effort.summary import ENGINE, SLACK, TIMES_K

RESULTS = Path(__file__).resolve().parents[1] / "RESULTS.md"
CURVES = Path(__file__).with_name("curves.svg")
BEGIN, END = "<!-- effort: written by tests/bench/effort/report.py -->", "<!-- effort: end -->"
ERRORS = (0.0, 0.02, 0.05)
_BUDGETS = tuple(f"{times}K" for times in TIMES_K)
_FIVE = TIMES_K.index(5)


def section():
    """Markdown of everything that was measured with the code as it is now."""
    sets = summary.measured()
    parts = [
        "## Effort",
        "",
        "`make bench-effort`: a simulated person names, decides and checks through `Review` alone and pays for every",
        "act (`tests/bench/effort/`). Accuracy over all items, undecided counts as wrong; budgets are multiples of the",
        "number of classes K, which no method is given. “Probe” is a logistic regression on all labels, in folds:",
        "the ceiling of the vectors. Means over seeds; ▲ ahead of, = level with (half a point), ▼ behind the best",
        "baseline.",
        "",
    ]
    if old := summary.outdated(sets):
        parts += [f"Measured with an earlier version of the code: {', '.join(old)}.", ""]
    if not sets:
        return "\n".join([*parts, "Nothing was measured yet."])
    parts += [_table(sets), "", *_notes(sets), "", "![Accuracy against acts](effort/curves.svg)", ""]
    parts += ["### What is accepted, and how honest it is", "", _honesty(sets), ""]
    parts += ["### Wrong answers", "", _errors(sets), "", "### What it takes", "", _cost(sets), ""]
    parts += ["### Every way", "", *[_ways(name) for name in sets]]
    return "\n".join(parts)


def _table(sets):
    lines = _head("set", "seeds", "probe", *_BUDGETS, "acts of B4 at 5K : ours")
    for name in sets:
        ours = summary.gather(name, ENGINE)
        cells = _against_best(name, ours)
        lines.append(_row(name, len(ours), f"{summary.ceiling(name):.3f}", *cells, _times_fewer(name)))
    return "\n".join(lines)


def _against_best(name, ours, error=0.0):
    """One cell a budget: ours, the mark, the best baseline and its name."""
    rival = summary.best_rival(name, error, [one["seed"] for one in ours])
    found = summary.mean(ours)
    if rival is None:
        return [f"{value:.3f}" for value in found]
    cells = []
    for value, best, method in zip(found, *rival, strict=True):
        mark = "▲" if value - best > SLACK else "▼" if value - best < -SLACK else "="
        cells.append(f"**{value:.3f}** {mark} {best:.3f} {method}")
    return cells


def _times_fewer(name):
    ours, b4 = summary.gather(name, ENGINE), summary.gather(name, "B4")
    if not b4:
        return ""
    acts = summary.acts_to_reach(ours, summary.mean(b4)[_FIVE])
    if acts is None:
        return "not reached"
    # At the first budget the curve may have been there long before, so the ratio is at least this.
    least = "≥ " if acts <= summary.mean(ours, "budget")[0] else ""
    return f"{least}{summary.mean(b4, 'budget')[_FIVE] / acts:.1f}"


def _notes(sets):
    return [f"- {name}: {data.load(name, 0).note}; K = {summary.gather(name, ENGINE)[0]['k']}." for name in sets]


def _honesty(sets):
    sure = ("share ≥ .9 / right", "share ≥ .95 / right")
    lines = _head("set", "at", "macro recall", *sure, "ECE", "classes found")
    for name in sets:
        ours = summary.gather(name, ENGINE)
        for times in (3, 5, 10):
            value = {key: summary.mean(ours, key)[TIMES_K.index(times)] for key in ours[0]["points"][0]}
            shares = [f"{value[f'coverage@{p}']:.2f} / {_plain(value[f'precision@{p}'])}" for p in (0.9, 0.95)]
            tail = (_plain(value["ece"]), f"{value['found']:.2f}")
            lines.append(_row(name, f"{times}K", f"{value['macro_recall']:.3f}", *shares, *tail))
    return "\n".join(lines)


def _plain(value):
    return f"{value:.3f}" if np.isfinite(value) else "–"


def _errors(sets):
    lines = _head("set", "wrong answers", *_BUDGETS, "worst seed")
    for name in sets:
        for error in ERRORS:
            ours = summary.gather(name, ENGINE, error)
            if ours:
                worst = " ".join(f"{value:.3f}" for value in summary.curve(ours).min(axis=0))
                lines.append(_row(name, f"{error:.0%}", *_against_best(name, ours, error), worst))
    return "\n".join(lines)


def _cost(sets):
    times = ("next() ms, median / worst", "answer() ms, median / worst")
    lines = _head("set", "seconds of a person at 1K … 10K", *times, "cards", "nothing asked after")
    for name in sets:
        ours = summary.gather(name, ENGINE)
        about = [one["about"] for one in ours]
        seconds = " ".join(f"{value:,.0f}" for value in summary.mean(ours, "seconds"))
        counts = {kind: sum(one["kinds"].get(kind, 0) for one in about) / len(about) for kind in ANSWERS}
        mix = ", ".join(f"{count:.0f} {kind}" for kind, count in counts.items() if count)
        ended = [one["ended_at"] for one in about if one["ended_at"] is not None]
        over = f"{np.mean(ended):.0f} acts ({len(ended)} of {len(ours)})" if ended else ""
        lines.append(_row(name, seconds, _waits(about, "next_ms"), _waits(about, "answer_ms"), mix, over))
    return "\n".join(lines)


def _waits(about, what):
    pairs = np.array([one[what] for one in about if one[what]])
    return f"{np.median(pairs[:, 0]):.0f} / {pairs[:, 1].max():.0f}" if len(pairs) else "–"


def _ways(name):
    lines = [f"{name}: accuracy, and seconds of a person at 5K", "", *_head("way", "seeds", *_BUDGETS, "s")]
    for method in summary.METHODS:
        if found := summary.gather(name, method):
            cells = [f"{value:.3f}" for value in summary.mean(found)]
            lines.append(_row(method, len(found), *cells, f"{summary.mean(found, 'seconds')[_FIVE]:,.0f}"))
    return "\n".join([*lines, ""])


def _head(*titles):
    return [_row(*titles), "|" + "---|" * len(titles)]


def _row(*cells):
    return f"| {' | '.join(map(str, cells))} |"


def write(text, path=RESULTS):
    """Put the section between its marks in a file of results, at the end when it has none yet."""
    whole = path.read_text("utf-8") if path.is_file() else ""
    block = f"{BEGIN}\n{text.strip()}\n{END}"
    if BEGIN in whole and END in whole:
        whole = whole[: whole.index(BEGIN)] + block + whole[whole.index(END) + len(END) :]
    else:
        whole = whole.rstrip() + "\n\n" + block + "\n"
    path.write_text(whole, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", dest="only_print")
    if parser.parse_args().only_print:
        sys.stdout.write(section())
        return
    write(section())
    CURVES.write_text(picture.curves(summary.measured()), encoding="utf-8")


if __name__ == "__main__":
    main()
