"""The model that travels with the package: its files, its card, and what it does on films it has never seen."""

import numpy as np
import pytest

import xrlearn as xr
from xrlearn import paths
from xrlearn.stats import auc
from xrlearn.training import card, shipped


def test_it_is_small_and_its_card_is_complete():
    assert (paths.WEIGHTS / "fracture.safetensors").stat().st_size <= 15e6
    about = card("fracture")
    for name in ("auc", "accuracy", "sensitivity", "specificity", "ece"):
        figure = about.figures["metrics"][name]
        assert figure["low"] <= figure["value"] <= figure["high"]
    assert about.figures["split"] == "test"
    assert about.figures["n"] == about.data["splits"]["test"]["films"]
    assert "CC" in about.data["licence"]
    assert about.data["citation"]
    assert len(about.limits["en"]) == len(about.limits["zh"]) >= 4


def test_its_card_says_how_it_does_at_its_own_threshold():
    about = card("fracture")
    near = min(about.figures["operating"], key=lambda p: abs(p["threshold"] - about.threshold))
    assert near["sensitivity"] == pytest.approx(about.figures["metrics"]["sensitivity"]["value"], abs=0.03)


@pytest.fixture(scope="module")
def some(realdata):
    """Sixty test films, half of them with a fracture."""
    cases = xr.load("fracture", realdata / "fracatlas_fracture")
    return cases[cases["split"] == "test"].groupby("fracture").sample(30, random_state=0)


def test_it_finds_fractures_in_films_it_has_never_seen(some):
    result = xr.evaluate(shipped("fracture"), some)
    assert result.left_out == 0
    assert auc(result.cases["fracture"], result.cases["probability"]) > 0.85


def test_it_refuses_to_be_measured_on_its_training_films(realdata):
    cases = xr.load("fracture", realdata / "fracatlas_fracture")
    trained_on = cases[cases["split"] == "train"].groupby("fracture").head(3)
    with pytest.raises(ValueError, match="among the 0 films"):
        xr.evaluate(shipped("fracture"), trained_on)


def test_its_map_points_nearer_to_fractures_than_chance(some):
    broken = some[some["fracture"] == 1].head(15)
    found = [xr.explain("fracture", case) for _, case in broken.iterrows()]
    energy = np.mean([e.energy for e in found])
    covered = np.mean([_covered(e) for e in found])
    assert energy > 3 * covered


def _covered(explanation) -> float:
    from xrlearn.heatmaps.scores import inside

    return float(inside(explanation.film.pixels.shape, explanation.boxes).mean())
