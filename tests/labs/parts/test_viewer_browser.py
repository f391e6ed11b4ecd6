"""The viewer in a real browser: the hand does something, the pixels change, and Python hears of it."""

import base64
import io
import logging
import re
import statistics

import numpy as np
import pytest
from browser import PATIENCE, drawn, expect, tab
from PIL import Image

pytestmark = pytest.mark.browser
TOO_LONG = pytest.importorskip("playwright.sync_api").TimeoutError
log = logging.getLogger(__name__)

#: a film of 1200 x 900 pixels of 0.2 x 0.2 mm: a ramp, and five bright squares of 9 pixels around these centres
DOTS = [(200, 150), (200, 650), (500, 450), (900, 250), (1000, 700)]
NOTEBOOK = """
import json
import numpy as np
from ipywidgets import HTML, Button, HBox
from xrlearn.labs.parts import Page, Viewer

rows, cols = 1200, 900
film = np.tile(np.linspace(6000, 26000, cols), (rows, 1)).astype(np.uint16)
for row, col in {dots}:
    film[row - 4 : row + 5, col - 4 : col + 5] = 65535
row, col = np.mgrid[:rows, :cols]
heat = np.exp(-((row - 500) ** 2 + (col - 450) ** 2) / 2 / 80**2).astype(np.float32)

page, echo = Page("common.not_for_diagnosis"), HTML()
viewer = Viewer(tools=["window", "pan", "measure", "angle", "mark", "place"])
begun = 0  # how many times, once a beginning is whole
names = "window zoom centre turn flip invert tool opacity measurement angle mark spot".split()
def tell(_=None):
    told = {{name: getattr(viewer, name) for name in names}}
    told |= {{"mm": viewer.length_mm, "degrees": viewer.degrees, "begun": begun}}
    echo.value = "<pre class='echo'>" + json.dumps(told) + "</pre>"
viewer.observe(tell, names)
def again(spacing):
    def press(_):
        global begun
        viewer.show(film, spacing_mm=spacing)
        viewer.tool = "window"
        begun += 1
        tell()
    return press
def follow(_):
    if viewer.spot is not None:
        viewer.show(film, spacing_mm=viewer.spacing_mm, again=True)  # as a lab does that draws something there
def put(_):
    viewer.spot = (600.0, 450.0)
viewer.observe(follow, "spot")
buttons = {{"Again": again((0.2, 0.2)), "Unknown spacing": again(None), "Heat": lambda _: viewer.heat(heat)}}
buttons["Put"] = put
dark = film // 2
def lost(_):
    viewer._watched = False  # the browser never hears of it
    viewer.expect(dark)
    viewer._watched = True
buttons |= {{"Expect": lambda _: viewer.expect(dark), "Lost": lost, "Dark": lambda _: viewer.show(dark)}}
for name, press in buttons.items():
    button = Button(description=name)
    button.on_click(press)
    page.add(button)
again((0.2, 0.2))(None)
page.add(viewer, echo)
page
"""


#: how bright the canvas is
MEAN = """() => {
    const canvas = document.querySelector(".xr-stage canvas"), { width, height } = canvas;
    const bytes = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    return bytes.reduce((sum, byte, i) => sum + (i % 4 === 0 ? byte : 0), 0) / (width * height);
}"""


class Workbench:
    """The open page, and what a tester's eye and hand do with it."""

    def __init__(self, page):
        self.page = page
        self.stage = page.locator(".xr-stage")

    def told(self, condition, patience=PATIENCE):
        """Wait until Python knows a state `s` for which the JavaScript `condition` holds; return that state."""
        script = (
            f"(() => {{ const s = JSON.parse(document.querySelector('.echo').innerText); return {condition} && s; }})()"
        )
        return self.page.wait_for_function(script, timeout=patience).json_value()

    def seen(self, script):
        """Wait until a JavaScript condition on the page holds."""
        self.page.wait_for_function(script)

    def again(self, button="Again"):
        """Start over: the reader's marks, window and zoom are those of a new film."""
        new = "s.zoom === 1 && s.invert === false && s.tool === 'window' && s.mark === null && s.window[0] === 0"
        for patience in (5_000, PATIENCE):  # the last step of a drag may come after the new film, and is its then
            before = self.told("true")["begun"]
            self.page.get_by_role("button", name=button).click()
            try:  # a viewer that nobody has touched looks new before, too
                self.told(f"s.begun > {before} && {new}", patience)
                break
            except TOO_LONG:
                if patience == PATIENCE:
                    raise
        self.seen("document.querySelector('.xr-viewout').innerText.endsWith('1.0×')")
        self.stage.scroll_into_view_if_needed()

    def picture(self):
        """The film canvas, without what is drawn over it, as an array rows x columns x RGB."""
        drawn(self.page)  # Python may have heard of it before
        url = self.page.evaluate("document.querySelector('.xr-stage canvas').toDataURL()")
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")).astype(float)

    def dots(self):
        """Where the bright squares are on the screen, found by looking: (x, y) in page coordinates, row by row."""
        grey = self.picture().mean(axis=2)
        box = self.stage.bounding_box()
        found, bright = [], grey > 200
        while bright.any():
            row, col = np.argwhere(bright)[0]
            near = (slice(max(row - 30, 0), row + 30), slice(max(col - 30, 0), col + 30))
            spot = np.argwhere(bright[near]).mean(axis=0) + (near[0].start, near[1].start) + 0.5
            found.append((box["x"] + spot[1], box["y"] + spot[0]))
            bright[near] = False
        return found

    def drag(self, start, end, button="left"):
        self.page.mouse.move(*start)
        self.page.mouse.down(button=button)
        self.page.mouse.move(*np.add(start, end) / 2)
        self.page.mouse.move(*end)
        self.page.mouse.up(button=button)

    def measured(self, words):
        """Wait until so much is written beside what was measured."""
        expect(self.page.locator(".xr-tag.xr-measure")).to_have_text(words)

    def tool(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def middle(self):
        box = self.stage.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture(scope="module")
def opened(chromium, voila):
    with tab(chromium) as page:
        page.goto(voila(NOTEBOOK.format(dots=DOTS)))
        page.wait_for_selector(".xr-empty[hidden]", state="attached")
        yield Workbench(page)


@pytest.fixture
def bench(opened):
    opened.again()
    return opened


def test_dragging_up_brightens_and_dragging_left_hardens(bench):
    before = bench.picture()
    inside = before.sum(axis=2) > 0
    x, y = bench.middle()
    bench.drag((x, y), (x, y - 120))
    state = bench.told("s.window[1] < 0.9")
    assert state["window"][1] - state["window"][0] == pytest.approx(1)
    brighter = bench.picture()
    assert brighter[inside].mean() > before[inside].mean() + 20
    bench.drag((x, y), (x - 150, y))
    bench.told("s.window[1] - s.window[0] < 0.6")
    assert bench.picture()[inside].std() > brighter[inside].std() + 5


def test_the_right_button_windows_with_any_tool(bench):
    bench.tool("Move")
    x, y = bench.middle()
    bench.drag((x, y), (x - 150, y), button="right")
    state = bench.told("s.window[1] - s.window[0] < 0.8")
    assert state["centre"] is None


def test_the_wheel_zooms_about_the_pointer(bench):
    spot = bench.dots()[2]
    bench.page.mouse.move(*spot)
    bench.page.mouse.wheel(0, -600)
    state = bench.told("s.zoom > 1.5")
    assert 2.0 < state["zoom"] < 3.0
    nearest = min(bench.dots(), key=lambda dot: np.hypot(*np.subtract(dot, spot)))
    assert nearest == pytest.approx(spot, abs=1.5)


def test_a_double_click_zooms_in_and_out_again(bench):
    bench.page.mouse.dblclick(*bench.middle())
    bench.told("s.zoom === 2.5")
    bench.page.mouse.dblclick(*bench.middle())
    bench.told("s.zoom === 1 && s.centre === null")


def test_inverting_turns_bright_into_dark(bench):
    before = bench.picture()
    bench.tool("Invert")
    bench.told("s.invert")
    after = bench.picture()
    film = np.argwhere(before.sum(axis=2) > 60)
    (r0, c0), (r1, c1) = film.min(axis=0) + 2, film.max(axis=0) - 2
    assert before[r0:r1, c0:c1] + after[r0:r1, c0:c1] == pytest.approx(255, abs=1)


@pytest.mark.parametrize("how", ["Expect", "Lost"])
def test_a_film_that_was_sent_ahead_is_seen_when_it_is_shown_and_not_before(bench, how):
    """Also where the browser does not have it: it asks for the pixels."""
    before = bench.picture().mean()
    bench.page.get_by_role("button", name=how).click()
    bench.page.get_by_role("button", name="Put").click()  # something that is seen, after what is not
    bench.told("s.spot !== null")
    assert bench.picture().mean() == pytest.approx(before, abs=1)
    bench.page.get_by_role("button", name="Dark").click()
    bench.seen("document.querySelector('.xr-viewout').innerText.startsWith('Pixel')")  # it has no spacing
    bench.seen(f"({MEAN})() < {0.7 * before}")
    assert bench.picture().mean() == pytest.approx(before / 2, rel=0.1)
    bench.again()
    bench.seen(f"({MEAN})() > {0.9 * before}")


@pytest.mark.parametrize("turned", [0, 1])
@pytest.mark.parametrize("zoomed", [False, True])
def test_a_length_between_two_things_seen_is_right_in_millimetres(bench, zoomed, turned):
    if turned:
        bench.tool("Turn")
        bench.tool("Mirror")
        bench.told("s.turn === 1 && s.flip")
    if zoomed:
        bench.page.mouse.move(*bench.middle())
        bench.page.mouse.wheel(0, -100)
        bench.told("s.zoom > 1.1")
    bench.tool("Length")
    # the two squares farthest up the screen that are 500 film columns apart, whichever way the film is turned
    dots = bench.dots()
    pairs = [(p, q) for p in dots for q in dots if p < q]
    start, end = next((p, q) for p, q in pairs if min(abs(np.subtract(p, q))) < 2)
    bench.drag(start, end)
    state = bench.told("s.mm !== null")
    assert state["mm"] == pytest.approx(100, abs=0.4)  # 500 pixels of 0.2 mm
    bench.measured(f"{state['mm']:.1f} mm")


def test_a_length_can_be_clicked_and_its_end_dragged(bench):
    bench.tool("Length")
    one, two, three, *_ = bench.dots()
    bench.page.mouse.click(*one)
    bench.page.mouse.click(*three)
    bench.told("s.mm !== null")
    bench.drag(three, two)
    state = bench.told("Math.abs(s.mm - 100) < 0.4")
    assert state["tool"] == "measure"
    bench.stage.press("Delete")
    bench.told("s.measurement === null")


def test_unknown_spacing_is_said(bench):
    bench.again("Unknown spacing")
    bench.tool("Length")
    one, two, *_ = bench.dots()
    bench.drag(one, two)
    state = bench.told("s.measurement !== null")
    assert state["mm"] is None
    bench.measured(re.compile(r"px \(spacing unknown\)$"))
    expect(bench.page.locator(".xr-viewout")).to_contain_text("Pixel spacing unknown")
    expect(bench.page.locator("path.xr-scale")).to_have_count(0)


def test_an_angle_takes_three_clicks(bench):
    bench.tool("Angle")
    one, two, three, *_ = bench.dots()
    for spot in (two, one, three):
        bench.page.mouse.click(*spot)
    state = bench.told("s.angle !== null")
    assert state["degrees"] == pytest.approx(45, abs=0.4)  # from (200, 650) over (200, 150) to (500, 450)
    bench.measured(f"{state['degrees']:.1f}°")


def test_a_mark_names_the_film_pixel_after_zooming_and_panning(bench):
    bench.page.mouse.move(*bench.middle())
    bench.page.mouse.wheel(0, -700)
    zoomed = bench.told("s.zoom > 2")["centre"]
    bench.tool("Move")
    x, y = bench.middle()
    bench.drag((x, y), (x + 90, y + 70))
    bench.told(f"s.centre[0] < {zoomed[0]} && s.centre[1] < {zoomed[1]}")
    bench.tool("Mark")
    dots = bench.dots()
    assert dots
    bench.page.mouse.click(*min(dots, key=lambda dot: np.hypot(*np.subtract(dot, (x, y)))))
    state = bench.told("s.mark !== null")
    assert min(np.abs(np.subtract(state["mark"], dot)).max() for dot in DOTS) <= 1


def test_what_lies_on_the_film_follows_the_hand_while_python_draws_it_anew(bench):
    bench.page.get_by_role("button", name="Put").click()
    bench.told("s.spot !== null")
    bench.tool("Place")
    x, y = bench.middle()
    bench.page.mouse.move(x, y)
    bench.page.mouse.down()
    bench.told("Math.abs(s.spot[0] - 600) < 3 && Math.abs(s.spot[1] - 450) < 3")
    for step in (60, 120):  # the hand is still down when the film comes anew
        bench.page.mouse.move(x + step, y)
        state = bench.told(f"s.spot[1] > 450 + {step}")
    bench.page.mouse.up()
    assert state["zoom"] == 1
    bench.page.keyboard.press("ArrowUp")
    bench.told(f"s.spot[0] < {state['spot'][0]} - 30 && s.spot[1] === {state['spot'][1]}")


def test_the_heat_map_covers_what_it_marks_and_its_slider_works(bench):
    plain = bench.picture()
    bench.page.get_by_role("button", name="Heat", exact=True).click()
    slider = bench.page.get_by_role("slider", name="How strongly the heat map covers the film")
    slider.wait_for()
    slider.fill("1")
    bench.told("s.opacity === 1")
    full = bench.picture()
    slider.fill("0.3")
    bench.told("s.opacity === 0.3")
    part = bench.picture()
    changed = np.abs(full - plain).sum(axis=2)
    row, col = np.unravel_index(changed.argmax(), changed.shape)
    assert changed[row, col] > np.abs(part - plain).sum(axis=2)[row, col] > 10
    assert np.ptp(full[row, col]) > 60  # a colour, not a grey
    corner = plain.sum(axis=2) > 60
    corner[: int(0.8 * len(corner))] = False
    assert np.abs(full - plain)[corner].max() < 6  # where the map is cold, the film is as it was
    slider.fill("0")
    bench.told("s.opacity === 0")
    assert np.array_equal(bench.picture(), plain)


def test_the_keyboard_does_it_all(bench):
    bench.stage.focus()
    for key, condition in [
        ("i", "s.invert"),
        ("i", "!s.invert"),
        ("+", "s.zoom > 1.2"),
        ("ArrowRight", "s.centre !== null && s.centre[1] > 455"),
        ("Shift+ArrowLeft", "s.window[1] - s.window[0] < 0.95"),
        ("t", "s.turn === 1"),
        ("h", "s.flip"),
        ("k", "s.tool === 'mark'"),
        ("Enter", "s.mark !== null"),
        ("Delete", "s.mark === null"),
        ("f", "s.zoom === 1 && s.centre === null"),
        ("r", "s.turn === 0 && !s.flip && s.window[1] === 1"),
    ]:
        bench.stage.press(key)
        bench.told(condition)
    bench.stage.press("?")
    help_box = bench.page.get_by_role("dialog")
    assert "Wheel" in help_box.inner_text()
    bench.stage.press("Escape")
    assert help_box.is_hidden()


def test_two_fingers_zoom(bench):
    box = bench.stage.bounding_box()
    session = bench.page.context.new_cdp_session(bench.page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind, gap=None):
        points = [] if gap is None else [{"x": x - gap, "y": y, "id": 0}, {"x": x + gap, "y": y, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 40)
    touch("touchMove", 60)
    touch("touchMove", 80)
    touch("touchEnd")
    assert bench.told("s.zoom > 1.5")["zoom"] == pytest.approx(2, rel=0.1)


def test_the_language_changes_on_the_open_film(bench):
    bench.page.get_by_role("button", name="中文").click()
    bench.page.get_by_role("button", name="窗宽窗位").wait_for()
    assert "阅片窗口" in bench.stage.get_attribute("aria-label")
    bench.page.get_by_role("button", name="English").click()
    bench.page.get_by_role("button", name="Length").wait_for()


def test_a_small_window_still_shows_every_tool(bench):
    bench.page.set_viewport_size({"width": 768, "height": 1024})
    try:
        bench.seen("document.querySelector('.xr-stage').clientWidth < 768")
        for name in ("Window", "Mark", "Reset", "Help"):
            box = bench.page.get_by_role("button", name=name, exact=True).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 768
            assert min(box["width"], box["height"]) >= 40  # a finger fits
        assert bench.page.evaluate("document.documentElement.scrollWidth") <= 768
    finally:
        bench.page.set_viewport_size({"width": 1280, "height": 900})


FRAMES = """async () => {
  const stage = document.querySelector('.xr-stage'), box = stage.getBoundingClientRect();
  const send = (type, x, buttons) => stage.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1,
    clientX: box.x + x, clientY: box.y + 300, button: type === 'pointermove' ? -1 : 0, buttons }));
  stage.setPointerCapture = () => {};
  send('pointerdown', 400, 1);
  const waits = [], works = [];
  for (let i = 0; i < 60; i++) {
    await new Promise((done) => setTimeout(done, 5));
    const pressed = performance.now();
    send('pointermove', 400 + 3 * i, 1);
    await new Promise((done) => requestAnimationFrame((began) => {
      const now = performance.now();
      waits.push(now - pressed);
      works.push(now - Math.max(began, pressed));
      done();
    }));
  }
  send('pointerup', 580, 0);
  delete stage.setPointerCapture;
  return { waits, works };
}"""


def test_a_large_film_is_windowed_without_waiting(chromium, voila):
    code = """
    import numpy as np
    from xrlearn.labs.parts import Viewer
    viewer = Viewer()
    viewer.show(np.random.default_rng(0).integers(0, 65536, (2048, 1664), dtype=np.uint16))
    viewer
    """
    with tab(chromium) as page:
        page.goto(voila(code))
        page.wait_for_selector(".xr-empty[hidden]", state="attached")
        times = page.evaluate(FRAMES)
    wait, work = (statistics.median(times[name]) for name in ("waits", "works"))
    log.info("2048 x 1664 film, medians: hand to pixels %.1f ms, of which drawing %.1f ms", wait, work)
    assert work < 100  # a loaded machine is slow; what it is on a quiet one: pytest --log-cli-level=INFO


def test_an_angle_may_lie_between_a_line_and_a_direction_whichever_way_the_patient_looks(chromium, voila):
    """A sacral plate that falls by 50 degrees and hips 12 degrees before it: incidence 62, between steep lines."""
    code = """
    import numpy as np
    from xrlearn.labs.parts import Page, Viewer
    from xrlearn.labs.parts.viewer import WAYS
    plate, hips = (np.array([np.sin(a), np.cos(a)]) for a in np.radians([50, 90 - 12]))
    page = Page("common.not_for_diagnosis")
    for looks in (1, -1):
        viewer = Viewer()
        viewer.show(np.zeros((400, 400)))
        at = [-30 * plate, 30 * plate, 120 * hips - 5, 120 * hips + 5]
        viewer.corners = [(150 + r, 200 + looks * c) for r, c in at]
        viewer.names = ["SS", "PT", "PI"]
        viewer.plates = [
            [[0], [1]], [[0, 1], [WAYS["level"]]],
            [[0, 1], [2, 3]], [[0, 1], [WAYS["down"]]],
            [[0, 1], [2, 3]], [[0, 1], [WAYS["square"]]],
        ]
        page.add(viewer)
    page
    """
    with tab(chromium) as page:
        page.goto(voila(code))
        page.wait_for_function("document.querySelectorAll('.xr-tag.xr-point').length === 6")
        assert page.locator(".xr-tag.xr-point").all_text_contents() == 2 * ["SS 50.0°", "PT 12.0°", "PI 62.0°"]
