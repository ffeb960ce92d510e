"""What the report makes of results: means, comparisons, the section in its place, a picture that is XML."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.bench.effort import data, picture, report, run, summary

NAME = "digits"
BUDGETS = [10, 20, 30, 50, 100]


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Two seeds of the engine, one baseline behind it and one ahead of it at the last budget."""
    monkeypatch.setenv("TAXON_BENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(summary, "probe", lambda name, seed: 0.97)
    for seed in (0, 1):
        keep("taxon", seed, [0.5, 0.7, 0.8, 0.9, 0.95])
        keep("B4", seed, [0.4, 0.6, 0.7, 0.8, 0.99])
        keep("cards", seed, [0.5, 0.6, 0.7, 0.8, 0.9])


def keep(method, seed, accuracies):
    path = run.place(NAME, seed, method, 0.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    others = {"macro_recall": 0.5, "ece": None, "found": 1.0}
    others |= {"coverage@0.9": 0.5, "precision@0.9": 1.0, "coverage@0.95": 0.0, "precision@0.95": None}
    points = [
        {"budget": budget, "acts": budget, "seconds": 2 * budget, "accuracy": right - 0.02 * seed, **others}
        for budget, right in zip(BUDGETS, accuracies, strict=True)
    ]
    about = {"kinds": {"name": 3}, "next_ms": [1.0, 2.0], "answer_ms": [3.0, 4.0], "ended_at": None}
    found = {"set": NAME, "seed": seed, "method": method, "n": 1797, "k": 10, "points": points, "about": about}
    path.write_text(json.dumps(found), encoding="utf-8")


def test_summary__takes_means_over_seeds_and_the_best_rival_at_every_budget(results):
    assert summary.mean(summary.gather(NAME, "taxon"))[0] == pytest.approx(0.49)
    best, names = summary.best_rival(NAME)
    assert names == ["cards", "B4", "B4", "B4", "B4"] and best[4] == pytest.approx(0.98)


def test_summary__reads_between_budgets_on_a_logarithmic_axis(results):
    ours = summary.gather(NAME, "taxon", seeds=[0])
    assert summary.acts_to_reach(ours, 0.6) == pytest.approx((10 * 20) ** 0.5)
    assert summary.acts_to_reach(ours, 0.3) == 10
    assert summary.acts_to_reach(ours, 0.99) is None


def test_summary__says_which_results_other_code_made(results):
    assert summary.outdated([NAME]) == []
    path = run.place(NAME, 0, "taxon", 0.0)
    path.rename(path.with_name(path.name[:-13] + "00000000.json"))
    assert summary.outdated([NAME]) == [NAME]


def test_report__marks_where_the_engine_is_ahead_and_where_it_is_not(results, monkeypatch):
    monkeypatch.setattr(data, "load", lambda name, seed: type("Set", (), {"note": "a note"}))
    line = next(line for line in report.section().splitlines() if line.startswith("| digits | 2 |"))
    assert "= 0.490 cards" in line and "▲ 0.790 B4" in line and "▼ 0.980 B4" in line


def test_report__stays_between_its_marks(tmp_path):
    path = tmp_path / "RESULTS.md"
    path.write_text("# Measured\n\nbefore\n", encoding="utf-8")
    report.write("one", path)
    path.write_text(path.read_text("utf-8") + "\nafter\n", encoding="utf-8")
    report.write("two", path)
    text = path.read_text("utf-8")
    assert "one" not in text and text.index("before") < text.index("two") < text.index("after")


def test_picture__is_well_formed_and_draws_every_way(results):
    drawn = ElementTree.fromstring(picture.curves([NAME]))
    lines = drawn.iter("{http://www.w3.org/2000/svg}polyline")
    assert sum(1 for _ in lines) == 3
