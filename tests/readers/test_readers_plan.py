"""Who reads what: fair to every arm, the same from the same seed, never a film that the model has seen."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import make_cases

from xrlearn.readers import Protocol, StudyError, ai_answers, choose_cases, dress, find_film
from xrlearn.readers import plan as planning
from xrlearn.readers.plan import latin_square, plan, plant, root
from xrlearn.readers.simulate import make_up

MODES = ("second", "concurrent", "first")


def study(arms: int, seed: int = 0, **changes) -> Protocol:
    raw = Protocol.example().model_dump() | {"seed": seed, "planted": {}} | changes
    others = [{"name": f"arm{i}", "ai": MODES[i % 3], "shows": ["heatmap"]} for i in range(arms - 1)]
    return Protocol.model_validate(raw | {"arms": [{"name": "unaided"}, *others]})


def chosen(films: int, practice: int = 0) -> pd.DataFrame:
    n = films + practice
    return pd.DataFrame({"case": [f"c{i}" for i in range(n)], "practice": np.arange(n) >= films})


@given(n=st.integers(1, 6))
def test_latin_square_is_balanced(n):
    square = np.array(latin_square(n))
    for place in range(n):
        counts = Counter(square[:, place].tolist())
        assert set(counts) == set(range(n))
        assert len(set(counts.values())) == 1
    followers = Counter(pair for row in square.tolist() for pair in pairwise(row))
    assert len(set(followers.values())) <= 1
    assert len(followers) == n * (n - 1)


@given(arms=st.integers(1, 5), films=st.integers(2, 12), practice=st.integers(0, 3), reader=st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_crossover_reads_every_film_once_an_arm_and_session(arms, films, practice, reader):
    protocol, table = study(arms), chosen(films, practice)
    readings = plan(protocol, table, reader)
    assert [r.position for r in readings] == list(range(practice + arms * films))
    assert [r.practice for r in readings[:practice]] == [True] * practice
    real = readings[practice:]
    assert not any(r.practice for r in real)
    assert Counter((r.arm, r.case) for r in real) == Counter(
        {(a.name, c): 1 for a in protocol.arms for c in table["case"][:films]}
    )
    assert Counter((r.session, r.case) for r in real).most_common(1)[0][1] == 1
    assert len({(r.session, r.arm) for r in real}) == arms
    assert [r.session for r in readings] == sorted(r.session for r in readings)
    assert readings == plan(protocol, table, reader)


@given(arms=st.integers(2, 5))
@settings(deadline=None)
def test_every_arm_comes_first_for_as_many_readers(arms):
    protocol, table = study(arms), chosen(2)
    readers = len(latin_square(arms))
    firsts = Counter(plan(protocol, table, number)[0].arm for number in range(1, readers + 1))
    assert set(firsts.values()) == {readers // arms}


def test_orders_differ_between_readers_sessions_and_seeds():
    table = chosen(30)
    orders = [
        tuple(r.case for r in plan(study(2, seed), table, reader) if r.session == session)
        for seed in (1, 2) for reader in (1, 2) for session in (1, 2)
    ]  # fmt: skip
    assert len(set(orders)) == 8


def test_sequential_puts_the_arms_of_a_film_one_after_the_other():
    protocol = study(2, design="sequential")
    readings = plan(protocol, chosen(5, 1), 3)
    assert {r.session for r in readings} == {1}
    pairs = list(zip(readings[::2], readings[1::2]))
    assert all(a.case == b.case and (a.arm, b.arm) == ("unaided", "arm0") for a, b in pairs)
    assert [(a.stages, b.stages) for a, b in pairs] == [(("alone",), ("aided",))] * 6


class TestChoice:
    @pytest.fixture
    def cases(self, tmp_path_factory):
        """A hundred made-up films of fifty patients; those of ten patients trained a model."""
        cases = make_cases(tmp_path_factory.mktemp("films"), n=100)
        number = cases["patient"].str[1:].astype(int)
        return cases.assign(
            split=np.where(number < 10, "train", "test"), subtlety=np.where(number % 4 == 1, "subtle", "obvious")
        )

    @pytest.fixture(autouse=True)
    def _no_model(self, monkeypatch):
        monkeypatch.setattr(planning, "seen_by_model", lambda task: np.empty((0, 450), np.int8))
        monkeypatch.setattr(planning, "known_to_model", lambda *_: None)

    def protocol(self, practice=3, **cases):
        return study(2, practice=practice, cases={"number": 12, "prevalence": 0.25} | cases)

    def test_takes_test_films_of_distinct_patients_with_the_prevalence_asked_for(self, cases):
        films = choose_cases(self.protocol(), cases)
        assert len(films) == 15
        assert films["practice"].tolist() == [False] * 12 + [True] * 3
        assert films["truth"][:12].sum() == 3
        assert films["truth"][12:].tolist() == [1, 0, 1]
        of = (
            cases.assign(path=[image.rsplit("/", 1)[1] for image in cases["image"]])
            .set_index("path")
            .loc[films["path"]]
        )
        assert set(of["split"]) == {"test"}
        assert of["patient"].is_unique
        assert films["truth"].tolist() == of["fracture"].tolist()
        assert films["case"].is_unique

    def test_is_the_same_from_the_same_seed_however_the_source_is_sorted(self, cases):
        one, two = (
            choose_cases(self.protocol(), cases),
            choose_cases(self.protocol(), cases.sample(frac=1, random_state=1)),
        )
        pd.testing.assert_frame_equal(one, two)
        other = choose_cases(self.protocol().model_copy(update={"seed": 9}), cases)
        assert set(other["case"]) != set(one["case"])

    def test_mixes_subtlety(self, cases):
        films = choose_cases(self.protocol(prevalence=0.5, subtlety={"subtle": 0.5, "obvious": 0.5}), cases)
        named = cases.assign(path=[image.rsplit("/", 1)[1] for image in cases["image"]]).set_index("path")["subtlety"]
        sick = films[(films["truth"] == 1) & ~films["practice"]]
        assert Counter(named[sick["path"]]) == {"subtle": 3, "obvious": 3}
        numbers = cases.assign(subtlety=cases["subtlety"].map({"subtle": 0.9, "obvious": 0.1}))  # as of simulated films
        protocol = self.protocol(prevalence=0.5, subtlety={"subtle": 0.5, "obvious": 0.5})
        assert choose_cases(protocol, numbers).equals(films)
        with pytest.raises(StudyError, match=r"leave cases\.subtlety out"):
            choose_cases(self.protocol(subtlety={"subtle": 1.0}), cases.drop(columns="subtlety"))

    def test_passes_over_films_that_the_model_has_seen(self, cases, monkeypatch):
        from xrlearn.training.fingerprint import fingerprints

        before = choose_cases(self.protocol(practice=0), cases)
        folder = root(cases)
        taken = [str(folder / path) for path in before["path"][:4]]
        known = fingerprints(taken)
        monkeypatch.setattr(planning, "seen_by_model", {"hip-fracture": known}.get)
        protocol = self.protocol(practice=0).model_copy(update={"task": "hip-fracture"})
        after = choose_cases(protocol, cases)  # the model of the task, not of the label
        assert not set(before["case"][:4]) & set(after["case"])
        assert len(after) == 12
        named = study(2, practice=0, task="hip-fracture", cases={"films": before["path"].tolist()})
        with pytest.raises(StudyError, match="trained or tuned on 4 of the named films"):
            choose_cases(named, cases)

    def test_with_ai_passes_over_films_that_the_model_does_not_know_and_counts_them(self, cases, monkeypatch):
        before = choose_cases(self.protocol(), cases)
        assert before.attrs["unknown"] == 0
        strange = set(before["path"][:4])
        monkeypatch.setattr(planning, "known_to_model", lambda *_: lambda film: film.name not in strange)
        after = choose_cases(self.protocol(), cases)
        assert len(after) == 15
        assert not strange & set(after["path"])
        assert after.attrs["unknown"] == 4
        monkeypatch.setattr(planning, "known_to_model", lambda *_: lambda film: False)
        with pytest.raises(StudyError, match=r"only 0: \d+ were passed over because the model does not know"):
            choose_cases(self.protocol(), cases)
        monkeypatch.setattr(planning, "known_to_model", lambda *_: lambda film: film.name not in strange)
        alone = self.protocol().model_copy(update={"arms": self.protocol().arms[:1]})
        assert choose_cases(alone, cases)["path"].tolist() == before["path"].tolist()
        with pytest.raises(StudyError, match="does not know films like 4 of those named"):
            choose_cases(study(2, practice=0, cases={"films": before["path"].tolist()}), cases)
        with pytest.raises(StudyError, match="does not know films like 4"):
            ai_answers(
                self.protocol(), before, root(cases), lambda film: (np.nan if film.name in strange else 0.7, None)
            )

    def test_takes_the_films_that_are_named(self, cases):
        protocol = study(2, practice=2, cases={"films": ("film040.png", "film050.png", "film051.png")})
        films = choose_cases(protocol, cases)
        assert set(films["path"][:3]) == {"film040.png", "film050.png", "film051.png"}
        assert films["practice"].sum() == 2
        with pytest.raises(StudyError, match=r"no film gone\.png"):
            choose_cases(study(2, cases={"films": ("film040.png", "gone.png")}), cases)

    def test_says_when_there_are_too_few(self, cases):
        with pytest.raises(StudyError, match="needs 90 films of fracture 1, but there are only 20"):
            choose_cases(self.protocol(number=100, prevalence=0.9), cases)
        with pytest.raises(StudyError, match="no column fracture"):
            choose_cases(self.protocol(), cases.drop(columns="fracture"))

    def test_the_ai_reads_the_films_and_a_changed_film_is_noticed(self, cases):
        protocol = self.protocol()
        films, folder = choose_cases(protocol, cases), root(cases)
        answers = ai_answers(protocol, films, folder, lambda film: (0.7, (3, 4)), threshold=0.6)
        assert answers["ai"].tolist() == [0.7] * 15
        assert set(answers["threshold"]) == {0.6}
        film = find_film(folder, films["path"][0], films["case"][0])
        film.write_bytes(film.read_bytes() + b" ")
        with pytest.raises(StudyError, match="is not the one"):
            ai_answers(protocol, films, folder, lambda film: (0.7, None))
        film.unlink()
        with pytest.raises(StudyError, match="no longer in the source"):
            find_film(folder, films["path"][0], films["case"][0])


@given(seed=st.integers(0, 1000), commission=st.integers(0, 4), omission=st.integers(0, 4))
@settings(max_examples=25, deadline=None)
def test_planted_errors_are_errors_and_all_else_is_untouched(seed, commission, omission):
    protocol = study(2, seed, cases={"number": 16}, planted={"commission": commission, "omission": omission})
    films, answers = make_up(protocol, seed)
    assert Counter(answers["planted"]) == Counter(
        {"": 19 - commission - omission, "commission": commission, "omission": omission}
    )
    table = answers.merge(films, on="case")
    planted = table[table["planted"] != ""]
    assert not planted["practice"].any()
    says = planted["ai"] >= planted["threshold"]
    assert (says == (planted["planted"] == "commission")).all()
    assert (says != (planted["truth"] == 1)).all()
    rest = table[table["planted"] == ""]
    assert rest["ai"].equals(rest["own"])
    assert answers.equals(make_up(protocol, seed)[1])


def test_planted_measurements_are_off_by_what_is_said():
    protocol = Protocol.example("bone_age")
    films, answers = make_up(protocol, 3)
    table = answers.merge(films, on="case")
    off = (table["ai"] - table["truth"])[table["planted"] != ""]
    assert sorted(off) == [-24, -24, 24, 24]


def test_more_errors_than_films_fit_for_them_is_told():
    protocol = study(2, cases={"number": 6, "prevalence": 0.5})
    films, answers = make_up(protocol)
    greedy = protocol.model_copy(update={"planted": type(protocol.planted)(commission=4)})
    with pytest.raises(StudyError, match=r"plants 4 AI errors \(commission\), but only 3"):
        plant(greedy, films, answers)


@given(own=st.floats(0.01, 0.99), shown=st.floats(0.01, 0.99), p=st.floats(0.01, 0.99))
def test_a_dressed_heat_map_moves_with_the_answer(own, shown, p):
    moved = float(dress(np.array([[p]], np.float32), own, shown)[0, 0])
    assert 0 <= moved <= 1
    if abs(own - shown) > 0.01:
        assert (moved > p) == (shown > own)
    back = dress(np.array([[moved]], np.float32), shown, own)
    assert back[0, 0] == pytest.approx(p, abs=2e-3)
