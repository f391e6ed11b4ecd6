"""The reading page without a browser: what reaches it before the reader may know, and what a press does."""

import json
import re
from functools import partial

import pytest
from full_disk import full_disk
from ipywidgets import Widget
from made_up import PLAN

from xrlearn import readers
from xrlearn.labs.reader_study import ReaderStudyPage
from xrlearn.labs.reader_study_state import Plan, ReaderStudy
from xrlearn.readers import Store


@pytest.fixture
def store(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'studies.sqlite'}") as opened:
        yield opened


@pytest.fixture
def page(store, cases):
    """Call it with what differs from the default plan; it returns a page whose reader has begun."""
    opened = []

    def begin(**changes) -> ReaderStudyPage:
        given = PLAN | changes

        def model(film):
            return (0.83 if int(film.stem.removeprefix("film")) % 4 > 1 else 0.17), (10, 12)

        state = ReaderStudy(store, lambda _: cases.assign(split="test"), model)
        study = state.create(Plan("Ours", **given).protocol())
        view = ReaderStudyPage(state)
        opened.append(view)
        view._list_studies(study)
        view.seniority.value, view.years.value = "resident", 3
        view.join.click()
        view.begin.click()
        settle(view)
        return view

    yield begin
    for view in opened:
        view._behind.shutdown()


def settle(view):
    """Wait until the thread behind has nothing left to do."""
    view._behind.submit(lambda: None).result(300)


def press(view, value, token=None):
    message = {"type": "commit", "token": token or view.rating.token, "value": value, "changed": 1}
    view.rating._handle_custom_msg(message, [])
    settle(view)


def widgets(widget: Widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets(child)


def everything_sent(view) -> str:
    """All that the browser may know: the state of every widget, and the head of the film's message."""
    states = [json.dumps(w.get_state(), default=str) for w in widgets(view.page)]
    return " ".join([*states, str(view.viewer._film[0]), str(view.viewer._heat[0])])


def test_the_page_reads_from_code_to_end(page, store):
    view = page()
    reader = view.state.reader
    assert reader.code in view.shown_code.value
    assert "wrong on some of them" in view.shown_code.value
    for session in range(2):
        for place in range(1, 5):
            assert (view.rating.place, view.rating.total) == (place, 4)
            press(view, 70)
        assert view.screens["rest"].layout.display is None
        if session == 0:
            assert "Session 1 of 2" in view.rest.value
            view.next_session.click()
    assert "You have read every film" in view.rest.value
    assert store.progress(reader.code).finished
    ratings = store.ratings(reader.study)
    assert set(ratings["changed"]) == {1}
    assert set(zip(ratings["seniority"], ratings["years"])) == {("resident", 3.0)}
    assert "you found" not in view.rest.value


def test_a_reader_sees_her_own_result_where_the_study_allows_it(page):
    view = page(own_result=True)
    for _ in range(2):
        for _ in range(4):
            press(view, 70)
        if view.next_session.layout.display is None:
            view.next_session.click()
    assert "unaided reading: you found 2 of 2 fractures and cleared 0 of 2 films without" in view.rest.value


def test_the_form_says_what_a_study_of_its_size_can_find():
    from xrlearn.labs.parts import Words
    from xrlearn.labs.reader_study_form import StudyForm
    from xrlearn.stats.planning import VAN_DYKE, VAN_DYKE_CASES, mrmc_power

    form = StudyForm(Words())
    for films, count in ((20, 6), (300, 10)):
        form.numbers["number"].value, form.size["readers"].value = films, count
        power = mrmc_power(VAN_DYKE, count, films, 0.05, pilot_cases=VAN_DYKE_CASES).power
        assert f"{round(100 * power)} of 100" in form.enough.value
    form.size["readers"].value, form.size["points"].value = 2, 1
    assert "it takes more readers" in form.enough.value


def test_no_truth_reaches_the_browser_before_the_end(page, store):
    view = page(number=6, commission=1, omission=1)
    boxes = store.study(view.state.reader.study).films["boxes"]
    corners = {str(corner) for found in boxes for box in found for corner in box}
    while "every film" not in view.rest.value:
        sent = everything_sent(view)
        assert view.viewer.boxes == []
        assert not re.search(r"truth|commission|omission|film\d+", sent)
        assert not any(f"[{corner}," in sent for corner in corners)
        if view.rating.token:
            press(view, 60)
        else:
            view.next_session.click()
    assert view.viewer.boxes == []


def test_the_ai_is_nowhere_on_the_page_while_the_reader_reads_alone(page):
    view = page()
    for _ in range(8):
        alone = view._step.reading.arm == "unaided"
        assert ("83 %" in everything_sent(view) or "17 %" in everything_sent(view)) != alone
        press(view, 40)
        if not view.rating.token:
            view.next_session.click()


def test_a_press_for_another_film_changes_nothing(page, store):
    view = page()
    old = view.rating.token
    press(view, 80)
    press(view, 10, token=old)  # the second click of a double click
    assert store.ratings(view.state.reader.study)["score"].tolist() == [80.0]


def test_an_answer_that_cannot_be_saved_may_be_given_again(page, store):
    view = page()
    sent = []
    view.rating.send = lambda content, buffers=None: sent.append(content)
    with full_disk():
        press(view, 80)
        assert "The database does not keep this now (" in view.page.message
        assert {"type": "again"} in sent
        assert view.rating.place == 1
    press(view, 80)
    assert view.page.message == ""
    assert view.rating.place == 2


def test_practice_shows_the_truth_and_then_goes_on(page):
    view = page(practice=1)
    assert "Practice" in view.answer.value
    press(view, 90)
    assert view.rating.phase == "feedback"
    assert "There is a fracture. You were right." in view.answer.value
    assert len(view.viewer.boxes) == 1
    press(view, None)
    assert view.rating.phase == "only"
    assert view.viewer.boxes == []
    assert (view.rating.place, view.rating.total) == (1, 4)


def test_when_time_is_up_the_film_is_covered_and_the_answer_stays_open(page, store):
    view = page(time_limit_s=30)
    assert view.rating.limit == 30
    view.viewer.mark = (5, 5)
    view.rating._handle_custom_msg({"type": "expired", "token": view.rating.token}, [])
    assert view.viewer.shape is None
    assert "time for this film is up" in view.page.message
    press(view, 70)
    row = store.ratings(view.state.reader.study).iloc[0]
    assert row.timed_out
    assert (row.mark_row, row.mark_col) == (5, 5)
    assert view.viewer.shape is not None
    assert view.page.message == ""


def test_ai_first_shows_its_answer_before_the_film(page):
    view = page(ai=("first",))
    while view._step.mode != "first":
        press(view, 60)
        if not view.rating.token and view.screens["rest"].layout.display is None:
            view.next_session.click()
    assert view.viewer.shape is None
    assert view.rating.token == ""
    assert "%" in view.ai.value
    view.uncover.click()
    assert view.viewer.shape is not None
    assert view.rating.token


def test_a_second_readers_turn_keeps_film_mark_and_answer(page):
    view = page(ai=("second",))
    while view._step.mode != "second":
        press(view, 60)
        if not view.rating.token:
            view.next_session.click()
    view.viewer.mark, view.viewer.zoom = (3, 4), 2.0
    assert view.ai.value == ""
    press(view, 30)
    assert view.rating.phase == "final"
    assert (view.rating.value, view.viewer.mark, view.viewer.zoom) == (30, (3, 4), 2.0)
    assert "%" in view.ai.value


def test_everything_follows_the_language(page):
    view = page()
    view.page.language.value = "zh"
    assert view.rating.labels["commit" if "commit" in view.rating.labels else "only"] == "提交"
    assert "编码" in view.saved.value
    assert "新建研究" in view.form._head.value
    assert view.form.title.value.startswith("骨折阅片")  # a title of the author's own would stay


def test_studies_are_looked_up_when_the_browser_shows_the_page(page, store):
    page()
    view = ReaderStudyPage(ReaderStudy(store))
    assert view.join.disabled or view.studies.options[0][1] == ""
    view.rating._handle_custom_msg({"type": "ready"}, [])
    settle(view)
    assert view.studies.options[0][0].startswith("Ours")
    view._behind.shutdown()


def test_a_wrong_code_is_told_and_nothing_else_happens(store):
    view = ReaderStudyPage(ReaderStudy(store))
    view.code.value = "ABCD-EFGH"
    view.go_on.click()
    assert "no reader with this code" in view.page.message
    assert view.screens["enter"].layout.display is None


def test_without_public_films_a_study_takes_simulated_ones(store, monkeypatch, tmp_path):
    monkeypatch.setenv("XRLEARN_FILMS", str(tmp_path))
    monkeypatch.setenv("XRLEARN_DATA", str(tmp_path))
    small = partial(readers.films, rows=96)
    monkeypatch.setattr(readers, "films", small)
    view = ReaderStudyPage(ReaderStudy(store, model=lambda film: (0.7, None)))
    for name, value in {"number": 4, "practice": 0, "commission": 0, "omission": 0}.items():
        view.form.numbers[name].value = value
    view.form.create.click()
    settle(view)
    assert "The study is set up" in view.page.message
    study = store.study(store.studies()["study"].iloc[0])
    assert sorted(study.films["truth"]) == [0, 0, 1, 1]
    assert all(study.films["boxes"][study.films["truth"] == 1])
