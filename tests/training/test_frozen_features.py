"""Heads trained on cached features."""

import subprocess
import sys

import numpy as np
import pytest

from xrlearn.stats import auc
from xrlearn.training import frozen_features


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty cache folder."""
    monkeypatch.setattr(frozen_features, "cache", lambda: tmp_path)
    return tmp_path


def test_features_are_computed_once_a_film(cases, store, monkeypatch):
    films = cases["image"].tolist()[:6]
    calls = []
    seen = frozen_features._seen
    monkeypatch.setattr(frozen_features, "_seen", lambda batch: calls.append(len(batch)) or seen(batch))
    first = frozen_features.features(films[:4], size=32)
    assert first.shape == (4, 1280)
    again = frozen_features.features(films, size=32)
    assert calls == [4, 2]
    assert np.array_equal(again[:4], first)
    assert not np.array_equal(again[4], again[5])
    assert np.array_equal(
        frozen_features.features(films[::-1], size=32), again[::-1]
    )  # rows follow the films, not the cache


def test_stopping_keeps_what_was_computed(cases, store):
    from xrlearn.progress import Stopped

    films = cases["image"].tolist()[:6]
    told = []

    def stop(done, total):
        told.append((done, total))
        return done >= 4

    with pytest.raises(Stopped):
        frozen_features.features(films, size=32, progress=stop, batch_size=2)
    assert told == [(2, 6), (4, 6)]
    told.clear()
    frozen_features.features(films, size=32, progress=lambda *at: told.append(at), batch_size=2)
    assert told == [(6, 6)]


def test_a_damaged_cache_is_computed_again(cases, store):
    films = cases["image"].tolist()[:2]
    whole = frozen_features.features(films, size=32)
    (file,) = store.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert np.array_equal(frozen_features.features(films, size=32), whole)


def test_cached_features_and_a_head_need_no_torch(cases, tmp_path):
    films = cases["image"].tolist()[:4]
    code = f"""
import sys
from pathlib import Path
from xrlearn.training import frozen_features
frozen_features.cache = lambda: Path({str(tmp_path)!r})
seen = frozen_features.features({films!r}, size=32)
frozen_features.fit_head(seen, [0, 1, 0, 1])
print("torch" in sys.modules)
"""
    answers = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()[-1]
        for _ in range(2)
    ]
    assert answers == ["True", "False"]


def made_up(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    features = rng.normal(size=(n, 60))
    features[:, :4] += truth[:, None]
    return features, truth


def test_the_score_is_that_of_scikit_learn_on_the_scaled_features():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    x, y = made_up(120)
    head = frozen_features.fit_head(x, y, penalty=0.5)
    scaler = StandardScaler().fit(x)
    theirs = LogisticRegression(C=1 / (0.5 * len(x)), tol=1e-8).fit(scaler.transform(x), y)
    assert np.allclose(head.score(x), theirs.decision_function(scaler.transform(x)), atol=0.02)


def test_a_penalty_trades_training_for_other_films():
    x, y = made_up(60)
    others, truth = made_up(2000, seed=1)
    bold, simple = (frozen_features.fit_head(x, y, penalty) for penalty in (1e-4, 1.0))
    assert auc(y, bold.score(x)) > auc(y, simple.score(x)) - 1e-12
    assert auc(truth, simple.score(others)) > auc(truth, bold.score(others))


def test_a_feature_that_never_changes_does_no_harm():
    x, y = made_up(60)
    x[:, 7] = 3.0
    assert np.isfinite(frozen_features.fit_head(x, y).score(x)).all()
