"""The case review through the real server, in Chromium: a film dropped, windowed, answered, and the model revealed."""

import re
from random import Random

import pytest
from axe import faults
from browser import drawn, expect, keep, settled
from handmade import addresses_beyond, dashboards, dicom, wait_until_shown

from xrlearn import locale, paths

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with dashboards(tmp_path_factory.mktemp("machine"), port=8990) as running:
        yield running


@pytest.fixture
def review(site, page):
    """The page, opened, with the first film on the stage."""
    page.beyond = addresses_beyond(page)
    page.goto(site.page("case-review", "lang=en"))
    wait_until_shown(page)
    page.locator(".xr-film dl").wait_for()
    return page


def drop(page, data: bytes):
    page.locator(".xr-drop input").set_input_files(
        {"name": "film.dcm", "mimeType": "application/dicom", "buffer": data}
    )
    page.locator(".xr-drop[aria-busy=false]").wait_for()  # meanwhile it says what it does, and all below lies lower


def model_needed():
    if not (paths.WEIGHTS / "fracture.safetensors").is_file():
        pytest.skip("the trained model is not here")


#: what the film's canvas shows, without what lies over it
PICTURE = "document.querySelector('.xr-stage canvas').toDataURL()"


def picture(page) -> str:
    drawn(page)
    return page.evaluate(PICTURE)


def shows(page, same: bool, before: str) -> None:
    """Wait until the film's canvas shows the same as before, or something else."""
    page.wait_for_function(f"([same, before]) => same === ({PICTURE} === before)", arg=[same, before])


def test_a_film_is_dropped_read_and_compared_with_the_model(review, site):
    model_needed()
    drop(review, dicom())
    facts = review.locator(".xr-film dl")
    facts.get_by_text("0.14 × 0.14 mm").wait_for()
    assert "left" in facts.inner_text()
    expect(review.locator(".xr-side").first).to_have_text("L")

    # the window follows the hand, without Python
    readout = review.locator(".xr-readout")
    looked, before = picture(review), readout.inner_text()
    stage = review.locator(".xr-stage")
    box = stage.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    review.mouse.move(x, y)
    review.mouse.down()
    review.mouse.move(x + 120, y + 40, steps=4)
    review.mouse.up()
    review.mouse.move(x, box["y"] - 20)  # off the film, whose greys are read out below the hand
    expect(readout).to_have_text(re.compile("^W"))
    expect(readout).not_to_have_text(before)
    shows(review, False, looked)

    # the reader marks the place and answers; nothing of the model is on the page before
    review.locator(".xr-bar [data-name=mark]").click()
    review.mouse.click(x, y)
    review.get_by_text("Your mark is at row 150").wait_for()
    review.get_by_text("The model is ready").wait_for()
    assert review.locator(".xr-verdict").count() == 0
    assert not review.locator(".xr-heat").is_visible()
    commit = review.get_by_role("button", name="Commit, then show the model")
    assert commit.is_disabled()
    answers = review.get_by_role("group", name="Your answer")
    answers.get_by_role("button", name="fracture", exact=True).press("Space")
    review.get_by_role("slider", name="How sure are you?").focus()
    review.keyboard.press("ArrowRight")
    review.wait_for_function("!document.querySelector('.xr-commit').disabled")
    commit.press("Enter")
    review.locator(".xr-model .xr-verdict").first.wait_for()
    for part, words in (("given", "80 % sure"), ("panels", "nobody has told us")):
        review.locator(f".xr-{part}").filter(has_text=words).first.wait_for()  # each part comes in its own message

    # the heat map fades in and out
    heat = review.locator(".xr-heat input")
    heat.fill("0")
    bare = picture(review)
    heat.fill("1")
    shows(review, False, bare)  # its colours come in a message of their own
    heat.fill("0")
    shows(review, True, bare)
    heat.fill("0.6")
    keep(review, "case-review-answered-en")

    # what the file tells of the patient is named, never shown
    review.get_by_text("entries would be removed").click()
    expect(review.locator(".xr-film details").get_by_text("Patient's Name").first).to_be_visible()
    assert "Doe" not in review.content()

    # the other language, live
    review.get_by_role("button", name="中文").click()
    review.get_by_role("heading", name="模型判断").wait_for()
    for words in ("您的判断：骨折，把握 80%", "例存在该征象", "像素间距", "本次阅片"):
        review.locator(".xr-page").filter(has_text=words).first.wait_for()
    review.wait_for_function("!document.querySelector('.xr-page').innerText.includes('Your')")
    keep(review, "case-review-answered-zh")
    assert review.beyond == []
    assert max(kernel.memory_info().rss for kernel in site.kernels()) < 1000 * 2**20


def test_a_case_of_the_data_set_shows_the_truth_afterwards(review):
    model_needed()
    order = list(range(12))
    Random(1).shuffle(order)  # reading list 1; films of odd number are fractured
    review.get_by_text("The model is ready").wait_for()
    place = next(i for i, film in enumerate(order) if film % 2) + 1
    review.get_by_label("Film", exact=True).select_option(f"{place} / 12")
    assert review.locator("rect.xr-box").count() == 0
    review.locator(".xr-stage").focus()
    review.keyboard.press("1")  # the keys of the reading screen: surely none
    review.wait_for_function("!document.querySelector('.xr-commit').disabled")
    review.get_by_role("slider", name="How sure are you?").and_(review.locator("[aria-valuetext='85']")).wait_for()
    assert review.locator("rect.xr-box").count() == 0
    review.keyboard.press("Enter")
    review.get_by_role("heading", name="According to the data set").wait_for()
    review.wait_for_function("document.activeElement.matches('.xr-model')")  # not on the body
    assert faults(review) == []
    expect(review.locator(".xr-panels")).to_contain_text("Fracture. You were wrong.")
    review.locator("rect.xr-box").wait_for()
    review.locator(".xr-model .xr-verdict").first.wait_for()
    expect(review.locator(".xr-tally")).to_contain_text("Both right")
    review.keyboard.press("Enter")  # and again: on to the next film
    review.get_by_role("heading", name="According to the data set").wait_for(state="hidden")
    expect(review.get_by_label("Film", exact=True)).to_have_value(f"{place % 12 + 1} / 12")


def test_what_is_no_film_says_so_and_the_film_stays(review):
    review.locator(".xr-film details").wait_for()  # what the file tells comes last
    before = review.locator(".xr-film").inner_text()
    drop(review, b"%PDF-1.7 not a film")
    review.get_by_role("alert").filter(has_text="PDF").wait_for()
    assert review.locator(".xr-film").inner_text() == before
    assert review.beyond == []


def test_nothing_is_cut_off(site, page):
    page.goto(site.page("case-review", "lang=zh"))
    wait_until_shown(page)
    for lang, own in reversed(locale.LANGUAGES.items()):
        page.get_by_role("button", name=own, exact=True).click()
        page.get_by_role("heading", name=locale.text("review.page.title", lang)).wait_for()
        page.locator(".xr-film dl").wait_for()
        for width, height in ((1280, 800), (1024, 1366)):
            page.set_viewport_size({"width": width, "height": height})
            settled(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            stage = page.locator(".xr-stage").bounding_box()
            assert stage["y"] + stage["height"] <= height  # the whole film without scrolling
            for button in page.locator(".xr-panels button, .xr-controls button").all():
                if button.is_visible():
                    assert button.bounding_box()["height"] >= 38  # large enough for a finger
        keep(page, f"case-review-{lang}-tablet")
