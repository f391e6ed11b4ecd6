"""A reader's way through a study, without a browser: what is due, what may be shown, and that nothing is lost."""

import numpy as np
import pytest
from made_up import PLAN

from xrlearn.labs import reader_study_state
from xrlearn.labs.reader_study_state import Case, End, Pause, Plan, ReaderStudy, Said
from xrlearn.readers import Protocol, Store, StudyError


def model(film):
    """A stand-in that reads by file name: it needs no torch."""
    number = int(film.stem.removeprefix("film"))
    return (0.8 if number % 4 > 1 else 0.2), (10, 12)


@pytest.fixture
def store(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'studies.sqlite'}") as opened:
        yield opened


@pytest.fixture
def films(cases):
    return lambda protocol: cases.assign(split="test")


@pytest.fixture
def study(store, films):
    """Call it with what differs from the default plan; it returns a page's state with a reader who has joined."""

    def begin(**changes) -> ReaderStudy:
        given = PLAN | changes
        state = ReaderStudy(store, films, model)
        state.join(state.create(Plan("Ours", **given).protocol()))
        return state

    return begin


def answer(state: ReaderStudy, case: Case, score: float = 80.0, mark=(5, 6)) -> bool:
    return state.commit(case, score, mark, 2.0)


def read_all(state: ReaderStudy) -> list[Case]:
    """Read to the end, with a rest between sessions; return the cases in order."""
    seen = []
    while not isinstance(step := state.step(rested=True), End):
        seen.append(step)
        answer(state, step)
    return seen


def test_crossover_reads_each_film_once_in_each_arm(study):
    state = study()
    seen = read_all(state)
    assert len(seen) == 8
    by_arm = {arm: {c.reading.case for c in seen if c.reading.arm == arm} for arm in ("unaided", "aided")}
    assert len(by_arm["aided"]) == 4
    assert by_arm["aided"] == by_arm["unaided"]
    assert [(c.place, c.total) for c in seen] == [(i, 4) for i in (1, 2, 3, 4)] * 2


def test_the_ai_is_shown_in_its_arm_alone(study):
    for case in read_all(study()):
        assert (case.ai is None) == (case.reading.arm == "unaided")


def test_a_pause_stands_between_two_sessions(study):
    state = study()
    for _ in range(4):
        answer(state, state.step())
    pause = state.step()
    assert isinstance(pause, Pause)
    assert (pause.session, pause.sessions, pause.until) == (1, 2, None)
    assert isinstance(state.step(rested=True), Case)


def test_a_reader_who_has_finished_sees_how_she_did_only_where_the_protocol_allows_it(study):
    for allowed in (False, True):
        state = study(own_result=allowed)
        seen = read_all(state)
        end = state.step()
        assert isinstance(end, End)
        assert [own.arm for own in end.own] == (["unaided", "aided"] if allowed else [])
        for own in end.own:
            assert (own.diseased, own.normal) == (2, 2)
            assert 0 <= own.found <= 2
        assert len(seen) == 8


def test_a_study_set_up_on_the_page_opens_to_its_leader_alone(study, store):
    state = study()
    name = state.reader.study
    assert store.locked(name)
    store.check_lead(name, state.lead.lower().replace("-", " "))
    for wrong in ("", state.reader.code, "0000-0000"):
        with pytest.raises(StudyError, match="whoever leads the study"):
            store.check_lead(name, wrong)


def test_the_form_and_the_protocol_keep_four_weeks_between_sessions():
    assert Plan("Ours").protocol().washout_days == 28
    assert Protocol.parse("title='T'\ntask='fracture'\n[[arms]]\nname='unaided'").washout_days == 28


def test_the_washout_is_kept(study):
    state = study(washout_days=28)
    for _ in range(4):
        answer(state, state.step())
    pause = state.step(rested=True)
    assert isinstance(pause, Pause)
    assert pause.until is not None


def test_a_second_reader_speaks_after_the_first_answer_and_both_are_kept(study, store):
    state = study(ai=("second",))
    while (case := state.step(rested=True)).mode != "second":
        answer(state, case)
    assert (case.phase, case.ai) == ("first", None)
    answer(state, case, 30.0, mark=(1, 2))
    again = state.step()
    assert again.reading.case == case.reading.case
    assert (again.phase, again.value, again.mark) == ("final", 30.0, (1, 2))
    assert again.ai is not None
    answer(state, again, 90.0)
    row = store.ratings(state.reader.study).query("modality == 'aided'").iloc[0]
    assert (row.first_score, row.score) == (30.0, 90.0)


def test_sequential_asks_twice_for_each_film_and_counts_it_once(study):
    state = study(design="sequential", number=4)
    first, second = state.step(), None
    answer(state, first, 20.0)
    second = state.step()
    assert first.reading.case == second.reading.case
    assert (first.phase, second.phase) == ("first", "final")
    assert (first.ai, second.value) == (None, 20.0)
    assert (first.place, second.place, second.total) == (1, 1, 4)
    assert second.ai is not None


def test_practice_comes_first_and_only_it_has_feedback(study):
    state = study(practice=2)
    kinds = []
    while not isinstance(case := state.step(rested=True), End):
        answer(state, case)
        feedback = state.feedback(case)
        kinds.append((case.reading.practice, feedback is not None))
    assert kinds == [(True, True)] * 2 + [(False, False)] * 8


def test_no_feedback_on_practice_before_the_last_answer(study):
    state = study(practice=1, design="sequential")
    case = state.step()
    answer(state, case)
    assert state.feedback(case) is None
    last = state.step()
    answer(state, last)
    assert state.feedback(last) is not None


def test_a_killed_page_goes_on_by_code(study, store, films):
    state = study()
    answer(state, state.step())
    due = state.step()
    code = state.reader.code
    another = ReaderStudy(store, films, model)
    another.resume(code.lower().replace("-", " "))
    found = another.step()
    assert found.token == due.token
    np.testing.assert_array_equal(found.film.pixels, due.film.pixels)


def test_two_tabs_double_nothing(study, store, films):
    state = study()
    tab = ReaderStudy(store, films, model)
    tab.resume(state.reader.code)
    here, there = state.step(), tab.step()
    assert answer(state, here, 80.0)
    assert not answer(tab, there, 10.0)  # the first answer stands
    ratings = store.ratings(state.reader.study)
    assert ratings["score"].tolist() == [80.0]
    assert tab.step().token == state.step().token


def test_a_wrong_code_says_so(study, store, films):
    with pytest.raises(StudyError):
        ReaderStudy(store, films, model).resume("0000-0000")


def test_the_next_film_is_at_hand(study, monkeypatch):
    state = study()
    case = state.step()
    state.prepare(state.after(case))
    answer(state, case)
    monkeypatch.setattr("xrlearn.radiograph.read", lambda *_: pytest.fail("read again"))
    assert isinstance(state.step(), Case)


def test_heat_maps_are_made_once_and_fit_the_answer_shown(study, monkeypatch):
    made = []

    def heat(film, task):
        made.append(task)
        return np.full((8, 6), 0.3, np.float32)

    monkeypatch.setattr(reader_study_state, "_heatmap", heat)
    state = study(shows=("probability", "heatmap"), commission=1, omission=1)
    maps = {}
    while not isinstance(case := state.step(rested=True), End):
        state.prepare(case.reading.case)
        assert case.reading.arm == "aided" or state.heatmap(case) is None
        if case.ai is not None:
            maps[case.ai.answer == case.ai.own] = state.heatmap(case)
        answer(state, case)
    assert len(made) == 4
    assert maps[True].max() == np.float32(0.3)
    assert maps[False].max() != np.float32(0.3)  # a planted error does not give itself away


def test_the_end_tells_how_long_it_took_and_no_result(study):
    state = study()
    read_all(state)
    assert state.step() == End(8, 2.0)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"ai": ()}, "study.error.no_ai"),
        ({"design": "sequential", "ai": ("first", "second")}, "study.error.one_ai"),
        ({"number": 4, "commission": 3, "omission": 0}, "study.error.planted"),
    ],
)
def test_what_does_not_go_together_is_said(changes, key):
    with pytest.raises(Said) as error:
        Plan("Ours", **changes).protocol()
    assert error.value.key == key
