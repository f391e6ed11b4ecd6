"""Lessons: both languages, built from their source, run to the end with public films and with simulated ones."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from pack import environment, make_pack
from serving import forking, is_warmed
from traitlets.config import Config

from xrlearn import locale, paths
from xrlearn.labs.plan import COURSE
from xrlearn.labs.reading import Reading, prose_of
from xrlearn.serve import kernels
from xrlearn.serve.forked.nursery import POSSIBLE, nursery

TOOL = Path(__file__).resolve().parents[2] / "tools" / "make_notebooks.py"
pytestmark = pytest.mark.skipif(not TOOL.is_file(), reason="an installed package has no sources of its notebooks")


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("make_notebooks", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_notebooks_are_what_their_sources_say(tool):
    scripts = sorted(tool.SOURCE.glob("*.py"))
    assert scripts
    for script in scripts:
        for path, content in tool.build(script).items():
            assert (tool.NOTEBOOKS / path).read_text(encoding="utf-8") == content, f"{path}: run `make notebooks`"
        assert tool.build(script) == tool.build(script)


def test_every_language_has_the_same_code_and_as_much_prose(tool):
    for script in tool.SOURCE.glob("*.py"):
        english, *others = (nbformat.reads(text, 4) for text in tool.build(script).values())
        assert len(others) == len(locale.LANGUAGES) - 1
        for other in others:
            assert [cell.id for cell in english.cells] == [cell.id for cell in other.cells]
            for one, two in zip(english.cells, other.cells, strict=True):
                assert one.cell_type == two.cell_type
                assert one == two or one.cell_type == "markdown"
        assert not any(cell.get("outputs") for cell in english.cells)


def test_chinese_prose_is_chinese(tool):
    for script in tool.SOURCE.glob("*.py"):
        (book,) = (nbformat.reads(text, 4) for path, text in tool.build(script).items() if "zh" in path.parts)
        for cell in book.cells:
            assert cell.cell_type == "code" or any("\u4e00" <= letter <= "\u9fff" for letter in cell.source)


@pytest.mark.parametrize("langs", [["en"], ["zh"], ["en", "en", "zh"], ["en", None, "zh"]])
def test_prose_without_its_other_language_is_refused(tool, tmp_path, langs):
    cells = ["# %%\n1" if lang is None else f'# %% [markdown] lang="{lang}"\n# prose' for lang in langs]
    script = tmp_path / "lesson.py"
    script.write_text("# ---\n# jupyter:\n#   xrlearn:\n#     title: {en: a, zh: b}\n# ---\n\n" + "\n\n".join(cells))
    with pytest.raises(ValueError, match="prose without its"):
        tool.build(script)


#: lessons whose lab trains networks when it is opened
TRAINS = ("train-validate-test", "overfit")
#: all others but the one with public films: when their lab is ready, and what the notebook shows then
LOOKS = [
    ("make-an-x-ray", "lab.truth is not None", "<img"),
    ("augment", "lab.bench is not None", "<img"),
    ("bone-age", "lab.hand is not None and len(lab.hand.readings) == 2", "<img"),
    ("black-box", "lab.boards", "shuffled"),
    ("shortcuts", "lab.fair is not None", "AUC"),
    ("what-the-machine-sees", "lab.agent is not None", "<img"),
]


def test_every_lesson_is_run_to_its_end_below():
    run_here = {"train-a-fracture-detector", *TRAINS, *(lesson for lesson, _, _ in LOOKS)}
    assert {f"{lesson}.ipynb" for lesson in run_here} == set(COURSE.values())


#: what a lesson would do many times is done a few times here, by the same code
FEWER = {
    "augment": "from xrlearn.labs import augment_state as s\ns.DRAWS, s.EPOCHS = 2, 5",
    "black-box": "from xrlearn.labs import black_box_state as s\ns._SCORED, s._EPOCHS = 8, 4",
    "shortcuts": "from xrlearn.labs import shortcuts_state as s\ns._EPOCHS = 4",
}


@pytest.fixture(scope="module")
def copies() -> Iterator[Config]:
    """Lessons' programs are copies of one that has imported everything, as the pages of a server are."""
    everything = kernels.PRELOAD + kernels.LATER
    if not POSSIBLE:
        yield Config()
        return
    assert is_warmed(everything)
    with forking():
        yield Config({"ForkedProvisioner": {"preload": list(everything)}})
    nursery(everything, ()).close()


def run(lang: str, films: Path, scratch: Path, more: str, lesson: str, config: Config) -> nbformat.NotebookNode:
    """Execute a lesson with `more` as a last cell; return it with its outputs."""
    from nbclient import NotebookClient

    folder = paths.NOTEBOOKS / ("zh" if lang == "zh" else ".")
    book = nbformat.read(folder / f"{lesson}.ipynb", 4)
    # Where a real pack lies beside the repository, it is not to be found either.
    alone = "from pathlib import Path\nimport xrlearn.paths\nxrlearn.paths.NOTEBOOKS = Path('/nowhere/at/all')"
    book.cells.insert(0, nbformat.v4.new_code_cell("\n".join([alone, FEWER.get(lesson, "")])))
    book.cells.append(nbformat.v4.new_code_cell(more))
    client = NotebookClient(
        book, timeout=240, resources={"metadata": {"path": str(folder)}}, kernel_name="python3", allow_errors=False,
        config=config,
    )  # fmt: skip
    few = {"XRLEARN_LESSON_FILMS": "64", "PYTHONPATH": str(TOOL.parents[1])}
    machine = environment(films, scratch) | few
    machine.pop("XDG_CACHE_HOME")  # what this machine has made before need not be made again
    client.execute(env=machine)
    return book


def said(book: nbformat.NotebookNode) -> str:
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    return "\n".join(str(output.get("data", {}).get("text/html", "")) + output.get("text", "") for output in outputs)


@pytest.mark.notebook
@pytest.mark.timeout(400)
def test_runs_to_the_end_with_films(tmp_path, copies):
    book = run(
        "en",
        make_pack(tmp_path / "films", 96),
        tmp_path,
        "from xrlearn.labs.parts import failures\n"
        "while lab.run is None and not failures: __import__('time').sleep(0.2)\n"
        "assert lab.training.wait(60) and not failures, failures\n"
        "assert lab.run.valid.auc > 0.5\n"
        "print('lab', lab.run.films, 'rounds', len(learn.recorder.values))",
        "train-a-fracture-detector",
        copies,
    )
    text = said(book)
    assert "96 films of 48 patients" in text
    assert "rounds 4" in text
    assert "sensitivity" in text  # the test set was opened
    assert "Olczak" in text  # what was published stands beside it


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """Simulated films are made once for all lessons."""
    folder = tmp_path_factory.mktemp("lessons")
    (folder / "none").mkdir()
    return folder


@pytest.mark.notebook
@pytest.mark.timeout(400)
@pytest.mark.parametrize("lesson", TRAINS)
def test_a_lesson_with_simulated_films_runs_to_the_end(scratch, copies, lesson):
    more = (
        "from xrlearn.labs.parts import failures\n"
        "while not lab.course and not failures: __import__('time').sleep(0.2)\n"
        "assert lab.training.wait(120) and not failures, failures\n"
        "print('lab', lab.course[-1].valid_auc > 0)"
    )
    text = said(run("zh", scratch / "none", scratch, more, lesson, copies))
    assert "lab True" in text
    assert "valid" in text  # what the prose promises was printed


@pytest.mark.notebook
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("lesson", "ready", "shown"), LOOKS)
def test_a_lesson_that_looks_at_films_runs_to_the_end(scratch, copies, lesson, ready, shown):
    more = (
        "from xrlearn.labs.parts import failures\n"
        f"while not ({ready}) and not failures: __import__('time').sleep(0.2)\n"
        "assert not failures, failures\n"
        "print('lab', lab.page.message == '')"
    )
    text = said(run("en", scratch / "none", scratch, more, lesson, copies))
    assert "lab True" in text
    assert shown in text  # films, or the figures that the prose speaks of


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("lesson", list(COURSE))
def test_a_page_has_its_lesson_s_prose(monkeypatch, lesson, lang):
    """What to read first and what it showed, without what is said to somebody who runs cells; the steps folded away."""
    from xrlearn.labs.parts.words import Words

    words = Words()
    words.use(lang)
    here = Reading(lesson, words)
    assert here.first.layout.display == here.showed.layout.display == "none"  # in JupyterLab the notebook says it
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    here.draw()
    prose = prose_of(lesson, lang)
    assert here.first.layout.display is None
    assert len(prose.read) > 60
    assert prose.read in here.first.value
    assert here.showed.value == prose.showed
    assert "<h2>" in prose.showed
    assert "<details><summary>" in here.first.value
    assert "lesson.begin()" in prose.steps
    for words_of_jupyter in ("Shift + Enter", "[中文]", ".ipynb)", "show()"):
        assert words_of_jupyter not in here.first.value + here.showed.value
    assert locale.language() == lang


def test_the_folder_says_the_language(monkeypatch, tmp_path):
    from xrlearn.labs import lesson

    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    for name, expected in (("zh", "zh"), ("notebooks", "en")):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        lesson.begin()
        assert locale.language() == expected


def test_numbers_are_those_of_the_film():
    import numpy as np

    from xrlearn.labs.lesson import numbers
    from xrlearn.radiograph import Radiograph

    pixels = np.zeros((32, 48), np.float32)
    pixels[12:20, 20:28] = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    shown = numbers(Radiograph(pixels)).data
    assert shown.count("<td") == 64
    assert ">100</td>" in shown
    assert "32 × 48" in shown


@pytest.mark.parametrize("room", ["train_fracture" if room == "train" else room for room in COURSE])
def test_every_lab_has_one_task_which_stays_done(room):
    from xrlearn.labs.parts.goal import Goal
    from xrlearn.labs.parts.words import Words
    from xrlearn.locale import text

    words = Words()
    goal = Goal(room, words)
    goal.check(False)
    assert "data-xr='open'" in goal.value
    goal.check(True)
    goal.check(False)
    words.use("zh")
    assert goal.value.count(text(f"{room}.goal", "zh")) == 1
    assert text("lesson.goal.done", "zh") in goal.value
