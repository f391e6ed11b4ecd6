"""The state of the shortcuts lab: something on the film goes with the answer, and elsewhere less, or the other way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..stats import auc
from . import shortcut_layers
from .once import Arrays, digest, worked_out
from .shortcut_layers import PLACES, Film, Spot, lay, without_marker
from .train_fracture_state import RocCurve

if TYPE_CHECKING:  # the page is drawn before torch is loaded
    from ..radiograph import Radiograph
    from ..training.miniature.tiny import Epoch, Recipe, TinyNet
    from .filmed import Lesion
    from .wrists import Wrists

_SCATTER = 0.03  # of a thing's place from film to film, as a share of the film (standard deviation)
_EPOCHS = 10
_LOOKED_AT = 40  # films whose maps are counted
NEAR = 0.25  # share of the film's side: each place of the map looks at least this far around itself


@dataclass(frozen=True)
class Settings:
    """What the controls say.

    Attributes
    ----------
    kind : str
        What lies on the film: a key of :data:`.shortcut_layers.PLACES`.
    link : float
        Share of the broken training films that carry it, and of the whole ones that do not: 0.5 no link, 1 always.
    draw : int
        Another number gives another network.
    """

    kind: str = "marker"
    link: float = 0.95
    draw: int = 0

    def recipe(self) -> "Recipe":
        """Return what this asks of a tiny network."""
        from ..training.miniature.tiny import Recipe

        return Recipe(width=8, depth=4, epochs=_EPOCHS, seed=self.draw)


#: what the page trains before a control has been moved, and what is drawn beside it
FIRST, FAIR = Settings(), Settings(link=0.5)


@dataclass(frozen=True)
class Run:
    """A trained network and its scores on films it never saw, each once bare and once with the thing on it.

    Attributes
    ----------
    settings : Settings
    truth : ndarray of 0 and 1
    bare, laid : ndarray
        Log-odds of "broken".
    luck : ndarray
        Which films carry the thing first; see :func:`carried`.
    on_it : float or None
        Share of the broken films on which the hottest place of the map lies at the thing (within :data:`NEAR` of it);
        None where it lies everywhere, so that there is no such place.
    """

    settings: Settings
    truth: NDArray[np.int64] = field(repr=False)
    bare: NDArray[np.float64] = field(repr=False)
    laid: NDArray[np.float64] = field(repr=False)
    luck: NDArray[np.float64] = field(repr=False)
    on_it: float | None
    net: "TinyNet" = field(repr=False)

    def at(self, link: float) -> RocCurve:
        """Measure it in a hospital in which the thing goes with the answer to this degree; 0 is the other way round."""
        return RocCurve.of(self.truth, self._scores(link))

    def curve(self, links: NDArray[np.float64]) -> list[float]:
        """Return the AUC in hospitals of each of these links."""
        return [auc(self.truth, self._scores(float(link))) for link in links]

    def _scores(self, link: float) -> NDArray[np.float64]:
        return np.where(carried(self.truth, link, self.luck), self.laid, self.bare)

    @property
    def jump(self) -> float:
        """How much the probability of a fracture rises on average when the thing is laid on, -1 to 1."""
        return float((probability(self.laid) - probability(self.bare)).mean())

    @property
    def verdict(self) -> str:
        """What the network has learned in one word: ``bone``, ``both`` or ``thing``.

        The limits are ours, chosen for teaching: the AUC lost when the thing goes the other way, 0.03 and 0.2.
        """
        same, reversed_ = self.curve(np.array([self.settings.link, 1 - self.settings.link]))
        return "bone" if same - reversed_ < 0.03 else "both" if same - reversed_ < 0.2 else "thing"


def probability(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-score)))


def carried(truth: NDArray[np.int64], link: float, luck: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which films carry the thing: the share `link` of the broken, and 1 - `link` of the whole.

    Parameters
    ----------
    luck : ndarray, (films,)
        Any numbers: among films of one answer, those with the lowest come first, so that a stronger link adds films
        and takes none away.

    Examples
    --------
    >>> carried(np.array([1, 1, 0, 0]), 1.0, np.arange(4.0)).tolist()
    [True, True, False, False]
    >>> int(carried(np.repeat([0, 1], 50), 0.5, np.arange(100.0)).sum())
    50
    """
    out = np.zeros(len(truth), bool)
    for answer, share in ((1, link), (0, 1 - link)):
        own = np.flatnonzero(truth == answer)
        out[own[np.argsort(luck[own], kind="stable")[: round(share * len(own))]]] = True
    return out


class Workbench:
    """Films without a marker, on which things are laid and networks trained.

    Parameters
    ----------
    truth : ndarray of 0 and 1, (films,)
    films : ndarray of float32, (films, size, size)
        Greys 0 to 1; the first half trains.
    sides : sequence of str
        ``"L"`` or ``"R"`` of each.
    wrists : Wrists, optional
        Where the films come from; they can then be made anew for reading.
    """

    def __init__(
        self, truth: NDArray[np.int64], films: NDArray[np.float32], sides: list[str], wrists: "Wrists | None" = None
    ) -> None:
        self.truth, self.films, self.sides, self._wrists = truth, films, sides, wrists
        self._train, self.held = np.arange(len(truth) // 2), np.arange(len(truth) // 2, len(truth))
        rng = np.random.default_rng(0)
        self._luck = rng.random(len(truth))
        self._scatter = rng.normal(0, _SCATTER, (len(truth), 2))
        self._laid: dict[str, NDArray[np.float32]] = {}
        self.runs: dict[Settings, Run] = {}

    @classmethod
    def of(cls, wrists: "Wrists") -> "Workbench":
        """Take the films of the lessons, and their side markers off them."""

        def work() -> Arrays:
            return {"films": _bare(wrists)}

        of = (wrists.cohort.key() if wrists.cohort else None), digest(wrists.films)
        films = worked_out("bare", of, [__file__, shortcut_layers.__file__], work)["films"].astype(np.float32)
        return cls(wrists.truth, films, wrists.cases["side"].tolist(), wrists)

    def laid(self, kind: str) -> NDArray[np.float32]:
        """Return every film with the thing on it, near its usual place."""
        if kind not in self._laid:
            self._laid[kind] = np.stack([self.film(i, kind, self.place(i, kind)) for i in range(len(self.films))])
        return self._laid[kind]

    def place(self, film: int, kind: str) -> Spot:
        """Return where a thing lies on a film: its usual place, give or take a little."""
        row, column = PLACES[kind] or (0.5, 0.5)
        return row + float(self._scatter[film, 0]), column + float(self._scatter[film, 1])

    def train(self, settings: Settings, stop: Callable[[], bool] = lambda: False) -> Run | None:
        """Train a network where thing and answer are linked so; None when `stop` said so on the way."""
        from ..training.miniature.remembered import fit
        from ..training.miniature.tiny import scores

        if settings in self.runs:
            return self.runs[settings]
        own, held, laid = self._train, self.held, self.laid(settings.kind)
        has = carried(self.truth[own], settings.link, self._luck[own])
        films = np.where(has[:, None, None], laid[own], self.films[own])
        done: list[Epoch] = []

        def told(epoch: "Epoch") -> bool:
            done.append(epoch)
            return stop()

        net = fit(_bytes(films), self.truth[own], settings.recipe(), on_epoch=told).net
        if len(done) < _EPOCHS:
            return None
        bare, on = scores(net, _bytes(self.films[held])), scores(net, _bytes(laid[held]))
        hottest = self._on_it(net, settings.kind)
        self.runs[settings] = Run(settings, self.truth[held], bare, on, self._luck[held], hottest, net)
        return self.runs[settings]

    def _on_it(self, net: "TinyNet", kind: str) -> float | None:
        size = self.films.shape[1]
        if PLACES[kind] is None:
            return None
        hits = []
        for film in self.held[self.truth[self.held] == 1][:_LOOKED_AT]:
            rows, columns = np.nonzero(self.film(int(film), kind, self.place(int(film), kind)) != self.films[film])
            heat = evidence(net, self.laid(kind)[film])
            cell = size // heat.shape[0]
            row, column = np.unravel_index(int(np.argmax(heat)), heat.shape)
            away = np.hypot(rows - (row + 0.5) * cell, columns - (column + 0.5) * cell).min()
            hits.append(away <= NEAR * size)
        return float(np.mean(hits))

    def film(self, film: int, kind: str, spot: Spot | None, bare: "Film | None" = None) -> Film:
        """Return one film with a thing at `spot`, or bare; `bare`: the same film in another size."""
        bare = self.films[film] if bare is None else bare
        return bare if spot is None else lay(kind, bare, spot, self.sides[film], seed=film)

    def closely(self, film: int) -> "tuple[Radiograph, list[Lesion]]":
        """Return a film as people read it, with many more pixels than the network sees, and its fractures there."""
        from ..radiograph import Radiograph

        if self._wrists is None:
            return Radiograph(self.films[film]), []
        return self._wrists.closely(film, marked=False)


def _bare(wrists: "Wrists") -> NDArray[np.float32]:
    """Take the side markers off the films of the lessons."""
    from PIL import Image

    from ..phantom import Truth

    size, bare = wrists.films.shape[1], []
    for film, path, (row0, column0, row1, column1) in zip(
        wrists.films, wrists.cases["truth"], wrists.cuts.tolist(), strict=True
    ):
        mask = Image.fromarray(Truth.from_json(Path(path).read_text(encoding="utf-8")).mask("marker"))
        square = mask.convert("L").crop((column0, row0, column1, row1)).resize((size, size))
        bare.append(without_marker(film.astype(np.float32) / 255, np.asarray(square) > 0))
    return np.stack(bare)


def evidence(net: "TinyNet", film: Film) -> NDArray[np.float32]:
    """Return the network's exact map of one film: what each place adds to the log-odds, (rows, columns)."""
    look(net, film)
    return net.evidence[0].numpy()


def look(net: "TinyNet", film: Film) -> float:
    """Return the network's probability of a fracture on one film."""
    from ..training.miniature.tiny import scores

    return float(probability(scores(net, _bytes(film)[None]))[0])


def _bytes(films: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(films * 255).astype(np.uint8)
