"""What was worked out once on a machine is not worked out again, unless what it comes from has changed."""

import numpy as np
import pytest

from xrlearn.labs import once
from xrlearn.paths import cache


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Ask for the square of a number; the list of those that were worked out is returned with it."""
    monkeypatch.setenv("XRLEARN_HOME", str(tmp_path / "home"))
    code, done = tmp_path / "code.py", []
    code.write_text("first words")

    def ask(number: int) -> int:
        def work() -> dict[str, np.ndarray]:
            done.append(number)
            return {"square": np.array(number**2)}

        return int(once.worked_out("squares", number, [str(code)], work)["square"])

    ask.done, ask.code = done, code
    return ask


def kept():
    return sorted((cache() / "worked-out" / "squares").glob("*"))


def test_it_is_worked_out_once(asked):
    assert [asked(3), asked(3), asked(4), asked(3)] == [9, 9, 16, 9]
    assert asked.done == [3, 4]


def test_other_code_works_it_out_anew(asked):
    asked(3)
    asked.code.write_text("other words")
    assert asked(3) == 9
    assert asked.done == [3, 3]


def test_a_file_that_is_not_whole_is_worked_out_again(asked):
    asked(3)
    kept()[0].write_bytes(kept()[0].read_bytes()[:40])
    assert [asked(3), asked(3)] == [9, 9]
    assert asked.done == [3, 3]


def test_the_room_is_bounded_and_what_is_read_stays(asked, monkeypatch):
    monkeypatch.setattr(once, "ROOM", 2)
    for number in range(5):
        asked(number)
    assert len(kept()) == 2


def test_without_room_on_the_disk_it_is_worked_out_each_time(asked, monkeypatch):
    def full(*_, **__):
        raise OSError("no room")

    monkeypatch.setattr(np, "savez", full)
    assert [asked(3), asked(3)] == [9, 9]
    assert not kept()
