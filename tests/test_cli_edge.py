"""What the command line does when the machine or the programme fails: one sentence, exit 2, nothing half written."""

import io
import os
import sys

import click
import pytest
from click.testing import CliRunner

from xrlearn import cli, paths
from xrlearn.phantom import cohort

RATINGS = "case,a,b\n" + "".join(f"x{i},{i % 3},{i % 2}\n" for i in range(9))


@pytest.fixture
def scores(tmp_path):
    (tmp_path / "s.csv").write_text(RATINGS)
    return str(tmp_path / "s.csv")


def run(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def test_json_into_a_folder_that_is_absent(scores, tmp_path):
    done = run("stats", "agreement", scores, "--json", tmp_path / "new" / "deep" / "out.json")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "new" / "deep" / "out.json").is_file()
    assert [p.name for p in (tmp_path / "new" / "deep").iterdir()] == ["out.json"]


def test_json_onto_a_folder_or_below_a_file_is_refused_before_the_work(scores, tmp_path):
    done = run("stats", "agreement", scores, "--json", tmp_path)
    assert (done.exit_code, "is a folder" in done.output) == (2, True)
    done = run("stats", "agreement", scores, "--json", tmp_path / "s.csv" / "out.json")
    assert (done.exit_code, "Nothing can be written" in done.output) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("data", "import", "fracatlas", "nowhere", "--out"),
        ("study", "export", "ABC"),
        ("train", "fracture", "--out"),
        ("simulate", "wrist", "--out"),
        ("deidentify", "{here}", "--out"),
        ("check", "{here}", "--json"),
        ("evaluate", "fracture", "--json"),
        ("predict", "film.png", "--json"),
        ("stats", "auc", "{scores}", "--plot"),
    ],
)
@pytest.mark.parametrize("reason", ["below a file", "full"])
def test_every_verb_that_writes_looks_at_the_place_first(words, reason, scores, tmp_path, monkeypatch):
    if reason == "full":
        from types import SimpleNamespace

        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100))
    place = tmp_path / "s.csv" / "out" if reason == "below a file" else tmp_path / "new"
    done = run(*(word.format(here=tmp_path, scores=scores) for word in words), place)
    said = "Nothing can be written" if reason == "below a file" else "is full"
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert not (tmp_path / "new").exists()


def test_simulate_onto_a_file_is_refused(scores):
    done = run("simulate", "wrist", "--out", scores)
    assert (done.exit_code, "is a file" in done.output) == (2, True)


def test_a_full_disk_is_said_before_the_work(tmp_path, monkeypatch):
    from types import SimpleNamespace

    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100))
    done = run("simulate", "wrist", "--out", tmp_path / "films")
    assert (done.exit_code, "is full" in done.output) == (2, True)


def test_a_simulation_that_is_broken_off_leaves_nothing(tmp_path, monkeypatch):
    def broken_off(cohort, folder, *args, **kwargs):
        (folder / "images").mkdir(parents=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(cohort, "write", broken_off)
    done = run("simulate", "wrist", "-n", 1, "--out", tmp_path / "films")
    assert done.exit_code == 130
    assert list(tmp_path.iterdir()) == []


def failing(error):
    @click.command()
    def verb():
        raise error

    return verb


def test_any_exception_is_one_sentence_with_a_file_to_send(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli._Verbs, "get_command", lambda *_: failing(RuntimeError("DOE^JANE")))
    done = run("stats")
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    (file,) = tmp_path.glob("xrlearn-fault-*.txt")
    assert file.name in done.output.replace("\n", "")
    told = file.read_text(encoding="utf-8")
    assert "RuntimeError" in told
    assert "test_cli_edge" in told
    assert "DOE" not in told + done.output


def test_a_machine_that_refuses_is_one_sentence(monkeypatch):
    error = OSError(28, "No space left on device", "/home/jane/films/a.png")
    monkeypatch.setattr(cli._Verbs, "get_command", lambda *_: failing(error))
    done = run("stats")
    assert (done.exit_code, "a.png: No space left" in done.output) == (2, True)
    assert "/home/jane" not in done.output


@pytest.mark.parametrize("page", ["cp1252", "cp437", "gbk", "ascii"])
def test_terminals_that_lack_a_sign(page, monkeypatch):
    from xrlearn.cli.guard import tolerant

    stream = io.TextIOWrapper(io.BytesIO(), encoding=page)
    monkeypatch.setattr(sys, "stdout", stream)
    tolerant()
    stream.write("χ² ✓ 阅片 é")
    stream.flush()


def test_a_cache_that_cannot_be_written_is_replaced(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(paths, "user_cache_path", lambda *_, **__: tmp_path / "file" / "xrlearn")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert os.access(paths.cache(), os.W_OK)
    assert paths.cache().parent == tmp_path
