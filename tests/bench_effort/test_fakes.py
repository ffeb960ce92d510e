"""The benchmark of labelling effort is no fake: its eight checks on a small set, and its person, bill and figures."""

from __future__ import annotations

import numpy as np
import pytest

from core.assist.cards import Card
from tests.bench.effort import baselines, bill, data, engine, fakes, metrics, prepare
from tests.bench.effort.annotator import Annotator
from tests.bench.effort.person import Person

SMALL = "small"
TRUTH = {f"i{row}": ("cat", "dog")[row >= 7] for row in range(9)}


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAXON_BENCH_CACHE", str(tmp_path_factory.mktemp("effort")))
        yield


# 400 items: a share of 0.8 has a standard error of two points, and two runs differ by three.
@pytest.mark.parametrize(
    ("check", "options"),
    [
        (fakes.shuffled_truth_is_not_learnt, {"slack": 0.06}),
        (fakes.truth_stays_in_its_process, {}),
        (fakes.log_is_the_bill, {}),
        (fakes.order_and_ids_tell_nothing, {"slack": 0.1}),
        (fakes.random_vectors_teach_nothing, {"slack": 0.06}),
        (fakes.careless_people_score_less, {}),
        (fakes.queue_is_in_use, {}),
        (fakes.estimate_of_k_matters_little, {"slack": 0.1, "times": 4}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_benchmark__is_no_fake(check, options):
    verdict = check(SMALL, **options)
    assert verdict.honest, verdict.says


def test_set__is_the_same_at_every_call_and_tells_no_class_by_place_or_id():
    first = data.load(SMALL, 3)
    (first.folder / "truth.json").unlink()
    again = data.load(SMALL, 3)
    assert again.item_ids == first.item_ids and np.array_equal(again.vectors, first.vectors)
    assert len(set(first.item_ids)) == len(first.item_ids)
    by_id = first.truth[np.argsort(first.item_ids)]
    chance = ((np.bincount(first.truth) / len(first.truth)) ** 2).sum()
    for order in (first.truth, by_id):
        assert abs((order[1:] == order[:-1]).mean() - chance) < 0.12


def test_project__starts_with_the_vectors_of_the_set_in_its_order():
    known, view = data.load(SMALL, 0), prepare.view(SMALL, 0)
    assert view.item_ids == known.item_ids
    np.testing.assert_allclose(view.vectors, known.vectors, atol=1e-6)


def test_person__names_the_majority_and_pays_half_an_act_for_each_item_that_is_not_that():
    person = Person(TRUTH)
    assert person.answer("name", (tuple(TRUTH),), {}, ()) == ("Name", {"text": "cat", "only": list(TRUTH)[:7]})
    assert person.spent()["acts"] == 2.0
    typed = person.spent()["seconds"]
    person.answer("name", (tuple(TRUTH),), {}, ())
    assert person.spent()["seconds"] == pytest.approx(2 * typed - bill.TYPED, abs=0.02)


def test_person__says_it_of_the_first_where_there_is_no_majority_and_of_most_where_there_is():
    person = Person(TRUTH)
    assert person.answer("name", (("i0", "i8"),), {}, ()) == ("First", {"text": "cat"})
    assert person.answer("name", (("i0", "i1", "i8"),), {}, ()) == ("Most", {"text": "cat"})
    assert person.answer("name", (("i0", "i1"),), {}, ()) == ("Name", {"text": "cat", "only": None})
    assert person.spent()["acts"] == 3.0


def test_person__pays_for_every_wrong_label_of_a_page():
    person = Person(TRUTH)
    _, given = person.answer("accept", (("i0", "i7", "i8"),), {"i0": "cat", "i7": "cat", "i8": "cat"}, ())
    assert given == {"wrong": {"i7": "dog", "i8": "dog"}}
    assert person.spent()["acts"] == 3.0


def test_person__tells_halves_that_differ_from_halves_that_do_not():
    person = Person(TRUTH)
    assert person.answer("merge", (("i0", "i1"), ("i2",)), {}, ())[0] == "Yes"
    assert person.answer("split", (("i0", "i1"), ("i2",)), {}, ())[0] == "No"
    assert person.answer("split", (("i0", "i1"), ("i8",)), {}, ())[0] == "Yes"


def test_person__errs_as_often_as_told():
    person = Person({f"i{row}": f"class {row % 4}" for row in range(2_000)}, error=0.05)
    wrong = sum(person.label(f"i{row}") != f"class {row % 4}" for row in range(2_000))
    assert 60 < wrong < 145


def test_annotator__takes_a_card_and_gives_an_answer_that_fits_it():
    with Annotator(SMALL, 0) as annotator:
        ids = data.load(SMALL, 0).item_ids
        for kind, sides in (("name", (ids[:9],)), ("check", (ids[:1],)), ("merge", (ids[:3], ids[3:6]))):
            card = Card(kind, sides, "?")
            card.refuse_unfit(annotator.answer(card))
        assert annotator.spent()["answers"] == 3
        annotator.reset()
        assert annotator.spent()["acts"] == 0


@pytest.mark.parametrize("method", [one for one in baselines.METHODS if baselines.usable(one, SMALL) and one != "B3"])
def test_baseline__keeps_to_its_budget_and_gets_better(method):
    with Annotator(SMALL, 0) as annotator:
        points = baselines.run(method, prepare.view(SMALL, 0), annotator, [8, 40], 0)
    assert [point["budget"] for point in points] == [8, 40]
    assert all(point["acts"] <= point["budget"] for point in points)
    assert points[1]["accuracy"] >= points[0]["accuracy"] - 0.05


def test_figures__count_what_is_undecided_as_wrong():
    found = metrics.figures(["a", "", "b", "a"], ["a", "a", "b", "b"], np.array([0.95, np.nan, 0.99, 0.2]))
    assert found["accuracy"] == 0.5 and found["labelled"] == 0.75
    assert found["macro_recall"] == 0.5
    assert found["coverage@0.9"] == 0.5 and found["precision@0.9"] == 1.0


def test_figures__accept_what_a_person_decided_and_calibrate_only_what_is_stated():
    labels, truth = ["a"] * 40, ["a"] * 20 + ["b"] * 20
    found = metrics.figures(labels, truth, np.full(40, 0.5), np.arange(40) < 10)
    assert found["coverage@0.9"] == 0.25 and found["precision@0.9"] == 1.0
    assert found["ece"] == pytest.approx(abs(0.5 - 10 / 30))


def test_calibration_error__is_the_gap_between_stated_and_true():
    stated = np.full(100, 0.85)
    assert metrics.calibration_error(stated, np.arange(100) < 85) == pytest.approx(0, abs=1e-9)
    assert metrics.calibration_error(stated, np.arange(100) < 65) == pytest.approx(0.2)


def test_log__strays_when_the_questions_are_others():
    log = [{"key": "no such question", "kind": "check", "answer": "Skip", "given": {}}]
    with pytest.raises(ValueError, match="answer 0"):
        engine.replay(SMALL, 0, log)
