"""The page without a browser: what its widgets do, and what reaches the browser before the reader commits."""

import threading
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from handmade import dicom, only_these_films
from serving import eventually

from xrlearn import training
from xrlearn.labs import case_review_answers as answers
from xrlearn.labs import case_review_behind, case_review_films
from xrlearn.labs.case_review import CaseReviewPage
from xrlearn.labs.case_review_models import seconds
from xrlearn.radiograph import Finding
from xrlearn.tasks import find, reading
from xrlearn.training import fingerprint

PEAK = (12, 9)
METRICS = {"auc": {"value": 0.93, "low": 0.9, "high": 0.96}}
OPERATING = [{"threshold": i / 100, "sensitivity": 1 - i / 100, "specificity": i / 100} for i in range(101)]


@dataclass
class Prediction:
    """What the page needs of the model's answer."""

    label: str = "fracture"
    known: bool = True
    probability: float = 0.73
    threshold: float = 0.4
    heatmap: np.ndarray = None
    heatmap_peak: tuple = PEAK
    warnings: tuple = ()
    answers: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)
    parts: dict = field(default_factory=dict)


UNLIKE = Finding("training.warning.unlike")
UNKNOWN = {"label": UNLIKE.text, "known": False, "probability": float("nan"), "warnings": (UNLIKE,)}


def card(**figures):
    return SimpleNamespace(
        task="fracture", threshold=0.4, version="1", figures=figures,
        limits={"en": ["Not for triage."], "zh": ["不得用于分诊。"]},
        data={"name": "FracAtlas", "splits": {"valid": {"films": 200, "positive": 36}}},
    )  # fmt: skip


@pytest.fixture
def films(tmp_path, monkeypatch):
    """Twelve drawn films, the only ones on this machine."""
    for name, value in only_these_films(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def model(monkeypatch):
    """A stand-in for the trained model, with figures of which every cost can be told."""
    asked = []

    def predict(film, task, model):
        asked.append(film)
        return Prediction(heatmap=np.full(film.pixels.shape, 0.5, np.float32), **shipped.says)

    def knows(film):
        return any((fingerprint.fingerprint(film) == one).all() for one in shipped.seen)

    figures = {"operating": OPERATING, "n": 493, "source": "fracatlas", "metrics": METRICS}
    shipped = SimpleNamespace(card=card(**figures), seen=[], knows=knows, says={})
    monkeypatch.setitem(vars(training), "shipped", lambda task: shipped)
    monkeypatch.setitem(vars(training), "predict", predict)
    shipped.asked = asked
    return shipped


@pytest.fixture
def opened(monkeypatch):
    """Call it for a page as it is once the browser shows it and everything has arrived."""
    views = []

    def open_page() -> CaseReviewPage:
        view = CaseReviewPage()
        views.append(view)
        view.viewer._handle_custom_msg({"type": "ready"}, [])
        settle(view)
        return view

    yield open_page
    for view in views:
        view.behind.making.shutdown()  # before the stand-ins go
        view.behind.asking.shutdown()


def settle(view):
    """Wait until the thread behind has nothing left to do."""
    for _ in range(case_review_behind.AHEAD + 4):  # each film made ahead asks for the next
        view.behind.making.submit(lambda: None).result(60)
        view.behind.asking.submit(lambda: None).result(60)


def read(view, fracture=True, sure=80):
    view.input.answer.value = fracture
    view.input.sure.value = sure
    view.commit.click()
    settle(view)


def shown(view) -> str:
    return " ".join(
        str(w.value) for w in (view.film, view.given, view.reply.model, view.reply.truth, view.tally, view.reply.cost)
    )


# ------------------------------------------------------------------- opening
def test_the_page_is_drawn_before_anything_is_loaded():
    view = CaseReviewPage()
    assert view.commit.disabled
    assert view.choose.case.disabled
    assert "Looking for films" in view.choose.about.value
    assert view.state.cases is None


def test_films_come_in_order_and_the_first_is_open(films, model, opened):
    view = opened()
    assert view.choose.region.value == ""
    assert [label for label, _ in view.choose.region.options] == ["All regions", "Hand", "Leg"]
    assert len(view.choose.case.options) == 13
    assert view.choose.case.value == 0
    assert view.viewer.shape == (128, 89)
    assert "12 films" in view.choose.about.value
    assert "The model is ready" in view.reply.model.value


def test_a_question_that_is_put_before_the_film_s_place_is_there_is_begun_once(films, model):
    """The place of the film comes last on a slow machine; what has been typed by then is not opened over."""
    view = CaseReviewPage()
    for question in ("knee-oa", "fracture"):
        view.choose.question.value = question
    settle(view)
    assert view.state.film is not None
    view._keyed(8)
    view.viewer._handle_custom_msg({"type": "ready"}, [])
    settle(view)
    assert view.choose.case.value == 0
    assert view.input.answer.value is True
    view.behind.making.shutdown()
    view.behind.asking.shutdown()


def test_without_public_films_simulated_ones_are_read(tmp_path, monkeypatch, model, opened):
    monkeypatch.setenv("XRLEARN_FILMS", str(tmp_path))
    monkeypatch.setenv("XRLEARN_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(case_review_films, "MADE", 8)
    view = opened()
    assert "8 simulated films" in view.choose.about.value
    assert "xrlearn data list" in view.choose.about.value
    film = view.state.film
    assert film is not None
    assert film.radiograph.pixels.shape[0] >= 1024  # enough to see a fissure
    assert film.radiograph.bits >= 10
    assert film.radiograph.spacing_mm is not None
    assert "radiograph.remark.burned_in" not in film.radiograph.remarks  # a side marker names nobody
    assert [label for label, _ in view.choose.region.options] == ["All regions", "Wrist", "Forearm and elbow", "Ankle"]
    ahead = [view.behind.films.made.there(place) for place in view.state.order]
    assert sum(ahead) == 1 + case_review_behind.AHEAD  # the next ones are made while she reads
    read(view)
    assert "has not been measured" in view.reply.model.value  # this card has figures of real films alone
    view.drop._read(dicom())
    assert view.viewer.shape == (300, 208)


def test_without_a_model_films_can_be_read(films, monkeypatch, opened):
    from xrlearn.training.weights import WeightsError

    def missing(task):
        raise WeightsError("none")

    monkeypatch.setitem(vars(training), "shipped", missing)
    view = opened()
    assert "xrlearn doctor" in view.reply.model.value
    read(view)
    assert "xrlearn doctor" in view.reply.model.value
    assert "You right" in view.tally.value
    assert "Model right" not in view.tally.value
    assert view.reply.cost_body.layout.display == "none"


# ------------------------------------------------------------------- commit before reveal
def test_nothing_of_the_answer_reaches_the_browser_before_the_reader_commits(films, model, opened):
    view = opened()
    view.choose.case.value = next(i for i, place in enumerate(view.state.order) if view.state.cases["fracture"][place])
    settle(view)
    assert model.asked  # the model has been asked, its answer waits
    assert (view.viewer.heated, view.viewer.boxes, view.viewer.points) == (False, [], [])
    assert "73" not in shown(view)
    assert view.reply.truth_card.layout.display == "none"
    view.commit.click()  # without an answer it does nothing but say so
    assert "Answer first" in view.page.message
    assert not view.viewer.heated
    read(view)
    assert view.viewer.heated
    assert view.viewer.boxes == [(10, 8, 15, 12)]
    assert view.viewer.points == [PEAK]
    assert "probability 73 %" in view.reply.model.value
    assert "about 73 have the finding" in view.reply.model.value
    assert "Fracture: probable" in view.reply.model.value
    assert "The model was right, and its highest point lies in the box" in view.reply.truth.value


def test_second_opinions_are_asked_for_once_and_when_the_reader_has_answered(films, model, opened):
    view = opened()
    others = seconds(view.state.task)
    assert others
    assert len(model.asked) == 1
    read(view)
    assert len(model.asked) == 1 + len(others) == 1 + len(view.behind.second)
    view._step(1)
    settle(view)
    view._step(-1)  # back to a film that she has answered
    settle(view)
    assert len(model.asked) == 3 + 2 * len(others)


def test_what_was_committed_cannot_be_changed(films, model, opened):
    view = opened()
    view.viewer.mark = (3, 4)
    read(view, fracture=False, sure=95)
    assert "no fracture, 95 % sure" in view.given.value
    assert view.commit.layout.display == "none"
    view.viewer.set_trait("mark", None)  # the Delete key
    assert view.viewer.mark == (3, 4)
    assert "mark" not in view.viewer.tools
    view.choose.next.click()
    assert view.input.answer.value is None
    assert "mark" in view.viewer.tools
    view.choose.previous.click()
    settle(view)
    assert "no fracture, 95 % sure" in view.given.value
    assert view.viewer.heated
    assert view.state.tally().read == 1


@pytest.mark.parametrize(("digit", "answer", "sure"), [(0, False, 95), (4, False, 55), (5, True, 55), (9, True, 95)])
def test_the_keys_of_the_reading_screen_answer_commit_and_go_on(films, model, opened, digit, answer, sure):
    view = opened()
    view._entered()  # Enter without an answer does nothing
    assert view.state.opinion is None
    view._keyed(digit)
    assert (view.input.answer.value, view.input.sure.value) == (answer, sure)
    view._entered()
    assert (view.state.opinion.answer, view.state.opinion.sureness) == (answer, sure)
    view._keyed(9 - digit)
    assert view.input.answer.value == answer  # what was committed stays
    before = view.choose.case.value
    view._entered()
    assert view.choose.case.value == before + 1
    assert view.state.opinion is None


def test_reader_and_model_are_compared(films, model, opened):
    view = opened()
    view.viewer.mark = PEAK
    read(view, fracture=True)
    assert "You and the model agree" in view.reply.model.value
    assert "at the same place" in view.reply.model.value
    view.choose.next.click()
    settle(view)
    read(view, fracture=False)
    assert "You said no fracture, the model says fracture" in view.reply.model.value
    assert "Films read</dt><dd>2" in view.tally.value


def test_a_film_that_the_model_was_trained_on_is_named(films, model, opened):
    view = opened()
    model.seen = [fingerprint.fingerprint(view.state.film.radiograph)]
    view.choose.case.value = 1
    view.choose.case.value = 0
    settle(view)
    read(view)
    assert "proves nothing" in view.reply.model.value


# ------------------------------------------------------------------- files
def test_a_dropped_film_says_what_its_header_says_and_what_of_the_patient(films, model, opened):
    view = opened()
    view.drop._read(dicom())
    settle(view)
    assert view.choose.case.value == -1
    facts = view.film.value
    for fact in ("Hand", "PA", "left", "300 × 208 pixels, 12 bits", "0.14 × 0.14 mm"):
        assert fact in facts
    assert "entries would be removed" in view.privacy.value
    assert "(0010,0010)" in view.privacy.value.replace(", ", ",").replace(" ", "")
    assert "Doe" not in shown(view) + view.privacy.value
    assert "4711" not in view.privacy.value
    read(view)
    assert "nobody has told us" in view.reply.truth.value
    assert view.state.tally().known == 0


def test_a_file_that_is_no_film_leaves_the_former_case(films, model, opened):
    view = opened()
    before = view.state.film
    view.drop._read(b"PK\x03\x04 and so on")
    assert "compressed archive" in view.page.message
    assert view.state.film is before
    assert view.choose.case.value == 0
    view.drop._read(dicom())
    assert view.page.message == ""


def test_a_case_that_cannot_be_read_leaves_the_former_one_and_its_number(films, model, opened):
    view = opened()
    broken = view.state.cases["image"][view.state.order[3]]
    Path(broken).write_bytes(b"")
    view.choose.case.value = 3
    assert "0 bytes" in view.page.message
    assert view.choose.case.value == 0


def test_the_next_film_is_read_ahead_and_a_fault_in_it_is_said_when_it_is_asked_for(films, model, opened):
    view = opened()
    view._step(1)
    settle(view)
    shown = view.viewer._film
    ahead = view.viewer._expected
    assert ahead is not None
    view._step(1)
    assert view.viewer._film[1] is ahead[1].buffers  # it was packed before
    assert view.viewer._film is not shown
    settle(view)
    broken = Path(view.state.cases["image"].iloc[view.state.order[4]])
    broken.write_bytes(b"")
    view._step(1)
    settle(view)  # it has been read ahead by now
    assert (view.page.message, view.choose.case.value) == ("", 3)
    view._step(1)
    assert "0 bytes" in view.page.message
    assert view.choose.case.value == 3


def test_what_the_reader_asks_for_comes_before_the_next_example_picture(films, model, opened):
    view, done = opened(), []
    settle(view)

    def pictures():
        for k in range(3):
            done.append(f"example {k}")
            if k == 0:
                view.behind._make(done.append, "film")
            yield ["", ""]

    view.behind._make(view.behind._example, view.state.task, pictures())
    assert eventually(lambda: len(done) == 4)
    assert done == ["example 0", "film", "example 1", "example 2"]


def test_the_reader_may_change_the_film_while_the_model_is_thinking(films, model, monkeypatch, opened):
    thinking, go_on = threading.Event(), threading.Event()
    answered = training.predict

    def slow(film, task, model):
        thinking.set()
        assert go_on.wait(30)
        return answered(film, task, model)

    view = opened()
    monkeypatch.setitem(vars(training), "predict", slow)
    view.choose.case.value = 1
    assert thinking.wait(30)
    view.choose.case.value = 2  # while the first prediction is under way
    view.input.answer.value = True
    view.commit.click()
    assert "is reading this film" in view.reply.model.value
    assert not view.viewer.heated
    first = view.state.film
    go_on.set()
    settle(view)
    assert view.state.film is first
    assert "about 73" in view.reply.model.value
    assert model.asked[-1] is first.radiograph


# ------------------------------------------------------------------- the threshold
def test_the_threshold_shows_its_cost_and_changes_the_label(films, model, opened):
    view = opened()
    assert view.reply.threshold.value == 40
    assert "Of 100 patients with the finding, 40 are missed." in view.reply.cost.value
    assert "Of 100 patients without it, 60 are false alarms." in view.reply.cost.value
    assert "493 test films" in view.reply.cost.value
    view.reply.prevalence.value = 10
    assert "6 found" in view.reply.cost.value
    assert "4 missed" in view.reply.cost.value
    assert "54 false alarms" in view.reply.cost.value
    assert "right 6 times in 60" in view.reply.cost.value
    read(view)
    assert "At the threshold of 40 % it says: fracture." in view.reply.model.value
    view.reply.threshold.value = 80
    assert "80 are missed" in view.reply.cost.value
    assert "Suspicious, but below the threshold" in view.reply.model.value
    assert "threshold of 80 % is set high" in view.reply.model.value
    assert "it says: fracture" not in view.reply.model.value
    assert view.state.tally().model == view.state.truth  # still scored at its own threshold, where it says fracture
    assert "<svg" in view.reply.roc.value


def test_a_card_without_figures_says_so(films, model, opened):
    model.card = card()
    view = opened()
    assert view.reply.cost_body.layout.display == "none"
    assert "carries no figures" in view.reply.cost_lead.value


# ------------------------------------------------------------------- films that the figures do not speak of
def test_a_film_that_the_model_does_not_know_has_a_sentence_and_no_figures(films, model, opened):
    model.says = UNKNOWN
    view = opened()
    assert "unlike those" not in shown(view) + view.reply.cost_lead.value  # not before she answers
    read(view)
    assert "unlike those" in view.reply.model.value
    assert view.reply.model.value.count("unlike those") == 1
    for figure in ("nan", "<svg", "probability", "Of 100", "threshold"):
        assert figure not in view.reply.model.value
    assert not view.viewer.heated
    assert view.viewer.points == []
    assert view.reply.cost_body.layout.display == "none"
    assert "does not know films like this one" in view.reply.cost_lead.value
    assert "The model was" not in view.reply.truth.value
    assert "Model right" not in view.tally.value
    view.reply.threshold.value = 80  # it stays so, whatever the slider says
    assert view.reply.cost_body.layout.display == "none"
    model.says = {}
    view.choose.next.click()
    settle(view)
    read(view)
    assert view.reply.cost_body.layout.display is None
    assert "probability 73 %" in view.reply.model.value


def test_figures_are_those_of_films_like_the_one_under_review(films, model, opened):
    worse = [{"threshold": i / 100, "sensitivity": 0.5, "specificity": 0.25} for i in range(101)]
    lower = {"auc": {"value": 0.61, "low": 0.55, "high": 0.67}}
    model.card.figures["by_source"] = {"simulated": {"operating": worse, "n": 77, "metrics": lower}}
    view = opened()
    assert "40 are missed" in view.reply.cost.value
    assert "0.93" in view.reply.card.value
    view.open(replace(view.state.film, source="simulated"), b"")
    assert "50 are missed" in view.reply.cost.value
    assert "75 are false alarms" in view.reply.cost.value
    assert "Counted on 77 test films that the model had never seen." in view.reply.cost.value
    assert "0.61" in view.reply.card.value
    assert "0.93" not in view.reply.card.value
    view.drop._read(dicom())  # of unknown origin
    assert "Counted on 493 test films that the model had never seen: FracAtlas" in view.reply.cost.value
    assert "FracAtlas: fractures of hand" in view.reply.card.value
    settle(view)


def test_figures_of_real_films_do_not_stand_beside_simulated_ones(films, model, opened):
    view = opened()
    view.open(replace(view.state.film, source="simulated"), b"")
    assert view.reply.cost_body.layout.display == "none"
    assert "has not been measured" in view.reply.cost_lead.value
    assert "0.93" not in view.reply.card.value
    assert "no figures for films like this one" in view.reply.card.value
    settle(view)


# ------------------------------------------------------------------- language
def test_everything_follows_the_language(films, model, opened):
    view = opened()
    read(view)
    view.page.language.value = "zh"
    everything = (
        shown(view) + view.reply.roc.value + view.reply.card.value + view.choose.about.value + view.question.value
    )
    for words in ("骨折：可能性大", "约有 73 例存在该征象", "您的判断", "漏诊", "测试影像", "不得用于分诊", "均未用于"):
        assert words in everything
    assert view.commit.description == "提交，然后查看模型判断"
    assert view.state.opinion.answer
    assert "You" not in shown(view)


def test_text_on_a_film_is_boxed_and_a_button_blacks_it_out(films, model, opened):
    from io import BytesIO

    from PIL import Image, ImageDraw

    view = opened()
    assert view.blacken.layout.display == "none"
    picture = Image.new("L", (300, 200), 60)
    ImageDraw.Draw(picture).text((20, 80), "DOE JANE 1950", fill=255, font_size=18)
    png = BytesIO()
    picture.save(png, "PNG")
    view._dropped(png.getvalue())
    settle(view)
    assert view.blacken.layout.display is None
    assert len(view.viewer.boxes) == 1
    view.blacken.click()
    settle(view)
    assert view.blacken.layout.display == "none"
    assert view.viewer.boxes == []
    assert view.state.film.radiograph.pixels.max() < 0.3
    assert model.asked[-1] is view.state.film.radiograph


@pytest.mark.parametrize("kind", ["grey", "square", "photograph"])
def test_what_is_no_film_is_refused_by_the_model_that_ships_and_not_diagnosed(films, opened, kind):
    from io import BytesIO

    from PIL import Image
    from sklearn.datasets import load_sample_images

    grey = np.full((320, 320), 128 if kind == "grey" else 0, np.uint8)
    if kind == "square":
        grey[80:240, 80:240] = 128
    elif kind == "photograph":
        grey = load_sample_images().images[0].mean(2).astype(np.uint8)
    view, png = opened(), BytesIO()
    Image.fromarray(grey).save(png, "PNG")
    view.drop._read(png.getvalue())
    settle(view)
    read(view)
    assert "unlike those" in view.reply.model.value
    for word in ("Fracture", "probability", "Of 100", "threshold"):
        assert word not in view.reply.model.value
    assert view.reply.cost_body.layout.display == "none"
    assert not view.viewer.heated


# ------------------------------------------------------------------- several angles of one film
def test_five_angles_are_told_each_by_name_drawn_and_follow_the_hand(tmp_path, monkeypatch, opened):
    """The model finds the true points; what the reader pulls at changes the angles that hang on it, and no other."""
    for name in ("XRLEARN_FILMS", "XRLEARN_DATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(case_review_films, "MADE", 2)
    monkeypatch.setattr(reading, "ReadingFilms", partial(reading.ReadingFilms, rows=320))
    task = find("spine-alignment")
    margins = {f"{angle}.margin": 4.0 for angle in task.answer.columns}
    view = None

    def predict(film, name, model):
        if name != task.name:
            return Prediction(**UNKNOWN)
        points = {at: view.state.film.landmarks[at] for at in task.settings["points"]}
        said = task.answer.say(task.settings["measure"](np.array([[*points.values()]]))[0], margins)
        return Prediction(said.label, probability=said.probability, answers=said.answers, points=points)

    model = SimpleNamespace(card=card(), knows=lambda film: False)
    model.card.task, model.card.calibration = task.name, margins
    monkeypatch.setitem(vars(training), "shipped", lambda name: model)
    monkeypatch.setitem(vars(training), "predict", predict)
    view = opened()
    view.choose.question.value = task.name
    settle(view)
    for digit in "45301505":  # two to a number
        view.input.keyed(int(digit))
    assert view.input.value == (45.0, 30.0, 15.0, 5.0, None)
    view.commit.click()
    settle(view)
    told = [part.partition("</h3>")[0] for part in view.reply.model.value.split("<h3>")[1:]]
    assert told == [answers.capital(name) for name in view.state.form.names]
    assert told[3] == "Pelvic tilt"
    truth = view.state.truth
    assert view.state.prediction.answers["pelvic_incidence.value"] == pytest.approx(truth[4], abs=1)

    viewer = view.viewer
    assert viewer.names == ["LL", "TK", "SS", "PT", "PI"]
    assert len(viewer.plates) == 10
    assert viewer.adjustable
    at = list(task.settings["points"]).index("sacral plate front")
    viewer.corners = [(r + 6 * (k == at), c) for k, (r, c) in enumerate(viewer.corners)]
    moved, before = view.reply._moved.answers, view.state.prediction.answers
    changed = {angle for angle in task.answer.columns if moved[f"{angle}.value"] != before[f"{angle}.value"]}
    assert changed == {"sacral_slope", "pelvic_tilt", "pelvic_incidence"}
    assert "where you have put them" in view.reply.moved.value
    view.page.language.value = "zh"
    assert "骨盆入射角" in view.reply.model.value
