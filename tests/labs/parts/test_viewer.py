"""The viewer's Python side, without a browser: what is sent, what is kept, what is refused."""

import json
import re
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from traitlets import TraitError

from xrlearn.labs.parts import Viewer


class Recorded(Viewer):
    """A viewer whose messages to the browser can be looked at."""

    def __init__(self, **traits):
        self.sent = []
        super().__init__(**traits)

    def send(self, content, buffers=None):
        self.sent.append((content, buffers))

    def open(self):
        """What a page does when it opens."""
        self._handle_custom_msg({"type": "ready"}, [])


def film(rows=40, cols=30, bits=12, **more):
    pixels = np.linspace(0, 1, rows * cols, dtype=np.float32).reshape(rows, cols)
    more = {"spacing_mm": (0.2, 0.1), "side": "L", "window": (0.25, 0.75), **more}
    return SimpleNamespace(pixels=pixels, bits=bits, **more)


def test_nothing_is_sent_before_a_page_asks():
    viewer = Recorded()
    viewer.show(film())
    viewer.heat(np.ones((7, 7)))
    assert viewer.sent == []
    viewer.open()
    assert [head["type"] for head, _ in viewer.sent] == ["film", "heat"]


def test_a_film_made_anew_keeps_what_the_reader_did_and_the_page_is_told():
    viewer = Recorded()
    viewer.open()
    viewer.sent.clear()
    viewer.show(film())
    viewer.zoom, viewer.spot = 3.0, (4.0, 5.0)
    viewer.show(film(), again=True)
    assert [head["again"] for head, _ in viewer.sent if head["type"] == "film"] == [False, True]
    assert (viewer.zoom, viewer.spot) == (3.0, (4.0, 5.0))
    viewer.show(film())
    assert (viewer.zoom, viewer.spot) == (1.0, None)


def test_a_film_that_is_expected_is_sent_once_and_shown_by_a_word():
    viewer, first, second, third = Recorded(), film(), film(), film()
    viewer.show(first)
    viewer.open()
    viewer.sent.clear()
    viewer.expect(second)
    viewer.expect(second)
    [(ahead, [pixels])] = viewer.sent
    assert (ahead["type"], viewer.spacing_mm, len(pixels)) == ("ahead", (0.2, 0.1), 2400)
    viewer.show(second)
    (head, buffers), _ = viewer.sent[1:]
    assert (head["type"], head["number"], buffers) == ("film", ahead["number"], [])
    viewer.open()  # the browser has lost it, or is another one
    assert viewer.sent[-2][1] == [pixels]

    viewer.expect(first)
    viewer.sent.clear()
    viewer.show(third)  # another one was asked for
    assert len(viewer.sent[0][1][0]) == 2400
    viewer.show(first)
    assert len(viewer.sent[2][1][0]) == 2400  # that which was expected is no longer


def test_sixteen_bits_arrive_whole():
    viewer = Recorded()
    viewer.open()
    viewer.sent.clear()
    grey = np.arange(60_000, dtype=np.uint16).reshape(200, 300)
    viewer.show(grey)
    head, [data] = viewer.sent[0]
    assert (head["rows"], head["cols"], head["bytes"]) == (200, 300, 2)
    assert np.array_equal(np.frombuffer(data, "<u2").reshape(200, 300), grey)


def test_eight_bits_travel_as_bytes():
    viewer = Recorded()
    viewer.show(np.eye(10, dtype=np.uint8) * 200)
    viewer.open()
    head, [data] = viewer.sent[0]
    assert head["bytes"] == 1
    assert np.array_equal(np.frombuffer(data, "u1").reshape(10, 10), np.eye(10) * 200)


def test_a_large_film_is_averaged_down_and_keeps_its_coordinates():
    viewer = Recorded()
    pixels = np.zeros((4096, 3072), np.float32)
    pixels[::2] = 1
    viewer.show(pixels)
    viewer.open()
    head, [data] = viewer.sent[0]
    assert (head["rows"], head["cols"]) == (2048, 1536)
    assert head["shape"] == viewer.shape == (4096, 3072)
    assert set(data) == {128}  # stripes of one pixel become their mean, not every other stripe


def test_a_radiograph_brings_its_window_spacing_and_side():
    viewer = Viewer()
    viewer.show(film())
    assert viewer.window == viewer.default_window == (0.25, 0.75)
    assert (viewer.spacing_mm, viewer.side, viewer.levels) == ((0.2, 0.1), "L", 4095)


def test_a_new_film_forgets_the_last():
    viewer = Viewer()
    viewer.show(film())
    viewer.heat(np.ones((5, 5)))
    viewer.mark, viewer.measurement, viewer.boxes = (3, 4), [(0, 0), (3, 4)], [(0, 0, 2, 2)]
    viewer.zoom, viewer.invert, viewer.turn, viewer.opacity = 3.0, True, 1, 0.8
    viewer.show(np.zeros((8, 8)))
    assert viewer.mark is viewer.measurement is viewer.spacing_mm is viewer.side is None
    assert (viewer.boxes, viewer.zoom, viewer.invert, viewer.turn, viewer.heated) == ([], 1.0, False, 0, False)
    assert viewer.opacity == 0.8  # a preference of the reader, not a property of the film


def test_clearing_empties_the_page_too():
    viewer = Recorded()
    viewer.open()
    viewer.show(film())
    viewer.sent.clear()
    viewer.clear()
    assert viewer.sent == [({"type": "film", "rows": 0}, []), ({"type": "heat", "rows": 0}, [])]
    assert viewer.shape is None


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((3, 3, 3)),
        np.zeros((0, 4)),
        np.full((3, 3), 255.0),
        np.full((3, 3), np.nan),
        np.zeros((3, 3), np.int32),
    ],
)
def test_what_is_not_a_film_is_refused_and_the_last_one_stays(wrong):
    viewer = Recorded()
    viewer.show(film())
    with pytest.raises(ValueError, match=r"film|grey"):
        viewer.show(wrong)
    viewer.open()
    assert viewer.shape == (40, 30)
    assert viewer.sent[0][0]["rows"] == 40


def test_a_coarse_heat_map_is_smoothed_in_its_values():
    viewer = Recorded()
    viewer.show(film())
    values = np.zeros((7, 7), np.float32)
    values[2, 5] = 1
    viewer.heat(values)
    viewer.open()
    head, [data] = viewer.sent[1]
    sent = np.frombuffer(data, "u1").reshape(head["rows"], head["cols"])
    row, col = np.argwhere(sent >= sent.max() - 1).mean(axis=0) / sent.shape * 7
    assert (row, col) == (pytest.approx(2.5, abs=0.1), pytest.approx(5.5, abs=0.1))
    assert len(np.unique(sent)) > 50


def test_state_goes_both_ways():
    viewer = Viewer()
    viewer.show(film())
    viewer.set_state({"window": [0.1, 0.4], "mark": [7, 8], "measurement": [[0, 0], [30, 40]], "tool": "measure"})
    assert (viewer.window, viewer.mark, viewer.tool) == ((0.1, 0.4), (7, 8), "measure")
    viewer.invert, viewer.opacity = True, 0.25
    state = viewer.get_state()
    assert (state["invert"], state["opacity"], tuple(state["window"])) == (True, 0.25, (0.1, 0.4))


def test_a_window_runs_upwards():
    viewer = Viewer()
    with pytest.raises(TraitError, match="low to high"):
        viewer.window = (0.6, 0.6)


def test_lengths_use_the_spacing_of_each_direction():
    viewer = Viewer()
    viewer.show(film(spacing_mm=(0.2, 0.1)))
    viewer.measurement = [(0, 0), (30, 80)]
    assert viewer.length_mm == pytest.approx(10.0)  # 6 mm down, 8 mm across
    assert viewer.length_px == pytest.approx(np.hypot(30, 80))
    viewer.show(film(spacing_mm=None))
    viewer.measurement = [(0, 0), (3, 4)]
    assert (viewer.length_mm, viewer.length_px) == (None, 5)


@given(st.floats(1, 179), st.floats(0, 360), st.floats(0.1, 2))
def test_an_angle_is_that_of_the_bone_not_of_the_pixels(degrees, turned, tall):
    viewer = Viewer()
    viewer.show(film(spacing_mm=(0.1 * tall, 0.1)))
    mm = [5 * np.exp(1j * np.radians(turned)), 0, 9 * np.exp(1j * np.radians(turned + degrees))]
    viewer.angle = [(z.imag / (0.1 * tall), z.real / 0.1) for z in map(complex, mm)]
    assert viewer.degrees == pytest.approx(degrees, abs=1e-6)


def test_the_heat_colours_are_those_of_inferno():
    matplotlib = pytest.importorskip("matplotlib")
    stops = re.search(r'INFERNO =\s+"([0-9a-f,]+)"', Viewer._esm).group(1).split(",")
    ours = np.array([[int(stop[at : at + 2], 16) for at in (0, 2, 4)] for stop in stops]) / 255
    theirs = matplotlib.colormaps["inferno"](np.linspace(0, 1, len(stops)))[:, :3]
    assert np.abs(ours - theirs).max() < 0.02


def test_no_pixel_is_saved_in_a_notebook():
    """Executed with its widget state stored, and after a page has asked for the film, the file holds none of it."""
    code = """
    import numpy as np
    from xrlearn.labs.parts import Viewer
    viewer = Viewer()
    viewer.show(np.full((64, 64), 0xABCD, np.uint16))
    viewer.heat(np.full((64, 64), 0.5, np.float32))
    viewer._handle_custom_msg({"type": "ready"}, [])
    viewer
    """
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("\n".join(map(str.strip, code.splitlines())))])
    NotebookClient(book, kernel_name="python3", store_widget_state=True).execute()
    state = book.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    saved = [model for model in state.values() if model["state"].get("_anywidget_id", "").endswith("Viewer")]
    assert len(saved) == 1
    assert saved[0]["state"]["shape"] == [64, 64]  # the viewer's own state was stored ...
    assert not saved[0].get("buffers")
    values = [value for name, value in saved[0]["state"].items() if name not in ("_esm", "_css", "labels")]
    assert len(json.dumps(values)) < 2000  # ... and is smaller than any picture
    assert "zcvNq" not in json.dumps(state)  # 0xABCD again and again, in base 64
