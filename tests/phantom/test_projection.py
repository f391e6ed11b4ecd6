"""Path lengths against what geometry says, and fractures that do not lose bone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.phantom.cut import broken, cut, rough_surface
from xrlearn.phantom.meshes import Mesh, box, ellipsoid, is_closed, load, raw, resampled, surface_net
from xrlearn.phantom.project import Camera, cover, path
from xrlearn.phantom.shape import bone, rotation

PARALLEL = float("inf")
angles = st.floats(-180, 180)
axes = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda a: np.linalg.norm(a) > 0.1)


@settings(max_examples=12, deadline=None)
@given(radius=st.floats(5, 20), x=st.floats(-4, 4), y=st.floats(-4, 4))
def test_a_sphere_is_as_thick_as_its_chord(radius, x, y):
    camera = Camera((120, 120), 0.5, sid_mm=PARALLEL)
    ball = ellipsoid((radius,) * 3, divisions=5).moved(np.eye(3), np.array([x, y, 7.0]))
    found = np.zeros(camera.shape)
    patch = path(ball, camera)
    found[patch.window()] = patch.values
    at = (np.arange(120) - 59.5) * 0.5
    square = radius**2 - (at[None] - x) ** 2 - (at[:, None] - y) ** 2
    assert np.abs(found - 2 * np.sqrt(np.maximum(square, 0)))[(square > 9) | (square < -1)].max() < 0.02 * radius + 0.02


@settings(max_examples=12, deadline=None)
@given(axis=axes, degrees=angles, size=st.tuples(*[st.floats(10, 25)] * 3))
def test_the_sum_of_path_lengths_is_the_volume(axis, degrees, size):
    camera = Camera((160, 160), 0.4, sid_mm=PARALLEL)
    solid = box(size).moved(rotation(axis, degrees), np.zeros(3))
    assert path(solid, camera).values.sum() * 0.4**2 == pytest.approx(np.prod(size), rel=0.05)


@settings(max_examples=12, deadline=None)
@given(axis=axes, degrees=angles)
def test_no_streaks_outside_nor_holes_inside_a_turned_bone(axis, degrees):
    camera = Camera((160, 160), 0.25)
    lunate = load("lunate").moved(rotation(axis, degrees), np.zeros(3))
    patch = path(lunate, camera)
    seen = np.zeros(camera.shape)
    seen[patch.window()] = patch.values
    shadow = cover(lunate, camera)
    assert seen[~shadow].max() == 0
    assert seen.max() < np.ptp(lunate.vertices, axis=0).max() * 1.8
    assert (seen[shadow] > 0).mean() > 0.97


def test_magnification_follows_the_distances():
    cube = box((20.0, 20.0, 1.0))
    near = path(cube, Camera((200, 200), 0.5, sid_mm=1000, oid_mm=0.0)).values > 0
    far = path(cube, Camera((200, 200), 0.5, sid_mm=1000, oid_mm=200.0)).values > 0
    assert far.sum() / near.sum() == pytest.approx(1.25**2, rel=0.03)


def test_a_mirrored_bone_casts_the_mirrored_shadow():
    camera = Camera((121, 121), 0.3, sid_mm=PARALLEL)
    mirror = np.diag([-1.0, 1.0, 1.0])
    one, other = np.zeros(camera.shape), np.zeros(camera.shape)
    a, b = path(load("scaphoid"), camera), path(load("scaphoid"), camera, mirror)
    one[a.window()], other[b.window()] = a.values, b.values
    assert np.abs(one - other[:, ::-1]).mean() < 0.02 * one.max()
    assert one.sum() == pytest.approx(other.sum(), rel=1e-3)


@pytest.mark.parametrize("name", ["radius", "ulna", "5distph", "pisiform", "clavicle"])
def test_bones_with_holes_are_closed(name):
    mesh = load(name)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    leak = np.linalg.norm(np.cross(b - a, c - a).sum(axis=0)) / np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
    assert leak < 1e-9
    assert mesh.volume() > 0


def test_a_grid_is_filled_with_the_sum_of_solid_angles():
    bone = raw("clavicle")
    low, high = bone.vertices.min(axis=0) - 5, bone.vertices.max(axis=0) + 5
    grid = resampled(bone, 6.0, low, high)
    to = bone.vertices[bone.faces] - (low + 6.0 * np.argwhere(np.ones(grid.shape)))[:, None, None]
    (a, b, c), (la, lb, lc) = (np.moveaxis(x, 2, 0) for x in (to, np.linalg.norm(to, axis=3)))
    dot = la * lb * lc + (a * b).sum(2) * lc + (b * c).sum(2) * la + (c * a).sum(2) * lb
    half = np.arctan2((a * np.cross(b, c)).sum(2), dot).sum(axis=1)
    assert grid.ravel() == pytest.approx(np.clip(half / (2 * np.pi), 0, 1), abs=1e-9)


def test_a_surface_net_is_closed_and_the_right_size():
    ball = 8.0 - np.sqrt(((np.indices((24, 24, 24)) - 11.5) ** 2).sum(axis=0))
    net = surface_net(ball)
    assert is_closed(net)
    assert net.volume() == pytest.approx(4 / 3 * np.pi * 512, rel=0.03)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rough=st.floats(0, 2))
def test_a_fracture_loses_no_bone(seed, rough):
    whole = load("scaphoid")
    middle = whole.vertices.mean(axis=0)
    near, far, face = cut(whole, rough_surface(middle, [0.2, 1, 0.1], np.random.default_rng(seed), rough))
    assert near.volume() + far.volume() == pytest.approx(whole.volume(), rel=1e-9)
    assert 0 < far.volume() < whole.volume()
    assert len(face.faces) > 0


@settings(max_examples=10, deadline=None)
@given(axis=axes, degrees=st.floats(-40, 40), shift=st.tuples(*[st.floats(-8, 8)] * 3))
def test_a_fragment_moves_by_exactly_what_was_asked(axis, degrees, shift):
    whole = bone("scaphoid", load("scaphoid"), 0.8, 0.2)
    surface = rough_surface(whole.outer.vertices.mean(axis=0), [0, -1, 0], np.random.default_rng(1))
    turn = rotation(axis, degrees)
    _, still, _ = broken(whole, surface, np.eye(3), np.zeros(3))
    _, moved, _ = broken(whole, surface, turn, np.array(shift))
    p, q = still.outer.vertices, moved.outer.vertices
    u, _, vt = np.linalg.svd((p - p.mean(axis=0)).T @ (q - q.mean(axis=0)))  # Kabsch
    found = (u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt).T
    assert np.allclose(found, turn, atol=1e-7)
    assert np.allclose(q.mean(axis=0), turn @ (p.mean(axis=0) - surface.origin) + surface.origin + shift, atol=1e-7)


def test_meshes_from_the_cache_cannot_be_spoilt():
    mesh = load("lunate")
    assert isinstance(mesh, Mesh)
    with pytest.raises(ValueError, match="read-only"):
        mesh.vertices[0] = 0
