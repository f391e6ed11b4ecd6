"""The waiting page and what follows it, in a real browser."""

from collections.abc import Iterator

import pytest
from axe import faults
from browser import expect, keep, tab
from serving import CLASS, Served, serving

pytestmark = pytest.mark.browser
#: the place of a page whose farewell was lost is free after two minutes, in milliseconds
PATIENCE = 180_000
#: who only falls silent is waited for longer than any test is
NOBODY_IS_ABSENT = "from xrlearn.serve import places\nplaces.ABSENT = places.FORGOTTEN = 3600\n"


@pytest.fixture(scope="module")
def room(notebooks) -> Iterator[Served]:
    """One place."""
    with serving(NOBODY_IS_ABSENT + CLASS, "8932", str(notebooks), "1", "900") as running:
        yield running


def test_who_waits_sees_her_place_goes_up_when_another_leaves_and_is_let_in_by_herself(room, write, chromium):
    write("index", "# Here at last")
    with tab(chromium) as inside, tab(chromium) as first, tab(chromium) as outside:  # each has cookies of her own
        inside.goto(f"{room.address}?token=ulna")
        inside.get_by_text("Here at last").wait_for()
        first.goto(f"{room.address}?token=ulna")
        first.get_by_text("You are number 1 in line.").wait_for()
        outside.goto(f"{room.address}?token=ulna&lang=zh")
        outside.get_by_text("您排在第 2 位。").wait_for()
        assert faults(outside) == []
        for lang in ("zh", "en"):
            for width in (1280, 820):
                outside.set_viewport_size({"width": width, "height": 700})
                keep(outside, f"waiting-{lang}-{width}")
            if lang == "zh":
                outside.get_by_role("link", name="English").click()
                outside.get_by_text("You are number 2 in line.").wait_for()
        first.goto("about:blank")
        outside.get_by_text("You are number 1 in line.").wait_for()
        inside.goto("about:blank")
        outside.get_by_text("Here at last").wait_for()
        expect(outside.locator("#xr-place")).to_have_count(0)


def test_going_from_one_page_to_the_next_costs_nobody_her_place(room, write, chromium):
    write("index", "# The first")
    write("next", "# The second")
    with tab(chromium) as page:
        page.set_default_timeout(PATIENCE)
        page.goto(f"{room.address}?token=ulna")
        page.get_by_text("The first").wait_for()
        page.goto(room.page("next"))
        page.get_by_text("The second").wait_for()


def test_a_page_whose_program_took_too_much_says_so(room, write, chromium):
    write("large", "held = bytearray(2**30); held[::4096] = b'x' * 2**18", "# Never")
    with tab(chromium) as page:
        page.set_default_timeout(PATIENCE)
        page.add_init_script("window.xrAsks = 500")
        page.goto(f"{room.address}voila/render/large.ipynb?token=ulna")
        page.get_by_text("took more memory than a page may have here").wait_for(state="visible")
        assert not page.locator("#xr-stopped").is_visible()


def test_the_sign_in_page_asks_by_keyboard_and_says_when_it_was_wrong(room, write, chromium):
    write("index", "# Inside")
    with tab(chromium) as page:
        page.set_default_timeout(PATIENCE)
        page.goto(room.page("index"))
        assert faults(page) == []
        expect(page.get_by_label("Password")).to_be_focused()
        page.keyboard.type("metatarsal")
        page.keyboard.press("Enter")
        page.get_by_role("alert").get_by_text("That was not it.").wait_for()
        keep(page, "sign-in-en-1280")
        page.get_by_label("Password").fill("scaphoid")
        page.get_by_role("button", name="Enter").click()
        page.get_by_text("Inside").wait_for()
