"""The command as people script it: exit status, stdout and stderr, JSON, completion, and how it is stopped."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from xrlearn import __version__, cli, doctor, locale, tasks
from xrlearn.cli import main
from xrlearn.cli.output import as_json, bar
from xrlearn.labs import prepare
from xrlearn.phantom import cohort
from xrlearn.progress import Stopped

ROOT = Path(__file__).resolve().parents[1]


def run(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)))


def shell(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(ROOT), "XRLEARN_LANG": "en"} | environment
    command = [sys.executable, "-m", "xrlearn.cli", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def films(tmp_path) -> Path:
    """A folder of a film, a broken film, and another folder."""
    folder = tmp_path / "films"
    (folder / "more").mkdir(parents=True)
    grey = np.linspace(0, 255, 64 * 64).reshape(64, 64).astype(np.uint8)
    Image.fromarray(grey).save(folder / "good.png")
    Image.fromarray(grey).save(folder / "more" / "other.png")
    (folder / "broken.dcm").write_bytes(b"not a film")
    return folder


def test_every_verb_is_listed_and_can_be_asked_for_help():
    listed = run("--help").output
    for verb in main.list_commands(None):
        assert f"\n  {verb} " in listed
        assert run(verb, "--help").exit_code == 0


def test_help_says_what_the_exit_status_means():
    said = run("--help").output
    for code in ("0", "1", "2", "130"):
        assert f"\n  {code} " in said.partition("Exit status")[2]


def test_the_version_is_that_of_the_package():
    assert run("--version").output.strip().endswith(__version__)


class TestTasks:
    def test_lists_every_task(self):
        told = run("tasks")
        assert told.exit_code == 0
        assert [line.split()[0] for line in told.output.splitlines()[1:]] == list(tasks().index)

    def test_as_json(self):
        told = json.loads(run("tasks", "--json").output)
        assert [row["name"] for row in told] == list(tasks().index)
        assert all(row["published"] for row in told)

    def test_json_has_the_same_keys_in_every_language(self):
        keys = set()
        for lang in locale.LANGUAGES:
            locale.use(lang)
            keys.add(tuple(json.loads(run("tasks", "--json").output)[0]))
        assert keys == {("name", "task", "published", "measured", "data")}


class TestCheck:
    def test_takes_films_and_folders_at_once_and_ends_with_1_where_one_is_broken(self, films, tmp_path):
        told = run("check", films, films / "more" / "other.png", "--json", tmp_path / "out.json")
        assert told.exit_code == 1
        assert "2 of 3 files were read." in told.output
        rows = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
        assert [row["file"] for row in rows] == ["broken.dcm", "good.png", "other.png"]
        assert [row["verdict"] == "ok" for row in rows] == [False, True, True]
        assert rows[1]["size"] == "64 x 64"

    def test_ends_with_0_where_all_are_read(self, films):
        assert run("check", films / "more").exit_code == 0

    def test_what_is_not_there_is_a_wrong_use(self):
        assert run("check", "/no/such/film").exit_code == 2


@pytest.mark.parametrize(
    "words", [["check"], ["deidentify", "--out", "{out}"], ["predict"]], ids=lambda words: words[0]
)
def test_a_folder_without_films_is_said(words, tmp_path):
    (tmp_path / "empty").mkdir()
    told = run(*(word.format(out=tmp_path / "out") for word in words), tmp_path / "empty")
    assert told.exit_code == 1
    assert told.stdout == ""
    assert f"No films in {tmp_path / 'empty'}." in told.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["empty"]


class TestQuietAndVerbose:
    def test_quiet_leaves_out_all_but_results(self):
        loud, soft = run("data", "list").output, run("--quiet", "data", "list").output
        assert soft
        assert loud.startswith(soft)
        assert loud != soft

    def test_quiet_check_prints_its_table_alone(self, films):
        loud, soft = run("check", films).output, run("--quiet", "check", films).output
        assert soft.count("\n") == 3  # the heads, and two files
        assert loud.count("\n") == 4

    def test_errors_go_to_stderr(self, tmp_path):
        told = run("--quiet", "simulate", "elbow", "--out", tmp_path / "films")
        assert told.exit_code == 1
        assert told.stdout == ""
        assert "elbow" in told.stderr
        assert "Traceback" not in told.stderr

    def test_verbose_says_what_python_says(self, tmp_path):
        told = run("--verbose", "simulate", "elbow", "--out", tmp_path / "films")
        assert told.exit_code == 1
        assert "Traceback" in told.stderr

    def test_no_progress_bar_off_a_terminal(self, tmp_path):
        told = shell("simulate", "heel", "-n", "1", "--size", "64", "--out", str(tmp_path / "films"))
        assert told.returncode == 0, told.stderr
        assert told.stderr == ""
        assert "1" in told.stdout

    def test_a_bar_on_a_terminal_only_and_not_when_quiet(self, monkeypatch):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        with bar(3) as loud:
            assert not loud.disable
        with main.make_context("xrlearn", ["--quiet", "tasks"]) as context:
            context.obj = {"quiet": True}
            with bar(3) as soft:
                assert soft.disable


def test_json_holds_no_number_that_json_does_not_know():
    told = as_json({"auc": float("nan"), "df": np.inf, "by": np.array([1.5, np.nan]), "who": "阅片者"})
    assert json.loads(told, parse_constant=pytest.fail) == {"auc": None, "df": None, "by": [1.5, None], "who": "阅片者"}
    assert "阅片者" in told


class TestDoctor:
    @pytest.mark.parametrize(("needed", "code"), [(True, 1), (False, 0)])
    def test_ends_with_1_only_where_something_needed_is_amiss(self, needed, code, monkeypatch):
        found = [doctor.Finding("python", True, "Python is here"), doctor.Finding("x", False, "no x", needed)]
        monkeypatch.setattr(doctor, "examine", lambda: iter(found))
        told = run("doctor")
        assert told.exit_code == code
        lines = told.output.splitlines()
        assert lines[:2] == ["✓ Python is here", f"{'✗' if needed else '–'} no x"]
        report = json.loads(run("doctor", "--json").output)
        assert report["healthy"] is (code == 0)
        assert [finding["check"] for finding in report["findings"]] == ["python", "x"]


class TestRun:
    @pytest.fixture
    def served(self, monkeypatch) -> list[tuple]:
        """What would have been served and opened; nothing is."""
        from xrlearn.serve import app

        asked: list[tuple] = []

        def serve(port, base_url, ready):
            asked.append((locale.language(), port, base_url))
            if port == 1:
                raise OSError("port 1 is taken")
            ready(f"http://127.0.0.1:{port}/")
            raise KeyboardInterrupt

        monkeypatch.setattr(app, "serve", serve)
        monkeypatch.setattr(app, "open_browser", lambda address: asked.append(("opened", address)))
        return asked

    def test_serves_in_a_language_and_opens_the_browser(self, served):
        told = run("run", "--lang", "zh")
        assert told.exit_code == 0
        assert served == [("zh", 8866, None), ("opened", "http://127.0.0.1:8866/")]
        assert "http://127.0.0.1:8866/" in told.stdout

    @pytest.mark.parametrize("words", [["--no-browser"], ["--base-url", "/hub/"]])
    def test_opens_none_where_there_is_none(self, words, served):
        assert len(run("--quiet", "run", *words).stdout.splitlines()) == 1
        assert len(served) == 1

    def test_a_taken_port_is_one_sentence(self, served):
        told = run("run", "--port", 1)
        assert told.exit_code == 1
        assert told.stderr.strip() == "Error: port 1 is taken"


class TestNotInstalled:
    @pytest.mark.parametrize(("verb", "module", "extra"), [("run", "voila", "serve"), ("study", "sqlalchemy", "study")])
    def test_names_the_extra(self, monkeypatch, verb, module, extra):
        for name in [name for name in sys.modules if name.startswith(("xrlearn.serve", "xrlearn.readers"))]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.setitem(sys.modules, f"{module}.app", None)
        told = run(verb, *(["list"] if verb == "study" else ["--no-browser"]))
        assert told.exit_code == 1
        assert f"pip install 'xrlearn[{extra}]'" in told.stderr

    def test_a_fault_of_our_own_is_not_hidden(self, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)  # what is to be sent to us lies there

        def broken(*_: object) -> None:
            raise ModuleNotFoundError("No module named 'xrlearn.nowhere'", name="xrlearn.nowhere")

        monkeypatch.setattr(cli._Verbs, "get_command", broken)
        told = run("tasks")
        assert told.exit_code == 2
        assert "pip install" not in told.stderr


class TestCompletion:
    @pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
    def test_prints_a_script_that_calls_xrlearn(self, kind):
        told = run("completion", kind)
        assert told.exit_code == 0
        assert "_XRLEARN_COMPLETE" in told.output

    @pytest.mark.parametrize(
        ("words", "wanted"),
        [
            ("xrlearn st", {"stats", "study"}),
            ("xrlearn simulate kn", {"knee"}),
            ("xrlearn data get frac", {"fracatlas"}),
            ("xrlearn train knee-o", {"knee-oa", "knee-outlines"}),
            ("xrlearn predict --task bone", {"bone-age", "bone-age-aid", "bone-age-scratch"}),
        ],
    )
    def test_completes_verbs_regions_tasks_and_data_sets(self, words, wanted):
        asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1), "_XRLEARN_COMPLETE": "bash_complete"}
        found = CliRunner().invoke(main, prog_name="xrlearn", env=asked, complete_var="_XRLEARN_COMPLETE")
        assert {line.split(",")[1] for line in found.output.splitlines()} == wanted


class TestPrepare:
    @pytest.fixture
    def made(self, monkeypatch) -> list[str]:
        """Two pieces that note what was made; the first asks for an end where told to."""
        made: list[str] = []

        def work(name: str):
            def make(progress):
                for done in (1, 2):
                    if progress(done, 2) is True:
                        raise RuntimeError("ended half way")
                made.append(name)

            return prepare.Piece(name, make)

        monkeypatch.setattr(prepare, "pieces", lambda: (work("bones"), work("wrists")))
        return made

    def test_makes_every_piece(self, made):
        told = run("prepare")
        assert told.exit_code == 0
        assert made == ["bones", "wrists"]
        assert "1 of 2: bones of every region" in told.output
        assert "Everything is here" in told.output

    def test_says_nothing_when_quiet(self, made):
        assert run("--quiet", "prepare").output == ""
        assert made == ["bones", "wrists"]

    def test_ctrl_c_ends_it_after_what_is_whole(self, made, monkeypatch):
        pieces = prepare.pieces()

        def interrupted(progress):
            os.kill(os.getpid(), signal.SIGINT)
            pieces[1].make(progress)

        monkeypatch.setattr(prepare, "pieces", lambda: (pieces[0], prepare.Piece("wrists", interrupted)))
        before = signal.getsignal(signal.SIGINT)
        told = run("prepare")
        assert told.exit_code == 130
        assert made == ["bones"]
        assert "Stopped. What is whole is kept" in told.stderr
        assert signal.getsignal(signal.SIGINT) is before

    def test_a_fault_is_not_taken_for_an_end(self, made, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)

        def broken(progress):
            raise OSError("no room")

        monkeypatch.setattr(prepare, "pieces", lambda: (prepare.Piece("bones", broken),))
        told = run("prepare")
        assert told.exit_code == 2
        assert "Stopped" not in told.stderr

    def test_every_piece_has_a_name_in_every_language(self):
        for lang in locale.LANGUAGES:
            locale.use(lang)
            assert all(piece.title for piece in prepare.pieces())

    @pytest.mark.parametrize("name", ["bones", "wrists", "elsewhere", "shelf"])
    def test_a_piece_makes_films_and_can_be_stopped(self, name, monkeypatch, tmp_path):
        monkeypatch.setattr(cohort, "cache", lambda: tmp_path)  # nothing has been made before
        monkeypatch.setattr(cohort, "_parts", lambda *_: 0)
        told: list[tuple[int, int]] = []
        (piece,) = (piece for piece in prepare.pieces() if piece.name == name)
        with pytest.raises(Stopped):
            piece.make(lambda done, total: told.append((done, total)) or True)
        assert len(told) == 1
        assert told[0][0] == 1 < told[0][1]


def test_ctrl_c_ends_a_verb_in_one_sentence(monkeypatch):
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xrlearn.tasks.listing.table", stopped)
    told = run("tasks")
    assert told.exit_code == 130
    assert told.stderr.strip() == "Stopped."
