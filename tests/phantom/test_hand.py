"""The hand: bone age says which centres are there, how large, and which have fused; fractures are what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.phantom import make, region
from xrlearn.phantom.region import Streams
from xrlearn.phantom.regions.hand_growth import CARPALS, CENTRES, MATURE, bone_age_sd, hand_mm

HAND = region("hand")
MAN = {"sex": "M", "age_years": 40.0, "hand_mm": 190.0, "bone_fraction": 0.15}
months = st.floats(3, 215)
sexes = st.sampled_from(["F", "M"])


def person(seed=0, **wanted):
    return HAND.person(seed, None, wanted)


def anatomy(seed=0, lesion=None, subtlety=0.3, **wanted):
    return HAND.build(HAND.person(seed, lesion, wanted), lesion, subtlety, Streams(seed))


def volume(hand, *names):
    return sum(b.outer.volume() for b in hand.bones if b.name in names)


def pieces(hand, kind):
    return sum(b.name.startswith(kind) for b in hand.bones)


@given(sex=sexes, name=st.sampled_from(sorted(CENTRES)), young=st.floats(0, 20), older=st.floats(0, 20))
def test_a_centre_only_grows_and_its_plate_only_narrows(sex, name, young, older):
    young, older = sorted((young, older))
    centre = CENTRES[name]
    assert centre.filled(young, sex) <= centre.filled(older, sex) <= 1
    if centre.fuses:
        assert centre.gap(young, sex) >= centre.gap(older, sex) >= 0
        assert centre.gap(centre.fuses["FM".index(sex)], sex) == 0


def test_girls_are_ahead_at_every_centre():
    for centre in CENTRES.values():
        for girls, boys in (centre.appears, centre.fills, centre.fuses or (0, 1)):
            assert girls < boys


@pytest.mark.parametrize("k", [0, 1])
def test_carpal_bones_appear_in_the_order_of_the_atlas(k):
    order = ["capitate", "hamate", "triquetrum", "lunate", "scaphoid", "pisiform", "sesamoid"]
    ages = [CENTRES[name].appears[k] for name in order]
    assert ages == sorted(ages)
    assert CENTRES["radius"].appears[k] < CENTRES["triquetrum"].appears[k] < CENTRES["ulna"].appears[k]


def test_the_order_of_fusion_is_distal_phalanges_to_radius():
    for k in (0, 1):
        first = max(CENTRES[f"distal phalanx {r}"].fuses[k] for r in range(1, 6))
        assert first < CENTRES["middle phalanx 3"].fuses[k] < CENTRES["ulna"].fuses[k] < CENTRES["radius"].fuses[k]
        assert CENTRES["radius"].fuses[k] == max(c.fuses[k] for c in CENTRES.values() if c.fuses)
        assert 12 * CENTRES["radius"].fuses[k] <= MATURE["FM"[k]]


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), age=months, sex=sexes)
def test_the_label_is_the_bone_age_and_age_follows_it(seed, age, sex):
    who = person(seed, bone_age_months=age, sex=sex)
    assert abs(12 * who["age_years"] - age) < 2.6 * bone_age_sd(age / 12) + 1.3
    hand = HAND.build(who, None, 0.3, Streams(seed))
    assert hand.labels["bone_age"] == age
    assert hand.labels["carpal_bones"] == len({b.name for b in hand.bones} & set(CARPALS))


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_childs_centres_follow_the_bone_age(seed):
    baby, child, teen = (anatomy(seed, bone_age_months=m, sex="M", hand_mm=150.0) for m in (4.0, 96.0, 144.0))
    assert baby.labels["carpal_bones"] <= child.labels["carpal_bones"] <= teen.labels["carpal_bones"] == 8
    assert pieces(baby, "metacarpal") == 5  # no epiphysis yet
    assert pieces(child, "metacarpal") == pieces(teen, "metacarpal") == 10
    assert volume(child, "capitate") < volume(teen, "capitate")
    assert volume(baby, "sesamoid") == volume(child, "sesamoid") == 0


def test_wishes_settle():
    assert person(adult=True)["bone_age_months"] == MATURE[person(adult=True)["sex"]]
    grown = person(age_years=40.0)
    assert grown["adult"]
    assert grown["age_years"] == 40.0
    child = person(age_years=8.0, sex="F", bone_age_sds=0.0, hand_sds=0.0)
    assert child["bone_age_months"] == 96.0
    assert child["hand_mm"] == pytest.approx(hand_mm(8, "F"), abs=0.1)
    late = person(bone_age_months=96.0, age_years=10.0)
    assert (late["bone_age_months"], late["age_years"]) == (96.0, 10.0)


def test_bones_grow_with_the_hand():
    small, large = (anatomy(3, bone_age_months=100.0, hand_mm=mm).measurements for mm in (130.0, 160.0))
    assert large["metacarpal_3_mm"] == pytest.approx(small["metacarpal_3_mm"] * 160 / 130, rel=1e-6)


@pytest.mark.parametrize("lesion", HAND.lesions)
def test_every_lesion_is_labelled_masked_and_graded(lesion):
    whole, (obvious, occult) = anatomy(5, **MAN), (anatomy(5, lesion, s, **MAN) for s in (0.0, 1.0))
    assert whole.labels["fracture"] == 0
    assert obvious.labels["fracture"] == occult.labels["fracture"] == 1
    assert obvious.labels["lesion"] == lesion

    def moved(hand):
        return max(np.linalg.norm(p - whole.landmarks[n]) for n, p in hand.landmarks.items())

    assert moved(obvious) > moved(occult) > 0.1
    if lesion != "distal_radius":
        assert obvious.measurements["fracture_shift_mm"] > occult.measurements["fracture_shift_mm"] >= 0.14
        assert obvious.measurements["fracture_angle_deg"] >= occult.measurements["fracture_angle_deg"]
    _, truth = make("hand", seed=5, lesion=lesion, subtlety=0.0, size=128, **MAN)
    assert truth.boxes


def test_a_boxers_fracture_tilts_the_head_to_the_palm_and_leaves_the_other_rays():
    whole, broken = anatomy(9, **MAN), anatomy(9, "boxer", 0.0, **MAN)
    name = broken.lesions[0].name
    assert name in ("metacarpal 4", "metacarpal 5")
    assert broken.landmarks[f"head of {name}"][2] < whole.landmarks[f"head of {name}"][2] - 1
    for untouched in ("metacarpal 1", "metacarpal 2", "metacarpal 3"):
        assert volume(whole, untouched) == volume(broken, untouched)
        assert np.array_equal(whole.landmarks[f"head of {untouched}"], broken.landmarks[f"head of {untouched}"])


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10**6), metal=st.sampled_from(["none", "wire", "plate"]))
def test_what_a_patient_brings_along_changes_no_label(seed, metal):
    bare, dressed = anatomy(seed, cast=False, metal="none"), anatomy(seed, cast=True, ring=True, metal=metal)
    assert bare.labels == dressed.labels
    assert {"plaster", "titanium"} <= {e.material for e in dressed.extras}
    assert ("steel" in {e.material for e in dressed.extras}) == (metal != "none")


def test_every_bone_of_a_childs_hand_is_brighter_than_the_tissue_around_it():
    film, truth = make("hand", seed=2, size=160, bone_age_months=130.0, cast=False)
    bones = [n for n in truth.masks() if n not in ("body", "marker") and not n.startswith("lesion")]
    assert len(bones) >= 27
    every = np.any([truth.mask(n) for n in bones], axis=0)
    lit = (film.pixels > 0) & ~truth.mask("marker")
    tissue = np.median(film.pixels[truth.mask("body") & ~every & lit])
    for name in bones:
        if (seen := truth.mask(name) & lit).sum() > 20:
            assert np.median(film.pixels[seen]) > tissue
