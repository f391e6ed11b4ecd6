"""A page on a machine that is slow: its widgets come, or it says so and tries again until they do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest
from browser import tab
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not psutil.LINUX, reason="programs are held up on Linux")]

SLIDER = """
    import ipywidgets as w
    slider, label = w.IntSlider(description="films"), w.Label("none")
    slider.observe(lambda change: setattr(label, "value", f"{change['new']} films"), "value")
    w.VBox([slider, label])
"""
SLOWER = 4  # times
SENTENCE = "It tries again by itself."
AGAIN = "performance.getEntriesByType('navigation')[0].type === 'reload'"


@contextmanager
def held_up(served: Served, share: float) -> Iterator[None]:
    """Let the server and its programs run for so small a share of the time, twenty times a second."""
    over = threading.Event()

    def every(act: str, programs: list[psutil.Process]) -> None:
        for one in programs:
            with suppress(psutil.Error):
                getattr(one, act)()

    def hold() -> None:
        programs: list[psutil.Process] = []
        while not over.is_set():
            for turn in range(20):
                if turn == 0:
                    programs = [psutil.Process(served.process.pid), *served.kernels()]
                every("suspend", programs)
                over.wait(0.05 * (1 - share))
                every("resume", programs)
                over.wait(0.05 * share)
        every("resume", [psutil.Process(served.process.pid), *served.kernels()])

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_the_page_says_that_it_is_slow_tries_again_by_itself_and_its_widgets_come(served, write, chromium):
    with tab(chromium) as page, held_up(served, 1 / SLOWER):
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.add_init_script(f"window.xrPatience = {AGAIN} ? 20000 : 500")
        page.goto(served.page(write("slow", SLIDER)), wait_until="commit")
        page.get_by_text(SENTENCE).wait_for(state="visible")
        page.wait_for_function(AGAIN)
        page.get_by_text("none", exact=True).wait_for(timeout=120_000)
        page.get_by_text(SENTENCE).wait_for(state="hidden")
        page.locator(".noUi-handle").press("ArrowRight")
        page.get_by_text("1 films", exact=True).wait_for()
