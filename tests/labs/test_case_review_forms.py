"""The forms of answers: how each is given, said, compared and counted, without a page."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from xrlearn.labs.case_review_aid import aid_panel, together
from xrlearn.labs.case_review_answers import said, told
from xrlearn.labs.case_review_calibration import ENOUGH, calibration_panel
from xrlearn.labs.case_review_film import Film
from xrlearn.labs.case_review_forms import form_of
from xrlearn.labs.case_review_inputs import input_of
from xrlearn.labs.case_review_overlay import angles, lines_of, overlay, plates, remeasured
from xrlearn.labs.case_review_state import CaseReview, Opinion, Read
from xrlearn.labs.parts import Words
from xrlearn.labs.parts.viewer import WAYS
from xrlearn.locale import use
from xrlearn.stats import bland_altman, brier, cohen_kappa
from xrlearn.tasks import find
from xrlearn.tasks.answers import Grades, Number, Points, Several, YesNo
from xrlearn.tasks.registry import known
from xrlearn.training import Prediction

KL = Grades("kl", keys=tuple(f"tasks.kl.{k}" for k in range(5)))
COBB = Number("cobb", unit="tasks.unit.degrees", within=(5.0,))
BOTH = Several(column="", parts=(COBB, Number("lordosis", unit="tasks.unit.degrees"), YesNo("fracture")))
#: answer -> what a reader may say, and another thing that she may say
SAID = [
    (YesNo("fracture"), True, False),
    (KL, 3, 1),
    (COBB, 31.0, 60.0),
    (BOTH, (31.0, 50.0, True), (60.0, 50.0, True)),
]


def prediction(answers=None, probability=float("nan"), threshold=float("nan"), points=None, known=True):
    none = {"task": "", "heatmap": None, "heatmap_peak": None, "parts": {}, "warnings": (), "seconds": 0.0}
    return Prediction(
        label="so", probability=probability, threshold=threshold, answers=answers or {}, points=points or {},
        distance=0.5 if known else 2.0, **none,
    )  # fmt: skip


def model_says(answer, value):
    """A prediction that says this."""
    if isinstance(answer, YesNo):
        return prediction(probability=0.9 if value else 0.1, threshold=0.5)
    if isinstance(answer, Grades):
        return prediction({name: 0.6 if k == value else 0.1 for k, name in enumerate(answer.names)}, 0.6)
    if isinstance(answer, Number):
        return prediction({"value": value, "margin": 8.0})
    told = {}
    for part, one in zip(answer.parts, value, strict=True):
        p = model_says(part, one)
        own = dict(p.answers) or {"probability": p.probability}
        told |= {f"{part.column}.{name}": x for name, x in own.items()}
    return prediction(told)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("answer", "one", "other"), SAID)
def test_reader_model_and_truth_are_said_in_one_form(answer, one, other, lang):
    use(lang)
    form = form_of(answer)
    assert form.of(model_says(answer, one)) == one
    assert form.of(prediction(known=False)) is None
    assert form.right(one, one)
    assert not form.right(other, one)
    shown = said(form, model_says(answer, one), other, one)
    assert shown
    true = told(form, one, other, model_says(answer, one))
    words = form.words(one if not isinstance(one, tuple) else (one[0], None, None)).split(": ")[-1]
    assert words.lower() in true.lower()
    silent = told(form, one, other, prediction(known=False))
    assert silent != true


@pytest.mark.parametrize("task", [t.name for t in known()])
def test_every_task_has_an_input_that_takes_digits_and_gives_them_back(task):
    form, heard = form_of(find(task).answer), []
    widget = input_of(form, Words(), lambda: heard.append(1))
    assert not widget.given
    widget.keyed(1)
    assert widget.given
    assert heard
    value = widget.value
    assert form.words(value)
    widget.put(None)
    assert not widget.given
    widget.put(value, widget.sureness)
    assert widget.value == value
    widget.relabel()


@pytest.mark.parametrize("task", [t.name for t in known() if isinstance(t.answer, Number | Several)])
def test_a_number_is_offered_on_its_own_scale_and_none_is_shown_before_it_is_given(task):
    form = form_of(find(task).answer)
    for part in getattr(form, "parts", (form,)):
        if not isinstance(part.answer, Number):
            continue
        low, high, step = part.range
        assert low <= 0 < part.reach < high
        widget = input_of(part, Words(), print)
        assert "xr-unset" in widget.slider._dom_classes
        assert (widget.slider.min, widget.slider.max, widget.slider.step) == (low, high, step)
        for x in (low, high, round(low + 0.3 * (high - low), part.answer.places)):
            widget.put(x)
            assert widget.value == pytest.approx(x)
        assert part.words(high).startswith(part.number(high))


def test_a_pelvis_may_tilt_backwards_by_slider_and_by_keys():
    form = form_of(find("spine-alignment").answer)
    tilt = form.parts[3]
    assert tilt.answer.column == "pelvic_tilt"
    assert (tilt.amount(-12), tilt.right(-12, -9), tilt.turned(12.0), tilt.turned(None)) == ("−12°", True, -12.0, None)
    assert tilt.turned(55.0) == 55.0  # nobody tilts by so much the other way
    assert form.signed
    assert not form_of(COBB).signed
    widget = input_of(form, Words(), print)
    for digit in (4, 5, 3, 8, 3, 5, 1, 2):
        widget.keyed(digit)
    widget.turned()
    assert widget.value == (45.0, 38.0, 35.0, -12.0, None)


def test_lines_on_the_film_answer_one_angle_after_the_other():
    widget = input_of(form_of(find("spine-alignment").answer), Words(), print)
    first = [(0.0, 0.0), (0.0, 9.0), (5.0, 0.0), (9.0, 9.0)]
    widget.drawn(first, 24.2, 1.1)
    widget.drawn([*first[:3], (9.0, 8.0)], 25.4, 1.1)  # an end is moved
    assert widget.value == (25.0, None, None, None, None)
    widget.drawn([(r + 50, c) for r, c in first], 40.0, 1.1)
    widget.turned()
    assert widget.value == (25.0, -40.0, None, None, None)


def test_a_ratio_is_typed_and_drawn_with_two_places():
    form = form_of(find("patella-height").answer)
    widget = input_of(form, Words(), print)
    for digit in (1, 2, 5):
        widget.keyed(digit)
    assert widget.value == pytest.approx(1.25)
    assert "1.25, high" in form.words(widget.value)
    widget.drawn([], 12.0, 0.784)  # the angle between such lines says nothing
    assert widget.value == pytest.approx(0.78)
    assert not form.right(1.25, 1.1)
    shown = said(form, model_says(form.answer, 1.1), 1.25, 1.0)
    assert "0.15 apart" in shown
    assert "1.10, usual height" in shown
    assert "patellas" not in shown


def test_a_kind_of_answer_that_nobody_has_heard_of_is_looked_at():
    form = form_of(Points(names=("a", "b")))
    widget = input_of(form, Words(), print)
    assert (widget.given, widget.value, widget.sureness) == (True, None, None)
    assert form.truth({"landmarks": {"a": (1, 2)}}) is None
    assert "so" in said(form, prediction(), None)


def test_truth_comes_from_a_row_in_the_form_of_the_question():
    assert form_of(KL).truth({"kl": 3}) == 3
    assert form_of(KL).truth({"kl": float("nan")}) is None
    assert form_of(COBB).truth({}) is None
    assert form_of(YesNo("fracture")).truth({"fracture": 1}) is True
    assert form_of(BOTH).truth({"cobb": 12.0, "lordosis": None, "fracture": 0}) == (12.0, None, False)
    assert form_of(BOTH).truth({}) is None


@pytest.mark.parametrize("given", [2.0, 4.0])
def test_several_answers_are_right_where_all_that_were_given_are(given):
    form = form_of(BOTH)
    assert form.right((given, None, True), (3.0, 50.0, True))
    assert not form.right((given, None, True), (3.0, 50.0, False))
    assert form.right((None, None, None), (3.0, 50.0, True)) is None


# ------------------------------------------------------------------- the reader's own figures
def session(answer, pairs):
    """A session in which the reader said the first of each pair and the second is true."""
    return [Read(Opinion(a, 80 if isinstance(answer, YesNo) else None), t, t) for a, t in pairs]


@pytest.mark.parametrize("answer", [YesNo("fracture"), KL, COBB])
def test_own_figures_wait_for_enough_films(answer):
    few = session(answer, [(answer is not KL, 1)] * (ENOUGH - 1))
    assert str(ENOUGH) in calibration_panel(form_of(answer), few)
    assert "<dl" not in calibration_panel(form_of(answer), few)


def test_own_figures_are_those_of_the_statistics():
    rng = np.random.default_rng(0)
    truth, you = rng.integers(0, 2, 24), rng.integers(0, 2, 24)
    shown = calibration_panel(
        form_of(YesNo("fracture")), session(YesNo("f"), zip(you.astype(bool), truth, strict=True))
    )
    assert f"{brier(truth, np.where(you, 0.8, 0.2)):.3f}" in shown
    truth, you = rng.integers(0, 5, 24), rng.integers(0, 5, 24)
    shown = calibration_panel(form_of(KL), session(KL, zip(you.tolist(), truth.tolist(), strict=True)))
    assert f"{cohen_kappa(truth, you, 'quadratic', categories=range(5)).value:.2f} (" in shown
    assert "1.00" in shown  # the model's
    truth = rng.uniform(0, 60, 24)
    you = truth + rng.normal(3, 5, 24)
    shown = calibration_panel(form_of(COBB), session(COBB, zip(you.tolist(), truth.tolist(), strict=True)))
    bias = COBB.amount(bland_altman(you, truth).mean, signed=True)
    assert bias[0] in "+−"
    assert f"{bias}, limits" in shown
    parts = [((a, None, True), (t, None, True)) for a, t in zip(you.tolist(), truth.tolist(), strict=True)]
    assert f"{bias}, limits" in calibration_panel(form_of(BOTH), session(BOTH, parts))


# ------------------------------------------------------------------- reader and model together
@pytest.mark.parametrize("truth", [True, False, None])
def test_simulated_readers_stand_beside_the_model_where_their_films_truth_is_known(truth):
    answer = find("wrist-fracture-aid").answer
    film, model = Film("a", None, truth=truth), prediction(probability=0.9, threshold=0.4)
    shown = aid_panel(answer, film, Opinion(False, 75), model)
    assert f"{100 * together(0.25, model):.0f} %" in shown
    assert together(0.25, model) > 0.25  # what speaks for it, moves her towards it
    assert ("40 simulated readers" in shown) == (truth is not None)
    alone, aided = answer.of_film(bool(truth), 0.9, 0.4, "a")
    assert aided > alone
    if truth is not None:
        assert f"{alone} of 40 say" in shown
        assert f"{aided} of 40 say" in shown
    assert aid_panel(YesNo("fracture"), film, Opinion(False, 75), model) == ""


def test_the_mean_of_reader_and_model_stands_beside_both():
    answer = find("bone-age-aid").answer
    film, model = Film("a", None, truth=120.0), prediction({"value": 110.0, "margin": 12.0})
    shown = aid_panel(answer, film, Opinion(126.0), model)
    reader = answer.of_film(120.0, "a")
    for number in (126, 110, 118, reader, (reader + 110) / 2, 120):
        assert f"<b>{number:.0f}</b>" in shown
    assert "<td>2 months</td>" in shown  # both
    assert "<b>120</b>" not in aid_panel(answer, Film("a", None), Opinion(126.0), model)


# ------------------------------------------------------------------- landmarks
def spine(bend=20.0):
    """Corners of a spine on a frontal film, its vertebrae tilted more and more."""
    from xrlearn.radiograph.spine import CORNERS

    at = []
    for k in range(17):
        tilt = np.radians(bend * (k / 16 - 0.5))
        for down, across in ((-8, -15), (-8, 15), (8, -15), (8, 15)):
            at.append(
                (
                    40 + 25 * k + down * np.cos(tilt) + across * np.sin(tilt),
                    100 + across * np.cos(tilt) - down * np.sin(tilt),
                )
            )
    return dict(zip(CORNERS, at, strict=True))


def test_the_lines_of_a_cobb_angle_are_those_between_which_it_was_measured():
    task = find("cobb-angle")
    points = spine()
    value = float(np.asarray(task.settings["measure"](np.array([list(points.values())])))[0])
    assert value == pytest.approx(20, abs=0.1)
    drawn = overlay(task, form_of(task.answer), prediction({"value": value, "margin": 5.0}, points=points))
    assert len(drawn.corners) == 68
    assert len(drawn.shapes) == 17
    assert drawn.adjustable
    assert drawn.plates == [[[0, 2], [1, 3]], [[64, 66], [65, 67]]]  # T1 and L5
    assert plates(lines_of(task, list(points)), np.array(list(points.values())), [77.7]) == []
    assert angles(form_of(BOTH), model_says(BOTH, (20.0, 40.0, True))) == [20.0, 40.0]


def test_the_lines_of_a_ratio_are_the_lengths_that_it_divides():
    task = find("patella-height")
    points = dict(zip(task.settings["points"], [(0.0, 0.0), (40.0, 0.0), (84.0, 0.0)], strict=True))
    drawn = overlay(task, form_of(task.answer), prediction({"value": 1.1, "margin": 0.1}, points=points))
    assert (drawn.plates, drawn.compare, drawn.adjustable) == ([[[0], [1]], [[1], [2]]], "ratio", True)


def test_the_lines_of_five_angles_are_those_that_the_task_names():
    task = find("spine-alignment")
    names = list(task.settings["points"])
    points = dict.fromkeys(names, (0.0, 0.0))
    drawn = overlay(task, form_of(task.answer), prediction(points=points))
    assert drawn.names == ["LL", "TK", "SS", "PT", "PI"]
    told = [[[names[i] if i >= 0 else i for i in group] for group in line] for line in drawn.plates]
    assert told[:2] == [[["L1 top back"], ["L1 top front"]], [["L5 bottom back"], ["L5 bottom front"]]]
    sacrum, hips = ["sacral plate back", "sacral plate front"], ["right hip centre", "left hip centre"]
    assert told[6:] == [[sacrum, hips], [sacrum, [WAYS["down"]]], [sacrum, hips], [sacrum, [WAYS["square"]]]]
    assert len(drawn.shapes) == 17  # the pelvis has no outline


def test_what_the_reader_moves_is_measured_anew():
    task, points = find("cobb-angle"), spine()
    model = SimpleNamespace(card=SimpleNamespace(calibration={"margin": 5.0}))
    moved = {name: (r + 10 if name == "T1 top left" else r, c) for name, (r, c) in points.items()}
    before = prediction({"value": 20.0, "margin": 5.0}, points=points)
    after = remeasured(task, model, before, [(r + 0.5, c + 0.5) for r, c in moved.values()])
    assert after.answers["value"] == pytest.approx(
        float(np.asarray(task.settings["measure"](np.array([list(moved.values())])))[0])
    )
    assert after.answers["value"] != pytest.approx(20, abs=1)


# ------------------------------------------------------------------- one state for all questions
def test_what_was_answered_to_each_question_stays():
    review = CaseReview("knee-oa")
    film = Film("a", None, truth=2)
    review.open(film)
    review.commit(Opinion(3))
    assert review.tally().reader == 0
    review.ask("cobb-angle")
    assert (review.film, review.tally().read) == (None, 0)
    review.ask("knee-oa")
    review.open(film)
    assert review.opinion == Opinion(3)


def test_views_of_a_patient_are_one_entry_of_the_list_and_one_truth():
    review = CaseReview("ankle-fracture")
    rows = [(f"p{i // 3}", "ankle", "test") for i in range(9)]
    review.offer(pd.DataFrame(rows, columns=["patient", "region", "split"]))
    assert sorted(review.order) == [0, 3, 6]


def test_a_record_is_a_case_without_a_film():
    review = CaseReview("oa-risk")
    review.offer(pd.DataFrame([{"age": 60, "sex": "F", "osteoarthritis": 1, "split": "test"}]))
    film, data = review.fetch(0)
    assert (film.radiograph, film.truth, film.told, data) == (None, True, {"age": 60, "sex": "F"}, b"")
    assert review.record({"age": 61}).name != film.name
