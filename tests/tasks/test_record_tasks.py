"""The tasks without films: the same verbs, end to end."""

import json

import pytest
import torch
from click.testing import CliRunner

import xrlearn as xr
from xrlearn.cli import main
from xrlearn.data import DataError
from xrlearn.readers.protocol import label_of
from xrlearn.records import RecordError
from xrlearn.tasks import TaskError, find
from xrlearn.tasks.registry import known
from xrlearn.training import calibrate, load_model, save
from xrlearn.training.evaluation import evaluate

TASKS = [task.name for task in known() if not task.films]
WOMAN = {"age": 81, "sex": "F", "bmi": 22, "t_score": -3.1, "previous_fracture": "yes"}


@pytest.mark.parametrize("name", TASKS)
def test_the_verbs_hold_without_films(name, tmp_path):
    cases = xr.load(name, n=400)
    assert "image" not in cases
    assert set(cases["split"]) == {"train", "valid", "test"}
    torch.manual_seed(0)
    learn = xr.learner(name, cases)
    with learn.no_bar(), learn.no_logging():
        learn.fit(1)
    result = xr.evaluate(learn)
    assert result.metrics["auc"]["low"] <= result.metrics["auc"]["value"] <= result.metrics["auc"]["high"]
    assert ("auc_age" in result.metrics) == bool(find(name).baseline)
    assert len(result.table()) == len(result.metrics)
    model = calibrate(learn)
    save(model, tmp_path)
    again = load_model(name, tmp_path)
    row = cases.iloc[0]
    before, after = xr.predict(row, model=model), xr.predict(row, model=again)
    assert after.probability == pytest.approx(before.probability, abs=0.02)
    assert after.label == before.label
    assert after.heatmap is None
    assert json.loads(json.dumps(after.to_json(), allow_nan=False))["label"] == after.label
    with pytest.raises(ValueError, match=f"all {(cases['split'] != 'test').sum()} of them"):
        evaluate(again, cases[cases["split"] != "test"])
    with pytest.raises(RecordError, match="no heat map"):
        xr.explain(again, row)


@pytest.mark.parametrize(
    ("report", "yes"),
    [
        ("Wrist AP. There is a fracture of the distal radius with dorsal angulation.", True),
        ("Wrist AP. No fracture or dislocation seen. Soft tissue swelling.", False),
        ("腕关节正侧位。桡骨远端骨折。软组织肿胀。", True),
        ("腕关节正侧位。未见骨折及脱位。软组织肿胀。", False),
    ],
)
def test_the_shipped_model_reads_plain_reports_of_both_languages(report, yes):
    said = xr.predict({"report": report}, "fracture-report")
    assert said.known
    assert (said.probability >= said.threshold) == yes
    assert said.parts


def test_what_is_no_report_of_a_wrist_gets_no_answer():
    said = xr.predict(
        {"report": "Lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod"}, "fracture-report"
    )
    assert not said.known
    assert "unlike" in said.label
    assert said.parts == {}


def test_risk_rises_with_what_is_known_to_raise_it():
    def risk(**change):
        return xr.predict(WOMAN | change, "hip-fracture-risk").probability

    assert risk() > risk(t_score=-1) > risk(t_score=-1, age=65)
    assert risk() > risk(previous_fracture="no")
    assert risk(parent_hip_fracture=1) > risk(parent_hip_fracture=0)


def test_what_is_not_told_is_said_and_what_cannot_be_is_refused():
    said = xr.predict({"age": 81, "sex": "女"}, "hip-fracture-risk")
    assert "T-score" in said.warnings[0].text
    assert "age" in said.parts
    for bad in ({"age": 300}, {"sex": "perhaps"}, {"bmi": "heavy"}):
        with pytest.raises(RecordError, match="cannot be"):
            xr.predict(WOMAN | bad, "hip-fracture-risk")
    with pytest.raises(RecordError, match="needs age"):
        xr.predict({"sex": "F"}, "hip-fracture-risk")
    with pytest.raises(RecordError, match="needs report"):
        xr.predict({}, "fracture-report")
    with pytest.raises(RecordError, match="no report"):
        xr.predict({"report": " ... "}, "fracture-report")
    with pytest.raises(RecordError, match="reads no film"):
        xr.predict({"image": "a.png", "report": "x"}, "fracture-report")
    assert not xr.predict(WOMAN | {"bmi": 125, "t_score": 5.9}, "hip-fracture-risk").known


def test_films_cannot_be_asked_of_records():
    with pytest.raises(TaskError, match="has no films"):
        xr.load("oa-risk", size=64)
    with pytest.raises(TaskError, match="at least one"):
        xr.load("oa-risk", n=0)
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        xr.load("oa-risk", source="nowhere.csv")


def test_a_table_of_ones_own_is_read(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("age,sex,future_hip_fracture\n80,F,1\n60,M,0\n70,F,\n")
    cases = xr.load("hip-fracture-risk", source=file)
    assert cases["future_hip_fracture"].tolist() == [1, 0]
    file.write_text("age,sex\n80,F\n")
    with pytest.raises(DataError, match="future_hip_fracture"):
        xr.load("hip-fracture-risk", source=file)


@pytest.mark.parametrize("register", ["glow500", "nhanes"])
def test_real_registers_are_read_and_age_alone_stands_beside(realdata, monkeypatch, register):
    monkeypatch.setenv("XRLEARN_FILMS", str(realdata))
    cases = xr.load("hip-fracture-risk", source=register)
    assert cases["outcome"].iloc[0]
    found = xr.evaluate("hip-fracture-risk", cases).metrics
    assert found["auc"]["low"] < found["auc_age"]["value"] + found["auc_gain"]["value"] < found["auc"]["high"]
    assert found["auc"]["value"] > 0.5


def test_no_reader_study_offers_a_task_without_films():
    from pydantic import ValidationError

    from xrlearn.readers.protocol import Protocol

    assert label_of("hip-fracture") == "fracture"
    with pytest.raises((ValidationError, ValueError), match="oa-risk"):
        Protocol.model_validate({"task": "oa-risk"})


def test_the_command_reads_a_record_without_a_film():
    run = CliRunner().invoke
    said = run(main, ["predict", "--task", "fracture-report", "--with", "report=No fracture seen."])
    assert said.exit_code == 0, said.output
    assert "no fracture reported" in said.output
    assert run(main, ["predict", "--task", "fracture"]).exit_code == 2
    assert "reads no film" in run(main, ["predict", "a.png", "--task", "oa-risk"]).output
