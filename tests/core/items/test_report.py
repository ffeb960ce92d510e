from __future__ import annotations

import json

from core.items.report import EXAMPLES, NAMED, ImportReport, Outcome, Tally


def test_report__sentence_names_every_outcome():
    counts = {Outcome.READ: 4987, Outcome.BROKEN: 9, Outcome.UNSUPPORTED: 4, Outcome.DUPLICATE: 5}
    assert ImportReport("x", counts).sentence() == "4,987 read, 5 duplicate, 9 broken, 4 unsupported"
    assert (
        ImportReport("x", counts, known=5).sentence() == "4,987 read, 5 already in the project, 9 broken, 4 unsupported"
    )
    assert ImportReport("x").sentence() == "0 read"


def test_report__survives_json():
    tally = Tally("source")
    tally.add(Outcome.READ, 3)
    tally.notes.append("A note.")
    for number in range(9):
        tally.refuse(f"{number}\n<b>", Outcome.BROKEN, "It is broken.")
    report = tally.report()
    assert ImportReport.from_json(json.loads(json.dumps(report.to_json()))) == report
    assert report.offered == 12
    assert len(report.examples[Outcome.BROKEN]) == EXAMPLES
    assert report.examples[Outcome.BROKEN][0] == ("0 <b>", "It is broken.")


def test_report__names_what_was_quarantined():
    tally = Tally("source")
    for number in range(150):
        tally.refuse(f"{number}.png", Outcome.QUARANTINED, "Decoding it crashed the decoder.")
    report = tally.report()
    assert report.sentence() == "0 read, 150 quarantined" and len(report.examples[Outcome.QUARANTINED]) == NAMED
