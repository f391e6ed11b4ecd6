"""Neer's rule and the shoulders that it is applied to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.phantom import make, region
from xrlearn.phantom.region import Streams
from xrlearn.phantom.regions.neer import CLASSES, SEGMENTS, Motion, about, displacement, neer
from xrlearn.phantom.shape import rotation

SIZE = 96
PATTERNS = ("greater_tuberosity", "surgical_neck", "three_part", "four_part")
HEAD, GREATER, LESSER, SHAFT = SEGMENTS
JOINTS = {
    (HEAD, GREATER): np.array([0.0, 5.0, 14.0]),
    (HEAD, LESSER): np.array([14.0, -5.0, 2.0]),
    (HEAD, SHAFT): np.array([0.0, -28.0, 0.0]),
    (GREATER, SHAFT): np.array([0.0, -24.0, 16.0]),
    (LESSER, SHAFT): np.array([14.0, -26.0, 4.0]),
}
angles = st.floats(-40, 40)
axes = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda a: np.linalg.norm(a) > 0.1)
shifts = st.tuples(*[st.floats(-30, 30)] * 3).map(np.array)
motions = st.builds(lambda axis, deg, shift: about(np.zeros(3), rotation(axis, deg), shift), axes, angles, shifts)


def shifted(*mm: float) -> Motion:
    return Motion(shift=np.array(mm))


def rule(**moved: Motion) -> tuple[int, str]:
    names = {"greater": GREATER, "lesser": LESSER, "shaft": SHAFT, "head": HEAD}
    return neer({s: Motion() for s in SEGMENTS} | {names[n]: m for n, m in moved.items()}, JOINTS, broken=True)


@pytest.mark.parametrize(
    ("moved", "parts", "name"),
    [
        ({}, 1, "one_part"),
        ({"greater": shifted(0, 9.9, 0)}, 1, "one_part"),
        ({"greater": shifted(0, 10.1, 0)}, 2, "greater_tuberosity"),
        ({"lesser": shifted(0, 0, -10.1)}, 2, "lesser_tuberosity"),
        ({"shaft": shifted(0, 0, -9.9)}, 1, "one_part"),
        ({"shaft": shifted(0, 0, -10.1)}, 2, "surgical_neck"),
        ({"shaft": shifted(0, 0, -14), "greater": shifted(0, 12, 0)}, 3, "three_part"),
        ({"shaft": shifted(0, 0, -14), "greater": shifted(0, 6, 0)}, 2, "surgical_neck"),
        ({"shaft": shifted(0, -14, 0), "greater": shifted(0, 12, 0), "lesser": shifted(12, 0, 0)}, 4, "four_part"),
        ({"head": shifted(0, 0, -12)}, 2, "other_two_part"),
    ],
)
def test_a_part_counts_beyond_one_centimetre(moved, parts, name):
    assert rule(**moved) == (parts, name)


@pytest.mark.parametrize(("deg", "parts"), [(44.9, 1), (45.1, 2)])
def test_a_part_counts_beyond_forty_five_degrees(deg, parts):
    turned = about(JOINTS[HEAD, GREATER], rotation((0, 0, 1), deg), np.zeros(3))
    joints = dict.fromkeys(JOINTS, JOINTS[HEAD, GREATER])
    assert neer({s: Motion() for s in SEGMENTS} | {GREATER: turned}, joints, broken=True)[0] == parts


@given(st.fixed_dictionaries(dict.fromkeys(SEGMENTS, motions)), motions)
def test_turning_the_whole_patient_changes_no_part(moved, whole):
    everywhere = {s: Motion(whole.turn @ m.turn, whole(m.shift)) for s, m in moved.items()}
    for (a, b), joint in JOINTS.items():
        before, after = displacement(moved[a], moved[b], joint), displacement(everywhere[a], everywhere[b], joint)
        assert after == pytest.approx(before, abs=1e-5)


@given(motions, motions)
def test_displacement_is_the_same_from_either_side(a, b):
    assert displacement(a, b, np.ones(3)) == pytest.approx(displacement(b, a, np.ones(3)), abs=1e-6)


@settings(max_examples=6, deadline=None)
@given(patient=st.integers(0, 10**6), lesion=st.sampled_from(PATTERNS), subtlety=st.floats(0, 1))
def test_a_named_pattern_is_what_the_rule_calls_it(patient, lesion, subtlety):
    _, truth = make("shoulder", patient=patient, size=64, lesion=lesion, subtlety=subtlety)
    assert truth.labels["neer_class"] == lesion
    assert truth.labels["neer"] == CLASSES.index(lesion)
    assert truth.labels["neer_parts"] == {"three_part": 3, "four_part": 4}.get(lesion, 2)


@settings(max_examples=4, deadline=None)
@given(patient=st.integers(0, 10**6), subtlety=st.floats(0, 1))
def test_a_one_part_fracture_is_broken_and_undisplaced(patient, subtlety):
    _, truth = make("shoulder", patient=patient, size=64, lesion="one_part", subtlety=subtlety)
    assert (truth.labels["fracture"], truth.labels["neer_parts"], truth.labels["neer_class"]) == (1, 1, "one_part")
    assert truth.labels["neer"] == ""  # none of the task's five classes
    assert all(truth.measurements[f"{s.replace(' ', '_')}_mm"] <= 10 for s in SEGMENTS[1:])


@pytest.mark.parametrize(
    ("lesion", "mm", "name"),
    [
        ("greater_tuberosity", 9.5, "one_part"),
        ("greater_tuberosity", 10.5, "greater_tuberosity"),
        ("surgical_neck", 9.5, "one_part"),
        ("surgical_neck", 10.5, "surgical_neck"),
    ],
)
def test_the_label_follows_the_displacement_that_is_asked_for(lesion, mm, name):
    _, truth = make("shoulder", patient=2, size=64, lesion=lesion, displacement_mm=mm)
    part = "shaft" if lesion == "surgical_neck" else lesion
    assert truth.measurements[f"{part}_mm"] == pytest.approx(mm, abs=0.01)
    assert truth.labels["neer_class"] == name
    assert truth.labels["fracture"] == 1


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), angle=st.floats(122, 138), distance=st.floats(6.5, 13))
def test_a_shoulder_measures_what_the_patient_was_given(seed, angle, distance):
    _, truth = make("shoulder", seed=seed, size=64, neck_shaft_deg=angle, acromiohumeral_mm=distance)
    assert truth.measurements["neck_shaft_deg"] == pytest.approx(angle, abs=0.2)
    assert truth.measurements["acromiohumeral_mm"] == pytest.approx(distance, abs=0.1)


def test_an_obvious_fracture_is_further_displaced_than_a_subtle_one():
    for lesion in PATTERNS:
        far = [
            max(
                v
                for n, v in make("shoulder", patient=6, size=64, lesion=lesion, subtlety=s)[1].measurements.items()
                if n in ("greater_tuberosity_mm", "shaft_mm")
            )
            for s in (0.0, 0.5, 1.0)
        ]
        assert far[0] > far[1] > far[2] > 10


@pytest.mark.parametrize("lesion", region("shoulder").lesions)
def test_a_lesion_is_masked_and_leaves_the_other_bones_alone(lesion):
    _, whole = make("shoulder", patient=4, seed=8, size=SIZE, age_years=60)
    _, truth = make("shoulder", patient=4, seed=8, size=SIZE, lesion=lesion, subtlety=0.2, age_years=60)
    mask = np.any([truth.mask(n) for n in truth.masks() if n.startswith("lesion")], axis=0)
    assert 0 < mask.mean() < 0.2
    assert truth.labels["fracture"] == 1
    broken = "clavicle" if lesion == "clavicle" else "humerus"
    for bone in {"scapula", "ribs", "spine", "clavicle", "humerus"} - {broken}:
        assert np.array_equal(truth.mask(bone), whole.mask(bone))


def test_the_true_view_looks_along_the_glenoid():
    """In the AP view the head overlaps the glenoid; along the glenoid a joint space shows between them."""
    _, front = make("shoulder", "AP", patient=3, size=128, age_years=50)
    _, along = make("shoulder", "true-AP", patient=3, size=128, age_years=50)
    overlap = [(t.mask("humerus") & t.mask("scapula")).sum() / t.mask("humerus").sum() for t in (front, along)]
    assert overlap[1] < 0.8 * overlap[0]
    assert front.labels == along.labels
    assert front.measurements == along.measurements


def test_the_physis_is_open_in_a_child_only():
    child = region("shoulder").build(region("shoulder").person(1, None, {"age_years": 11.0}), None, 0.3, Streams(1))
    adult = region("shoulder").build(region("shoulder").person(1, None, {"age_years": 31.0}), None, 0.3, Streams(1))
    assert sum(b.name == "humerus" for b in child.bones) == 2
    assert sum(b.name == "humerus" for b in adult.bones) == 1


def test_some_fractures_have_further_lines_below_neers_measures():
    shoulder, below = region("shoulder"), 0
    for k in range(12):
        body = shoulder.build(shoulder.person(k, "surgical_neck", {}), "surgical_neck", 0.3, Streams(k))
        below += 0 < body.measurements["greater_tuberosity_mm"] <= 10
        assert body.labels["neer_class"] == "surgical_neck"
    assert 0 < below < 12


def test_an_old_healed_neck_is_a_whole_shoulder():
    shoulder = region("shoulder")
    bodies = [shoulder.build(shoulder.person(k, None, {"age_years": 60.0}), None, 0.3, Streams(k)) for k in range(16)]
    assert 0 < sum(bool(b.foci) for b in bodies) < 16
    assert {b.labels["neer_class"] for b in bodies} == {"normal"}
