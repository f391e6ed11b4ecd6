"""The state of the lab in which a network is chosen: those tried, the choice, and looks at the test set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .train_fracture_state import RocCurve, expected_best

if TYPE_CHECKING:  # the page is drawn before torch is loaded
    from ..training.miniature.tiny import Epoch, Recipe, TinyNet
    from .wrists import Wrists

#: side of the square that a network sees, in pixels
SIZE = 48
#: what augmentation does in this lab
AUGMENT = ("rotate", "crop", "brightness")


@dataclass(frozen=True)
class Trial:
    """A network that was trained, and how it does.

    Attributes
    ----------
    recipe : Recipe
    family : str
        Name of one of the five families, or empty.
    epochs : list of Epoch
    valid : RocCurve
        On the validation films.
    parameters : int
        How many numbers it learned.
    seconds : float
        How long its training took, on the clock, whenever that was.
    """

    recipe: "Recipe"
    family: str
    epochs: "list[Epoch]" = field(repr=False)
    valid: RocCurve
    parameters: int
    seconds: float
    net: "TinyNet" = field(repr=False)

    @property
    def train(self) -> float:
        """AUC on its own training films."""
        return self.epochs[-1].auc


class Workbench:
    """Films in three sets, the networks tried on them, and every look at the test set.

    Attributes
    ----------
    trials : dict of (family, Recipe) to Trial
        In the order in which they were tried.
    looks : dict of (family, Recipe) to RocCurve
        What was seen on the test films.
    """

    def __init__(self, wrists: "Wrists") -> None:
        self.wrists = wrists
        self.trials: dict[tuple[str, Recipe], Trial] = {}
        self.looks: dict[tuple[str, Recipe], RocCurve] = {}

    def count(self, split: str) -> int:
        """Return how many films a set holds: ``"train"``, ``"valid"`` or ``"test"``."""
        return len(self.wrists.among(split))

    def shown(self, n: int = 4) -> list[tuple[int, int]]:
        """Return the first `n` whole and `n` broken validation films: numbers and answers; test films stay unseen."""
        valid, truth = self.wrists.among("valid"), self.wrists.truth
        return [(int(i), answer) for answer in (0, 1) for i in valid[truth[valid] == answer][:n]]

    def mixed(self, n: int = 4) -> list[int]:
        """Return the numbers of the films in :meth:`shown`, in an order that does not give their answers away."""
        return sorted(number for number, _ in self.shown(n))

    def train(
        self, recipe: "Recipe", on_epoch: "Callable[[list[Epoch]], bool | None] | None" = None, family: str = ""
    ) -> Trial | None:
        """Train a network, or recall it when it was tried before; None when `on_epoch` ended it with True.

        Parameters
        ----------
        recipe : Recipe
        on_epoch : callable, optional
            Told of all rounds so far after each.
        family : str
            Name of a family of :mod:`xrlearn.training.miniature.families` whose miniature is trained; its layers
            replace the recipe's width, depth and activation.
        """
        from ..training.miniature.remembered import fit
        from ..training.miniature.tiny import scores

        key = family, recipe
        if key not in self.trials:
            films, truth = self.wrists.films, self.wrists.truth
            train, valid = self.wrists.among("train"), self.wrists.among("valid")
            course: list[Epoch] = []

            def told(epoch: "Epoch") -> bool | None:
                course.append(epoch)
                return on_epoch(course) if on_epoch is not None else None

            done = fit(films[train], truth[train], recipe, (films[valid], truth[valid]), told, family)
            if len(done.epochs) < recipe.epochs:
                return None
            self.trials[key] = Trial(
                recipe, family, done.epochs, RocCurve.of(truth[valid], scores(done.net, films[valid])),
                done.net.parameter_count, done.seconds, done.net,
            )  # fmt: skip
        return self.trials[key]

    def families(self, recipe: "Recipe", stop: Callable[[], bool] = lambda: False) -> Iterator[Trial]:
        """Train the five miniatures, with the recipe's rounds and regularisation; end early when `stop` says so."""
        from ..training.miniature.families import FAMILIES

        for family in FAMILIES:
            trial = self.train(recipe, lambda _: stop() or None, family.name)
            if trial is None:
                return
            yield trial

    @property
    def best(self) -> Trial:
        """The trial with the highest validation AUC: the one to choose."""
        return max(self.trials.values(), key=lambda trial: trial.valid.auc)

    def open_test(self, trial: Trial) -> RocCurve:
        """Measure a network on the test films, and remember that somebody looked."""
        from ..training.miniature.tiny import scores

        key = trial.family, trial.recipe
        if key not in self.looks:
            test = self.wrists.among("test")
            self.looks[key] = RocCurve.of(self.wrists.truth[test], scores(trial.net, self.wrists.films[test]))
        return self.looks[key]

    @property
    def best_look(self) -> RocCurve:
        """The best figure seen on the test films: the one that it is tempting to report."""
        return max(self.looks.values(), key=lambda figure: figure.auc)

    def price(self, looks: int | None = None) -> float:
        """Return by how much the best of so many looks may be too good by luck alone, in AUC.

        The expected best of as many independent draws of chance, with the standard error of this test set (see
        :func:`.train_fracture_state.expected_best`). Networks of one lab resemble each other, so this is the most it
        can be.

        Parameters
        ----------
        looks : int, optional
            As many as there were, when left out.
        """
        widest = max(self.looks.values(), key=lambda figure: figure.high - figure.low)
        error = (widest.high - widest.low) / 2 / 1.96
        return error * expected_best(len(self.looks) if looks is None else looks)
