"""What `make soak` writes down of a server: looked at with processes that hold what a test gives them."""

import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

SOAK = runpy.run_path(str(Path(__file__).resolve().parents[1] / "tools" / "soak.py"))
Sample, Visits = SOAK["Sample"], SOAK["Visits"]

HOLDS = """
import subprocess, sys
held = bytearray(80 * 2**20)
held[::4096] = b"x" * len(held[::4096])
files = [open("/dev/null") for _ in range(20)]
child = subprocess.Popen(["sleep", "600"])
print("held", flush=True)
sys.stdin.read()
child.kill()
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="shared memory is told apart on Linux")
def test_a_sample_is_what_a_server_and_all_below_it_hold(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "film").write_text("")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        seen = SOAK["sample"](process.pid, tmp_path, time.monotonic() - 60)
        process.communicate()
    assert (seen.programs, seen.threads, seen.temporary) == (1, 1, 1)
    assert 23 <= seen.files < 40
    assert 80 < seen.server < seen.memory < 200
    assert seen.minute == pytest.approx(1, abs=0.1)


def growing(per_sample: int) -> list:
    quiet = Sample(0, 500, 100, 1, 20, 2, 0)
    busy = [Sample(n / 6, 900, 110 + per_sample * n, 11, 40, 2, 3) for n in range(1, 91)]
    leaving = [Sample(15.1 + n / 60, 600, 110, 5, 30, 2, 1) for n in range(50)]
    return [quiet, *busy, *leaving, Sample(16, 520, 110, 1, 20, 2, 0)]


def test_the_table_shows_what_grows():
    flat, leaks = (SOAK["table"](growing(n), 15).splitlines() for n in (0, 1))
    assert [line.split("|")[3].strip() for line in flat[2:]] == ["100", "110", "110", "110"]
    assert [line.split("|")[3].strip() for line in leaks[2:]] == ["100", "126", "186", "110"]


def test_what_is_written_says_how_many_came_and_how_many_failed():
    visits = Visits(opened=12, failed=["index: TimeoutError()"], moved=[0.1] * 99 + [2.0])
    said = SOAK["told"](growing(0), visits, 15, 4)
    assert "4 visitors at once" in said
    assert "12 pages opened,\n1 failed" in said
    assert "for\n100 ms (median; of a hundred, one more than 2000 ms)" in said


def test_the_chart_is_small_and_the_same_each_time(tmp_path):
    for name in ("one.svg", "two.svg"):
        SOAK["chart"](growing(1), tmp_path / name)
    drawn = (tmp_path / "one.svg").read_text()
    assert drawn == (tmp_path / "two.svg").read_text()
    assert len(drawn) < 100_000
    for title in SOAK["TOLD"].values():
        assert title in drawn
