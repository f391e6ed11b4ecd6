"""Tables without films: taken in under their name, read by the task that asks, refused in a sentence."""

import pandas as pd
import pytest
from click.testing import CliRunner

import xrlearn as xr
from xrlearn.cli import main
from xrlearn.data import DataError
from xrlearn.data.registers import import_register, imported_registers, register_there

WOMEN = pd.DataFrame(
    {
        "sub_id": range(8), "priorfrac": ["No", "Yes"] * 4, "age": range(60, 68), "bmi": [24.5] * 8,
        "momfrac": ["No"] * 8, "smoke": ["Yes", "No"] * 4, "fracture": ["No", "No", "Yes", "No"] * 2,
    }
)  # fmt: skip


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A machine without any data set."""
    monkeypatch.setenv("XRLEARN_DATA", str(tmp_path / "kept"))
    monkeypatch.delenv("XRLEARN_FILMS", raising=False)
    return tmp_path


def test_a_table_is_taken_in_and_read_by_its_task(empty):
    WOMEN.to_csv(empty / "women.csv", index=False)
    assert not register_there("glow500")
    done = CliRunner().invoke(main, ["data", "import", "glow500", str(empty / "women.csv")])
    assert done.exit_code == 0, done.output
    assert "8" in done.output
    (empty / "women.csv").unlink()  # it is kept, and the published file may go
    assert imported_registers() == ["glow500"]
    cases = xr.load("hip-fracture-risk", source="glow500")
    assert cases["future_hip_fracture"].tolist() == [0, 0, 1, 0] * 2
    assert cases["smoker"].tolist() == [1, 0] * 4
    assert cases["patient"].is_unique
    listed = CliRunner().invoke(main, ["data", "list"]).output
    assert next(line for line in listed.splitlines() if line.startswith("glow500")).rstrip().endswith("yes")


def test_reports_that_say_nothing_are_left_out(empty):
    table = pd.DataFrame(
        {
            "report_id": ["a", "b", "c"], "findings": ["Old rib fracture.", None, ""],
            "impression": [None, "Normal.", None], "fracture_mesh": [1, 0, 0],
        }
    )  # fmt: skip
    (empty / "tables").mkdir()
    table.to_csv(empty / "tables" / "openi_chest_reports.csv", index=False)
    import_register("openi-reports", empty / "tables")
    cases = xr.load("fracture-report", source="openi-reports")
    assert cases["report"].tolist() == ["Old rib fracture.", "Normal."]
    assert cases["reported_fracture"].tolist() == [1, 0]


def test_another_table_is_refused_and_the_one_that_is_there_stays(empty):
    WOMEN.to_csv(empty / "women.csv", index=False)
    import_register("glow500", empty / "women.csv")
    WOMEN.drop(columns="momfrac").to_csv(empty / "women.csv", index=False)
    with pytest.raises(DataError, match="momfrac"):
        import_register("glow500", empty / "women.csv")
    assert len(xr.load("hip-fracture-risk", source="glow500")) == 8
    with pytest.raises(DataError, match="nowhere"):
        import_register("glow500", empty / "nowhere.csv")
    with pytest.raises(DataError, match="xrlearn data import nhanes"):
        xr.load("hip-fracture-risk", source="nhanes")
    out = CliRunner().invoke(
        main, ["data", "import", "glow500", str(empty / "women.csv"), "--out", str(empty / "o.csv")]
    )
    assert out.exit_code == 1
    assert "--out" in out.output
