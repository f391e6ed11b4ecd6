import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from xrlearn.radiograph import Radiograph
from xrlearn.training.films import Frame, displayed, fit, square, unsquare

sides = st.integers(20, 300)


@given(sides, sides, st.floats(0, 0.999), st.floats(0, 0.999))
@settings(max_examples=50, deadline=None)
def test_a_point_on_the_film_comes_back_from_the_square(rows, columns, down, right):
    """What the network marks must lie on the film where the network saw it, whatever the film's shape."""
    row, column = int(down * rows), int(right * columns)
    frame = Frame(rows, columns, 64)
    top, left, bottom, last = frame.box
    heat = np.zeros((64, 64), np.float32)
    heat[top + int((row + 0.5) / rows * (bottom - top)), left + int((column + 0.5) / columns * (last - left))] = 1
    found = np.unravel_index(unsquare(heat, frame).argmax(), (rows, columns))
    cell = max(rows, columns) / 64
    assert abs(found[0] - row) <= cell + 1
    assert abs(found[1] - column) <= cell + 1


@given(sides, sides)
@settings(max_examples=30, deadline=None)
def test_the_square_keeps_the_films_shape(rows, columns):
    top, left, bottom, right = Frame(rows, columns, 96).box
    assert max(bottom - top, right - left) == 96
    assert abs((bottom - top) / 96 - rows / max(rows, columns)) <= 0.5 / 96 + 1e-9 or bottom - top == 1
    assert fit(Image.new("L", (columns, rows)), 96).size == (96, 96)


def test_an_eight_bit_picture_keeps_the_window_somebody_chose():
    pixels = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    assert displayed(Radiograph(pixels, bits=8, window=(0.4, 0.6))).ravel().tolist() == list(range(256))


def test_a_deep_film_is_shown_in_its_window():
    pixels = np.array([[0.1, 0.4, 0.5, 0.6, 0.9]], np.float32)
    assert displayed(Radiograph(pixels, bits=12, window=(0.375, 0.625))).tolist() == [[0, 26, 128, 230, 255]]


def test_the_network_is_fed_zero_to_one():
    film = Radiograph(np.full((50, 30), 1.0, np.float32))
    fed = square(film, 64)
    assert fed.dtype == np.float32
    assert fed.min() == 0.0
    assert fed.max() == 1.0
