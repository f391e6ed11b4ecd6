"""Trainings take turns: with processes of their own, as the pages' programs are."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ipywidgets import HTML

from xrlearn.labs import turns
from xrlearn.labs.parts import Page
from xrlearn.labs.parts.latest import Latest

#: has a turn until it is told to end it; says each place in line once, and gives up where told to
TRAINS = """
import sys
from xrlearn.labs.turns import turn
told = []
def waiting(place):
    if place not in told:
        told.append(place)
        print("waits", place, flush=True)
with turn(waiting) as granted:
    print("trains", flush=True)
    sys.stdin.readline()
print("done", flush=True)
"""


class Trainer:
    """A program that wants to train."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", TRAINS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def says(self) -> str:
        return self.process.stdout.readline().strip()

    def ends(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.says() == "done"


@pytest.fixture
def limit(tmp_path, monkeypatch):
    """A server's folder, for so many trainings at once."""

    def limit(number: int) -> Path:
        monkeypatch.setenv(turns.FOLDER, str(tmp_path))
        monkeypatch.setenv(turns.LIMIT, str(number))
        return tmp_path

    return limit


@pytest.fixture
def trainer():
    started: list[Trainer] = []

    def start() -> Trainer:
        started.append(Trainer())
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def never(place: int) -> bool:
    raise AssertionError(f"waits, {place} in line")


def test_without_a_server_nobody_waits(monkeypatch):
    monkeypatch.delenv(turns.FOLDER, raising=False)
    with turns.turn(never) as one, turns.turn(never) as another:
        assert one
        assert another


def test_as_many_train_at_once_as_there_may_be_and_the_others_in_their_order(limit, trainer):
    limit(2)
    first, second = trainer(), trainer()
    assert {first.says(), second.says()} == {"trains"}
    third = trainer()
    assert third.says() == "waits 1"
    fourth = trainer()
    assert fourth.says() == "waits 2"
    second.ends()
    assert third.says() == "trains"
    assert fourth.says() == "waits 1"
    first.ends()
    assert fourth.says() == "trains"


def test_a_program_that_dies_while_it_trains_or_waits_holds_up_nobody(limit, trainer):
    folder = limit(1)
    first = trainer()
    assert first.says() == "trains"
    second = trainer()
    assert second.says() == "waits 1"
    third = trainer()
    assert third.says() == "waits 2"
    for one in (second, first):
        one.process.kill()
        one.process.wait()
    while (said := third.says()) != "trains":
        assert said == "waits 1"
    third.ends()
    assert list(folder.glob("*.turn")) == []


def test_waiting_can_be_given_up(limit, trainer):
    folder = limit(1)
    first = trainer()
    assert first.says() == "trains"
    with turns.turn(lambda place: place == 1) as granted:
        assert not granted
    assert len(list(folder.glob("*.turn"))) == 1


def test_a_turn_ends_when_the_training_fails(limit):
    folder = limit(1)
    with pytest.raises(ZeroDivisionError), turns.turn(never):
        _ = 1 / 0
    assert list(folder.glob("*.turn")) == []


def test_where_no_ticket_can_be_laid_nobody_waits(limit):
    limit(1).rmdir()
    with turns.turn(never) as granted:
        assert granted


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux")
def test_a_thread_that_trains_stands_behind_its_page(limit):
    limit(1)
    seen: list[int] = []

    def train() -> None:
        with turns.turn(never):
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    for _ in range(2):
        thread = threading.Thread(target=train)
        thread.start()
        thread.join()
    own = os.getpriority(os.PRIO_PROCESS, os.getpid())
    assert seen == [min(own + turns.NICENESS, 19)] * 2


def test_a_page_says_its_place_begins_by_itself_and_then_trains_on_the_latest_request(limit, trainer):
    limit(1)
    first = trainer()
    assert first.says() == "trains"
    page, done = Page("common.not_for_diagnosis"), []
    latest: Latest[int] = Latest(done.append, page.run, page.turn)
    shown, label = threading.Event(), page.line.children[0]
    assert isinstance(label, HTML)
    label.observe(lambda change: shown.set(), "value")
    latest.ask(1)
    assert shown.wait(20)
    latest.ask(2)
    assert page.line.layout.display is None
    assert "number 1 in line" in label.value
    first.ends()
    assert latest.wait(20)
    assert done == [2]
    assert page.line.layout.display == "none"


def test_the_stop_button_of_a_page_ends_its_waiting(limit, trainer):
    limit(1)
    assert trainer().says() == "trains"
    page, done = Page("common.not_for_diagnosis"), []
    latest: Latest[int] = Latest(done.append, page.run, page.turn)
    shown = threading.Event()
    page.line.children[0].observe(lambda change: shown.set(), "value")
    latest.ask(1)
    assert shown.wait(20)
    page.line.children[-1].click()
    assert latest.wait(20)
    assert done == []
    assert page.line.layout.display == "none"
