"""The page and the drop area in a real browser: a large file, a change of language, a fault, a stop."""

import hashlib
import random
import re
import time

import pytest
from browser import expect, tab

pytestmark = pytest.mark.browser

NOTEBOOK = """
import hashlib
import time
from ipywidgets import HTML, Button, HBox
from xrlearn.labs.parts import Curves, Drop, Page, safely

page = Page("parts.drop.title", "common.not_for_diagnosis")
got, steps = HTML(), HTML()

@safely(page)
def read(data):
    got.value = f"<pre class='got'>{len(data)} {hashlib.sha256(data).hexdigest()}</pre>"

class Foreseen(ValueError):
    key, values = "parts.drop.too_large", {"mb": 5}

@safely(page)
def foreseen(_):
    raise Foreseen

@safely(page)
def fault(_):
    raise KeyError("Zhang San")

def work():
    done = 0
    with page.progress.start(600, "parts.progress.stopping") as progress:
        while done < 600 and not progress.stop_requested:
            time.sleep(0.05)
            done += 1
            progress.advance()
    steps.value = f"<pre class='steps'>{done}</pre>"

drop = Drop(read)
buttons = {"Foreseen": foreseen, "Fault": fault, "Work": lambda _: page.run(work)}
for name, press in buttons.items():
    button = Button(description=name)
    button.on_click(press)
    page.add(button)
page.add(HBox([drop]), got, steps)
page
"""

SAYING = """
import time
from ipywidgets import Label
from xrlearn.labs.parts import Page

page = Page("common.not_for_diagnosis")
labels = [Label("waiting").add_class("told") for _ in range(100)]
page.add(*labels)

def tell():
    for label in labels:
        label.value = "there"
        time.sleep(0.03)

page.run(tell)
page
"""

DROP = """async ([size, count]) => {
  const bytes = new Uint8Array(size).map((_, i) => (i * 31 + (i >> 8)) & 255);
  const transfer = new DataTransfer();
  for (let i = 0; i < count; i++) transfer.items.add(new File([bytes], `film${i}.dcm`));
  const drop = new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector('.xr-drop').dispatchEvent(drop);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((b) => b.toString(16).padStart(2, '0')).join('');
}"""


@pytest.fixture(scope="module")
def address(voila):
    return voila(NOTEBOOK)


@pytest.fixture(scope="module")
def opened(chromium, address):
    with tab(chromium) as page:
        page.goto(address)
        page.locator(".xr-drop").wait_for()
        yield page


def status(page):
    return page.locator(".xr-drop [role=status]")


def arrived(page, size, digest):
    page.wait_for_function(f"document.querySelector('.got')?.innerText === '{size} {digest}'")
    page.wait_for_function("document.querySelector('.xr-drop').getAttribute('aria-busy') === 'false'")


def test_twenty_megabytes_arrive_whole(opened, tmp_path):
    data = random.Random(0).randbytes(20 * 2**20 + 17)
    (tmp_path / "film.dcm").write_bytes(data)
    opened.set_input_files(".xr-drop input", tmp_path / "film.dcm")
    arrived(opened, len(data), hashlib.sha256(data).hexdigest())
    assert status(opened).inner_text() == ""


def test_a_file_dropped_arrives_and_a_second_after_it(opened):
    for size in (3_000_000, 0, 5):
        arrived(opened, size, opened.evaluate(DROP, [size, 1]))


def test_two_files_at_once_are_refused(opened):
    opened.evaluate(DROP, [10, 2])
    assert status(opened).inner_text() == "Drop one file at a time."


def test_too_large_a_file_never_leaves_the_browser(opened):
    before = opened.locator(".got").inner_text()
    opened.evaluate(DROP, [64 * 2**20 + 1, 1])
    assert "larger than 64 MB" in status(opened).inner_text()
    arrived(opened, 7, opened.evaluate(DROP, [7, 1]))  # the area is free at once
    assert opened.locator(".got").inner_text() != before


def test_the_language_switch_changes_the_page(opened):
    opened.get_by_role("button", name="中文").click()
    opened.get_by_text("选择文件").wait_for()
    expect(opened.locator("h1")).to_have_text("将影像文件拖放到此处")
    expect(opened.locator("footer")).to_have_text("仅供教学，不得用于诊断。")
    opened.get_by_role("button", name="English").click()
    opened.get_by_text("Choose a file").wait_for()


def test_the_address_asks_for_chinese(page, address):
    page.goto(address + "?lang=zh")
    page.get_by_text("选择文件").wait_for()
    expect(page.locator("header a")).to_have_attribute("href", re.compile("lang=zh$"))


def test_a_foreseen_error_is_one_sentence_that_can_be_closed(opened):
    opened.get_by_role("button", name="Foreseen").click()
    alert = opened.get_by_role("alert")
    expect(alert).to_have_text("This file is larger than 5 MB; export a single film and drop that.")
    opened.get_by_role("button", name="×").click()
    alert.wait_for(state="detached")


def test_long_work_can_be_stopped(opened):
    opened.get_by_role("button", name="Work").click()
    stop = opened.get_by_role("button", name="Stop")
    stop.wait_for()
    stop.click()
    steps = opened.locator(".steps")
    steps.wait_for()
    assert 0 < int(steps.inner_text()) < 600
    stop.wait_for(state="hidden")


def test_nothing_is_lost_that_is_said_while_the_browser_builds_the_widgets(page, voila):
    """On a slow machine it has their state long before it has their scripts."""
    states = []

    def late(route):
        if states:
            time.sleep(1)
        route.continue_()

    def heard(frame):
        if "update_states" in str(frame):
            states.append(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", heard))
    page.route(re.compile(r"jupyterlab-manager/static/\d+\."), late)
    page.goto(voila(SAYING))
    page.wait_for_function(
        "() => { const told = [...document.querySelectorAll('.told')];"
        " return told.length === 100 && told.every(label => label.innerText === 'there'); }"
    )


def test_a_callback_that_raises_is_shown_and_fails_the_test(chromium, address):
    def provoke():
        with tab(chromium) as page:
            page.goto(address)
            page.get_by_role("button", name="Fault").click()
            expect(page.get_by_role("alert")).to_contain_text("Something went wrong on our side")
            assert "Zhang" not in page.content()

    with pytest.raises(AssertionError, match="a callback raised"):
        provoke()
