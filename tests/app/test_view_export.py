"""Export without a browser."""

from __future__ import annotations


def button(page, key):
    return next(one for one in page.button if one.key == key)


def test_export__shows_what_is_in_it_and_begins_a_job(view, planted_copy, begun):
    page = view("export", project=planted_copy)
    assert not page.exception and len(page.dataframe[0].value) == 144
    button(page, "export:make").click().run()
    assert begun[0][0] == "export" and begun[0][1]["format"] == "csv" and begun[0][1]["rows"] is None
