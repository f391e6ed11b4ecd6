"""Figures of films of which several may belong to one patient: a patient is drawn whole, and counts once."""

import numpy as np
import pytest

from xrlearn import stats
from xrlearn.stats import clustered

RNG = np.random.default_rng(0)
PATIENTS = np.array(["c", "a", "b", "a", "c", "d", "c", "e", "e", "f", "g", "h"])
TRUTH = np.array([0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0])
SCORE = np.round(TRUTH + RNG.normal(0, 1, len(TRUTH)), 1)
ALONE = np.arange(len(TRUTH))


def bounds(figure: clustered.Figure) -> tuple[float, float]:
    return figure["low"], figure["high"]


def test_patients_are_drawn_as_many_as_there_are_and_with_all_their_films():
    drawn = []
    clustered.patient_draws(lambda films: float(drawn.append(PATIENTS[films].tolist()) or 0), PATIENTS, draws=50)
    assert len(drawn) == 50
    names, films = np.unique(PATIENTS, return_counts=True)
    for sample in drawn:
        times = [sample.count(name) / count for name, count in zip(names, films)]
        assert times == [int(t) for t in times]
        assert sum(times) == len(names)
    assert len({tuple(sample) for sample in drawn}) > 45


def test_draws_repeat_by_seed():
    one, same, other = (clustered.patient_draws(lambda films: SCORE[films].mean(), PATIENTS, 20, s) for s in (3, 3, 4))
    assert (one == same).all()
    assert (one != other).any()


def test_an_interval_holds_nineteen_draws_of_twenty_and_leaves_out_those_without_a_figure():
    def measure(films):
        return SCORE[films].mean() if 0 in films else np.nan

    draws = clustered.patient_draws(measure, PATIENTS)
    assert 0 < np.isnan(draws).sum() < len(draws) == 1000
    low, high = clustered.bootstrap(measure, PATIENTS)
    assert np.mean(draws[~np.isnan(draws)] < low) == pytest.approx(0.025, abs=0.003)
    assert np.mean(draws[~np.isnan(draws)] > high) == pytest.approx(0.025, abs=0.003)


def test_copies_of_films_say_nothing_new():
    once = clustered.mean(SCORE, ALONE)
    copied = clustered.mean(np.repeat(SCORE, 4), np.repeat(ALONE, 4))
    assert (copied["value"], *bounds(copied)) == pytest.approx((once["value"], *bounds(once)))
    assert once["low"] < once["value"] < once["high"]


def test_where_every_patient_has_one_film_intervals_are_the_textbooks():
    right = SCORE > 0.5
    found = clustered.share(right, ALONE)
    assert (found["value"], *bounds(found)) == (right.mean(), *stats.proportion_ci(int(right.sum()), 12))
    assert found["method"] == "Wilson"
    found = clustered.area(TRUTH == 1, SCORE, ALONE)
    assert (found["value"], *bounds(found)) == (stats.auc(TRUTH, SCORE), *stats.auc_ci(TRUTH, SCORE))
    assert found["method"] == "DeLong"


def test_where_some_have_several_films_patients_are_drawn():
    right = SCORE > 0.5
    found = clustered.share(right, PATIENTS)
    assert (found["value"], found["method"]) == (right.mean(), clustered.BOOTSTRAP)
    assert bounds(found) == clustered.bootstrap(lambda films: right[films].mean(), PATIENTS)
    found = clustered.area(TRUTH == 1, SCORE, PATIENTS)
    assert (found["value"], found["method"]) == (stats.auc(TRUTH, SCORE), clustered.BOOTSTRAP)
    assert 0 <= found["low"] < found["value"] < found["high"] <= 1


@pytest.mark.parametrize(
    ("diseased", "method"), [(1, clustered.BOOTSTRAP), (2, "DeLong"), (10, "DeLong"), (11, clustered.BOOTSTRAP)]
)
def test_a_class_of_one_film_has_no_textbook_interval(diseased, method):
    assert clustered.area(np.arange(12) < diseased, SCORE, ALONE)["method"] == method


@pytest.mark.parametrize("patients", [ALONE, PATIENTS])
def test_differences_are_what_their_names_say(patients):
    said, truth = SCORE * 10, TRUTH * 10.0
    error = said - truth
    found = clustered.differences(said, truth, patients, "mm")
    values = {name: figure["value"] for name, figure in found.items()}
    sd = error.std(ddof=1)
    assert values == pytest.approx(
        {
            "mae": np.abs(error).mean(),
            "median_error": np.median(np.abs(error)),
            "rmse": np.sqrt((error**2).mean()),
            "standard_error": sd,
            "bias": error.mean(),
            "limit_low": error.mean() - 1.96 * sd,
            "limit_high": error.mean() + 1.96 * sd,
        }
    )
    assert all(figure["low"] < figure["value"] < figure["high"] for figure in found.values())
    assert {figure["unit"] for figure in found.values()} == {"mm"}
    textbook = stats.bland_altman(said, truth)
    for name, interval, z in (
        ("bias", textbook.mean_ci, 0),
        ("limit_low", textbook.low_ci, -1.96),
        ("limit_high", textbook.high_ci, 1.96),
    ):
        if patients is ALONE:
            assert (*bounds(found[name]), found[name]["method"]) == (*interval, "Bland & Altman 1999")
        else:
            drawn = clustered.bootstrap(lambda films, z=z: error[films].mean() + z * error[films].std(ddof=1), patients)
            assert (*bounds(found[name]), found[name]["method"]) == (*drawn, clustered.BOOTSTRAP)


def test_a_calibration_error_lies_amid_its_draws():
    p = np.where(SCORE > 0.5, 0.95, 0.4)
    found = clustered.calibration_error(TRUTH, p, PATIENTS)
    assert found["value"] == stats.ece(TRUTH, p, debiased=True) != stats.ece(TRUTH, p)
    drawn = clustered.patient_draws(lambda films: stats.ece(TRUTH[films], p[films], debiased=True), PATIENTS)
    low, high = np.quantile(drawn - drawn.mean() + found["value"], [0.025, 0.975])
    assert bounds(found) == pytest.approx((max(low, 0), high))
