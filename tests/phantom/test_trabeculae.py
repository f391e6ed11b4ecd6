"""Fragments of one bone carry one texture: a fracture is told by its gap and its step, not by another grain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from xrlearn.phantom.cut import broken, rough_surface
from xrlearn.phantom.meshes import box, subdivided
from xrlearn.phantom.region import View
from xrlearn.phantom.scene import project
from xrlearn.phantom.shape import Anatomy, bone, rotation

AP = np.array([[0.0, 0, -1], [0, -1, 0], [-1, 0, 0]])
VIEW = View("AP", AP, np.zeros(3), (80.0, 80.0), sid_mm=float("inf"), oid_mm=0.0)
#: a block of spongy bone, 20 mm deep and 50 mm wide and high
SLAB = bone("slab", subdivided(box((20.0, 50.0, 50.0)), 4), 1.0, 0.2, np.array([0.0, 1.0, 0.0]))


def mineral(seed, *bones):
    """Millimetres of bone on a film of 160 rows, half a millimetre a pixel."""
    scene = project(Anatomy(tuple(bones), (), {}, {}, {}), VIEW, {"id": seed, "side": "R"}, 0, 160, (0.0, 0.0, 0.0))
    return scene.paths["bone"]


def across(seed=0, rough=0.8):
    return rough_surface([0, 0, 0], [0.0, 1.0, 0.3], np.random.default_rng(seed), rough)


def grain(patch):
    """Standard deviation, and how alike neighbours are down and across: what a network sees of a texture."""
    p = patch - patch.mean()
    spread = p.std()
    return np.array([spread, *(np.mean(p[1:] * p[:-1]), np.mean(p[:, 1:] * p[:, :-1])) / np.array(spread**2)])


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_fracture_without_gap_or_step_leaves_no_trace(seed):
    near, far, _ = broken(SLAB, across(seed), np.eye(3), np.zeros(3))
    there = mineral(seed, SLAB)
    assert there.max() > 4
    assert np.abs(mineral(seed, near, far) - there).max() < 0.02


def test_a_fragment_carries_its_texture_along():
    near, far, _ = broken(SLAB, across(), np.eye(3), np.array([0.0, 8.0, 0.0]))
    there, moved = mineral(3, SLAB), mineral(3, near, far)
    there, moved = (film - gaussian_filter(film, 4) for film in (there, moved))
    rows, columns = slice(40, 60), slice(55, 105)
    after = moved[24:44, columns]  # 16 pixels of half a millimetre further up
    assert np.corrcoef(there[rows, columns].ravel(), after.ravel())[0, 1] > 0.99
    assert np.abs(np.corrcoef(there[24:44, columns].ravel(), after.ravel())[0, 1]) < 0.3


@pytest.mark.parametrize("degrees", [0.0, 12.0, 25.0])
@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0)], ids=["in the plane of the film", "out of it"])
def test_both_sides_of_a_fracture_have_the_texture_of_a_whole_bone(axis, degrees):
    sides: dict[str, list] = {"above": [], "below": [], "whole above": [], "whole below": []}
    for seed in range(16):
        near, far, _ = broken(SLAB, across(seed), rotation(axis, degrees), np.array([0.0, 5.0, 0.0]))
        there = mineral(seed, SLAB)
        # each piece in its own pose, whole and alone: what a bone without a fracture looks like so
        turned = mineral(seed + 1000, SLAB.moved(rotation(axis, degrees), np.array([0.0, 5.0, 0.0])))
        film = mineral(seed, near, far)
        upper, lower = np.s_[32:54, 68:92], np.s_[100:122, 68:92]
        for name, patch in (
            ("above", film[upper]),
            ("below", film[lower]),
            ("whole above", turned[upper]),
            ("whole below", there[lower]),
        ):
            sides[name].append(grain(patch))
    for part in ("above", "below"):
        mine, whole = np.array(sides[part]), np.array(sides[f"whole {part}"])
        error = np.sqrt((mine.var(axis=0) + whole.var(axis=0)) / len(mine))
        assert (np.abs(mine.mean(axis=0) - whole.mean(axis=0)) < 3.5 * error + 0.01).all()
