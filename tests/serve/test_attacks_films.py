"""Films that mean harm, and what becomes of one that does not: each promise of docs/security.md, attacked."""

import io
import json
import os
import pickle
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
import psutil
import pytest
from films import deflated_bomb, dicom, limb
from PIL import Image
from serving import Served, eventually, serving
from visitor import Visitor

from xrlearn.labs.parts.drop import LIMIT, PIECE
from xrlearn.radiograph import RadiographError, read

#: a server that writes its log, and whatever else comes to its second output, into a file
LOGGED = """
import os, sys
from pathlib import Path
os.dup2(os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT), 2)
from xrlearn.serve import app
app.serve(int(sys.argv[1]), notebooks=Path(sys.argv[2]), ready=print)
"""
#: case review, in a program that counts what it opens for writing and is asked for it by a button
PAGE = """
    import json, os, sys
    import ipywidgets
    from xrlearn.labs import case_review
    case_review.show()
    written = []
    def opened(event, told):
        if event == "open" and ((told[1] and set(told[1]) & set("wax+")) or told[2] & (os.O_WRONLY | os.O_RDWR)):
            written.append(str(told[0]))
    sys.addaudithook(opened)
    button, label = ipywidgets.Button(description="written"), ipywidgets.Label(str(os.getpid()), tooltip="told")
    button.on_click(lambda _: setattr(label, "value", json.dumps(written)))
    ipywidgets.VBox([button, label])
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Path:
    """All folders that a program writes to of its own accord."""
    return tmp_path_factory.mktemp("machine")


@pytest.fixture(scope="module")
def logged(notebooks, write, machine) -> Iterator[Served]:
    write("review", PAGE)
    names = ("HOME", "TMPDIR", "XRLEARN_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "JUPYTER_DATA_DIR")
    environment = os.environ | {name: str(machine / name) for name in names}
    for name in names:
        (machine / name).mkdir()
    # What it keeps there takes long to make anew; what is written there is seen by the page all the same.
    environment["MPLCONFIGDIR"] = matplotlib.get_configdir()
    with serving(LOGGED, "8995", str(notebooks), str(machine / "log"), environment=environment) as running:
        yield running


class Reader(Visitor):
    """Somebody who reviews a film."""

    def __init__(self, served: Served) -> None:
        super().__init__(served, "review")
        states = self.states()
        self.drop = next(model for model, state in states.items() if state.get("piece") == PIECE)
        self.label = next(model for model, state in states.items() if state.get("tooltip") == "told")
        self.button = next(model for model, state in states.items() if state.get("description") == "written")
        self.pid = int(states[self.label]["value"])

    def give(self, data: bytes) -> str:
        """Drop a film; return what the page said and showed of it."""
        said = []
        for at in range(0, max(len(data), 1), PIECE):
            self.custom(self.drop, {"type": "piece", "at": at, "size": len(data)}, data[at : at + PIECE])
            said += self.until(lambda m: self.answer(m) in ("next", "done", "refused"))
        return json.dumps([message["content"] for message in said], ensure_ascii=False)

    def answer(self, message: dict) -> str | None:
        """What the place to drop answers."""
        told = message["content"].get("data", {})
        return (
            told["content"].get("type")
            if told.get("method") == "custom" and message["content"]["comm_id"] == self.drop
            else None
        )

    def written(self) -> list[str]:
        """The files that this page's program has opened for writing."""
        self.custom(self.button, {"event": "click"})
        self.settle()
        shown = self.states()[self.label]["value"]
        return json.loads(shown) if shown.startswith("[") else []


@pytest.fixture(scope="module")
def reader(logged) -> Iterator[Reader]:
    visitor = Reader(logged)
    yield visitor
    visitor.close()


# ------------------------------------------------------------------- films that mean harm
class Harm:
    """An object that writes a file when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self):
        return open, (str(self.proof), "w")


def picture(mode: str, size: tuple[int, int], form: str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, form)
    return out.getvalue()


HARMFUL = {
    "a pickle": lambda proof: pickle.dumps(Harm(proof)),
    "a pickle with a film's beginning": lambda proof: bytes(128) + b"DICM" + pickle.dumps(Harm(proof)),
    "a numpy pickle": lambda proof: b"\x93NUMPY\x01\x00" + pickle.dumps(Harm(proof)),
    "a bomb": lambda _: deflated_bomb(),
    "a giant by its header": lambda _: dicom(Rows=60000, Columns=60000),
    "a hundred megapixels": lambda _: picture("1", (10_000, 10_000), "PNG"),
    "a script": lambda _: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "frames without end": lambda _: dicom(NumberOfFrames="2147483647"),
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_a_file_that_means_harm_gets_a_sentence_and_does_nothing(reader, tmp_path, kind):
    proof, opened = tmp_path / "proof", len(reader.written())
    data = HARMFUL[kind](proof)
    with pytest.raises(RadiographError) as error:
        read(data)
    before = psutil.Process(reader.pid).memory_info().rss
    said = reader.give(data)
    assert str(error.value) in said
    assert not proof.exists()
    assert len(reader.written()) == opened
    assert psutil.Process(reader.pid).memory_info().rss - before < 100e6


def test_pieces_that_lie_are_refused(reader):
    """The page's own script may be replaced: it may raise the limit, and say anything of what it sends."""
    reader.update(reader.drop, limit=2**40, piece=2**40)
    for lie in (
        {"at": 0, "size": LIMIT + 1}, {"at": 0, "size": 2**40}, {"at": 0, "size": 3}, {"at": 0, "size": -1},
        {"at": 7, "size": 10}, {"at": "0", "size": 10}, {"at": 0, "size": "10"}, {"at": 0, "size": None}, {},
    ):  # fmt: skip
        reader.custom(reader.drop, {"type": "piece", **lie}, b"four")
        *_, last = reader.until(reader.answer)
        assert reader.answer(last) == "refused", lie
    assert "xr-facts" in reader.give(dicom())


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_what_a_header_says_is_text_and_never_markup(reader):
    """A name is shown nowhere; of the codes that are shown, no sign is left of which markup is made."""
    markup = "<img src=x onerror=alert(1)>"
    shown = reader.give(
        dicom(PatientName=markup, PatientID=markup, StudyDescription=markup, ImageComments=markup,
              BodyPartExamined="<B>HAND</B>", ViewPosition="<I>AP</I>")
    )  # fmt: skip
    reader.settle()
    shown += json.dumps(list(reader.states().values()), default=repr)
    assert "bhand/b" in shown.lower()
    for raw in ("onerror", "src=x", "<b>hand", "<i>ap"):
        assert raw not in shown.lower()


# ------------------------------------------------------------------- a film that means none
def _marked() -> tuple[bytes, dict[str, bytes]]:
    """A film, and what can be told from it: the name in its header, its pixels as sent, its pixels as read."""
    name, row = f"Zq{secrets.token_hex(12)}", np.random.default_rng().integers(0, 4096, 64).astype(np.uint16)
    pixels = limb(1200, 900)
    pixels[600, 400:464] = row
    data = dicom(pixels, PatientName=name)
    return data, {"name": name.encode(), "sent": row.tobytes(), "read": read(data).pixels[600, 400:464].tobytes()}


def _in_memory(pid: int, traces: dict[str, bytes]) -> set[str]:
    """Which of the traces are somewhere in a process's memory."""
    found = set()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(place, 16) for place in span.split("-"))
                try:
                    memory.seek(start)
                    part = memory.read(end - start)
                except (OSError, OverflowError):  # a page of the kernel's own
                    continue
                found |= {name for name, trace in traces.items() if trace in part}
    return found


def _on_disk(machine: Path, traces: dict[str, bytes]) -> list[str]:
    """Which files hold one of the traces: in all folders of the machine, in shared memory, between its programs."""
    folders = (machine, Path("/dev/shm"), *Path("/tmp").glob("voila_*"))
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return [str(file) for file in files if any(trace in file.read_bytes() for trace in traces.values())]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is looked into as Linux shows it")
def test_a_film_is_never_on_disk_and_is_gone_with_its_page(logged, reader, machine):
    data, traces = _marked()
    server = psutil.Process(logged.process.pid)
    visitor = Reader(logged)
    shown = visitor.give(data)
    assert "1200" in shown
    visitor.settle()
    assert "read" in _in_memory(visitor.pid, traces)  # it would be found
    assert visitor.written() == []
    assert _on_disk(machine, traces) == []
    assert visitor.close() == 204
    assert eventually(lambda: not psutil.pid_exists(visitor.pid))
    assert _on_disk(machine, traces) == []
    others = [server, *server.children(recursive=True)]
    assert {process.pid for process in others} > {server.pid, reader.pid}
    assert {process.pid: _in_memory(process.pid, traces) for process in others} == {p.pid: set() for p in others}
    assert (machine / "log").exists()
