"""The case review without widgets: who sees what when, the reading list, the tally, and the price of a threshold."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from handmade import dicom
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from xrlearn.labs import case_review_films
from xrlearn.labs.case_review_film import Film, look_at
from xrlearn.labs.case_review_state import MOST, CaseReview, NotYet, Opinion
from xrlearn.labs.chances import Operating, Point, in_words
from xrlearn.locale.errors import SentenceError
from xrlearn.phantom import make
from xrlearn.phantom.dicom import write_dicom
from xrlearn.radiograph import Finding, Radiograph, RadiographError, lettering, quality
from xrlearn.tasks import find

SHARES = st.floats(0, 1)


def film(name="a", truth=True, boxes=()):
    return Film(name, Radiograph(np.zeros((40, 30), np.float32)), truth=truth, boxes=boxes)


def said(probability, threshold=0.5, known=True):
    """A prediction of the model, as far as the state looks at it."""
    return SimpleNamespace(probability=probability, threshold=threshold, heatmap_peak=(3, 4), known=known)


@pytest.fixture
def cases(tmp_path) -> pd.DataFrame:
    rows = []
    for i in range(12):
        path = tmp_path / f"{i}.png"
        Image.new("L", (30, 40), 20 * i).save(path)
        rows.append((str(path), ["train", "valid", "test"][i % 3], i % 2, ["hand", "hand+leg", "leg"][i % 4 % 3]))
    return pd.DataFrame(rows, columns=["image", "split", "fracture", "region"])


# ------------------------------------------------------------------- the reader first
@pytest.mark.parametrize("hidden", ["prediction", "truth", "boxes"])
def test_nothing_is_revealed_before_the_reader_commits(hidden):
    review = CaseReview()
    with pytest.raises(NotYet):
        getattr(review, hidden)
    shown = film(boxes=[(0, 0, 5, 5)])
    review.open(shown)
    assert review.deliver(shown, said(0.9))
    with pytest.raises(NotYet, match="answer_first"):
        getattr(review, hidden)
    review.commit(Opinion(True, 80))
    assert getattr(review, hidden) is not None


def test_an_answer_once_given_stands():
    review = CaseReview()
    review.open(film("a"))
    review.commit(Opinion(False, 60))
    with pytest.raises(NotYet, match="committed"):
        review.commit(Opinion(True, 100))
    review.open(film("b"))
    assert review.opinion is None
    review.open(film("a"))  # and comes back with its film
    assert review.opinion == Opinion(False, 60)
    assert review.tally().read == 1


def test_nothing_to_commit_to_without_a_film():
    with pytest.raises(NotYet, match="no_film"):
        CaseReview().commit(Opinion(True, 50))


def test_a_prediction_that_comes_too_late_is_dropped():
    review = CaseReview()
    slow, now = film("slow"), film("now")
    review.open(slow)
    review.open(now)
    assert not review.deliver(slow, said(0.9))
    review.commit(Opinion(True, 80))
    assert review.prediction is None


# ------------------------------------------------------------------- which films
def test_only_test_films_are_offered(cases):
    review = CaseReview()
    review.offer(cases)
    offered = set(review.cases["image"].iloc[review.order])
    assert offered == set(cases.loc[cases["split"] == "test", "image"])


def test_a_list_has_a_number_and_a_region(cases):
    review = CaseReview()
    cases["split"] = "test"
    review.offer(cases)
    first = list(review.order)
    review.list_films(number=2)
    assert sorted(review.order) == sorted(first) == list(range(12))
    assert review.order != first
    review.list_films(number=1)
    assert review.order == first
    review.list_films("leg", number=1)
    assert review.order == [i for i in first if "leg" in cases["region"][i]]
    assert review.regions() == ["hand", "leg"]


def test_a_film_tells_its_source_where_the_table_does(cases):
    review = CaseReview()
    review.offer(cases.assign(source="simulated"))
    assert review.fetch(0)[0].source == "simulated"
    review.offer(cases)
    assert review.fetch(0)[0].source is None


def test_the_side_that_the_data_set_knows_is_known(cases):
    review = CaseReview()
    review.offer(cases.assign(side="L"))
    assert review.fetch(0)[0].radiograph.side == "L"
    review.offer(cases.assign(side=float("nan")))
    assert review.fetch(0)[0].radiograph.side is None


def test_letters_of_a_simulated_film_name_no_patient():
    """A line of glyphs on a film of unknown origin is a warning; on a film made here there is nobody to be named."""
    from io import BytesIO

    from PIL import ImageDraw

    picture = Image.new("L", (300, 200), 60)
    ImageDraw.Draw(picture).text((20, 80), "DOE JANE 1950", fill=255, font_size=18)
    png = BytesIO()
    picture.save(png, "PNG")
    keys = [{finding.key for finding in look_at(png.getvalue(), source=s).findings} for s in (None, "simulated")]
    assert "radiograph.quality.text" in keys[0]
    assert keys[1] == keys[0] - {"radiograph.quality.text"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("site", ["modern_dr", "portable"])
def test_a_side_marker_is_no_text(seed, site):
    film, truth = make("wrist", size=320, seed=seed, site=site)
    r, c = np.nonzero(truth.mask("marker"))
    inside = (r.min(), c.min(), r.max(), c.max())
    for r0, c0, r1, c1 in lettering(film.pixels):
        assert r1 <= inside[0] or r0 >= inside[2] or c1 <= inside[1] or c0 >= inside[3]


def test_films_without_a_region_can_be_read(cases):
    review = CaseReview()
    review.offer(cases.drop(columns="region"))
    assert review.regions() == []
    fetched, data = review.fetch(0)
    assert fetched.region == ""
    assert data.startswith(b"\x89PNG")


def test_a_film_that_cannot_be_read_leaves_the_former_one_open(cases, tmp_path):
    review = CaseReview()
    review.offer(cases)
    review.open(review.fetch(0)[0])
    before = review.film
    for image in review.cases["image"]:
        Path(image).write_bytes(b"PK\x03\x04")
    with pytest.raises(RadiographError):
        review.fetch(1)
    assert review.film is before


def test_a_spot_is_in_a_box_or_not():
    boxed = film(boxes=[(0, 0, 5, 5), (10, 10, 12, 12)])
    assert boxed.holds((4, 4))
    assert boxed.holds((11, 10))
    assert not boxed.holds((5, 4))
    assert boxed.holds(None) is None
    assert film().holds((4, 4)) is None


# ------------------------------------------------------------------- the tally
def test_the_tally_counts_who_was_right():
    review = CaseReview()
    # truth, reader, sureness, model's probability (None: it never answered)
    session = [(1, 1, 90, 0.8), (1, 0, 70, 0.9), (0, 0, 100, 0.6), (0, 1, 60, None), (None, 1, 50, 0.9)]
    for i, (truth, reader, sure, probability) in enumerate(session):
        shown = film(str(i), truth=None if truth is None else bool(truth))
        review.open(shown)
        review.commit(Opinion(bool(reader), sure))
        if probability is not None:
            review.deliver(shown, said(probability))
    tally = review.tally()
    assert (tally.read, tally.known, tally.compared) == (5, 4, 3)
    assert (tally.reader, tally.model, tally.both) == (2, 2, 1)
    assert tally.sureness == 80
    assert tally.excess == 30  # 80 % sure, right in 50 %


def test_the_model_is_scored_at_its_own_threshold():
    review, shown = CaseReview(), film(truth=True)
    review.open(shown)
    review.deliver(shown, said(0.4, threshold=0.3))
    review.commit(Opinion(True, 90))
    assert review.tally().model == 1


@pytest.mark.parametrize("truth", [True, False])
def test_a_film_that_the_model_does_not_know_does_not_count_against_it(truth):
    review, shown = CaseReview(), film(truth=truth)
    review.open(shown)
    review.deliver(shown, said(float("nan"), known=False))
    review.commit(Opinion(True, 90))
    assert (review.tally().known, review.tally().compared) == (1, 0)


def test_an_empty_session_has_no_confidence():
    tally = CaseReview().tally()
    assert (tally.read, tally.excess) == (0, None)


# ------------------------------------------------------------------- chances
@given(SHARES, SHARES)
def test_words_go_up_with_the_probability(p, q):
    words = ["unlikely", "less_likely", "possible", "probable", "consistent"]
    low, high = sorted((p, q))
    assert words.index(in_words(low)) <= words.index(in_words(high))


@given(SHARES, SHARES, st.integers(0, 100))
def test_a_hundred_films_stay_a_hundred(sensitivity, specificity, prevalence):
    h = Point(0.5, sensitivity, specificity).among(prevalence)
    assert h.found + h.missed == prevalence
    assert h.found + h.missed + h.alarms + h.cleared == 100
    assert min(h.found, h.missed, h.alarms, h.cleared) >= 0
    assert abs(h.missed - prevalence * (1 - sensitivity)) <= 0.5 + 1e-9
    assert abs(h.alarms - (100 - prevalence) * (1 - specificity)) <= 0.5 + 1e-9


@given(st.lists(st.tuples(SHARES, SHARES, SHARES), min_size=1, max_size=20), SHARES)
def test_costs_are_those_of_the_card(rows, threshold):
    card = {"operating": [{"threshold": t, "sensitivity": a, "specificity": b} for t, a, b in rows]}
    point = Operating.of(card).at(threshold)
    assert (point.threshold, point.sensitivity, point.specificity) in rows
    assert abs(point.threshold - threshold) == min(abs(t - threshold) for t, _, _ in rows)
    assert point.missed == 100 - round(100 * point.sensitivity)
    assert point.alarms == 100 - round(100 * point.specificity)


def test_intervals_come_from_the_card_where_it_has_them():
    row = {"threshold": 0.5, "sensitivity": 0.9, "specificity": 0.8, "sensitivity_low": 0.85, "sensitivity_high": 0.94}
    point = Operating.of({"operating": [row]}).at(0.5)
    assert point.sensitivity_interval == (0.85, 0.94)
    assert point.specificity_interval is None


@pytest.mark.parametrize("figures", [{}, {"operating": []}, {"operating": None}])
def test_a_card_without_operating_points_has_none(figures):
    assert Operating.of(figures) is None


def test_a_film_that_asks_is_settled_by_the_reader():
    pixels = np.full((300, 200), 0.2, np.float32)
    pixels[:, 80:120] = 0.8
    review = CaseReview()
    review.open(Film("a", Radiograph(pixels, remarks=("radiograph.doubt.bits",)), [Finding("radiograph.doubt.bits")]))
    assert review.film.asks
    film = review.settle(inverted=True)
    assert film is review.film
    assert not film.asks
    np.testing.assert_allclose(film.radiograph.pixels, 1 - pixels)


def test_text_on_the_open_film_is_boxed_and_blacked_out():
    from PIL import ImageDraw

    picture = Image.new("L", (300, 200), 60)
    ImageDraw.Draw(picture).text((20, 80), "DOE JANE 1950", fill=255, font_size=18)
    radiograph = Radiograph(np.asarray(picture, np.float32) / 255)
    review = CaseReview()
    assert list(review.lettering) == []
    review.open(Film("a", radiograph, quality(radiograph)))
    review.commit(Opinion(True, 80))
    assert len(review.lettering) == 1
    film = review.black_out()
    assert film is review.film
    assert film.radiograph.pixels.max() < 0.3
    assert list(review.lettering) == []
    assert review.opinion.answer  # the answer stands


def test_other_views_and_earlier_films_lie_beside_a_film_and_say_why(tmp_path):
    def row(name, **of):
        (tmp_path / name).write_bytes(write_dicom(*make("knee", size=160, **of)))
        return {"image": str(tmp_path / name), "kl": 1, "patient": "a", "split": "test"}

    left, right, before = row("l.dcm", side="L"), row("r.dcm", side="R"), row("b.dcm", side="L", seed=2)
    review = CaseReview("knee-oa")
    review.offer(pd.DataFrame([left | {"earlier": before["image"]}, right]))
    film, _ = review.fetch(review.order.index(0))
    assert [(one.role, one.radiograph.side) for one in film.beside] == [("side", "R"), ("earlier", "L")]
    assert film.together == [film]  # the model reads the film alone


def test_films_lie_beside_each_other_only_where_the_collection_says_whose_they_are(cases):
    table = cases.assign(patient="run0001", split="test", source="fracatlas")  # there numbers stand for patients
    review = CaseReview()
    review.offer(table)
    assert not review.fetch(0)[0].beside
    review.offer(table.assign(source="knee-oa"))
    assert len(review.fetch(0)[0].beside) == MOST - 1


def test_another_part_and_an_impossible_spacing_ask_and_the_reader_settles_them():
    review = CaseReview("bone-age")
    review.open(look_at(write_dicom(*make("knee", size=160)), task=review.task))
    assert review.film.doubts == {"part"}
    assert not review.settle(inverted=False).asks
    review.open(look_at(dicom(spacing=1.0)))
    assert review.film.doubts == {"spacing"}
    settled = review.settle(inverted=False, spacing=False)
    assert (settled.asks, settled.radiograph.spacing_mm) == (False, None)


def test_a_view_that_the_question_is_not_put_to_lies_beside_the_one_that_it_is_put_to(cases):
    table = cases.iloc[[2, 5]].assign(patient="spine-0", companion=[False, True])
    review = CaseReview("spine-alignment")
    review.offer(table.assign(view=["lateral", "AP"]))
    assert review.order == [0]
    assert [(one.role, one.view) for one in review.fetch(0)[0].beside] == [("view", "AP")]


def test_guests_of_a_class_are_offered_no_folder_and_no_archive_of_the_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("XRLEARN_PACS_URL", "https://pacs.example/dicom-web")
    task = find("fracture")
    assert case_review_films.sources(task)[-2:] == ["archive", "own"]
    monkeypatch.setenv("XRLEARN_GUESTS", "1")
    assert not {"archive", "own"} & set(case_review_films.sources(task))
    for source in ("archive", "own"):  # a page's script may ask for what is not offered
        with pytest.raises(SentenceError, match="not open to its guests"):
            case_review_films.films_of(task, source, str(tmp_path))
