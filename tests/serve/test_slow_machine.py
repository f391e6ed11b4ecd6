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
SENTENCE = "It tries again by itself."
WORKS_OR_SAYS = """document.querySelector("#rendered_cells .jupyter-widgets")
    || document.getElementById("xr-slow")?.hidden === false"""


@contextmanager
def held_up(served: Served, share: float) -> Iterator[None]:
    """Let the server and its programs run for so small a share of the time, twenty times a second."""
    over = threading.Event()

    def hold() -> None:
        while not over.is_set():
            programs = [psutil.Process(served.process.pid), *served.kernels()]
            for _ in range(20):
                for act, seconds in (("suspend", 0.05 * (1 - share)), ("resume", 0.05 * share)):
                    for one in programs:
                        with suppress(psutil.Error):
                            getattr(one, act)()
                    over.wait(seconds if act == "resume" else min(seconds, 0.05))
                if over.is_set():
                    break

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for one in (psutil.Process(served.process.pid), *served.kernels()):
            with suppress(psutil.Error):
                one.resume()


@pytest.mark.parametrize(("slower", "patience"), [(4, 20_000), (10, 500)], ids=["slow", "too slow at first"])
def test_the_widgets_come_or_the_page_says_so_and_tries_again(served, write, chromium, slower, patience):
    address = served.page(write("slow", SLIDER))
    with tab(chromium) as page, held_up(served, 1 / slower):
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.add_init_script(f"window.xrPatience = {patience}")
        loads = []
        page.on("domcontentloaded", lambda _: loads.append(1))
        page.goto(address, wait_until="commit")
        page.wait_for_function(WORKS_OR_SAYS)
        if patience < 1000:
            page.get_by_text(SENTENCE).wait_for(state="visible")
        page.get_by_text("none", exact=True).wait_for(timeout=120_000)
        page.get_by_text(SENTENCE).wait_for(state="hidden")
        page.locator(".noUi-handle").press("ArrowRight")
        page.get_by_text("1 films", exact=True).wait_for()
        assert len(loads) > 1 or patience > 1000  # on a busy machine even the patient page may try again
