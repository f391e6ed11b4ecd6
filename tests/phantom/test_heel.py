"""The heel: Boehler's angle as wanted, density that shows in the trabeculae, and a fracture that flattens."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.phantom import make, region
from xrlearn.phantom.region import Streams
from xrlearn.phantom.regions.density import t_score, who_class
from xrlearn.phantom.regions.heel import boehler_angle, jhamaria_grade, spacing_mm

HEEL = region("heel")


def built(lesion=None, subtlety=0.3, number=3, **wanted):
    return HEEL.build(HEEL.person(number, lesion, wanted), lesion, subtlety, Streams(number))


@settings(max_examples=8, deadline=None)
@given(angle=st.floats(20, 42), number=st.integers(0, 10**6))
def test_boehlers_angle_is_the_one_that_was_wanted(angle, number):
    heel = built(None, number=number, boehler_deg=angle)
    assert heel.measurements["boehler_deg"] == pytest.approx(angle, abs=1e-6)
    assert boehler_angle(heel.landmarks) == pytest.approx(angle, abs=1e-6)  # the foot may be flexed as it likes


@settings(max_examples=6, deadline=None)
@given(number=st.integers(0, 10**6))
def test_the_angle_falls_with_the_fracture(number):
    same = {"boehler_deg": 32.0, "age_years": 45.0, "sex": "M"}
    occult, middle, obvious = (
        built("calcaneus", s, number, **same).measurements["boehler_deg"] for s in (1.0, 0.5, 0.0)
    )
    assert 32 > occult > middle > obvious
    assert occult > 27
    assert obvious < 22


@settings(max_examples=30, deadline=None)
@given(a=st.floats(-5, 3), b=st.floats(-5, 3))
def test_less_density_never_means_more_bone(a, b):
    low, high = sorted((a, b))
    assert who_class(low) >= who_class(high)
    assert jhamaria_grade(low) <= jhamaria_grade(high)
    assert spacing_mm(low) >= spacing_mm(high)


def test_density_shows_on_the_film():
    same = {"marker": (0.1, 0.5), "site": "film_digitised", "seed": 4, "size": 128}
    bone = []
    for t in (0.5, -3.5):
        heel = built(None, number=4, t_score=t)
        calcaneus = next(b for b in heel.bones if b.name == "calcaneus")
        bone.append(calcaneus.fraction(calcaneus.inner.vertices).mean())
        assert heel.labels["osteoporosis"] == who_class(t)
    assert bone[1] < 0.6 * bone[0]
    dense, truth = make("heel", t_score=0.5, **same)
    thin, _ = make("heel", t_score=-3.5, **same)
    inside = truth.mask("calcaneus") & ~truth.mask("talus") & ~truth.mask("marker")
    assert np.abs(dense.pixels - thin.pixels)[inside].mean() > 0.03


def test_trabeculae_follow_density_loosely():
    """Nobody can read the T-score off the distance of trabeculae, and it still tells something."""
    rng = np.random.default_rng(0)
    density = rng.uniform(-4, 1, 40)
    spacing = [
        built(None, number=k, t_score=float(t)).measurements["trabecular_spacing_mm"] for k, t in enumerate(density)
    ]
    assert -0.95 < np.corrcoef(density, spacing)[0, 1] < -0.6


def test_women_lose_more_than_men_and_both_with_age():
    rng = np.random.default_rng(0)
    mean = {(s, a): np.mean([t_score(a, s, rng) for _ in range(2000)]) for s in "FM" for a in (25, 55, 80)}
    assert mean["F", 80] < mean["M", 80] < mean["M", 25]
    assert mean["F", 80] < mean["F", 55] < mean["F", 25]


def test_the_fracture_is_masked_on_the_calcaneus():
    _, truth = make("heel", seed=2, size=96, lesion="calcaneus", subtlety=0.0)
    seen = truth.mask("lesion calcaneus")
    assert 0 < seen.mean() < 0.2
    assert (seen & truth.mask("calcaneus")).sum() > 0.5 * seen.sum()
