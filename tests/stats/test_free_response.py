"""Free-response figures: worked examples, and what holds for any marks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrlearn.stats import StatsError
from xrlearn.stats.free_response import average_precision, froc

marks = st.lists(st.tuples(st.floats(0, 1), st.integers(-1, 4)), min_size=1, max_size=30)


@given(marks)
def test_more_marks_find_no_fewer_lesions_and_the_order_of_films_is_nothing(found):
    rating, lesion = map(list, zip(*found, strict=True))
    curve = froc(rating, lesion, films=7, lesions=5)
    assert (np.diff(curve.sensitivity) >= 0).all()
    assert (np.diff(curve.false_per_film) >= 0).all()
    assert curve.sensitivity[-1] == len(set(lesion) - {-1}) / 5
    assert curve.at(99) == curve.sensitivity[-1]
    assert 0 <= average_precision(rating, lesion, 5) <= curve.sensitivity[-1] + 1e-12


def test_a_second_mark_on_a_lesion_neither_helps_nor_harms_the_curve_but_costs_precision():
    assert froc([9, 8, 7], [0, 0, -1], films=1, lesions=1).false_per_film.tolist() == [0, 0, 1]
    assert average_precision([9, 8, 7], [0, 0, 1], lesions=2) == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_perfect_marks():
    assert average_precision([3, 2, 1], [0, 1, -1], lesions=2) == 1
    assert froc([3, 2, 1], [0, 1, -1], films=2, lesions=2).at(0) == 1


def test_precision_is_made_to_fall_only():
    """Precision 1/2 at the first lesion and 2/3 at the second: the later, higher one holds for both."""
    assert average_precision([9, 8, 7], [-1, 0, 1], lesions=2) == pytest.approx(2 / 3)


def test_where_the_surest_mark_is_false_nothing_is_found_without_a_false_mark():
    assert froc([9, 8], [-1, 0], films=1, lesions=1).at(0) == 0


@pytest.mark.parametrize(
    ("marks", "films", "lesions", "said"),
    [([0], 0, 1, "films"), ([0], 1, 0, "lesions"), ([0, 1], 1, 1, "rating 1, lesion 2")],
)
def test_nothing_to_find_and_marks_without_a_rating_are_said(marks, films, lesions, said):
    with pytest.raises(StatsError, match=said):
        froc([1.0], marks, films, lesions)
