"""Joints of wrist and elbow are as wide as cartilage is thick; what is worn does not tell whole from broken."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from xrlearn.phantom import region
from xrlearn.phantom.region import Streams
from xrlearn.phantom.regions.carpus import CARPALS
from xrlearn.phantom.regions.forearm_bones import LEAN_DEG, elbow, template
from xrlearn.phantom.regions.wrist import adult_bones
from xrlearn.phantom.shape import rotation


def apart(a, b):
    return float(cKDTree(a.vertices).query(b.vertices)[0].min())


@pytest.mark.parametrize("name", [n for n in CARPALS if n != "pisiform"])
def test_a_carpal_bone_has_cartilage_between_it_and_its_neighbours(name):
    bones = adult_bones()
    gaps = sorted(apart(bones[name], other) for n, other in bones.items() if n != name)
    assert gaps[0] > 0.6  # none touch
    assert gaps[1] < 2.2  # and none floats


def test_radius_and_ulna_turn_on_the_humerus_without_touching():
    bones = template()
    humerus = bones["humerus"].moved(rotation((0, 0, 1), LEAN_DEG), np.zeros(3), elbow()[0])  # a usual carrying angle
    assert 1.0 < apart(bones["radius"], humerus) < 3.5
    assert 0.6 < apart(bones["ulna"], humerus) < 3.0


def test_carpal_bones_appear_with_age():
    wrist = region("wrist")

    def seen(age):
        built = wrist.build(wrist.person(3, None, {"age_years": age, "sex": "M"}), None, 0.3, Streams(3))
        return {b.name for b in built.bones} & set(CARPALS)

    assert {"capitate", "hamate"} <= seen(3.0) < seen(8.0) < seen(14.0) == set(CARPALS)


def test_plaster_is_as_frequent_on_whole_wrists_as_on_broken_ones():
    wrist, rng = region("wrist"), np.random.default_rng(0)
    for lesion in (None, "colles"):
        worn = np.mean([wrist.patient(rng, lesion)["cast"] for _ in range(2000)])
        assert worn == pytest.approx(0.08, abs=0.025)
