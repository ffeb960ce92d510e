"""A journal of 20 items in four clusters, opened again, and the lines of its plain log."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.partition.edits import Recluster
from core.partition.journal import Journal

BASE = Recluster(np.arange(20) % 4, method="tree", parameters={"k": 4})


# Not named after its function: a test that asks for `journal` would seem to redefine what its file imported.
@pytest.fixture(name="journal")
def opened_journal(tmp_path):
    opened = Journal.open(tmp_path, 20)
    opened.append(BASE, who="machine")
    yield opened
    opened.close()


def again(journal, n=20, **options):
    folder = journal._log.path.parent
    journal.close()
    return Journal.open(folder, n, **options)


def lines(journal):
    return [json.loads(line) for line in journal._log.path.read_bytes().splitlines()]
