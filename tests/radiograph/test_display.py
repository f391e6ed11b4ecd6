"""Windows, small copies, fields and square pixels, to the pixel: what a small fault in them would change."""

import numpy as np
import pytest

from xrlearn.radiograph.display import auto_window, field, small, window
from xrlearn.radiograph.geometry import oblong, squared
from xrlearn.radiograph.spine import lordosis


def test_a_window_is_straight_between_its_ends():
    grey = np.linspace(0, 1, 11, dtype=np.float32)
    shown = window(grey, 0.0, 1.0)
    assert np.abs(shown - 255 * grey).max() <= 0.5
    assert grey[5] == np.float32(0.5)  # the film itself is left as it was


def test_a_window_ends_in_black_and_white():
    shown = window(np.array([[0.1, 0.2, 0.3, 0.4, 0.9]], np.float32), 0.2, 0.4)
    assert shown.dtype == np.uint8
    assert shown.tolist() == [[0, 0, 128, 255, 255]]


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.5), (0.6, 0.5)])
def test_a_window_without_width_is_refused(low, high):
    with pytest.raises(ValueError, match="low must be below high"):
        window(np.zeros((2, 2), np.float32), low, high)


@pytest.mark.parametrize(("shape", "side", "then"), [((8, 8), 8, (8, 8)), ((8, 8), 4, (4, 4)), ((2, 10), 5, (1, 5))])
def test_a_small_copy_is_the_mean_of_blocks(shape, side, then):
    film = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    copy = small(film, side)
    assert copy.shape == then
    step = shape[1] // then[1]
    assert copy[0, 0] == film[:step, :step].mean()


def test_a_film_thinner_than_a_block_stays_whole():
    film = np.ones((1, 10), np.float32)
    assert small(film, 5).shape == (1, 10)


def test_the_field_does_not_depend_on_how_bright_the_film_is():
    film = np.zeros((100, 80), np.float32)
    film[20:70, 10:60] = np.linspace(0, 1, 50)
    assert field(film * np.float32(0.05)) == field(film)


@pytest.mark.parametrize("film", [np.ones((30, 50)), np.tile(np.arange(50.0), (30, 1)), np.ones((30, 50)) * 0])
def test_a_film_without_borders_is_its_own_field(film):
    rows, columns = field(film.astype(np.float32))
    assert (rows, columns) == (slice(0, 30), slice(0, 50))


def test_a_window_leaves_out_letters_and_blades_within_the_field():
    film = np.zeros((200, 200), np.float32)
    film[50:150, 50:150] = np.linspace(0.2, 0.6, 100)
    film[60:80, 50:150] = 1.0  # lead letters
    film[90:110, 50:150] = 0.0  # a blade
    assert auto_window(film) == pytest.approx((0.2, 0.6), abs=0.01)


def test_a_border_may_be_a_little_noisy():
    film = np.zeros((60, 60), np.float32)
    film[10:50, 10:50] = np.linspace(0, 1, 40)[:, None]
    film[:10, ::2] = 0.015  # varies by less than a hundredth of the film's range
    rows, columns = field(film)
    assert rows.start >= 10
    assert columns == slice(10, 50)


@pytest.mark.parametrize("grey", [0.0, 0.3, 1.0])
def test_a_film_of_one_grey_value_is_shown_whole(grey):
    assert auto_window(np.full((40, 40), grey, np.float32)) == (0.0, 1.0)


def test_a_film_of_a_few_grey_values_takes_all_of_them():
    film = np.zeros((20, 20), np.float32)
    film[5:15, 5:15] = 1.0
    film[7, 7] = 0.5
    assert auto_window(film) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("height", "width", "long"),
    [(0.5, 0.1, True), (0.1, 0.5, True), (8, 1, True), (8.1, 1, False), (0, 1, False), (1, 1, False), (1.01, 1, True)],
)
def test_a_pixel_is_oblong_by_its_sides_alone(height, width, long):
    assert oblong(height, width) is long


@pytest.mark.parametrize(("height", "width", "shape"), [(0.4, 0.2, (60, 40)), (0.2, 0.4, (30, 80))])
def test_squares_are_as_large_as_the_shorter_side(height, width, shape):
    assert squared(np.zeros((30, 40), np.float32), height, width).shape == shape


def test_squaring_invents_no_grey_value():
    film = np.repeat(np.float32([0.2, 0.2, 0.8, 0.8]), 4).reshape(4, 4)
    square = squared(film, 2, 1)
    assert square.dtype == np.float32
    assert square.min() == pytest.approx(0.2)
    assert square.max() == pytest.approx(0.8)


@pytest.mark.parametrize("looks", [1, -1], ids=["right", "left"])
def test_lordosis_is_the_angle_between_the_ends_and_no_other_plate(looks):
    spine = np.tile([[0.0, 0], [0, 10], [5, 0], [5, 10]], (17, 1, 1)) * [1, looks]
    spine[12, 1, 0] = -10 * np.tan(np.deg2rad(20))  # the front of L1 is higher
    spine[16, 3, 0] += 10 * np.tan(np.deg2rad(30))
    assert lordosis(spine) == pytest.approx(50)
    spine[13:16, :, 0] += 100  # what lies between does not matter
    spine[13:16, 1, 0] += 7
    assert lordosis(spine) == pytest.approx(50)
