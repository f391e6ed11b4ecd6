"""The reasons behind an answer, as they are written on the page."""

from types import SimpleNamespace

import numpy as np

from xrlearn.labs import case_review_reasons
from xrlearn.labs.case_review_film import Film
from xrlearn.labs.case_review_reasons import measured_panel
from xrlearn.radiograph import Radiograph
from xrlearn.radiograph.knee import OUTLINES


def test_a_margin_behind_the_side_of_its_bone_is_no_osteophyte_and_no_space_is_ever_none(monkeypatch):
    found = {"medial_space": 0.0, "medial_tibia": 2.6, "medial_femur": -3.3, "lateral_femur": 0.0}
    monkeypatch.setattr(case_review_reasons, "millimetres", lambda points, spacing: found)
    film = Film("a", Radiograph(np.zeros((8, 8), np.float32), spacing_mm=(0.2, 0.2)))
    said = measured_panel(SimpleNamespace(points=dict.fromkeys(OUTLINES, (0.0, 0.0))), film)
    told = dict(
        row.split("</dt><dd>") for row in said.replace("</dd></div>", "<div><dt>").split("<div><dt>") if "<dd>" in row
    )
    assert told["Joint space, medial"].startswith("0.0 mm")
    assert told["Osteophyte, medial tibia"].startswith("2.6 mm")
    assert told["Osteophyte, medial femur"] == told["Osteophyte, lateral femur"] == "none"
