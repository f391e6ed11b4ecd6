"""The table of verdicts: every case of probability, threshold, truth and place, and what the page says of each."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from xrlearn.labs import case_review_panels as panels
from xrlearn.labs.case_review_film import Film
from xrlearn.labs.case_review_forms import form_of
from xrlearn.labs.case_review_state import Opinion
from xrlearn.labs.case_review_verdict import graded, numbered, verdict
from xrlearn.locale import text
from xrlearn.radiograph import Radiograph
from xrlearn.tasks import find

#: probability, threshold -> what the model says
SAYS = {
    (0.9, 0.3): "fracture", (0.5, 0.5): "fracture", (0.5, 0.3): "fracture",
    (0.15, 0.12): "flagged", (0.49, 0.49): "flagged",
    (0.1, 0.3): "clear", (0.49, 0.5): "clear",
    (0.6, 0.8): "passed", (0.5, 0.51): "passed",
}  # fmt: skip
#: counts as a fracture, truth, place -> what became of it
OUTCOMES = {
    (True, True, True): "found_here", (True, True, False): "found_elsewhere", (True, True, None): "found",
    (True, False, None): "alarm", (True, False, True): "alarm", (True, False, False): "alarm",
    (False, True, True): "missed_here", (False, True, False): "missed_elsewhere", (False, True, None): "missed",
    (False, False, None): "cleared", (False, False, True): "cleared", (False, False, False): "cleared",
}  # fmt: skip
WORDS_FOR_YES = ("probable", "consistent")
WORDS_FOR_NO = ("unlikely", "less_likely")


@pytest.mark.parametrize("chance", SAYS)
def test_the_table_has_a_verdict_for_every_case(chance):
    for truth, hit in product((None, True, False), (None, True, False)):
        it = verdict(*chance, truth=truth, hit=hit)
        assert it.says == SAYS[chance]
        assert it.fracture == (chance[0] >= chance[1])
        assert it.outcome == (None if truth is None else OUTCOMES[it.fracture, truth, hit])


@pytest.mark.parametrize("truth", [None, True, False])
def test_a_film_that_it_does_not_know_is_refused(truth):
    it = verdict(float("nan"), 0.3, known=False, truth=truth, hit=True)
    assert (it.says, it.fracture) == ("refused", False)
    assert it.outcome == (None if truth is None else "refused")


def page(probability, threshold, truth=True, peak=(2, 2), base=None):
    """What the page says of one film, in plain English."""
    film = Film("a", Radiograph(np.zeros((40, 30), np.float32)), truth=truth, boxes=[(0, 0, 5, 5)] if truth else ())
    said = SimpleNamespace(
        probability=probability, threshold=threshold, known=True, heatmap_peak=peak, label="", warnings=()
    )
    opinion = Opinion(True, 80)
    form = form_of(find("fracture").answer)
    model = panels.model_panel(form, said, opinion, film, threshold, base)
    return model.split("<details>")[0], panels.truth_panel(form, truth, film, opinion, said, threshold)


@pytest.mark.parametrize("chance", SAYS)
@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize("peak", [(2, 2), (30, 20), None])
def test_no_two_sentences_of_the_page_contradict_each_other(chance, truth, peak):
    model, told = page(*chance, truth, peak)
    counts = chance[0] >= chance[1]
    against = WORDS_FOR_NO if counts else WORDS_FOR_YES
    assert not any(text(f"review.chance.{word}", "en", finding="Fracture") in model for word in against)
    right = "The model was right" in told or "rightly" in told
    wrong = "missed it" in told or "false alarm" in told
    assert (right, wrong) == (counts == truth, counts != truth)
    assert "right for the wrong reason" not in told
    if "perhaps for the wrong reason" in told:
        assert counts
        assert truth
        assert peak == (30, 20)


def test_frequencies_are_given_with_the_films_that_they_are_counted_on_or_not_at_all():
    assert "about 73 have the finding" in page(0.73, 0.4, base=18)[0]
    without = page(0.73, 0.4)[0]
    assert "about 73 have the finding" not in without
    assert text("review.model.uncounted", "en") in without


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("truth", range(5))
@pytest.mark.parametrize("said", range(5))
def test_every_grade_beside_every_truth_has_a_verdict_and_a_sentence(said, truth, ordered):
    it = graded(said, truth, ordered)
    assert (it == "same") == (said == truth)
    if ordered and said != truth:
        near, side = it.split("_")
        assert near == ("near" if abs(said - truth) == 1 else "far")
        assert side == ("low" if said < truth else "high")
    for who in ("you", "model"):
        for lang in ("en", "zh"):
            assert text(f"review.verdict.{who}.{it}", lang, off=abs(said - truth))


@pytest.mark.parametrize("off", [-30, -15, -12, -5, 0, 5, 12, 15, 30])
@pytest.mark.parametrize("margin", [None, 20.0, 8.0])
def test_a_number_is_near_within_the_margin_or_beyond_it(off, margin):
    it = numbered(100 + off, 100, 12, margin)
    if abs(off) <= 12:
        assert it == "near"
    else:
        within = margin is not None and abs(off) <= margin
        assert it == f"{'within' if within else 'beyond'}_{'low' if off < 0 else 'high'}"
    assert text(f"review.verdict.model.{it}", "zh", off=abs(off))
