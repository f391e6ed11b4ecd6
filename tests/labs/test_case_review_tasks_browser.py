"""The case review over every task, in a real browser and in both languages: in the answer's form, then the truth."""

import math
import os
import re
from contextlib import ExitStack
from functools import cache

import pytest
from browser import expect, keep, tab
from handmade import wait_until_shown
from serving import run

from xrlearn import locale, paths
from xrlearn.labs.case_review_forms import ChoiceForm, NumberForm, SeveralForm, YesNoForm, form_of
from xrlearn.tasks.registry import known

pytestmark = pytest.mark.browser
#: what a reader presses: an answer of each form
KEYS = {YesNoForm: "8", ChoiceForm: "2", NumberForm: "34", SeveralForm: "8"}
FOCUSED = "selector => document.activeElement?.closest(selector) !== null"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A machine without public films, on which simulated ones are small."""
    folder = tmp_path_factory.mktemp("machine")
    env = {"XRLEARN_FILMS": str(folder), "XRLEARN_DATA": str(folder), "XRLEARN_READING_ROWS": "320"}
    with run(8992, os.environ | env) as running:
        yield running


def ask(page, title: str) -> None:
    """Choose a question, and wait for its first film or record."""
    page.locator(".xr-asked select").first.select_option(title)
    page.locator(".xr-ask p").get_by_text(title, exact=True).wait_for()  # is drawn last, when the last film has gone
    page.wait_for_function(
        "title => document.querySelector('.xr-asked select').value === title"
        " && document.querySelector('.xr-controls select[disabled]') === null"
        " && (document.querySelector('.xr-film dl') || document.querySelector('.xr-record .xr-fields > *'))",
        arg=title,
        timeout=180_000,
    )


def unanswered(page) -> None:
    """Wait until a film or a record is there that has no answer yet."""
    page.locator(".xr-given").wait_for(state="hidden", timeout=180_000)
    page.wait_for_function("document.querySelector('.xr-stage[aria-busy=true]') === null", timeout=180_000)


def answer(page, keys: str) -> None:
    """Answer by keys and commit, once there is something to answer."""
    unanswered(page)
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function("!document.querySelector('.xr-commit').disabled")
    page.keyboard.press("Enter")
    page.locator(".xr-given").wait_for()
    page.wait_for_function(FOCUSED, arg=".xr-model")  # what has come in place of the button; the page has moved there


def drop(page, data: bytes) -> None:
    page.locator(".xr-drop input").set_input_files({"name": "film", "mimeType": "image/png", "buffer": data})
    page.locator(".xr-drop[aria-busy=false]").wait_for()  # meanwhile it says what it does, and all below lies lower


def test_what_is_this_film_offers_the_questions_whose_models_know_it(site, page, tmp_path_factory):
    from io import BytesIO

    from PIL import Image
    from sklearn.datasets import load_sample_images

    from xrlearn.phantom import make
    from xrlearn.phantom.dicom import write_dicom

    page.goto(site.page("case-review", "lang=en"))
    wait_until_shown(page)
    page.locator(".xr-asked select").first.select_option("What is this film?")
    page.locator(".xr-kinds").wait_for()
    photograph = BytesIO()
    Image.fromarray(load_sample_images().images[0]).convert("L").save(photograph, "PNG")
    drop(page, photograph.getvalue())
    page.locator(".xr-kinds").filter(has_text="No model knows films like this one").wait_for(timeout=120_000)
    expect(page.locator(".xr-kinds button")).to_have_count(0)
    film, truth = make("spine", size=640, seed=5)
    drop(page, write_dicom(film, truth))
    page.locator(".xr-kinds button").first.wait_for(timeout=120_000)
    assert page.locator(".xr-reply:visible").count() == 0  # no model has been asked
    keep(page, "case-review-what-is-this-film")
    page.get_by_role("button", name="Cobb angle").click()
    page.locator(".xr-reply:visible").first.wait_for()
    page.locator(".xr-unset").wait_for()
    page.wait_for_function("document.querySelector('.xr-controls select[disabled]') === null")  # films are found
    assert page.locator(".xr-film dl").count() == 1  # the film stays
    answer(page, "31")
    page.locator("path.xr-plate").first.wait_for(timeout=120_000)
    page.locator(".xr-panels").filter(has_text="nobody has told us").wait_for()

    # the model's corners follow the hand, and the angle with them
    angle = page.locator(".xr-tag.xr-point")
    before = angle.text_content()
    corner = page.locator("circle.xr-corner").nth(30).bounding_box()
    page.mouse.move(corner["x"] + 3, corner["y"] + 3)
    page.mouse.down()
    page.mouse.move(corner["x"] + 3, corner["y"] + 60, steps=6)
    page.mouse.up()
    page.locator(".xr-panels").filter(has_text="where you have put them").wait_for()
    expect(angle).not_to_have_text(before)


#: a task of each form of answer in one language; all in both where slow tests are asked for
FORMS = {
    "fracture": "en", "knee-oa": "zh", "proximal-humerus-fracture": "zh", "bone-age": "en", "cobb-angle": "zh",
    "ankle-fracture": "en", "trauma-attributes": "zh", "oa-risk": "en",
}  # fmt: skip
EVERY = [
    pytest.param(task.name, lang, marks=() if FORMS.get(task.name) == lang else pytest.mark.slow)
    for task in known()
    for lang in ("en", "zh")
]


@pytest.fixture(scope="module")
def asked(site, chromium):
    """A page in each language, to which one question after the other is put."""
    with ExitStack() as open_:

        @cache
        def of(lang: str):
            page = open_.enter_context(tab(chromium))
            page.goto(site.page("case-review", f"lang={lang}"))
            wait_until_shown(page)
            return page

        yield of


@pytest.mark.parametrize(("task", "lang"), EVERY)
def test_every_question_is_answered_in_its_own_form_by_reader_and_model(asked, task, lang):
    t = next(t for t in known() if t.name == task)
    if not (paths.WEIGHTS / f"{t.tensors}.safetensors").is_file():
        pytest.skip("the trained model is not here")
    title = locale.text(f"tasks.{task}.title", lang)
    page = asked(lang)
    ask(page, title)
    unanswered(page)
    said = page.locator(".xr-model .xr-verdict, .xr-bars, path.xr-plate").filter(visible=True)
    assert said.count() == 0  # nothing before she commits
    keys = next((keys for form, keys in KEYS.items() if isinstance(form_of(t.answer), form)), "")
    answer(page, keys)
    # its answer, or the sentence that it knows no such film
    page.locator(".xr-model").locator(".xr-verdict, .xr-bars, .xr-agree").first.wait_for(timeout=120_000)
    heading = locale.text("review.truth.title", lang)
    page.get_by_role("heading", name=heading).wait_for()
    keep(page, f"case-review-{task}-{lang}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_cobb_angle_is_answered_by_two_lines_drawn_on_the_film(site, page):
    page.goto(site.page("case-review", "lang=en"))
    wait_until_shown(page)
    ask(page, locale.text("tasks.cobb-angle.title", "en"))
    unanswered(page)
    page.get_by_role("button", name="Lines", exact=True).click()
    stage = page.locator(".xr-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    middle, high = box["x"] + box["width"] / 2, box["height"]
    for top, drop in ((0.3, 0.04), (0.7, -0.08)):  # falls to the right by 4, rises by 8 hundredths of the height
        page.mouse.move(middle - 0.1 * high, box["y"] + top * high)
        page.mouse.down()
        page.mouse.move(middle + 0.1 * high, box["y"] + (top + drop) * high, steps=4)
        page.mouse.up()
    page.wait_for_function("!document.querySelector('.xr-commit').disabled")
    page.locator(".xr-commit").click()
    drawn = round(math.degrees(math.atan(0.04 / 0.2) + math.atan(0.08 / 0.2)))
    page.locator(".xr-given").wait_for()
    given = page.locator(".xr-given").inner_text()
    assert abs(int(re.search(r"You answered: (\d+)", given)[1]) - drawn) <= 1, given
    page.locator("path.xr-plate").first.wait_for(timeout=120_000)  # and the model's, beside hers


@pytest.mark.parametrize(("task", "keys", "then"), [
    ("wrist-fracture", "8", ".xr-stage"), ("bone-age", "120", ".xr-stage"), ("oa-risk", "1", ".xr-ask"),
])  # fmt: skip
def test_a_session_is_read_by_keys_alone_and_the_focus_goes_with_it(site, page, task, keys, then):
    page.goto(site.page("case-review", "lang=en"))
    wait_until_shown(page)
    ask(page, locale.text(f"tasks.{task}.title", "en"))
    for film in range(2):
        answer(page, keys)
        page.locator(".xr-model").locator(".xr-verdict, .xr-agree").first.wait_for(timeout=120_000)
        page.keyboard.press("Enter")
        page.wait_for_function(FOCUSED, arg=then)  # on to the next one
        unanswered(page)
        expect(page.locator(".xr-controls select").nth(3)).to_have_value(re.compile(f"^{film + 2} /"))
    page.get_by_role("button", name="Next film").click()  # by hand once: the keys are not the button's afterwards
    page.wait_for_function(FOCUSED, arg=then)
    answer(page, keys)
