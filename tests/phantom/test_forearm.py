"""The forearm: joints that move as joints do, fractures that angulate as they grow plainer, plates of growth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation

from xrlearn.phantom import make, region
from xrlearn.phantom.region import Streams
from xrlearn.phantom.regions.forearm import swollen
from xrlearn.phantom.regions.forearm_soft import fat_pads

FOREARM = region("forearm")
PLAIN = {"cast": "none", "metal": "none", "bangle": False}


def built(lesion=None, subtlety=0.3, number=3, **wanted):
    return FOREARM.build(FOREARM.person(number, lesion, PLAIN | wanted), lesion, subtlety, Streams(number))


@settings(max_examples=5, deadline=None)
@given(number=st.integers(0, 10**6), degrees=st.floats(60, 115))
def test_the_elbow_bends_by_the_wanted_angle_and_the_forearm_stays(number, degrees):
    arm = built(number=number)
    bent = FOREARM.views["lateral"].posed(arm, {"elbow_deg": degrees})
    before, after = (a.landmarks["shaft of humerus"] - a.landmarks["centre of elbow"] for a in (arm, bent))
    assert np.linalg.norm(before) == pytest.approx(np.linalg.norm(after))
    assert after[2] < before[2]  # towards the palm
    turned = np.rad2deg(np.arccos(before @ after / (before @ before)))
    assert turned == pytest.approx(degrees, abs=5)  # the humerus is not quite square to the axis
    assert all(np.array_equal(arm.landmarks[n], bent.landmarks[n]) for n in ("head of radius", "tip of olecranon"))


@settings(max_examples=5, deadline=None)
@given(number=st.integers(0, 10**6), degrees=st.floats(0, 140))
def test_pronation_turns_the_radius_about_the_ulna(number, degrees):
    supine, prone = (built(number=number, pronation_deg=d).landmarks for d in (0.0, degrees))
    for name in ("tip of olecranon", "head of ulna", "lateral epicondyle"):
        assert np.allclose(supine[name], prone[name])
    for lower, upper in (("radial styloid", "head of radius"), ("radial styloid", "head of ulna")):
        apart = [np.linalg.norm(at[lower] - at[upper]) for at in (supine, prone)]
        assert apart[0] == pytest.approx(apart[1])


@settings(max_examples=5, deadline=None)
@given(number=st.integers(0, 10**6), carrying=st.floats(0, 22))
def test_the_carrying_angle_follows_the_patient(number, carrying):
    angles = [built(number=number, carrying_deg=c).measurements["carrying_angle_deg"] for c in (carrying, carrying + 5)]
    assert angles[1] - angles[0] == pytest.approx(5, abs=0.7)
    assert angles[0] == pytest.approx(carrying, abs=6)


@settings(max_examples=5, deadline=None)
@given(number=st.integers(0, 10**6), lesion=st.sampled_from([n for n in FOREARM.lesions if n != "distal_radius"]))
def test_a_fracture_grows_plainer_as_subtlety_falls(number, lesion):
    occult, middle, obvious = (
        built(lesion, s, number, age_years=9.0, sex="M").measurements["fracture_angle_deg"] for s in (1.0, 0.5, 0.0)
    )
    assert occult < middle < obvious
    assert occult < 2


@pytest.mark.parametrize("lesion", FOREARM.lesions)
def test_a_fracture_is_masked_in_both_views_and_changes_the_film_there(lesion):
    known = {"seed": 11, "size": 128, "marker": (0.03, 0.03), "site": "modern_dr", **PLAIN}
    for view in FOREARM.views:
        broken, truth = make("forearm", view, lesion=lesion, subtlety=0.0, age_years=9.0, sex="M", **known)
        faint, _ = make("forearm", view, lesion=lesion, subtlety=1.0, age_years=9.0, sex="M", **known)
        seen = np.any([truth.mask(n) for n in truth.masks() if n.startswith("lesion")], axis=0)
        assert truth.labels == {"fracture": 1, "lesion": lesion}
        assert 0 < seen.mean() < 0.1
        changed = np.abs(broken.pixels - faint.pixels)
        seen = binary_dilation(seen, iterations=2)  # the fragments move out of the break
        assert changed[seen].mean() > 2 * changed[~seen].mean()


def test_an_isolated_fracture_leaves_the_joints_and_the_other_bone_alone():
    whole, broken = built(None, number=4, age_years=30.0), built("ulna_shaft", 0.0, number=4, age_years=30.0)
    for name, point in whole.landmarks.items():
        assert np.allclose(point, broken.landmarks[name]), name
    radius = [next(b for b in arm.bones if b.name == "radius").outer.vertices for arm in (whole, broken)]
    assert np.array_equal(*radius)


def test_centres_of_the_elbow_appear_with_age_and_close():
    def pieces(age, name):
        return sum(b.name == name for b in built(number=6, age_years=age, sex="M").bones)

    assert [pieces(age, "radius") for age in (4.0, 8.0, 30.0)] == [2, 3, 1]  # distal epiphysis first, then the head
    assert [pieces(age, "ulna") for age in (4.0, 8.0, 12.0, 30.0)] == [1, 2, 3, 1]
    assert pieces(30.0, "humerus") == 1


def test_plaster_and_metal_are_worn_by_whole_and_by_broken_arms():
    rng = np.random.default_rng(0)
    for lesion in (None, "both_bones_shaft"):  # as often, or plaster would tell them apart
        people = [FOREARM.patient(rng, lesion) for _ in range(3000)]
        assert np.mean([p["cast"] != "none" for p in people]) == pytest.approx(0.12, abs=0.025)
        assert np.mean([p["metal"] != "none" for p in people]) == pytest.approx(0.04, abs=0.015)
    bare, _ = make("forearm", seed=5, size=96, site="modern_dr", marker=(0.03, 0.03), **PLAIN)
    plated, truth = make(
        "forearm", seed=5, size=96, site="modern_dr", marker=(0.03, 0.03), **(PLAIN | {"metal": "plate"})
    )
    changed = np.abs(bare.pixels - plated.pixels) > 0.3
    assert 0.001 < changed.mean() < 0.1
    assert truth.labels["fracture"] == 0


def test_fluid_lifts_the_fat_pads_off_the_humerus():
    (dry_front, dry_back), (full_front, full_back) = (
        [pad.surface.vertices for pad in fat_pads(np.zeros(3), 1.0, fluid)] for fluid in (0.0, 1.0)
    )
    assert full_front[:, 2].min() < dry_front[:, 2].min() - 4  # forwards, as a sail
    assert full_back[:, 2].max() > dry_back[:, 2].max() + 3
    # Fluid is the rule in a broken elbow, and found in some that are whole.
    full = {
        lesion: np.mean([swollen(lesion, 0.5, Streams(k)("effusion")) > 0 for k in range(300)])
        for lesion in ("radial_head", None)
    }
    assert 0.75 < full["radial_head"] < 0.95
    assert 0.01 < full[None] < 0.1
