"""The knee: grades follow from millimetres, lesions lie inside their masks, healthy knees measure as published."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.phantom import make, region
from xrlearn.phantom.region import Streams
from xrlearn.phantom.regions.knee import build, joint_space
from xrlearn.phantom.regions.knee_arthritis import MARGINS, drawn, kellgren_lawrence

SIZE = 64
seeds = st.integers(0, 10**6)
TUMOURS = [n for n in region("knee").lesions if n.startswith("tumour")]


def knee(number, lesion=None, subtlety=0.3, **wanted):
    """The anatomy of a patient, without a film."""
    place = region("knee")
    return build(place.person(number, lesion, wanted), lesion, subtlety, Streams(number))


def osteophytes(measurements):
    return [measurements[f"osteophyte_{'_'.join(m.split())}_mm"] for m in MARGINS]


@settings(max_examples=15, deadline=None)
@given(seed=seeds, kl=st.integers(0, 4))
def test_the_grade_follows_from_what_is_measured(seed, kl):
    found = knee(seed, kl=kl)
    m = found.measurements
    graded = kellgren_lawrence(m["narrowing"], max(osteophytes(m)), m["subchondral_gain"], m["attrition_mm"])
    assert found.labels["kl"] == graded == kl


@settings(max_examples=100, deadline=None)
@given(
    narrowing=st.floats(0, 1), spur=st.floats(0, 10), gain=st.floats(0, 1.5), worn=st.floats(0, 5), more=st.floats(0, 1)
)
def test_more_disease_never_lowers_the_grade(narrowing, spur, gain, worn, more):
    here = kellgren_lawrence(narrowing, spur, gain, worn)
    assert kellgren_lawrence(narrowing + more, spur, gain, worn) >= here
    assert kellgren_lawrence(narrowing, spur + more, gain, worn) >= here
    assert kellgren_lawrence(narrowing, spur, gain + more, worn + more) >= here


@settings(max_examples=6, deadline=None)
@given(seed=seeds, kl=st.integers(0, 4))
def test_the_joint_space_is_what_the_disease_left(seed, kl):
    place = region("knee")
    person = place.person(seed, None, {"kl": kl})
    disease, found = drawn(kl, Streams(seed)("arthritis")), knee(seed, kl=kl).measurements
    for side, healthy in (("medial", 1.0), ("lateral", 1.13)):
        wanted = person["healthy_joint_space_mm"] * healthy * (1 - disease.narrowing[side])
        assert found[f"{side}_joint_space_mm"] == pytest.approx(wanted, abs=0.1)
    assert min(found[f"{s}_joint_space_mm"] for s in ("medial", "lateral")) > 0


def test_joint_space_is_the_height_over_a_plane():
    x, z = (a.ravel() for a in np.meshgrid(np.linspace(-10, 10, 9), np.linspace(-10, 10, 9)))
    plate = np.stack([x, 0.2 * x + 0.1 * z, z], 1)
    gap, touch = joint_space(np.array([[0.0, 4.0, 0.0], [5.0, 4.5, 0.0], [50.0, -9.0, 0.0]]), plate)
    assert gap == pytest.approx(3.5)
    assert touch.tolist() == [5.0, 4.5, 0.0]


def test_healthy_knees_measure_as_on_real_films():
    """Medial spaces that show as 5 to 6 % of the plateau; 4 to 9 degrees of valgus; Insall and Salvati: about 1."""
    people = [region("knee").person(n, None, {"kl": 0}) for n in range(300)]
    shares = np.mean([p["healthy_joint_space_mm"] / p["plateau_mm"] for p in people])
    assert shares == pytest.approx(0.0635, abs=0.003)
    found = [knee(n, kl=0).measurements for n in range(12)]
    assert 4 < np.mean([m["femorotibial_angle_deg"] for m in found]) < 9
    assert all(0.78 < m["insall_salvati"] < 1.22 for m in found)


def test_losing_the_medial_compartment_bows_the_leg():
    worn = [n for n in range(40) if drawn(4, Streams(n)("arthritis")).worse == "medial"][:5]
    for n in worn:
        healthy, bowed = (knee(n, kl=k).measurements["femorotibial_angle_deg"] for k in (0, 4))
        assert bowed < healthy - 2


@settings(max_examples=4, deadline=None)
@given(seed=seeds)
def test_the_patella_rides_up_or_down_with_the_torn_tendon(seed):
    same = {"insall_salvati": 1.0, "flexion_deg": 20.0}
    whole = knee(seed, **same).measurements["insall_salvati"]
    for lesion, sign in (("patellar_tendon", 1), ("quadriceps_tendon", -1)):
        hidden, open_ = (knee(seed, lesion, s, **same) for s in (1.0, 0.0))
        ratios = [sign * k.measurements["insall_salvati"] for k in (hidden, open_)]
        assert sign * whole < ratios[0] < ratios[1]
        assert open_.labels["tendon"] == lesion.split("_")[0]
        assert open_.labels["tumour"] == 0


@pytest.mark.parametrize("lesion", TUMOURS)
def test_a_tumour_changes_the_film_inside_its_mask_and_fades_with_subtlety(lesion):
    same = {"patient": 5, "seed": 5, "size": 96, "age_years": 30.0, "kl": 0, "mimic": "none", "metal": "none"}
    for view in region("knee").views:
        bare, _ = make("knee", view, **same | {"lesion": lesion, "subtlety": 1.0})
        plain, truth = make("knee", view, **same | {"lesion": lesion, "subtlety": 0.0})
        mask = truth.mask("lesion distal femur")
        (r0, c0, r1, c1), *_ = truth.boxes
        assert truth.labels["tumour"] in (1, 2)
        assert mask[r0:r1, c0:c1].sum() == mask.sum() > 0
        assert mask[~truth.mask("femur")].sum() < 0.5 * mask.sum()
        change = plain.pixels - bare.pixels
        change = np.abs(change - np.median(change[~mask]))  # the window follows the brightest bone, for all pixels
        assert change[mask].mean() > 3 * change[~mask].mean()


@pytest.mark.parametrize("mimic", ["fabella", "bone_island", "fibrous_defect"])
def test_a_mimic_shows_and_is_no_tumour(mimic):
    same = {"patient": 2, "seed": 2, "size": 96}
    with_it, truth = make("knee", "lateral", **same, mimic=mimic)
    without, _ = make("knee", "lateral", **same, mimic="none")
    assert truth.labels["tumour"] == 0
    assert truth.labels["lesion"] == "none"
    assert not truth.boxes
    assert np.abs(with_it.pixels - without.pixels).max() > 0.01


@pytest.mark.parametrize("metal", ["screw", "staple"])
def test_metal_is_the_brightest_thing(metal):
    film, _ = make("knee", seed=3, size=96, metal=metal, marker=(0.05, 0.05))
    plain, _ = make("knee", seed=3, size=96, metal="none", marker=(0.05, 0.05))
    assert (film.pixels - plain.pixels).max() > 0.1
