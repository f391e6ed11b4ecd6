"""A server for a class, seen without a browser: its door, its places, and what it refuses."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

import psutil
import pytest
from person import Person, close
from serving import CLASS, Served, eventually, kernel_of, serving


@pytest.fixture(scope="module")
def room(notebooks) -> Iterator[Served]:
    """Two places, 600 MB a page, a token and a password."""
    with serving(CLASS, "8930", str(notebooks), "2", "600") as running:
        yield running


@pytest.fixture
def visitors(room, write):
    """Three who have come in by the token; their pages are closed in the end."""
    write("index", "1")
    three = [Person(room) for _ in range(3)]
    for one in three:
        assert one.ask("/?token=ulna")[0] == 302
    kernels: list[str] = []

    def opened(one: Person, name: str) -> tuple[str, str]:
        status, _, body = one.open(name)
        assert status == 200
        kernels.append(kernel_of(body))
        return kernels[-1], body

    yield three, opened
    for kernel in kernels:
        close(three[0], kernel)
        assert eventually(lambda kernel=kernel: three[0].ask(f"/xrlearn/standing/{kernel}")[0] == 404)


# ------------------------------------------------------------------------------------------------ the door
@pytest.mark.parametrize("path", ["/voila/render/index.ipynb", "/", "/voila/render/index.ipynb?token=guess"])
def test_without_token_or_password_there_is_the_sign_in_page_and_nothing_else(room, write, path):
    write("index", "print('inside')")
    status, headers, body = Person(room).ask(path)
    assert (status, headers["Location"].split("?")[0], "inside" in body) == (302, "/login", False)


def test_the_token_lets_in_and_is_not_in_the_address_any_more(room, write):
    write("index", "print('inside')")
    visitor = Person(room)
    status, headers, _ = visitor.ask("/?token=ulna&lang=zh")
    assert (status, headers["Location"]) == (302, "voila/render/index.ipynb?lang=zh")
    status, headers, _ = Person(room).ask("/voila/render/index.ipynb?token=ulna&lang=zh")
    assert (status, headers["Location"]) == (302, "index.ipynb?lang=zh")
    status, _, body = visitor.open("index")
    assert status == 200
    assert "inside" in body
    close(visitor, kernel_of(body))


@pytest.mark.parametrize("typed", ["scaphoid", "ulna", "capitate"])
def test_the_password_a_token_and_the_teachers_open_the_door_when_typed(room, typed):
    visitor = Person(room)
    assert "Password" in visitor.ask("/login?next=%2Fvoila%2Frender%2Findex.ipynb")[2]
    assert "口令" in visitor.ask("/login?lang=zh")[2]
    form = {"password": typed, "_xsrf": visitor.cookies["_xsrf"].value}
    status, headers, _ = visitor.ask("/login?next=%2Fvoila%2Frender%2Findex.ipynb", "POST", urlencode(form))
    assert (status, headers["Location"]) == (302, "/voila/render/index.ipynb")
    assert visitor.ask("/")[1]["Location"] == "voila/render/index.ipynb"


@pytest.mark.parametrize("typed", ["", "scaphoi", "None"])
def test_a_wrong_password_is_refused_with_a_sentence(room, typed):
    visitor = Person(room)
    visitor.ask("/login")
    form = {"password": typed, "_xsrf": visitor.cookies["_xsrf"].value}
    status, _, body = visitor.ask("/login?next=http%3A%2F%2Fevil.example", "POST", urlencode(form))
    assert status == 401
    assert "That was not it." in body
    assert visitor.ask("/")[1]["Location"].startswith("/login")


def test_a_password_typed_on_another_site_does_not_sign_in(room):
    status, _, _ = Person(room).ask("/login", "POST", urlencode({"password": "scaphoid"}))
    assert status == 403


@pytest.mark.parametrize("path", ["/xrlearn/standing/a-b-c-d-e", "/xrlearn/line/index.ipynb", "/api/kernels/a-b-c-d-e"])
def test_what_pages_ask_is_refused_to_strangers(room, path):
    assert Person(room).ask(path)[0] == 403


def test_a_made_up_cookie_opens_nothing(room):
    visitor = Person(room)
    netloc = urlsplit(room.address).netloc.replace(".", "-").replace(":", "-")
    visitor.cookies[f"username-{netloc}"] = "teacher"
    assert visitor.ask("/")[1]["Location"].startswith("/login")


def test_no_secret_reaches_the_programs_of_the_pages(write, visitors):
    (one, *_), opened = visitors
    write("secrets", "import os, sys; print(sorted(os.environ.values()), sys.argv)")
    _, body = opened(one, "secrets")
    assert "ipykernel_launcher" in body
    for secret in ("ulna", "scaphoid", "capitate"):
        assert secret not in body


# ------------------------------------------------------------------------------------------------ places
def test_who_finds_no_place_waits_in_order_and_is_let_in(visitors):
    (first, second, third), opened = visitors
    kernel, _ = opened(first, "index")
    opened(second, "index")
    status, headers, body = third.open("index")
    assert status == 503
    assert "no-store" in headers["Cache-Control"]
    assert "You are number 1 in line." in body
    assert json.loads(third.ask("/xrlearn/line/index.ipynb?lang=zh")[2]) == {"place": 1, "said": "您排在第 1 位。"}
    close(first, kernel)
    assert eventually(lambda: json.loads(third.ask("/xrlearn/line/index.ipynb")[2])["place"] == 0)
    opened(third, "index")
    assert first.open("index")[0] == 503


def test_a_page_that_does_not_exist_takes_no_place(visitors):
    (first, second, _), opened = visitors
    opened(first, "index")
    assert eventually(lambda: second.open("none")[0] == 404)  # once those of the last test are given up for absent
    for _ in range(3):
        assert second.open("none")[0] == 404
    opened(second, "index")


# ------------------------------------------------------------------------------------------------ limits
def niceness(room: Served) -> list[int]:
    """How far each page's program that has not ended stands behind others."""
    found = []
    for one in room.kernels():
        with suppress(psutil.NoSuchProcess):  # it may end while it is looked at
            if "kernel" in one.name():
                found.append(one.nice())
    return found


def test_a_program_that_takes_too_much_is_ended_and_its_neighbour_is_not(room, write, visitors):
    (first, second, _), opened = visitors
    grows = "import time, threading\nheld = []\n"
    grows += "def grow():\n    while True:\n        held.append(bytearray(b'x' * 2**24)); time.sleep(0.1)\n"
    write("grows", grows + "threading.Thread(target=grow, daemon=True).start()")
    (calm, _), (wild, _) = opened(first, "index"), opened(second, "grows")
    standing = f"/xrlearn/standing/{wild}"
    assert eventually(lambda: second.ask(standing)[0] == 404)
    assert json.loads(second.ask(standing)[2]) == {"why": "memory"}
    assert first.ask(f"/xrlearn/standing/{calm}")[0] == 200
    assert eventually(lambda: len(niceness(room)) == 1)


def test_programs_stand_behind_the_server_when_the_processor_is_short(room, visitors):
    (first, *_), opened = visitors
    opened(first, "index")
    behind = [psutil.Process(room.process.pid).nice() + 5]
    assert eventually(lambda: niceness(room) == behind)  # once those of the last test have ended


# ------------------------------------------------------------------------------------------------ the teacher
@pytest.mark.parametrize("path", ["/teacher", "/teacher?token=ulna", "/teacher?token=guess", "/xrlearn/now"])
def test_the_teachers_page_is_there_for_nobody_else(room, visitors, path):
    (reader, *_), _ = visitors
    for anybody in (reader, Person(room)):
        status, _, body = anybody.ask(path)
        assert status == 403
        assert "people" not in body


def test_only_the_teacher_sends_everybody_and_only_to_a_page_of_the_course(room, visitors):
    (reader, *_), opened = visitors
    kernel, _ = opened(reader, "index")
    teacher = Person(room)
    assert teacher.ask("/teacher?token=capitate")[1]["Location"] == "teacher"
    assert teacher.ask("/teacher")[0] == 200

    def send(who: Person, where: str, **more: str) -> int:
        return who.ask("/xrlearn/now", "POST", urlencode({"send": where, **more}))[0]

    def told() -> tuple[int, str]:
        said = json.loads(reader.ask(f"/xrlearn/standing/{kernel}")[2])
        return said["times"], said["where"]

    before, _ = told()
    xsrf = {"_xsrf": teacher.cookies["_xsrf"].value}
    assert send(teacher, "overfit.ipynb") == 403  # from another site
    assert send(reader, "overfit.ipynb", _xsrf=reader.cookies["_xsrf"].value) == 403
    for where in ("", "../../evil", "https://evil.example/", "index"):
        assert send(teacher, where, **xsrf) == 400
    assert told()[0] == before
    assert send(teacher, "overfit.ipynb", **xsrf) == 204
    assert told() == (before + 1, "overfit.ipynb")


def test_answers_are_those_of_the_page_they_come_from(room, visitors):
    (reader, other, _), opened = visitors
    kernel, _ = opened(reader, "index")
    opened(other, "index")
    teacher = Person(room)
    teacher.ask("/teacher?token=capitate")

    def answer(who: Person, body: object, to: str = kernel) -> int:
        xsrf = {"X-XSRFToken": who.cookies["_xsrf"].value}
        return who.ask(f"/xrlearn/answers/{to}", "POST", json.dumps(body), **xsrf)[0]

    def counted() -> list[int]:
        return json.loads(teacher.ask("/xrlearn/now")[2])["answers"]["overfit"]["stop"]

    before = counted()
    good = {"lesson": "overfit", "answers": {"stop": "c"}}
    assert answer(other, good) == 404
    assert answer(reader, good, "a-b-c-d-e") == 404
    assert [answer(reader, bad) for bad in ([], {}, {"lesson": "overfit"}, {**good, "answers": ["stop"]}, 1)] == [
        400
    ] * 5
    for odd in ({"stop": "d"}, {"stop": ["c"]}, {"no such": "c"}, {"stop": "<b>"}):
        assert answer(reader, {**good, "answers": odd}) == 204
    assert counted() == before
    for _ in range(3):
        assert answer(reader, good) == 204
    assert counted() == [before[0], before[1], before[2] + 1]


def test_without_a_class_there_is_no_teachers_page(served):
    for path in ("/teacher", "/xrlearn/now"):
        assert served.get(path)[0] == 404


# ------------------------------------------------------------------------------------------------ the command
def serve(*words: str, **env: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "xrlearn.cli", "serve", *words]
    env = {**os.environ, "XRLEARN_LANG": "en", **env}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1"])
def test_beyond_this_machine_it_does_not_start_without_a_key(address):
    told = serve("--address", address)
    assert told.returncode == 1
    assert "--password" in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


def test_https_needs_both_files_and_good_ones(tmp_path):
    file = tmp_path / "file.pem"
    file.write_text("nothing")
    assert "--certfile and --keyfile" in serve("--certfile", str(file)).stderr
    told = serve("--certfile", str(file), "--keyfile", str(file))
    assert told.returncode == 1
    assert "HTTPS" in told.stderr
    assert "Traceback" not in told.stderr


def test_an_address_that_this_machine_has_not_is_said():
    told = serve("--address", "192.0.2.1", "--token", "ulna")
    assert told.returncode == 1
    assert "192.0.2.1" in told.stderr
    assert "ulna" not in told.stderr + told.stdout


COMMAND = "from xrlearn.cli import main; main()"


def test_on_this_machine_a_token_is_drawn_and_said(notebooks):
    with serving(COMMAND, "serve", "--port", "8938") as running:
        address = urlsplit(running.address)
        assert address.query.startswith("token=")
        assert len(address.query) > 16


def test_keys_from_the_environment_are_not_in_the_list_of_processes():
    keys = {"XRLEARN_TOKEN": "tibia-from-environment", "XRLEARN_TEACHER_TOKEN": "fibula-from-environment"}
    with serving(COMMAND, "serve", "--port", "8939", environment=os.environ | keys) as running:
        assert running.address.endswith("?token=tibia-from-environment")
        for one in (psutil.Process(running.process.pid), *running.kernels()):
            assert "from-environment" not in " ".join(one.cmdline())
