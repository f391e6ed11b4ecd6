"""The pages in a real browser."""

import re

import psutil
import pytest
from browser import expect
from serving import eventually

pytestmark = pytest.mark.browser

FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SLIDER = """
    import ipywidgets as w
    slider, label = w.IntSlider(description="films"), w.Label("none")
    slider.observe(lambda change: setattr(label, "value", f"{change['new']} films"), "value")
    w.VBox([slider, label])
"""
UPLOAD = """
    import hashlib
    import ipywidgets as w
    upload, label = w.FileUpload(), w.Label("waiting")
    def received(change):
        content = change["new"][0].content
        label.value = f"{len(content)} {hashlib.sha256(content).hexdigest()}"
    upload.observe(received, "value")
    w.VBox([upload, label])
"""


def test_first_paint_comes_before_the_kernel(served, write, page, tmp_path):
    """The promise is 2 s from the request, on a cold kernel, however long the page itself takes."""
    seen = tmp_path / "seen"
    wait = f"import time, pathlib\nwhile not pathlib.Path({str(seen)!r}).exists(): time.sleep(0.1)"
    write("heavy", wait, SLIDER, title={"en": "Heavy"})
    page.goto(served.page("heavy"), wait_until="commit")
    page.wait_for_function(FIRST_PAINT)
    assert page.evaluate(FIRST_PAINT) < 2000
    expect(page.locator("#xr-shell h1")).to_have_text("Heavy")
    expect(page.get_by_text("For teaching. Not for diagnosis.")).to_be_visible()
    seen.touch()
    page.get_by_text("none", exact=True).wait_for()
    expect(page.locator("#xr-shell")).to_have_count(0)


def test_a_widget_talks_to_its_kernel_and_nothing_talks_to_the_world(served, write, chromium):
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    errors: list[str] = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    write("slider", "# Bone $\\mu$", SLIDER)
    page.goto(served.page("slider"))
    page.locator(".noUi-handle").press("ArrowRight")
    page.get_by_text("1 films").wait_for()
    page.wait_for_load_state("networkidle")
    abroad = [url for url in asked if not re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", url)]
    page.close()
    assert len(asked) > 20
    assert abroad == []
    assert errors == []


def test_the_browser_itself_is_told_to_stay_here(served, write, page):
    """Were a script ever to call elsewhere, the content security policy stops it before it leaves."""
    page.goto(served.page(write("plain", SLIDER)))
    outcome = page.evaluate(
        """() => new Promise(resolve => {
            addEventListener("securitypolicyviolation", event => resolve(event.violatedDirective));
            fetch("https://cdn.example/x.js").catch(() => {});
        })"""
    )
    assert outcome.startswith(("connect-src", "default-src"))


def test_a_film_of_60_mb_arrives_whole(served, write, page, tmp_path):
    import hashlib
    import os

    film = os.urandom(60 * 2**20)
    (tmp_path / "film.dcm").write_bytes(film)
    page.goto(served.page(write("upload", UPLOAD)))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload").click()
    chooser.value.set_files(tmp_path / "film.dcm")
    page.get_by_text(f"{len(film)} {hashlib.sha256(film).hexdigest()}").wait_for(timeout=60_000)


def test_links_keep_the_language(served, write, page):
    write("second", "import os, ipywidgets; ipywidgets.Label(os.environ['XRLEARN_LANG'])")
    write("first", "# Links\n\n[onwards](second.ipynb)", SLIDER)
    page.goto(served.page("first", "lang=zh"))
    page.get_by_text("onwards").click()
    page.wait_for_url("**/second.ipynb?lang=zh")
    page.get_by_text("zh", exact=True).wait_for()


def shown_pid(page) -> int:
    """The process behind a page that shows it."""
    label = page.locator(".jupyter-widgets").get_by_text(re.compile(r"^pid \d+$"))
    label.wait_for()
    return int(label.inner_text().split()[1])


PID = "import os, ipywidgets; ipywidgets.Label(f'pid {os.getpid()}')"


def test_closing_the_page_ends_its_kernel_and_reloading_brings_a_new_one(served, write, chromium):
    window = chromium.new_context()
    _, page = window.new_page(), window.new_page()  # the browser stays when the page goes
    page.goto(served.page(write("closing", PID)))
    first = shown_pid(page)
    page.reload()
    second = shown_pid(page)
    assert eventually(lambda: not psutil.pid_exists(first))
    assert psutil.pid_exists(second)
    page.close(run_before_unload=True)
    assert eventually(lambda: not psutil.pid_exists(second))
    window.close()


def test_a_page_whose_kernel_died_says_so(served, write, page):
    page.goto(served.page(write("dying", PID)))
    psutil.Process(shown_pid(page)).kill()
    page.get_by_text("The program behind this page has stopped.").wait_for(state="visible")


def test_a_page_whose_widgets_do_not_come_says_so_and_tries_again_by_itself(served, write, page):
    page.add_init_script("window.xrPatience = 1000")
    sockets = []

    def swallow(socket) -> None:
        """Let the first page's kernel never be heard."""
        sockets.append(socket)
        server = socket.connect_to_server()
        if len(sockets) == 1:
            server.on_message(lambda message: None)

    page.route_web_socket(re.compile("/channels"), swallow)
    page.goto(served.page(write("silent", SLIDER)))
    page.get_by_text("It tries again by itself.").wait_for(state="visible")
    page.get_by_text("none", exact=True).wait_for()
    page.get_by_text("It tries again by itself.").wait_for(state="hidden")
    assert len(sockets) > 1
    page.wait_for_function("!Object.keys(sessionStorage).some(key => key.startsWith('xr-tries'))")
