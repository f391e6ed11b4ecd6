"""What a simulated film promises: the same again, one change at a time, and truth that agrees with the pixels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from xrlearn.phantom import SITES, Truth, make, region, region_names
from xrlearn.phantom.collimation import collimated
from xrlearn.phantom.film import _quarter_turned, shoot
from xrlearn.phantom.marker import marked
from xrlearn.phantom.physics import MATERIALS, Beam, attenuation, primary, spectrum
from xrlearn.phantom.region import Streams

SIZE = 96
PLACES = [(name, view) for name in region_names() for view in region(name).views]
lesions = st.sampled_from([None, *region("wrist").lesions])


@pytest.mark.parametrize(("name", "view"), PLACES)
def test_the_same_seed_gives_the_same_bytes(name, view):
    a, truth = make(name, view, seed=5, size=SIZE)
    b, again = make(name, view, seed=5, size=SIZE)
    assert a.pixels.tobytes() == b.pixels.tobytes()
    assert truth.to_json() == again.to_json()
    c, _ = make(name, view, seed=6, size=SIZE)
    assert a.pixels.tobytes() != c.pixels.tobytes()


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), row=st.floats(0.15, 0.85), column=st.floats(0.15, 0.85), lesion=lesions)
def test_moving_the_marker_changes_only_its_pixels(seed, row, column, lesion):
    a, here = make("wrist", seed=seed, size=SIZE, lesion=lesion, marker=(0.2, 0.2))
    b, there = make("wrist", seed=seed, size=SIZE, lesion=lesion, marker=(row, column))
    touched = here.mask("marker") | there.mask("marker")
    assert touched.any()
    assert np.array_equal(a.pixels[~touched], b.pixels[~touched])
    assert here.labels == there.labels


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), site=st.sampled_from(sorted(SITES)), lesion=lesions)
def test_another_hospital_changes_the_film_and_nothing_of_the_patient(seed, site, lesion):
    a, home = make("wrist", seed=seed, size=SIZE, lesion=lesion, site="modern_dr")
    b, away = make("wrist", seed=seed, size=SIZE, lesion=lesion, site=site)
    for part in ("patient", "labels", "measurements", "landmarks", "boxes"):
        assert getattr(home, part) == getattr(away, part)
    assert all(np.array_equal(home.mask(n), away.mask(n)) for n in home.masks() if n != "marker")
    assert (site == "modern_dr") == bool(np.array_equal(a.pixels, b.pixels))


@settings(max_examples=3, deadline=None)
@given(patient=st.integers(0, 10**6), lesion=lesions)
def test_one_patient_in_two_views_is_one_patient(patient, lesion):
    _, front = make("wrist", "PA", patient=patient, seed=1, size=64, lesion=lesion)
    _, side = make("wrist", "lateral", patient=patient, seed=2, size=64, lesion=lesion)
    assert front.patient == side.patient
    assert front.measurements == side.measurements
    assert front.labels == side.labels


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_bone_is_brighter_than_the_tissue_around_it(seed):
    film, truth = make("wrist", seed=seed, size=SIZE, site="modern_dr")
    lit = film.pixels > 0  # inside the collimated field
    bones = [n for n in truth.masks() if n not in ("body", "marker") and not n.startswith("lesion")]
    every = np.any([truth.mask(n) for n in bones], axis=0)
    bare = truth.mask("body") & ~every & ~truth.mask("marker") & lit
    tissue = np.median(film.pixels[bare])
    for name in bones:
        seen = truth.mask(name) & lit & ~truth.mask("marker")
        if seen.sum() > 60:
            assert np.median(film.pixels[seen]) > tissue


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), inclination=st.floats(18, 30), tilt=st.floats(2, 20), variance=st.floats(-3.5, 2.0))
def test_a_wrist_measures_what_the_patient_was_given(seed, inclination, tilt, variance):
    given_ = {"radial_inclination_deg": inclination, "volar_tilt_deg": tilt, "ulnar_variance_mm": variance}
    _, truth = make("wrist", seed=seed, size=64, **given_)
    assert truth.measurements["radial_inclination_deg"] == pytest.approx(inclination, abs=0.1)
    assert truth.measurements["volar_tilt_deg"] == pytest.approx(tilt, abs=0.1)
    assert truth.measurements["ulnar_variance_mm"] == pytest.approx(variance, abs=0.01)


def test_fractures_displace_as_their_names_say():
    normal = make("wrist", patient=3, size=64, age_years=60, hand_mm=190)[1].measurements
    colles = make("wrist", patient=3, size=64, age_years=60, hand_mm=190, lesion="colles", subtlety=0.0)[1].measurements
    smith = make("wrist", patient=3, size=64, age_years=60, hand_mm=190, lesion="smith", subtlety=0.0)[1].measurements
    assert colles["volar_tilt_deg"] < normal["volar_tilt_deg"] - 8 < smith["volar_tilt_deg"] - 16
    assert colles["ulnar_variance_mm"] > normal["ulnar_variance_mm"] + 0.3  # shortened
    assert colles["radial_height_mm"] < normal["radial_height_mm"] - 0.5


@pytest.mark.parametrize("lesion", region("wrist").lesions)
def test_a_lesion_is_masked_boxed_and_fades_with_subtlety(lesion):
    whole, _ = make("wrist", patient=8, seed=8, size=SIZE, lesion=lesion, subtlety=1.0)
    plain, truth = make("wrist", patient=8, seed=8, size=SIZE, lesion=lesion, subtlety=0.0)
    mask = np.any([truth.mask(n) for n in truth.masks() if n.startswith("lesion")], axis=0)
    assert truth.labels["fracture"] == 1
    assert 0 < mask.mean() < 0.2
    (r0, c0, r1, c1), *_ = truth.boxes
    assert mask[r0:r1, c0:c1].sum() == mask.sum()
    assert np.abs(plain.pixels - whole.pixels)[mask].mean() > 0.01


def test_truth_survives_json():
    _, truth = make("wrist", seed=1, size=64, lesion="colles")
    assert Truth.from_json(truth.to_json()) == truth


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"view": "skyline"}, "view"),
        ({"lesion": "gout"}, "lesion"),
        ({"subtlety": 2.0}, "subtlety"),
        ({"size": 8}, "size"),
    ],
)
def test_wrong_wishes_are_refused_in_a_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        make("wrist", **wrong)


@settings(max_examples=30, deadline=None)
@given(material=st.sampled_from(MATERIALS), mm=st.floats(0, 60), kvp=st.floats(45, 120))
def test_transmission_is_beer_lambert_over_the_spectrum(material, mm, kvp):
    beam = Beam(kvp=kvp)
    energy, share = spectrum(beam.kvp, beam.filter_mm)
    found = primary({material: np.full((2, 2), mm)}, beam)
    assert found == pytest.approx(np.sum(share * np.exp(-attenuation(material, energy) * mm)), rel=1e-12)


def test_a_harder_beam_goes_through_more_and_shows_bone_less():
    soft, hard = Beam(kvp=50), Beam(kvp=100)
    slab = {"bone": np.full((1, 1), 10.0)}
    tissue = {"muscle": np.full((1, 1), 10.0)}
    assert primary(slab, hard)[0, 0] > primary(slab, soft)[0, 0]
    contrast = [np.log(primary(tissue, b) / primary(slab, b))[0, 0] for b in (soft, hard)]
    assert contrast[1] < 0.7 * contrast[0]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_film_stored_sideways_keeps_its_truth(times):
    """What lies under a landmark or a mask is the same, whichever way the cassette lay."""
    film, truth = make("wrist", seed=4, size=96)
    names = list(truth.landmarks)
    spots = np.array([truth.landmarks[name] for name in names])
    pixels, masks, turned = _quarter_turned(film.pixels, {"body": truth.mask("body")}, spots, times)
    assert pixels.shape == (film.pixels.shape if times == 2 else film.pixels.shape[::-1])
    inside = ((spots >= 1) & (spots < np.array(film.pixels.shape) - 1)).all(1)
    before = map_coordinates(film.pixels, spots[inside].T, order=1)
    assert map_coordinates(pixels, turned[inside].T, order=1) == pytest.approx(before, abs=1e-5)
    assert (pixels[masks["body"]].sum()) == pytest.approx(film.pixels[truth.mask("body")].sum(), rel=1e-5)


def test_a_view_whose_cassettes_lie_sideways_gives_films_with_all_their_truth():
    place = region("wrist")
    view = replace(place.views["PA"], sideways=1.0)
    person = place.person(4, None, {})
    lying = replace(place, views={"PA": view})
    film, truth = shoot(lying, "PA", person, place.build(person, None, 0.3, Streams(4)), SITES["modern_dr"], 4, 96, 0.3)
    upright, whole = make("wrist", seed=4, size=96)
    assert film.pixels.shape == upright.pixels.shape[::-1] == truth.shape
    assert truth.mask("body").sum() == whole.mask("body").sum()
    assert truth.landmarks.keys() == whole.landmarks.keys()


def test_no_two_films_have_one_technique():
    kvp = [make("wrist", seed=seed, size=48)[1].settings["beam"]["kvp"] for seed in range(8)]
    assert len(set(kvp)) == 8
    assert np.std(np.log(kvp)) < 0.1


@pytest.mark.parametrize("margin_mm", [0.0, 6.0])
def test_leaves_shield_what_lies_behind_them(margin_mm):
    field = collimated(margin_mm, (80, 60), 1.0, np.random.default_rng(0))
    assert field.open.all() == (margin_mm == 0)
    assert field.beam[field.inside_mm > 1].min() == 1
    if margin_mm:
        assert field.beam[field.inside_mm < -1].max() < 0.01
        assert 0 < field.away(8.0)[field.open].min() < 1


def test_lead_letters_may_sit_in_a_plate_with_initials():
    blank, body = np.full((120, 120), 0.2), np.zeros((120, 120))
    areas = []
    for seed in range(24):
        film, mask = marked(blank, body, "L", "lead", 1.0, (0.5, 0.5), (0.1, 0.9), np.random.default_rng(seed))
        assert (film[~mask] == 0.2).all()
        assert film.max() > 0.9
        areas.append(mask.sum())
    assert max(areas) > 3 * min(areas)  # plates and bare letters
