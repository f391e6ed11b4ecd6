"""The record of a simulated film: masks come back bit by bit, boxes hold what they should and no more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xrlearn.phantom.truth import Truth, box, pack


def truth_of(**masks: np.ndarray) -> Truth:
    shape = next(iter(masks.values())).shape
    packed = {name: pack(mask) for name, mask in masks.items()}
    return Truth("wrist", "PA", "R", {"id": 1}, {}, {}, {"tip": (1.5, 2.0)}, ((0, 1, 2, 3),), shape, 0.4, {}, packed)


@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_a_mask_comes_back_as_it_was_also_through_json(mask):
    record = truth_of(lesion=mask, body=~mask)
    assert record.masks() == ["lesion", "body"]
    for copy in (record, Truth.from_json(record.to_json())):
        assert (copy.mask("lesion") == mask).all()
        assert (copy.mask("body") == ~mask).all()
        assert copy.shape == mask.shape
    assert Truth.from_json(record.to_json()) == record


@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_a_box_is_the_smallest_that_holds_the_mask(mask):
    found = box(mask)
    if not mask.any():
        assert found is None
        return
    row0, col0, row1, col1 = found
    assert mask[row0:row1, col0:col1].sum() == mask.sum()
    for edge in (mask[row0], mask[row1 - 1], mask[:, col0], mask[:, col1 - 1]):
        assert edge.any()
    assert row1 <= mask.shape[0]
    assert col1 <= mask.shape[1]


def test_a_mask_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="ulna"):
        truth_of(body=np.ones((2, 2), bool)).mask("ulna")
