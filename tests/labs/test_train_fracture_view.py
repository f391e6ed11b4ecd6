"""The training lab's view without a browser: bound to its state, alive when stopped, honest about its films."""

from contextlib import suppress
from threading import Event, Thread

import numpy as np
import pandas as pd
import pytest

from xrlearn import tasks
from xrlearn.labs.parts.latest import Latest
from xrlearn.labs.train_fracture import TrainingLab
from xrlearn.labs.train_fracture_films import GROUPS, among, closely
from xrlearn.locale import text
from xrlearn.radiograph import Radiograph
from xrlearn.tasks.loading import cohorts_of
from xrlearn.training import frozen_features


@pytest.fixture
def films(monkeypatch):
    """Made-up features in place of films, as if they had been read before."""
    rng = np.random.default_rng(0)
    n = 480
    truth = rng.integers(0, 2, n)
    patient = np.repeat(np.arange(n // 4), 4)
    split = rng.choice(["train", "valid", "test"], n // 4, p=[0.6, 0.2, 0.2])[patient]
    names = [f"wrist-{number}" for number in patient]
    cases = pd.DataFrame({"image": [str(i) for i in range(n)], "patient": names, "split": split, "fracture": truth})
    numbers = rng.normal(size=(n, 60)).astype(np.float32)
    numbers[:, :4] += 0.8 * truth[:, None]
    monkeypatch.setattr(tasks, "source_of", lambda task: "made-up")
    monkeypatch.setattr(tasks, "load", lambda task: cases)
    monkeypatch.setattr(frozen_features, "features", lambda images, progress: numbers[[int(i) for i in images]])
    monkeypatch.setattr("xrlearn.labs.train_fracture_films.READING_ROWS", 64)
    monkeypatch.setattr("xrlearn.radiograph.read", lambda image: Radiograph(np.zeros((8, 8), np.float32)))
    return cases


@pytest.fixture
def lab(films):
    made = TrainingLab()
    made.load()
    assert made.training.wait(30)
    return made


def test_nothing_can_be_moved_before_there_are_films():
    lab = TrainingLab()
    assert all(widget.disabled for widget in (lab.patients, lab.noise, lab.threshold, lab.open, lab.train_network))


def test_sliders_move_the_state_and_the_page_shows_it(lab):
    for patients in (5, lab.bench.patients):
        lab.patients.value = patients
        lab.noise.value = 20
        assert lab.training.wait(30)
        assert (lab.run.settings.patients, lab.run.settings.noise) == (patients, 0.2)
        assert f"{lab.run.valid.auc:.2f}" in lab.figures.value
        assert text(f"train_fracture.result.{lab.run.verdict}") in lab.figures.value


def test_other_patients_are_others(lab):
    before = lab.run
    lab.again.click()
    assert lab.training.wait(30)
    assert lab.run.settings.draw == before.settings.draw + 1
    assert not np.array_equal(lab.run.head.weights, before.head.weights)


def test_the_test_set_is_opened_by_its_button_alone(lab):
    lab.patients.value = 10
    assert lab.training.wait(30)
    assert lab.bench.looks == {}
    assert lab.test.value == ""
    lab.open.click()
    assert len(lab.bench.looks) == 1
    assert f"{lab.bench.best_look.auc:.2f}" in lab.test.value


def test_films_are_shown_as_the_model_answers_at_the_threshold(lab):
    looks, run = lab.looks, lab.run
    for group, (broken, says) in GROUPS.items():
        looks.group.value = group
        assert looks.stage.filming.wait(30)
        assert run.truth[looks.stage.number] == broken
        assert (run.probability[looks.stage.number] >= 0.5) == says
        assert text(f"train_fracture.films.{'broken' if broken else 'whole'}") in looks.told.value
        assert f"{round(100 * run.probability[looks.stage.number])} %" in looks.told.value
        before = looks.stage.number
        looks.other.click()
        assert looks.stage.filming.wait(30)
        assert looks.stage.number != before
    looks.group.value = "missed"
    lab.threshold.value = 1
    assert lab.training.wait(30)
    missed = among(run, 0.01, "missed")
    assert (text("train_fracture.films.nobody") in looks.told.value) == (len(missed) == 0)


def test_a_simulated_film_is_made_once_more_for_reading(monkeypatch):
    monkeypatch.setattr("xrlearn.labs.train_fracture_films.READING_ROWS", 256)
    (cohort,) = cohorts_of(tasks.find("fracture"), n=6, size=64)
    _, truth = next(cohort.films(4, 6))
    film, boxes = closely(pd.Series({"patient": f"wrist-{truth.patient['id']}"}), cohort)
    assert film.pixels.shape[0] == 256
    assert bool(boxes) == bool(truth.boxes)


def test_the_language_switch_reaches_everything(lab):
    lab.open.click()
    lab.page.language.value = "zh"
    looks = lab.looks.lead, lab.looks.told
    for widget in (lab.learn, lab.figures, lab.roc, lab.curve, lab.cost, lab.test, lab.network_lead, lab.used, *looks):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in widget.value)
    assert lab.patients.description == text("train_fracture.learn.patients", "zh")
    assert lab.penalty.value == 1.0  # its words changed, not its choice


def test_without_public_films_it_takes_simulated_ones_and_says_so(films, monkeypatch):
    asked = {}

    def load(task, source=None, **wishes):
        asked.update(wishes, source=source)
        return films

    monkeypatch.setattr(tasks, "source_of", lambda task: tasks.SIMULATED)
    monkeypatch.setattr(tasks, "load", load)
    lab = TrainingLab()
    lab.load()
    assert lab.training.wait(30)
    assert asked["source"] == tasks.SIMULATED
    assert "simulated wrists" in lab.page.message
    assert lab.looks.stage.filming.wait(60)
    assert lab.looks.stage.film.pixels.shape[0] == 64  # it was made once more
    assert lab.run is not None


def test_stopped_making_of_films_can_go_on(films, monkeypatch):
    from xrlearn.progress import Stopped

    def stopped(*_, **__):
        raise Stopped

    monkeypatch.setattr(tasks, "source_of", lambda task: tasks.SIMULATED)
    monkeypatch.setattr(tasks, "load", stopped)
    lab = TrainingLab()
    lab.load()
    assert lab.bench is None
    assert text("lesson.films.stopped") in lab.page.message
    assert lab.go_on.layout.display is None


def test_stopped_reading_can_go_on(films, monkeypatch):
    from xrlearn.progress import Stopped

    whole = frozen_features.features

    def stopped(images, progress):
        progress(16, len(images))
        raise Stopped

    monkeypatch.setattr(frozen_features, "features", stopped)
    lab = TrainingLab()
    lab.load()
    assert lab.bench is None
    assert text("train_fracture.status.stopped") in lab.page.message
    assert lab.go_on.layout.display is None
    monkeypatch.setattr(frozen_features, "features", whole)
    lab.load()
    assert lab.training.wait(30)
    assert lab.bench is not None
    assert lab.go_on.layout.display == "none"
    assert lab.page.message == ""


def thread(work):
    started = Thread(target=work)
    started.start()
    return started


def test_requests_that_were_overtaken_are_skipped():
    done, begun, go = [], Event(), Event()

    def work(request):
        begun.set()
        assert go.wait(10)
        done.append(request)

    latest = Latest(work, thread)
    latest.ask(1)
    assert begun.wait(10)
    for request in (2, 3, 4):
        latest.ask(request)
    assert latest.overtaken
    go.set()
    assert latest.wait(10)
    assert done == [1, 4]


def test_work_that_failed_does_not_block_the_next():
    done = []

    def work(request):
        if request == "bad":
            raise ValueError("bad")
        done.append(request)

    def quiet(loop):
        def guarded():
            with suppress(ValueError):
                loop()

        return thread(guarded)

    latest = Latest(work, quiet)
    for request in ("bad", "good"):
        latest.ask(request)
        assert latest.wait(10)
    assert done == ["good"]
