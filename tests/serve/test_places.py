"""Who may open a page, and in which order; a clock of our own."""

import pytest

from xrlearn.serve.places import ABSENT, BACK, FORGOTTEN, ON_THE_WAY, Open, Places


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def places(clock) -> Places:
    """Two places, both taken."""
    places = Places(2, clock)
    for name in "ab":
        places.opened(f"kernel {name}", page(name))
    return places


def page(visitor: str, name: str = "index.ipynb") -> Open:
    return Open(name, visitor)


def test_without_a_limit_nobody_waits():
    places = Places()
    for number in range(100):
        assert places.ask(page("a")) == 0
        places.opened(str(number), page("a"))
    assert places.waiting == 0


def test_a_page_takes_its_place_from_the_moment_it_is_let_in():
    places = Places(1)
    assert places.ask(page("a")) == 0
    with places.entering(page("a")):
        assert places.ask(page("b")) == 1
        places.opened("kernel", page("a"))
        assert places.ask(page("b")) == 1
    assert places.ask(page("b")) == 1


def test_a_page_that_could_not_be_opened_gives_its_place_back():
    places = Places(1)
    with pytest.raises(ValueError, match="no such page"), places.entering(page("a")):
        raise ValueError("no such page")
    assert places.ask(page("b")) == 0


def test_first_come_first_served(places):
    assert [places.ask(page(name)) for name in "cdc"] == [1, 2, 1]
    places.closed("kernel a")
    assert places.ask(page("d")) == 1
    assert places.ask(page("c")) == 0
    with places.entering(page("c")):
        places.opened("kernel c", page("c"))
    assert places.ask(page("d")) == 1
    assert places.waiting == 1


def test_who_comes_later_does_not_slip_in_before_one_who_has_been_called(places):
    places.ask(page("c"))
    places.closed("kernel a")
    assert places.ask(page("d")) == 1
    assert places.ask(page("c")) == 0


def test_two_free_places_call_two(places):
    for name in "cde":
        places.ask(page(name))
    places.closed("kernel a")
    places.closed("kernel b")
    assert [places.ask(page(name)) for name in "cde"] == [0, 0, 1]


def test_who_goes_from_one_page_to_the_next_keeps_her_place_before_those_in_line(places, clock):
    assert places.ask(page("c")) == 1
    assert places.ask(page("a", "overfit.ipynb")) == 2
    places.closed("kernel a")
    assert places.ask(page("c")) == 2 - 1
    assert places.ask(page("a", "overfit.ipynb")) == 0
    clock.now += ON_THE_WAY
    assert places.ask(page("c")) == 0


def test_a_browser_that_sleeps_holds_up_nobody_and_keeps_its_place_for_a_while(places, clock):
    places.ask(page("sleeps"))
    places.ask(page("c"))
    clock.now += ABSENT
    places.closed("kernel a")
    assert places.ask(page("c")) == 0
    assert places.ask(page("sleeps")) == 0
    assert places.ask(page("c")) == 1
    clock.now += FORGOTTEN
    assert places.ask(page("c")) == 0
    assert places.ask(page("sleeps")) == 1


def test_a_waiting_page_that_is_left_soon_holds_up_nobody_and_one_loaded_anew_keeps_its_place(places, clock):
    for name in "cde":
        places.ask(page(name))
    for name in "cd":
        places.farewell(page(name))
    assert places.ask(page("d")) == 2
    clock.now += BACK
    assert [places.ask(page(name)) for name in "de"] == [1, 2]
    assert places.waiting == 2


def test_who_was_let_in_or_never_waited_leaves_no_line(places):
    places.farewell(page("a"))
    assert (places.waiting, places.ask(page("c"))) == (0, 1)


def test_why_a_page_was_ended_is_kept_for_a_while(places):
    places.closed("kernel a", "memory")
    assert places.why("kernel a") == "memory"
    assert places.why("kernel b") is None
    for number in range(300):
        places.closed(str(number), "memory")
    assert places.why("kernel a") is None
    assert places.why("299") == "memory"


def test_everybody_is_sent_once_each_time(places):
    assert places.sent == (0, "")
    places.send("overfit.ipynb")
    places.send("overfit.ipynb")
    assert places.sent == (2, "overfit.ipynb")
