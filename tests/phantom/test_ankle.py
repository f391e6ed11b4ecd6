"""Ankles: Weber's classes, the mortise, and fractures that one view shows and another hides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.phantom import make, region
from xrlearn.phantom.region import Streams
from xrlearn.phantom.regions.ankle import weber

SIZE = 96
VIEWS = ("AP", "mortise", "lateral")
ADULT = {"age_years": 40.0}
lesions = st.sampled_from(region("ankle").lesions)


@given(low=st.floats(-25, 120), length=st.floats(0, 40), scale=st.floats(0.6, 1.15))
def test_weber_rises_with_the_line(low, length, scale):
    order = [weber(np.array([low + up, low + up + length]), scale) for up in (0, 30, 60, 150)]
    assert order == sorted(order)
    assert order[-1] == "C"


@settings(max_examples=5, deadline=None)
@given(patient=st.integers(0, 10**6), letter=st.sampled_from("abc"), subtlety=st.floats(0, 1))
def test_the_line_is_where_the_name_says(patient, letter, subtlety):
    _, truth = make("ankle", patient=patient, size=64, lesion=f"weber_{letter}", subtlety=subtlety)
    assert truth.labels["weber"] == letter.upper()
    assert truth.labels["fracture"] == 1


@settings(max_examples=5, deadline=None)
@given(patient=st.integers(0, 10**6))
def test_a_whole_mortise_is_normal(patient):
    """Harper and Keller 1989: medial clear space to 4 mm, tibiofibular clear space below 6 mm, some overlap in AP."""
    _, truth = make("ankle", patient=patient, size=64)
    m = truth.measurements
    assert 1.5 < m["medial_clear_space_mm"] <= 4.6
    assert 0 < m["tibiofibular_clear_space_mm"] < 6
    assert m["tibiofibular_overlap_mm"] > 1
    assert abs(m["talar_tilt_deg"]) < 6
    assert all(v == 0 for n, v in m.items() if n.endswith("displacement_mm"))
    assert truth.labels == {"fracture": 0, "lesion": "none", "weber": "none"}


@settings(max_examples=3, deadline=None)
@given(patient=st.integers(0, 10**6), lesion=lesions)
def test_three_views_are_one_patient(patient, lesion):
    truths = [make("ankle", v, patient=patient, seed=k, size=64, lesion=lesion)[1] for k, v in enumerate(VIEWS)]
    for part in ("patient", "labels", "measurements"):
        assert getattr(truths[0], part) == getattr(truths[1], part) == getattr(truths[2], part)


@settings(max_examples=4, deadline=None)
@given(patient=st.integers(0, 10**6), mm=st.floats(0.5, 9))
def test_the_fragment_goes_as_far_as_is_asked(patient, mm):
    _, truth = make("ankle", patient=patient, size=64, lesion="weber_b", displacement_mm=mm)
    assert truth.measurements["lateral_malleolus_displacement_mm"] == pytest.approx(mm, abs=1e-3)


def test_a_fibula_broken_above_the_syndesmosis_opens_the_mortise():
    def spaces(**how):
        m = make("ankle", patient=12, size=64, **ADULT, **how)[1].measurements
        return np.array([m["medial_clear_space_mm"], m["tibiofibular_clear_space_mm"]])

    whole, subtle, gross = spaces(), spaces(lesion="weber_c", subtlety=0.8), spaces(lesion="weber_c", subtlety=0.0)
    assert (whole < subtle).all()
    assert (subtle < gross).all()


def test_subtlety_brings_fragments_together():
    for lesion in region("ankle").lesions:
        far = [
            max(
                v
                for n, v in make("ankle", patient=5, size=64, lesion=lesion, subtlety=s)[1].measurements.items()
                if n.endswith("displacement_mm")
            )
            for s in (0.0, 0.5, 1.0)
        ]
        assert far[0] > far[1] > far[2] > 0


@pytest.mark.parametrize("lesion", region("ankle").lesions)
def test_a_lesion_is_masked_where_it_is(lesion):
    broken = {"weber": "fibula", "posterior": "tibia", "medial": "tibia"}.get(lesion.split("_")[0])
    _, truth = make("ankle", "lateral", patient=9, seed=9, size=SIZE, lesion=lesion, subtlety=0.3, **ADULT)
    marks = [n for n in truth.masks() if n.startswith("lesion")]
    assert len(marks) == {"bimalleolar": 2, "trimalleolar": 3}.get(lesion, 1)
    for name in marks:
        mask = truth.mask(name)
        assert 0 < mask.mean() < 0.1
        if broken:
            assert (mask & truth.mask(broken)).any()


@settings(max_examples=3, deadline=None)
@given(patient=st.integers(0, 10**6), subtlety=st.floats(0.0, 0.6))
def test_the_posterior_malleolus_hides_in_front_and_shows_from_the_side(patient, subtlety):
    def change(view):
        """How much the fracture changes the film where it lies: mean difference of grey values."""
        same = {"patient": patient, "seed": 1, "size": 192, "swelling_mm": 0.0, **ADULT}
        whole, _ = make("ankle", view, **same)
        broken, truth = make("ankle", view, lesion="posterior_malleolus", subtlety=subtlety, **same)
        return np.abs(broken.pixels - whole.pixels)[truth.mask("lesion posterior malleolus")].mean()

    assert change("lateral") > 1.5 * change("AP")


@pytest.mark.parametrize(("extra", "material"), [("cast", "plaster"), ("plate", "steel")])
def test_what_is_not_the_patient_is_there_when_asked_for(extra, material):
    place = region("ankle")
    person = place.person(3, None, {extra: True, **ADULT})
    assert {e.material for e in place.build(person, None, 0.3, Streams(3)).extras} >= {material}
    bare, covered = (make("ankle", patient=3, seed=3, size=SIZE, **{extra: on}, **ADULT)[1] for on in (False, True))
    assert bare.labels == covered.labels
    assert bare.measurements == covered.measurements


def test_growth_plates_are_open_in_a_child_only():
    place = region("ankle")
    for age, parts in ((10.0, 2), (30.0, 1)):
        built = place.build(place.person(1, None, {"age_years": age}), None, 0.3, Streams(1))
        assert [sum(b.name == n for b in built.bones) for n in ("tibia", "fibula", "talus")] == [parts, parts, 1]
