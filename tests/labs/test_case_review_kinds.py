"""What a film is: told by its header, by what a network sees on it, and by its looks alone."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from xrlearn.labs.case_review_film import look_at
from xrlearn.labs.case_review_kinds import look
from xrlearn.labs.case_review_panels import kinds_panel
from xrlearn.phantom import make
from xrlearn.phantom.dicom import write_dicom


def png(pixels):
    stored = BytesIO()
    Image.fromarray(pixels).save(stored, "PNG")
    return stored.getvalue()


def offered(data):
    """The names of the questions that a file is offered, and what was found."""
    found = look(look_at(data))
    return [kind.task.name for kind in found.kinds], found


@pytest.fixture(scope="module")
def wrist():
    return make("wrist", size=640, seed=5)  # 54 years old


def test_a_wrist_with_a_header_is_offered_questions_about_wrists_of_that_age(wrist):
    names, found = offered(write_dicom(*wrist))
    assert {"wrist-fracture", "distal-radius-fracture"} <= set(names)
    assert not {"paediatric-fracture", "bone-age"} & set(names)
    assert all(kind.named for kind in found.kinds)
    assert found.told["body_part"][0] == "wrist"
    shown = kinds_panel(found, look_at(write_dicom(*wrist)))
    assert "54 years" in shown
    assert "Wrist (" in shown


def test_without_a_header_a_network_tells_the_part(wrist):
    names, found = offered(png((wrist[0].pixels * 255).astype(np.uint8)))
    assert "wrist-fracture" in names
    assert not any(kind.named for kind in found.kinds)
    assert found.kinds[0].seen


@pytest.mark.parametrize(
    ("view", "there", "not_there"), [("lateral", "patella-height", "knee-oa"), ("PA", "knee-tumour", "patella-height")]
)
def test_a_knee_is_asked_what_its_view_can_tell(view, there, not_there):
    names, _ = offered(write_dicom(*make("knee", size=640, seed=11, view=view)))
    assert there in names
    assert not_there not in names


@pytest.mark.parametrize("row", [np.full(250, 128, np.uint8), np.arange(250, dtype=np.uint8)])
def test_what_is_no_film_is_offered_nothing(row):
    names, found = offered(png(np.tile(row, (300, 1))))
    assert (names, found.told) == ([], {})
