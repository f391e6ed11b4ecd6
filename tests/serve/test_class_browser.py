"""Several pages at once, each a program of its own, in a real browser."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest
from browser import tab
from serving import eventually

from xrlearn.serve.forked.nursery import POSSIBLE

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not POSSIBLE, reason="kernels are forked on Linux")]

PAGE = """
    import os, random
    import ipywidgets as w
    slider, label = w.IntSlider(description="films"), w.Label("none")
    slider.observe(lambda change: setattr(label, "value", f"{change['new']} films"), "value")
    w.VBox([slider, label, w.Label(f"pid {os.getpid()} drew {random.random()}")])
"""


def program(page) -> tuple[psutil.Process, str]:
    """The process behind a page, and the number that it drew."""
    label = page.locator(".jupyter-widgets").get_by_text(re.compile(r"^pid \d+ drew "))
    label.wait_for()
    _, pid, _, number = label.inner_text().split()
    return psutil.Process(int(pid)), number


@pytest.fixture
def three(served, write, chromium) -> Iterator[list]:
    """Three tabs on one notebook, asked for before any of them is there."""
    address = served.page(write("together", PAGE))
    with ExitStack() as open_tabs:
        pages = [open_tabs.enter_context(tab(chromium)) for _ in range(3)]
        for page in pages:
            page.goto(address, wait_until="commit")
        yield pages


def works(page, films: int) -> None:
    page.locator(".noUi-handle").press("ArrowRight")
    page.get_by_text(f"{films} films", exact=True).wait_for()


def test_three_pages_are_three_forks_and_one_that_dies_harms_no_other(served, three):
    behind, drawn = zip(*(program(page) for page in three))
    assert len(set(behind)) == len(set(drawn)) == 3
    (warmed,) = {one.parent() for one in behind}
    assert warmed.ppid() == served.process.pid
    behind[0].kill()
    three[0].get_by_text("The program behind this page has stopped.").wait_for(state="visible")
    for page in three[1:]:
        works(page, 1)
    assert eventually(lambda: not psutil.pid_exists(behind[0].pid))


def test_pages_go_on_when_the_warmed_process_dies_and_the_next_page_opens(served, three):
    behind = [program(page)[0] for page in three]
    warmed = behind[0].parent()
    warmed.kill()
    for page in three:
        works(page, 1)
    three[0].reload()
    again, _ = program(three[0])
    works(three[0], 1)
    assert again.parent() != warmed
    assert again.parent().ppid() == served.process.pid
    assert eventually(lambda: not psutil.pid_exists(behind[0].pid))
    for page in three[1:]:
        works(page, 2)
