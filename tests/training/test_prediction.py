from dataclasses import replace

import numpy as np
import pytest

import xrlearn as xr
from xrlearn.radiograph import RadiographError


def test_it_points_at_the_lesion(trained, cases):
    hits = []
    for _, case in cases[(cases["fracture"] == 1) & (cases["split"] == "test")].iterrows():
        found = xr.predict(case["image"], model=trained)
        (top, left, bottom, right) = case["boxes"][0]
        row, column = found.heatmap_peak
        # at 64 pixels a cell of the map is 20 pixels of the film wide
        hits.append(top - 10 <= row <= bottom + 10 and left - 10 <= column <= right + 10)
        assert found.heatmap.shape == xr.read(case["image"]).pixels.shape
        assert found.heatmap[row, column] == found.heatmap.max()
    assert np.mean(hits) >= 0.7


def test_label_follows_the_threshold(trained, cases):
    for film in cases["image"].iloc[:6]:
        found = xr.predict(film, model=trained)
        assert found.known
        assert found.label == ("fracture" if found.probability >= trained.card.threshold else "no fracture")
        assert 0 <= found.probability <= 1


def test_a_strange_film_is_warned_of(trained):
    chessboard = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((20, 20))).astype(np.float32)
    found = xr.predict(xr.Radiograph(chessboard), model=trained)
    assert found.warnings[0].key == "training.warning.unlike"
    assert not found.known
    assert np.isnan(found.probability)
    assert found.label == found.warnings[0].text
    told = found.to_json()
    assert told["known"] is False
    assert not {"probability", "answers"} & set(told)


@pytest.mark.parametrize("foreign", [True, False])
def test_only_a_film_that_is_known_one_way_is_asked_which_way_round_it_is(foreign, trained, cases, monkeypatch):
    """A photograph is unlike both ways; a turned film is unlike, and turned back it is known."""
    from xrlearn.radiograph import Finding
    from xrlearn.training import prediction

    asks = Finding("radiograph.quality.inverted")
    monkeypatch.setattr(prediction, "quality", lambda film: [asks])
    monkeypatch.setattr(
        type(trained.distribution), "score", lambda _, film: 2.0 if foreign or film.pixels.mean() > 0.5 else 0.5
    )
    turned = np.full((80, 64), 0.8, np.float32)
    turned[20:40] = 0.6
    found = prediction.predict(xr.Radiograph(turned), model=trained)
    assert not found.known
    assert found.asks is not foreign
    assert found.warnings[0].key == ("training.warning.unlike" if foreign else asks.key)
    assert found.label == found.warnings[0].text


def test_the_task_is_that_of_the_model(trained, cases):
    assert xr.predict(cases["image"][0], model=trained).task == "fracture"
    with pytest.raises(ValueError, match="not “knee-oa”"):
        xr.predict(cases["image"][0], "knee-oa", trained)


def test_a_row_is_read_like_its_film(trained, cases):
    row = cases.iloc[3]
    assert xr.predict(row, model=trained).probability == xr.predict(row["image"], model=trained).probability


def test_what_is_no_film_is_refused(trained):
    with pytest.raises(RadiographError):
        xr.predict(b"not a film", model=trained)


def test_a_film_that_asks_gets_no_answer_before_a_reader_has_settled_it(trained, cases):
    film = xr.read(cases["image"][0])
    doubtful = replace(film, remarks=(*film.remarks, "radiograph.doubt.bits"))
    found = xr.predict(doubtful, model=trained)
    assert found.asks
    assert not found.known
    assert found.warnings[0].key == "radiograph.doubt.bits"
    assert found.heatmap is None
    assert not {"probability", "answers", "heatmap_peak", "points", "parts"} & set(found.to_json())
    assert xr.predict(doubtful.confirmed(), model=trained).probability == xr.predict(film, model=trained).probability
