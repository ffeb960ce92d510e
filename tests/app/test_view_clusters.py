"""Clusters without a browser."""

from __future__ import annotations


def test_clusters__treemap_or_members(view, planted_copy, words):
    page = view("clusters", project=planted_copy)
    assert not page.exception and len(page.get("plotly_chart")) == 1
    assert words(page).count(" settled") == 1
    page = view("clusters", project=planted_copy, cluster=3)
    assert not page.exception and not page.get("plotly_chart") and "36 of 144" in words(page)
