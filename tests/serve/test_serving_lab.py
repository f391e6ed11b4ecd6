"""JupyterLab on the notebooks."""

import json
import os
import signal
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from xrlearn import paths
from xrlearn.serve.lab import workspace

TOKEN = "for-this-test"


def test_in_the_repository_the_notebooks_themselves_are_opened():
    assert workspace() == paths.NOTEBOOKS


def test_elsewhere_copies_are_opened_and_a_learners_changes_kept(tmp_path, monkeypatch):
    shipped = tmp_path / "share" / "notebooks"
    shipped.mkdir(parents=True)
    (shipped / "lesson.ipynb").write_text("{}")
    (shipped / "new.ipynb").write_text("{}")
    monkeypatch.setattr(paths, "NOTEBOOKS", shipped)
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "xrlearn-notebooks"
    mine.mkdir()
    (mine / "lesson.ipynb").write_text("mine")
    assert workspace() == mine
    assert (mine / "lesson.ipynb").read_text() == "mine"
    assert (mine / "new.ipynb").read_text() == "{}"


@pytest.fixture
def lab(tmp_path):
    code = f"from pathlib import Path; from xrlearn.serve.lab import start; start(Path({str(tmp_path)!r}), 8960, True)"
    env = {**os.environ, "JUPYTER_TOKEN": TOKEN}
    server = subprocess.Popen([sys.executable, "-c", code], env=env, stderr=subprocess.DEVNULL, start_new_session=True)
    yield
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(30)


def ask(path: str) -> tuple[int, str]:
    request = Request(f"http://127.0.0.1:8960{path}", headers={"Authorization": f"token {TOKEN}"})
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, ""


def test_voila_is_no_extension_of_it_and_it_asks_the_network_for_nothing(lab):
    """As an extension, Voila would run code that a page sends it."""
    until = time.monotonic() + 60
    while True:
        try:
            status, _ = ask("/lab")
            break
        except URLError:
            assert time.monotonic() < until
            time.sleep(0.2)
    assert status == 200
    assert ask("/voila/render/index.ipynb")[0] == 404
    assert ask("/lab/api/news")[0] in (204, 200)
    assert json.loads(ask("/lab/api/news")[1] or '{"news": []}') == {"news": []}
