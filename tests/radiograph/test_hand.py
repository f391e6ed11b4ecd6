"""The places of a hand film: squares that go with the bones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrlearn.radiograph.hand import FINGERS, PLACES, POINTS, squares

HAND = np.random.default_rng(4).uniform(20, 200, (len(POINTS), 2))


def test_there_is_a_place_for_every_growth_plate_that_counts():
    names = [place.name for place in PLACES]
    assert len(names) == len(set(names)) == 17
    assert names[FINGERS:] == ["carpus", "forearm"]
    assert "pip 1" not in names  # a thumb has two phalanges
    assert {point for place in PLACES for point in (*place.between, *place.down)} <= set(POINTS)


@given(turn=st.floats(-180, 180), size=st.floats(0.2, 5), shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)))
def test_places_go_with_the_hand(turn, size, shift):
    """A film that is turned, scaled and shifted has its places turned, scaled and shifted."""
    a = np.deg2rad(turn)
    turned = size * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    centre, down = squares(HAND)
    there, along = squares(HAND @ turned.T + shift)
    assert np.allclose(there, centre @ turned.T + shift, atol=1e-6)
    assert np.allclose(along, down @ turned.T, atol=1e-6)


def test_a_place_lies_where_its_bones_meet_and_faces_the_elbow():
    points = HAND.copy()
    at = {name: k for k, name in enumerate(POINTS)}
    points[at["head of metacarpal 3"]], points[at["base of proximal phalanx 3"]] = (100, 50), (96, 50)
    points[at["head of proximal phalanx 3"]] = (56, 50)
    centre, down = squares(points)
    k = [place.name for place in PLACES].index("mcp 3")
    assert centre[k].tolist() == [98, 50]
    assert down[k].tolist() == [20, 0]  # half of the phalanx, towards larger rows


def test_places_are_as_large_as_they_are_said_to_be_on_every_hand():
    at = {name: k for k, name in enumerate(POINTS)}
    centre, down = squares(np.stack([HAND, 2 * HAND]))
    for k, place in enumerate(PLACES):
        first, second = (HAND[at[name]] for name in place.down)
        assert np.allclose(down[:, k], np.array([[1], [2]]) * place.size * (second - first) / 2)
        assert np.allclose(
            centre[:, k], np.array([[1], [2]]) * np.mean([HAND[at[name]] for name in place.between], axis=0)
        )


def test_another_number_of_points_is_refused():
    with pytest.raises(ValueError, match="41"):
        squares(np.zeros((40, 2)))
