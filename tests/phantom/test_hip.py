"""The hip: grades that follow from geometry, fractures that displace as defined, and measurements that are exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.phantom import make, region
from xrlearn.phantom.region import Streams
from xrlearn.phantom.regions.hip import BREAKS, kl_grade, risk_of_arthritis
from xrlearn.phantom.regions.hip_bones import Trabeculae, template
from xrlearn.phantom.regions.hip_femur import garden_grade

HIP = region("hip")


def built(lesion=None, subtlety=0.3, number=3, **wanted):
    person = HIP.person(number, lesion, wanted)
    return HIP.build(person, lesion, subtlety, Streams(number))


@settings(max_examples=12, deadline=None)
@given(grade=st.integers(1, 4), subtlety=st.floats(0, 1), number=st.integers(0, 10**6))
def test_garden_grade_follows_from_what_the_fragments_did(grade, subtlety, number):
    hip = built(f"garden_{grade}", subtlety, number)
    tilt, gap = hip.measurements["head_tilt_deg"], hip.measurements["neck_displacement_mm"]
    assert hip.labels["garden"] == garden_grade(tilt, gap) == grade
    assert hip.labels["fracture"] == 1


@settings(max_examples=12, deadline=None)
@given(kl=st.integers(0, 4), number=st.integers(0, 10**6))
def test_arthritis_is_graded_by_its_joint_space_and_osteophytes(kl, number):
    hip = built(None, number=number, kl=kl)
    m = hip.measurements
    assert hip.labels["kl"] == kl_grade(m["narrowest_joint_space_mm"], m["osteophyte_mm"]) == kl
    assert hip.labels["hip_oa"] == int(kl >= 2)
    assert m["narrowest_joint_space_mm"] <= min(m["superior_joint_space_mm"], m["medial_joint_space_mm"]) + 1e-9
    off = np.linalg.norm(hip.landmarks["head"] - hip.landmarks["acetabulum"])
    assert 0 <= off < 6


@settings(max_examples=8, deadline=None)
@given(angle=st.floats(114, 143), number=st.integers(0, 10**6))
def test_a_femur_measures_what_the_patient_was_given(angle, number):
    hip = built(None, number=number, neck_shaft_deg=angle, head_mm=46.0, kl=0)  # osteophytes make a head larger
    assert hip.measurements["neck_shaft_deg"] == pytest.approx(angle, abs=0.01)
    head = next(b for b in hip.bones if b.name == "right femur").outer.vertices - hip.landmarks["head"]
    towards = hip.landmarks["head"] - hip.landmarks["neck base"]
    cap = head[head @ towards > 0]
    assert np.linalg.norm(cap, axis=1) == pytest.approx(23.0, abs=0.8)


def test_the_head_sits_in_its_socket_with_the_stated_space():
    hip = built(None, kl=0, other_hip="bone")
    pelvis = next(b for b in hip.bones if b.name == "right hip bone").outer.vertices - hip.landmarks["head"]
    roof = pelvis[(np.abs(pelvis[:, 0]) < 6) & (np.abs(pelvis[:, 2]) < 6) & (pelvis[:, 1] > 0)]
    expected = hip.measurements["femoral_head_diameter_mm"] / 2 + hip.measurements["superior_joint_space_mm"]
    assert roof[:, 1].min() == pytest.approx(expected, abs=1.2)


@pytest.mark.parametrize("lesion", BREAKS)
def test_subtle_fractures_move_less(lesion):
    whole = built(None, kl=0).landmarks

    def change(subtlety):
        at = built(lesion, subtlety, **{k: v for k, v in HIP.person(3, None, {}).items() if k != "id"}).landmarks
        return float(np.linalg.norm(at["shaft"] - whole["shaft"]))

    assert change(1.0) < change(0.5) < change(0.0)


def test_varus_and_shortening_come_with_the_fractures_that_have_them():
    person = {k: v for k, v in HIP.person(3, None, {}).items() if k != "id"}
    sound, valgus, varus, apart, below = (
        built(x, 0.0, **person).measurements for x in (None, "garden_1", "garden_3", "garden_4", "intertrochanteric")
    )
    assert valgus["neck_shaft_deg"] > sound["neck_shaft_deg"] > varus["neck_shaft_deg"]
    assert below["neck_shaft_deg"] < sound["neck_shaft_deg"] - 5
    assert apart["shortening_mm"] > sound["shortening_mm"] + 10


def test_a_fracture_changes_the_film_on_its_own_side_only():
    person = {k: v for k, v in HIP.person(5, None, {}).items() if k != "id"} | {"side": "R"}
    plain, _ = make("hip", seed=5, size=96, site="film_digitised", marker=(0.5, 0.05), **person)
    broken, truth = make("hip", seed=5, size=96, site="film_digitised", marker=(0.5, 0.05), lesion="garden_3", **person)
    change = np.abs(plain.pixels - broken.pixels)
    half = change.shape[1] // 2
    assert truth.mask("lesion femoral neck")[:, :half].any()
    assert not truth.mask("lesion femoral neck")[:, half:].any()
    assert (change[:, :half] > 0.03).sum() > 20 > 4 * (change[:, half:] > 0.03).sum()


def test_the_marker_keeps_to_its_side():
    for seed, side in ((1, "R"), (2, "L")):
        _, truth = make("hip", seed=seed, size=96, side=side, site="modern_dr")
        columns = np.flatnonzero(truth.mask("marker").any(axis=0))
        assert (columns.mean() < truth.shape[1] / 2) == (side == "R")


def test_trabeculae_vanish_in_the_order_of_singh():
    ward, compressive, tensile = np.array([[-14.0, -25, 27], [-3, -10, 0], [-10, -8, 32]])[:, None]
    young, old = Trabeculae(0.0, 1.0), Trabeculae(-3.0, 1.0)
    assert young.fraction(ward)[0] < young.fraction(tensile)[0] < young.fraction(compressive)[0]
    kept_ = [float((old.fraction(p) / young.fraction(p))[0]) for p in (compressive, tensile)]
    assert kept_[1] < kept_[0] < 1
    steep = np.abs(young.load(compressive)[0])
    assert steep[1] > 0.9 > np.abs(young.load(tensile)[0])[1]


def test_texture_foretells_arthritis():
    people = [HIP.patient(np.random.default_rng(s), None) for s in range(1500)]
    sound = [p for p in people if p["kl"] < 2]
    rough = [risk_of_arthritis(p) for p in sound if p["texture"] > 0.5]
    even = [risk_of_arthritis(p) for p in sound if p["texture"] < -0.5]
    assert np.mean(rough) > 2 * np.mean(even)
    assert 0.03 < np.mean([p["kl"] >= 2 for p in people]) < 0.4


def test_bones_are_closed_and_of_human_size():
    for name, mesh in template().items():
        assert mesh.volume() > 0, name
    assert np.ptp(template()["hip bone"].vertices[:, 1]) == pytest.approx(218, abs=8)
