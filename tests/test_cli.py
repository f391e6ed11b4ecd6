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

from xrlearn import __version__, cli, locale, tasks
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
        assert [row["index"] for row in told] == list(tasks().index)
        assert all(row["published"] for row in told)


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


class TestQuietAndVerbose:
    def test_quiet_leaves_out_all_but_results(self):
        loud, soft = run("data", "list").output, run("--quiet", "data", "list").output
        assert soft
        assert loud.startswith(soft)
        assert loud != soft

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
        ],
    )
    def test_completes_verbs_regions_and_data_sets(self, words, wanted):
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
