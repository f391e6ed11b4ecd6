"""The results page without a browser: its figures are those of the statistics, and too little is called too little."""

import re

import pytest

from xrlearn.labs import study_results_panels as panels
from xrlearn.labs.study_results import StudyResultsPage
from xrlearn.labs.study_results_state import Department, StudyResults, arm_name
from xrlearn.readers import Protocol, Store, bias, results
from xrlearn.readers.simulate import department
from xrlearn.stats import mrmc


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", html, flags=re.S)))


@pytest.fixture(scope="module")
def simulated():
    state = StudyResults()
    state.simulate(Department(readers=4, films=60))
    return state


def test_a_department_is_what_the_sliders_say(simulated):
    assert simulated.finished() == (4, 4)
    assert len(simulated.ratings) == 4 * 2 * 60
    assert simulated.simulated


def test_skill_and_trust_do_what_they_say():
    def area(**values) -> float:
        state = StudyResults()
        state.simulate(Department(readers=2, films=60, **values))
        means = state.compare().auc.groupby("modality", observed=True)["auc"].mean()
        return float(means["unaided reading"])

    assert area(skill=0.6) < area(skill=2.6)


def test_the_figures_are_those_of_mrmc(simulated):
    expected = mrmc(simulated.ratings[["reader", "modality", "case", "truth", "score"]])
    said = plain(panels.mrmc(simulated)).replace("−", "-")
    for value in expected.auc["auc"]:
        assert f"{value:.3f}" in said
    for test in (expected.rrrc, expected.frrc, expected.rrfc):
        assert f"{-test.difference:+.3f} ({-test.high:+.3f}, {-test.low:+.3f})" in said
        assert f"{test.p:.4f}" in said or "< 0.0001" in said


def test_the_row_of_means_stands_in_the_right_columns(simulated):
    means = simulated.ratings.pipe(mrmc).auc.groupby("modality", observed=True)["auc"].mean()
    row = f"Mean {means['unaided']:.3f} {means['aided']:.3f} {means['aided'] - means['unaided']:+.3f}"
    assert row.replace("-", "−") in plain(panels.mrmc(simulated))


def test_differences_are_with_ai_less_without(simulated):
    by_arm = simulated.compare().auc.groupby("modality", observed=True)["auc"].mean()
    gain = by_arm["AI-aided reading"] - by_arm["unaided reading"]
    assert simulated.compare().rrrc.difference == pytest.approx(gain)
    assert f"{gain:+.3f}".replace("-", "−") in plain(panels.finding(simulated))


def test_change_stands_beside_lindseys(simulated):
    said = plain(panels.change(simulated))
    found = results.change(simulated.ratings, "unaided", "aided")
    assert panels.percent(found.sensitivity.after) in said
    assert "80.8 → 91.5 %" in said
    assert "87.5 → 93.9 %" in said


def test_every_panel_says_something(simulated):
    for name in ("finding", "roc", "mrmc", "change", "time", "confidence", "bias", "worth"):
        html = getattr(panels, name)(simulated)
        assert "xr-reason" not in html, name
        assert "nan" not in plain(html).lower(), name


@pytest.mark.parametrize("handed", [0.0, 0.5, 1.0])
def test_the_deferral_slider_hands_films_over(simulated, handed):
    said = plain(panels.deferral(simulated, handed))
    assert f"answers the {round(60 * (1 - handed))} films" in said
    assert f"readers the other {round(60 * handed)}" in said


def test_the_ai_is_followed_where_it_is_wrong():
    trusting, wary = StudyResults(), StudyResults()
    trusting.simulate(Department(readers=6, films=60, trust=0.95))
    wary.simulate(Department(readers=6, films=60, trust=0.0))
    assert "draws readers into" in plain(panels.bias(trusting))
    assert "after a session with the AI" in plain(panels.bias(trusting))
    excess = [bias.automation_bias(x.ratings, x.protocol)[0].excess for x in (trusting, wary)]
    assert excess[0] > 0.2 + excess[1]


def test_few_readers_and_films_are_said_to_be_few():
    state = StudyResults()
    state.simulate(Department(readers=2, films=10))
    said = plain(panels.finding(state))
    assert "2 readers have read all films: too few" in said
    assert "5 films with and 5 without" in said
    assert not re.search(r"\d\.\d", said), "no figure stands beside the sentence"


def test_ten_films_of_each_kind_and_three_readers_are_told_with_caution():
    state = StudyResults()
    state.simulate(Department(readers=3, films=20))
    said = plain(panels.finding(state))
    assert "3 reader(s): too few" in said
    assert "Only 10 films" in said


@pytest.mark.parametrize("readers", [1, 2, 3])
@pytest.mark.parametrize("films", [10, 20])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_percentage_leaves_what_is_possible(readers, films, seed):
    state = StudyResults()
    state.simulate(Department(readers=readers, films=films, seed=seed))
    for name in ("finding", "mrmc", "change", "time", "confidence", "bias", "worth"):
        said = plain(getattr(panels, name)(state)).replace("−", "-")
        assert "nan" not in said.lower(), name
        for number in re.findall(r"([-+]?\d+\.\d) (?:%|points)|\(([-+]?\d+\.\d)", said):
            assert abs(float(number[0] or number[1])) <= 100, (name, said)


def test_two_planted_errors_are_counted_and_not_made_a_rate():
    state = StudyResults()
    state.simulate(Department(readers=4, films=40))  # four errors of each kind
    assert "It takes 10 such films" in plain(panels.bias(state))
    assert "draws readers into" not in plain(panels.bias(state))


def test_where_nobody_marked_no_hits_are_told(simulated):
    state = StudyResults()
    state.adopt(simulated)
    state.ratings = state.ratings.assign(mark_row=float("nan"), mark_col=float("nan"), hit=0.0)
    said = plain(panels.time(state))
    assert "nobody marked a place" in said
    assert "0/" not in said


def test_times_of_readers_who_differ_wildly_are_not_told(simulated):
    state = StudyResults()
    state.adopt(simulated)
    factor = {"R01": 100.0, "R02": 0.01, "R03": 50.0, "R04": 0.02}
    slow = state.ratings["reader"].map(factor).where(state.ratings["modality"] == "aided", 1.0)
    state.ratings = state.ratings.assign(seconds=10 * slow)
    said = plain(panels.time(state))
    assert "cannot be told from 4 readers" in said
    assert "times as long" not in said


def test_an_unfinished_study_gives_a_sentence_and_no_figure():
    with Store("sqlite://") as store:
        protocol = Protocol.example().model_copy(update={"practice": 0, "washout_days": 0})
        study = department(store, protocol, readers=2)
        state = StudyResults(store)
        state.open(study)
        state.ratings = state.ratings.iloc[:7]
        for name in ("finding", "roc", "mrmc", "change"):
            html = getattr(panels, name)(state)
            assert html.count("<p") == 1, name
            assert "xr-reason" in html, name
        state.ratings = state.ratings.iloc[:0]
        for name in ("finding", "roc", "mrmc", "change", "time", "confidence", "bias", "worth"):
            assert "<h2>" in getattr(panels, name)(state), name


def test_perfect_readers_give_no_test():
    state = StudyResults()
    state.simulate(Department(readers=3, films=20, skill=3.0))
    state.ratings = state.ratings.assign(score=100 * state.ratings["truth"])
    assert "perfectly in both arms" in plain(panels.finding(state))
    assert "nan" not in plain(panels.mrmc(state)).lower()


def test_measurements_have_errors_instead_of_curves():
    with Store("sqlite://") as store:
        protocol = Protocol.example("bone_age").model_copy(update={"practice": 0, "washout_days": 0})
        study = department(store, protocol, readers=2)
        view = StudyResultsPage(StudyResults(store))
        view.start()
        assert view.study.value == study
        assert "RMSE" in view.measured.value
        assert view.cards["roc"].layout.display == "none"
        assert view.deferral.layout.display == "none"


def test_the_page_opens_the_newest_study_and_follows_the_language():
    with Store("sqlite://") as store:
        department(store, Protocol.example().model_copy(update={"title": "Older"}), readers=2)
        newest = department(store, Protocol.example().model_copy(update={"title": "Newer"}), readers=2, seed=3)
        view = StudyResultsPage(StudyResults(store))
        view.start()
        assert view.study.value == newest
        view.page.language.value = "zh"
        assert "研究结论" in view.panels["finding"].value
        assert "独立阅片" in view.panels["roc"].value
        assert "data:text/csv" in view.export.value


def test_without_a_study_the_page_says_where_to_set_one_up():
    with Store("sqlite://") as store:
        view = StudyResultsPage(StudyResults(store))
        view.start()
        assert "no study on this computer" in view.none.value
        assert "reader-study.ipynb" in view.none.value
        assert view.body.layout.display == "none"
        view.instead.click()
        assert view.kind.value == "made_up"


def test_an_authors_own_arm_keeps_its_name():
    assert arm_name("night shift") == "night shift"
