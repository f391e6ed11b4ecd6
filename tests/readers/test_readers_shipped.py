"""The model that ships as the AI of a study: what it says on each scale, and what it must know beside the film."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from xrlearn import training
from xrlearn.readers import Protocol, StudyError, ai_answers, choose_cases, films
from xrlearn.readers import plan as planning
from xrlearn.readers.plan import root
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
    monkeypatch.setitem(vars(training), "card", card)
    monkeypatch.setattr(planning, "known_to_model", lambda task: None)
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
    ai_answers(protocol("hip-fracture"), chosen, root(table))
    own = dict(zip(table["image"], table["sex"]))
    assert [row["sex"] for row in asked] == [own[str(row["image"])] for row in asked]
    assert set(chosen["sex"]) <= {"F", "M"}


def test_without_a_model_the_study_has_no_ai_and_says_so(asked, cases):
    plan = protocol("hip-oa")
    chosen = pd.DataFrame({"case": ["c"], "path": ["film000.png"], "truth": [1.0], "practice": [False]})
    with pytest.raises(StudyError, match="No model that answers hip-oa ships"):
        ai_answers(plan, chosen, root(cases))


def test_a_hip_study_reads_hips_and_none_that_a_model_has_learned_from(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    few = {"source": "simulated", "practice": 0, "planted": {}, "cases": {"number": 2}}
    plan = Protocol.model_validate(Protocol.example("hip-fracture").model_dump() | few)
    monkeypatch.setattr("xrlearn.readers.source._CHOICE", 1)
    table = films(plan)
    assert set(table["region"]) == {"hip"}
    assert set(table["split"]) == {"test"}
    with pytest.raises(StudyError, match="choose another seed"):
        films(plan.model_copy(update={"seed": TRAINING_SEED}))
