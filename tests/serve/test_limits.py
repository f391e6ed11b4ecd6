"""What one page may take, looked at from outside it."""

import os
import subprocess
import sys

import pytest

from xrlearn.serve.limits import MemoryWatch, proportional, resident

HOLDS = """
import os, sys
held = bytearray(int(sys.argv[1]))
held[:: 4096] = b"x" * len(held[:: 4096])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holding():
    """Start processes that hold so many bytes."""
    started = []

    def hold(size: int) -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process.pid

    yield hold
    for process in started:
        process.communicate()


def test_only_the_one_that_holds_too_much_is_ended(holding):
    programs = {"small": holding(1), "large": holding(300 * 2**20)}
    ended: list[str] = []
    MemoryWatch(200, lambda: programs, ended.append).look()
    assert ended == ["large"]
    MemoryWatch(1000, lambda: programs, ended.append).look()
    assert ended == ["large"]


def test_children_count_and_what_has_ended_holds_nothing(holding):
    pid = holding(100 * 2**20)
    assert resident(os.getpid()) > resident(pid) > 100 * 2**20
    assert 100 * 2**20 < proportional(pid) <= resident(pid)
    assert resident(2**30) == proportional(2**30) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="shared memory is told apart on Linux")
def test_what_forks_share_is_not_held_against_each():
    script = """
import os, sys
from xrlearn.serve.limits import proportional, resident
held = bytearray(200 * 2**20)
held[:: 4096] = b"x" * len(held[:: 4096])
read, write = os.pipe()
forks = []
for _ in range(3):
    if (pid := os.fork()) == 0:
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    forks.append(pid)
print(resident(forks[0]) > 200 * 2**20, proportional(forks[0]) < 150 * 2**20)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == "True True\n"
