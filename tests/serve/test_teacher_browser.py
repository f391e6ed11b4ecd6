"""The teacher's page beside two readers' pages, in a real browser."""

import json
from collections.abc import Iterator

import pytest
from axe import faults
from browser import expect, keep, tab
from person import Person, close
from serving import CLASS, Served, kernel_of, serving

pytestmark = pytest.mark.browser

#: how long a reader has before she is taken along, in milliseconds: until the test moves the clock
GRACE = 3_600_000
LESSON = """
    from xrlearn.labs.parts import Page
    from xrlearn.labs.parts.journey import noted
    from xrlearn.labs.parts.quiz import Question
    from xrlearn.labs.plan import QUESTIONS
    page = Page("overfit.page.title")
    asked = [Question("overfit", name, right, page.words) for name, right in QUESTIONS["overfit"].items()]
    page.add(*asked, noted("overfit", asked))
    page
"""


@pytest.fixture(scope="module")
def room(notebooks) -> Iterator[Served]:
    with serving(CLASS, "8934", str(notebooks), "12", "900") as running:
        yield running


def count(page, question: str, answer: str):
    return page.locator(f"[data-lesson=overfit] [data-question={question}][data-answer={answer}] b")


def test_a_teacher_sees_numbers_and_takes_everybody_along_who_does_not_stay(room, write, chromium):
    write("overfit", LESSON)
    write("black-box", "# Sent here")
    with tab(chromium) as teacher, tab(chromium) as goes, tab(chromium) as stays:
        for reader in (goes, stays):
            reader.add_init_script(f"window.xrAsks = 500; window.xrGrace = {GRACE}")
            reader.clock.install()
            reader.goto(f"{room.address}voila/render/overfit.ipynb?token=ulna")
        for reader, said in ((goes, "The one after round 9."), (stays, "The one after round 40.")):
            reader.get_by_text("Your teacher sees how many chose each answer, not who.").wait_for()
            reader.get_by_role("radio", name=said).check()

        teacher.goto(f"{room.address}teacher?token=capitate")
        assert "token" not in teacher.url
        teacher.locator("[data-number=people]").get_by_text("2", exact=True).wait_for()
        teacher.locator("[data-page='overfit.ipynb']").get_by_text("2", exact=True).wait_for()
        teacher.get_by_label("Lesson").select_option("overfit")
        for answer, number in (("a", "1"), ("b", "1"), ("c", "0")):
            count(teacher, "stop", answer).get_by_text(number, exact=True).wait_for()
        expect(teacher.get_by_text("✓ right").first).to_be_hidden()
        teacher.get_by_label("Show which answer is right").check()
        expect(teacher.locator("[data-lesson=overfit] .xr-tick:visible")).to_have_count(3)
        assert faults(teacher) == []

        goes.get_by_role("radio", name="The one after round 40.").check()  # who thinks again counts once
        count(teacher, "stop", "b").get_by_text("2", exact=True).wait_for()
        for lang in ("zh", "en"):
            teacher.goto(f"{room.address}teacher?lang={lang}")
            teacher.locator("[data-number=people]").get_by_text("2", exact=True).wait_for()
            teacher.locator("#xr-lesson").select_option("overfit")
            for width in (1280, 820):
                teacher.set_viewport_size({"width": width, "height": 900})
                keep(teacher, f"teacher-{lang}-{width}")
                assert teacher.evaluate("document.documentElement.scrollWidth <= innerWidth")

        teacher.locator(".xr-send[data-send='black-box.ipynb']").press("Enter")
        teacher.get_by_role("status").get_by_text("Everybody was sent to “The black box”.").wait_for()
        stays.get_by_role("button", name="Stay here").click()
        goes.get_by_text("The teacher takes everybody to another page").wait_for()
        keep(goes, "teacher-sends-en-1280")
        for reader in (stays, goes):
            reader.clock.fast_forward(GRACE)
        goes.get_by_text("Sent here").wait_for()
        teacher.locator("[data-page='black-box.ipynb']").get_by_text("1", exact=True).wait_for()
        assert stays.url.split("?")[0].endswith("overfit.ipynb")
        expect(stays.locator("#xr-moving")).to_be_hidden()

        teacher.get_by_role("button", name="Forget all answers").click()
        count(teacher, "stop", "b").get_by_text("0", exact=True).wait_for()


def test_an_answer_that_is_there_before_the_page_can_tell_of_it_counts(room, write, chromium):
    write("overfit", f"{LESSON}    asked[0].choice.value = 'c'\n    page")
    with tab(chromium) as teacher, tab(chromium) as reader:
        reader.goto(f"{room.address}voila/render/overfit.ipynb?token=ulna")
        teacher.goto(f"{room.address}teacher?token=capitate")
        teacher.get_by_label("Lesson").select_option("overfit")
        count(teacher, "stop", "c").get_by_text("1", exact=True).wait_for()
        teacher.get_by_role("button", name="Forget all answers").click()
        count(teacher, "stop", "c").get_by_text("0", exact=True).wait_for()


def test_ten_are_counted_where_they_are_and_by_what_they_answered(room, write, chromium):
    write("overfit", "1")
    write("shortcuts", "1")
    answers = {"overfit": ("stop", "aaaaabbc"), "shortcuts": ("figure", "cc")}
    everybody: list[tuple[Person, str]] = []
    for lesson, (question, chosen) in answers.items():
        for letter in chosen:
            person = Person(room)
            person.ask("/?token=ulna")
            everybody.append((person, kernel_of(person.open(lesson)[2])))
            said = json.dumps({"lesson": lesson, "answers": {question: letter, "wrong": "b"}})
            xsrf = {"X-XSRFToken": person.cookies["_xsrf"].value}
            assert person.ask(f"/xrlearn/answers/{everybody[-1][1]}", "POST", said, **xsrf)[0] == 204
    with tab(chromium) as teacher:
        teacher.goto(f"{room.address}teacher?token=capitate")
        teacher.locator("[data-number=people]").get_by_text("10", exact=True).wait_for()
        teacher.get_by_label("Lesson").select_option("overfit")
        teacher.get_by_label("Show which answer is right").check()
        for name, number in (("overfit", "8"), ("shortcuts", "2"), ("augment", "0")):
            teacher.locator(f"[data-page='{name}.ipynb']").get_by_text(number, exact=True).wait_for()
        for answer, number in (("a", "5"), ("b", "2"), ("c", "1")):
            count(teacher, "stop", answer).get_by_text(number, exact=True).wait_for()
        keep(teacher, "teacher-ten-en-1280")
    for person, kernel in everybody:
        close(person, kernel)
