"""The model that ships as the AI of a study: what it says on each scale, and what it must know beside the film."""

import inspect
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import xrlearn as xr
from xrlearn import training
from xrlearn.progress import Stopped
from xrlearn.readers import Protocol, StudyError, ai_answers, choose_cases, films
from xrlearn.readers import plan as planning
from xrlearn.readers.plan import case_id, root
from xrlearn.readers.protocol import Cases
from xrlearn.readers.source import needed
from xrlearn.tasks.loading import TRAINING_SEED
from xrlearn.training.weights import WeightsError

SAYS = {
    "hip-fracture": {"probability": 0.7, "answers": {}},
    "knee-oa": {"probability": 0.6, "answers": {"0": 0.1, "1": 0.1, "2": 0.1, "3": 0.6, "4": 0.1}},
    "bone-age": {"probability": np.nan, "answers": {"value": 312.0, "margin": 20.0}},
    "cobb-angle": {"probability": np.nan, "answers": {"value": 21.5, "margin": 5.0}},
}


def protocol(task: str) -> Protocol:
    few = {"cases": {"number": 6}, "practice": 2, "planted": {}, "localise": False}
    return Protocol.model_validate(Protocol.example(task).model_dump() | few)


@pytest.fixture
def asked(monkeypatch):
    """Stand-ins for the shipped models; the list fills with what they are given."""
    given = []

    def predict(row, task):
        given.append(row)
        return SimpleNamespace(heatmap_peak=(3, 4), **SAYS[task])

    def card(task):
        if task not in SAYS:
            raise WeightsError("no_weights", task=task)
        return SimpleNamespace(threshold=0.4 if task == "hip-fracture" else np.nan)

    monkeypatch.setitem(vars(training), "predict", predict)
    monkeypatch.setitem(vars(training), "model_card", card)
    monkeypatch.setattr(planning, "seen_by_model", lambda task: np.empty((0, 450), np.int8))
    return given


@pytest.mark.parametrize(
    ("task", "truths", "says", "threshold"),
    [
        ("hip-fracture", [0, 1], 0.7, 0.4),
        ("knee-oa", [1, 4], 3, 0.5),
        ("bone-age", [80, 160], 300, 0.5),  # not beyond the end of the scale
        ("cobb-angle", [10, 40], 21.5, 0.5),
    ],
)
def test_a_study_on_any_scale_has_its_ai(asked, cases, task, truths, says, threshold):
    table = cases.assign(split="test", sex=np.where(np.arange(len(cases)) % 4 < 2, "F", "M"))
    plan = protocol(task)
    table[plan.label] = [truths[broken] for broken in table["fracture"]]
    chosen = choose_cases(plan, table)
    asked.clear()
    answers = ai_answers(plan, chosen, root(table))
    assert answers["ai"].tolist() == [says] * 8
    assert answers["threshold"].tolist() == [threshold] * 8
    assert not answers[["ai", "own", "threshold"]].isna().any(axis=None)
    assert [row["image"].name for row in asked] == chosen["path"].tolist()


def test_the_model_is_told_what_it_reads_beside_the_film(asked, cases, monkeypatch):
    monkeypatch.setattr(Protocol, "inputs", ("sex",))
    sexes = np.where(np.arange(len(cases)) % 4 < 2, "F", "M")
    table = cases.assign(split="test", sex=np.where(np.arange(len(cases)) < 8, "", sexes))
    chosen = choose_cases(protocol("hip-fracture"), table)
    assert all(row["sex"] for row in asked)
    asked.clear()
    ai_answers(protocol("hip-fracture"), chosen, root(table))
    own = dict(zip(table["image"], table["sex"]))
    assert [row["sex"] for row in asked] == [own[str(row["image"])] for row in asked]
    assert set(chosen["sex"]) <= {"F", "M"}


def test_no_film_is_chosen_that_the_model_is_silent_on(asked, cases, monkeypatch):
    """Whatever the reason for its silence: the model itself is asked."""
    table, plan = cases.assign(split="test"), protocol("hip-fracture")
    silent = set(choose_cases(plan, table)["path"][:3])
    answers = training.predict

    def predict(row, task):
        said = answers(row, task)
        return SimpleNamespace(**vars(said) | ({"probability": np.nan} if row["image"].name in silent else {}))

    monkeypatch.setitem(vars(training), "predict", predict)
    chosen = choose_cases(plan, table)
    assert not silent & set(chosen["path"])
    assert chosen.attrs["unknown"] == 3
    assert not ai_answers(plan, chosen, root(table))["ai"].isna().any()


def test_without_a_model_the_study_has_no_ai_and_says_so(asked, cases):
    plan = protocol("hip-oa")
    chosen = pd.DataFrame({"case": ["c"], "path": ["film000.png"], "truth": [1.0], "practice": [False]})
    with pytest.raises(StudyError, match="No model that answers hip-oa ships"):
        ai_answers(plan, chosen, root(cases))


def test_a_simulated_study_has_films_for_reading_as_many_as_it_needs_and_none_that_a_model_has_learned_from():
    changes = {"source": "simulated", "seed": 7, "cases": Cases(number=4, prevalence=0.5), "practice": 1}
    plan = Protocol.example("hip-fracture").model_copy(update=changes)
    told = []
    table = films(plan, lambda done, total: told.append((done, total)), rows=64)
    assert set(table["split"]) == {"test"}
    assert set(table["region"]) == {"hip"}
    assert table["patient"].is_unique
    assert told[-1] == (needed(plan), needed(plan))
    assert sorted(told) == told
    assert min(table["fracture"].value_counts()) >= 2 + 1 + 1  # read, practised on, to spare
    film = xr.read(table["image"].iloc[0])
    assert film.spacing_mm is not None
    assert film.bits >= 12
    before = [case_id(film) for film in table["image"]]
    shutil.rmtree(table["image"].iloc[0].parent)
    assert [case_id(film) for film in films(plan, rows=64)["image"]] == before
    with pytest.raises(Stopped):
        films(plan.model_copy(update={"seed": 8}), lambda done, total: True, rows=64)
    with pytest.raises(StudyError, match="choose another seed"):
        films(plan.model_copy(update={"seed": TRAINING_SEED}))


def test_films_of_a_study_are_large_enough_to_be_read():
    assert inspect.signature(films).parameters["rows"].default >= 1024


def test_a_study_of_all_limbs_has_films_of_several_regions():
    changes = {"source": "simulated", "seed": 7, "cases": Cases(number=6, prevalence=0.5), "practice": 0}
    table = films(Protocol.example("fracture").model_copy(update=changes), rows=64)
    assert table["region"].nunique() > 2
