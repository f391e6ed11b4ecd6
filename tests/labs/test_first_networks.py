"""The networks with which lessons open ship, and are those that today's code trains."""

import pytest
from scipy.stats import spearmanr

from xrlearn.labs import first_networks, wrists
from xrlearn.labs.choose_network import ChoiceLab
from xrlearn.labs.choose_network_state import SIZE
from xrlearn.labs.overfit import OverfitLab
from xrlearn.labs.overfit_state import FIRST, Settings
from xrlearn.labs.shortcuts import ShortcutsLab
from xrlearn.labs.shortcuts_state import Settings as Link
from xrlearn.training.miniature import remembered, tiny
from xrlearn.training.miniature.tiny import Recipe, scores

WHOLE = {"n": 480, "subtlety": (0.0, 0.4)}  # the tests' lessons have fewer films


@pytest.fixture(scope="module", autouse=True)
def fresh(tmp_path_factory):
    """A machine on which nothing was made or trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XRLEARN_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def test_no_lesson_begins_by_training(monkeypatch):
    """Where this fails after a change of films or training: ``make ready-networks``."""
    trained = []
    fit = tiny.fit
    monkeypatch.setattr(tiny, "fit", lambda *given: trained.append(given[2]) or fit(*given))
    first_networks.train(**WHOLE)
    assert not trained


def test_they_are_those_that_today_s_code_trains():
    """Another processor rounds otherwise, so the network is another one that says much the same."""
    films = wrists.load(size=SIZE, **WHOLE)
    own, valid = films.among("train"), films.among("valid")
    known = films.films[own], films.truth[own], Recipe(), (films.films[valid], films.truth[valid])
    ships, today = remembered.fit(*known), tiny.fit(*known)
    assert ships.epochs[-1].valid_auc == pytest.approx(today.epochs[-1].valid_auc, abs=0.08)
    assert ships.epochs[0].loss == pytest.approx(today.epochs[0].loss, abs=0.05)
    alike = spearmanr(scores(ships.net, films.films[valid]), scores(today.net, films.films[valid])).statistic
    assert alike > 0.8
    assert ships.seconds > 0


def test_they_are_what_the_pages_ask_for_first():
    choice, overfit, links = ChoiceLab(), OverfitLab(), ShortcutsLab()
    assert choice.recipe() == Recipe()
    asked = Settings(
        overfit.patients.value, overfit.network.value, overfit.epochs.value, overfit.noise.value / 100,
        overfit.augment.value, overfit.decay.value,
    )  # fmt: skip
    assert asked == FIRST
    assert repr(asked.recipe()) == repr(FIRST.recipe())
    assert Link(links.kind.value, links.here.value / 100) == Link()
