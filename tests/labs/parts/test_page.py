"""The frame of a page: language, messages, progress."""

import threading

import pytest
from ipywidgets import Button, Dropdown, HBox

from xrlearn import locale
from xrlearn.labs.parts import Drop, Page, Words, failures, safely


class Foreseen(ValueError):
    key, values = "parts.viewer.length_px", {"px": 7}


def test_one_switch_changes_every_bound_word():
    words, one, two, redrawn = Words(), Button(), Button(), []
    words.bind(one, "description", "parts.progress.stop")
    words.bind(two, "tooltip", "parts.drop.hint", mb=64)
    words.on_switch(lambda: redrawn.append(locale.language()))
    words.use("zh")
    assert one.description == "停止"
    assert "64 MB" in two.tooltip
    assert "内存" in two.tooltip
    assert redrawn == ["zh"]
    assert locale.language() == "zh"


def test_binding_again_replaces():
    words, button = Words(), Button()
    words.bind(button, "description", "parts.progress.stop")
    words.bind(button, "description", "parts.progress.stopping")
    words.use("zh")
    assert button.description == "完成当前步骤后停止"


def test_an_unknown_language_changes_nothing():
    words, button = Words(), Button()
    words.bind(button, "description", "parts.progress.stop")
    with pytest.raises(ValueError, match="xx"):
        words.use("xx")
    assert (button.description, locale.language()) == ("Stop", "en")


def test_options_change_their_words_and_keep_the_choice():
    words, menu, changes = Words(), Dropdown(), []
    words.bind_options(menu, {"a": "parts.viewer.window", "b": "parts.viewer.pan"})
    menu.value = "b"
    menu.observe(changes.append, "value")
    words.use("zh")
    assert menu.get_state()["_options_labels"] == ("窗宽窗位", "移动")
    assert (menu.value, changes) == ("b", [])
    menu.set_state({"index": 0})  # the browser's way of choosing
    assert menu.value == "a"


def test_the_switch_reaches_parts_however_deep():
    page, drop = Page("common.not_for_diagnosis"), Drop(len)
    page.add(HBox([HBox([drop])]))
    page.language.value = "zh"
    assert drop.labels["choose"] == "选择文件"
    assert "仅供教学" in page.children[-1].value
    assert "lang=zh" in page.children[1].children[0].value  # the way home keeps the language


def test_the_address_chooses_the_language(monkeypatch):
    monkeypatch.setenv("QUERY_STRING", "case=4&lang=zh")
    assert Page("common.not_for_diagnosis").language.value == "zh"
    monkeypatch.setenv("QUERY_STRING", "lang=../../etc")
    locale.use("en")
    assert Page("common.not_for_diagnosis").language.value == "en"


def test_a_message_follows_the_language_and_is_escaped():
    page = Page("common.not_for_diagnosis")
    page.say("parts.drop.sending", name="<script>")
    assert "role='alert'" in page.message
    assert "Sending &lt;script&gt;" in page.message
    page.language.value = "zh"
    assert "正在传送" in page.message
    page.hush()
    assert page.message == ""


def test_a_foreseen_error_speaks_for_itself_and_is_no_failure():
    page = Page("common.not_for_diagnosis")

    @safely(page)
    def callback(wrong):
        if wrong:
            raise Foreseen
        return "fine"

    assert callback(True) is None
    assert "7 px (spacing unknown)" in page.message
    assert not failures
    assert callback(False) == "fine"
    assert page.message == ""


def test_an_unforeseen_error_is_said_recorded_and_keeps_the_patient_out_of_page_and_log(caplog):
    page = Page("common.not_for_diagnosis")

    @safely(page)
    def callback():
        patient = "Zhang San"
        raise KeyError(patient)

    callback()
    assert "data-xr='failure'" in page.message
    assert "Zhang" not in page.message
    assert "KeyError" in caplog.text
    assert "test_page.py" in caplog.text
    assert "Zhang" not in caplog.text
    failure = failures.pop()
    assert (failure.kind, failure.callback.endswith("callback")) == ("KeyError", True)


def test_success_elsewhere_leaves_the_message():
    page = Page("common.not_for_diagnosis")
    fails, works = safely(page)(lambda: 1 / 0), safely(page)(lambda: 1)
    fails()
    works()
    assert page.message
    failures.clear()


def test_work_beside_the_page_can_be_stopped():
    page, began, steps = Page("common.not_for_diagnosis"), threading.Event(), []

    def work():
        with page.progress.start(1000, "parts.progress.stopping") as progress:
            while not progress.stop_requested and len(steps) < 1000:
                steps.append(1)
                progress.advance()
                began.set()
                pressed.wait(10)

    pressed = threading.Event()
    thread = page.run(work)
    assert began.wait(10)
    assert page.progress.layout.display is None
    page.progress.stop()
    pressed.set()
    thread.join(10)
    assert len(steps) == 1
    assert page.progress.layout.display == "none"


def test_work_that_fails_hides_the_strip_and_says_so():
    page = Page("common.not_for_diagnosis")

    def work():
        with page.progress.start(3, "parts.progress.stopping"):
            raise RuntimeError

    page.run(work).join(10)
    assert page.progress.layout.display == "none"
    assert failures.pop().kind == "RuntimeError"
    assert "role='alert'" in page.message
