import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xrlearn.heatmaps.scores import energy_inside, inside, iou_at, points_at

boxes = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 8), st.integers(1, 8)).map(
        lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
    ),
    min_size=1,
    max_size=3,
)
maps = arrays(np.float64, (18, 18), elements=st.floats(0, 1))


@given(maps, boxes)
@settings(max_examples=60, deadline=None)
def test_scores_stay_in_their_range(heat, lesions):
    assert 0 <= iou_at(heat, lesions) <= 1
    energy = energy_inside(heat, lesions)
    assert np.isnan(energy) if heat.sum() == 0 else 0 <= energy <= 1 + 1e-9


@given(boxes)
@settings(max_examples=60, deadline=None)
def test_the_truth_itself_scores_full_marks(lesions):
    mask = inside((18, 18), lesions)
    assert points_at(mask.astype(float), lesions)
    assert energy_inside(mask.astype(float), lesions) == pytest.approx(1)
    assert iou_at(mask.astype(float), lesions, share=mask.mean()) == pytest.approx(1)
    assert not points_at(1.0 - mask, lesions)


@given(maps, boxes, st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_wider_boxes_never_turn_a_hit_into_a_miss(heat, lesions, tolerance):
    assert points_at(heat, lesions, tolerance + 1) or not points_at(heat, lesions, tolerance)


def test_even_a_tiny_box_covers_a_pixel():
    assert inside((10, 10), [(3.2, 4.1, 3.3, 4.2)]).sum() == 1
