"""What teaches a network of two stages: films and their landmarks, varied anew each time, and the losses.

Every number that differs from hospital to hospital is drawn wide, so that real films lie somewhere within (domain
randomisation: Tobin et al., IROS 2017).
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.torch_core import default_device
from torch import Tensor

from ...data.labels import males
from ...tasks.answers import Answer, AnswerError
from ..films import Frame, film_of, placed, squared
from ..networks.find_and_read import together
from .loaders import helpers
from .losses import PerFilm

if TYPE_CHECKING:
    from ..systems.two_stage import TwoStage


class _Films:
    """Films in squares, the sex of each (1: male), its points as shares of the square, and its truth."""

    def __init__(self, cases: pd.DataFrame, names: tuple[str, ...], size: int, answer: Answer) -> None:
        self.items, self.names, self.answer = cases.reset_index(drop=True), names, answer
        self.images, self.size = cases["image"].tolist(), size
        self.male, self.truth = males(cases), cases["answer"].tolist()
        told = cases["landmarks"] if "landmarks" in cases else [None] * len(cases)
        nowhere = (math.nan, math.nan)
        self.points = np.array(
            [[(at if isinstance(at, Mapping) else {}).get(name, nowhere) for name in names] for at in told], np.float64
        )

    def __len__(self) -> int:
        return len(self.images)

    def new_empty(self) -> "_Films":
        """Return the same without films: a learner is exported so."""
        return _Films(self.items[:0], self.names, self.size, self.answer)

    def __getitem__(self, k: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        film = film_of({"image": self.images[k]})
        scale, corner = placed(Frame.of(film, self.size))
        points = ((self.points[k] + 0.5) * scale + corner) / self.size
        return (
            torch.from_numpy(squared(film.pixels, self.size).copy())[None],
            torch.tensor(self.male[k]),
            torch.from_numpy(points).float(),
            torch.tensor(self.truth[k], dtype=torch.float32),
        )


def place_loaders(system: "TwoStage", used: pd.DataFrame, size: int, batch_size: int) -> tuple[DataLoaders, bool]:
    """Return DataLoaders over training and validation films, and whether a training film has landmarks."""
    names = system.task.settings["points"]
    train, valid = (_Films(used[used["split"] == part], names, size, system.task.answer) for part in ("train", "valid"))
    bs = min(batch_size, len(train))
    dls = PlaceLoaders(
        PlaceLoader(train, bs=bs, shuffle=True, drop_last=True, num_workers=helpers(), n_inp=2),
        PlaceLoader(valid, bs=bs, num_workers=helpers(), n_inp=2),
        device=default_device(),
    )
    return dls, bool(np.isfinite(train.points).any())


class PlaceLoader(DataLoader):
    """Batches of film, sex, points and truth, which fastai cannot draw: it says who can."""

    @property
    def items(self) -> pd.DataFrame:
        """The rows of the cases table."""
        return self.dataset.items

    def show_results(self, *args: Any, **kwargs: Any) -> None:
        """Refuse in a sentence.

        Raises
        ------
        AnswerError
        """
        raise AnswerError("not_drawn")

    show_batch = _pre_show_batch = show_results


class PlaceLoaders(DataLoaders):
    """DataLoaders of films that are read together with the patient's sex."""

    n_inp = 2  # film and sex; the rest of a batch is truth

    def test_dl(self, test_items: Any, with_labels: bool = False, **kwargs: Any) -> PlaceLoader:
        """Return a loader of rows of a cases table, as :func:`xrlearn.load` returns them.

        Raises
        ------
        AnswerError
            If they are no such rows: a film alone does not tell the sex.
        """
        if not isinstance(test_items, pd.DataFrame):
            raise AnswerError("film_alone")
        dataset, kwargs = self.valid.dataset, {k: v for k, v in kwargs.items() if k == "bs"}
        known = test_items.columns.isin(dataset.answer.columns).any()
        truth = dataset.answer.truth(test_items) if known else np.full(len(test_items), math.nan)
        films = _Films(test_items.assign(answer=list(truth)), dataset.names, dataset.size, dataset.answer)
        return self.valid.new(films, shuffle=False, drop_last=False, n_inp=2, **kwargs)


class CutPlaces(Callback):
    """Turns films into what both stages take.

    When training, the first gets them moved and exposed otherwise, the second places that miss the true landmarks a
    little; when validating, both get films as they are, and places lie where the first stage finds them.
    """

    def __init__(self, system: "TwoStage", options: Mapping[str, Any]) -> None:
        self.system, self.options = system, options

    def before_batch(self) -> None:
        """Vary and cut one batch."""
        learn, side = self.learn, self.system.side(self.options)
        (squares, male), (points, truth) = learn.xb, learn.yb
        film = squares.float() / 255
        known = points if self.training else torch.full_like(points, math.nan)
        at = torch.where(known.isfinite(), known, self._found(film, known, side))
        upright, turned = self.system.upright(film, at)
        small, large = self.system.places(upright, turned, miss=self.training)
        seen = F.interpolate(film, size=side, mode="area")
        if self.training:
            small, large = exposed(small), exposed(large)
            seen, points = moved(seen, points)
            seen = covered(exposed(lit(seen))).clamp(0, 1)
        learn.xb, learn.yb = (seen, small, large, male), (points, truth)

    def _found(self, film: Tensor, known: Tensor, side: int) -> Tensor:
        """The points of the films that lack some, as the first stage finds them; others as they are."""
        lacking = ~known.isfinite().all(2).all(1)
        found = known.clone()
        if lacking.any():
            find = self.learn.model.find
            before = [layer for layer in find.modules() if layer.training]
            find.eval()
            with torch.no_grad():
                found[lacking] = self.learn.model.locate(film[lacking], side)
            for layer in before:
                layer.training = True
        return found


class PlaceLoss(PerFilm):
    """Distance of the points in percent of the film, doubt of the places (Laplace), twice the film's error (Huber).

    Parameters
    ----------
    middle, spread : float
        The network's numbers are (answer - middle) / spread.
    """

    def __init__(self, middle: float, spread: float) -> None:
        self.middle, self.spread = middle, spread

    def __call__(self, said: tuple[Tensor, Tensor, Tensor], points: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; points that a film lacks, not a number, count for nothing."""
        found, number, log_error = said
        there = points.isfinite()
        if self.reduction == "none":
            far = 100 * ((found - points.nan_to_num()).abs() * there).sum((1, 2)) / there.sum((1, 2)).clamp(min=1)
            of = (truth - self.middle) / self.spread
            return far + torch.stack([self.of_places(*(p[i : i + 1] for p in (number, log_error, of)))
                                      for i in range(len(far))])  # fmt: skip
        far = (100 * (found - points.nan_to_num()).abs() * there).sum() / there.sum().clamp(min=1)
        return far + self.of_places(number, log_error, (truth - self.middle) / self.spread)

    def of_places(self, number: Tensor, log_error: Tensor, truth: Tensor) -> Tensor:
        """Mean negative log likelihood of every place, and twice the error of the film."""
        each = (number - truth[:, None]).abs() * (-log_error).exp() + log_error
        return each.mean() + 2 * F.smooth_l1_loss(together(number, log_error), truth, beta=0.2)

    def mean_absolute_error(self, said: tuple[Tensor, Tensor, Tensor], points: Tensor, truth: Tensor) -> Tensor:
        """Return the mean distance of the film's answer from the truth: a metric for fastai."""
        _, number, log_error = said
        return (self.middle + self.spread * together(number, log_error) - truth).abs().mean()


def _between(low: float, high: float, film: Tensor) -> Tensor:
    """Draw a number for each film, shaped (n, 1, 1, 1)."""
    return low + (high - low) * torch.rand(len(film), 1, 1, 1, device=film.device)


def _normal(width: float, film: Tensor) -> Tensor:
    return width * torch.randn(len(film), 1, 1, 1, device=film.device)


def blur(film: Tensor, width: float) -> Tensor:
    """Smooth films (n, 1, rows, columns) by a Gaussian of this standard deviation in pixels."""
    reach = max(1, int(3 * width))
    weight = torch.exp(-(torch.arange(-reach, reach + 1, device=film.device) ** 2) / (2 * width * width))
    weight = weight / weight.sum()
    across = F.conv2d(F.pad(film, (reach, reach, 0, 0), mode="replicate"), weight.view(1, 1, 1, -1))
    return F.conv2d(F.pad(across, (0, 0, reach, reach), mode="replicate"), weight.view(1, 1, -1, 1))


def lit(film: Tensor) -> Tensor:
    """Let exposure change from one edge of each film to the other."""
    slope = torch.linspace(-1, 1, film.shape[-1], device=film.device)
    return film * (1 + _normal(0.25, film) * slope[:, None] + _normal(0.15, film) * slope).clamp(min=0.1)


def exposed(film: Tensor) -> Tensor:
    """Return films (n, 1, rows, columns; 0 to 1) with another curve, sharpness, window and noise."""
    film = film.clamp(0, 1) ** _between(-0.7, 0.7, film).exp()
    kind, width = torch.rand(2).tolist()
    if kind < 0.45:
        film = blur(film, 0.3 + width)
    elif kind < 0.75:
        film = film + _between(0, 1.4, film) * (film - blur(film, 1.4))
    film = film * _between(0.4, 1, film) + _between(0, 0.3, film)
    return film + torch.randn_like(film) * _between(0, 0.03, film)


def moved(film: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Return films and their points turned, scaled, shifted, and half of them mirrored."""
    n = len(film)
    turn = _normal(0.21, film).flatten()
    size = _between(math.log(0.55), math.log(1.1), film).flatten().exp()
    wide = size * _normal(0.06, film).flatten().exp() * torch.sign(_between(-0.5, 0.5, film).flatten())
    rows = torch.stack([turn.cos() * wide, -turn.sin() * size, turn.sin() * wide, turn.cos() * size], 1)
    forth, shift = rows.reshape(n, 2, 2), 0.3 * torch.rand(n, 2, device=film.device) - 0.15
    back = torch.linalg.inv(forth)
    grid = F.affine_grid(torch.cat([back, -back @ shift[:, :, None]], 2), list(film.shape), align_corners=False)
    edge = "zeros" if torch.rand(()) < 0.5 else "border"
    film = F.grid_sample(film, grid, padding_mode=edge, align_corners=False)
    there = (2 * points.flip(-1) - 1) @ forth.mT + shift[:, None]  # grids are (column, row), from -1 to 1
    return film, ((there + 1) / 2).flip(-1)


def covered(film: Tensor) -> Tensor:
    """Lay edges of cassettes and plates with letters over films, in place."""
    size = film.shape[-1]
    rng = np.random.default_rng(int(torch.randint(2**31, ())))
    for one in film[:, 0]:
        if rng.random() < 0.35:
            lying, wide = one.T if rng.random() < 0.5 else one, rng.integers(2, max(3, size // 8))
            (lying[:wide] if rng.random() < 0.5 else lying[-wide:]).fill_(rng.random())
        for _ in range(rng.integers(0, 3)):
            (h, w), through = rng.integers(5, max(6, size // 5), 2), 0.5 * rng.random()
            r, c = rng.integers(0, size - h), rng.integers(0, size - w)
            one[r : r + h, c : c + w] = one[r : r + h, c : c + w] * through + (1 - through) * rng.random()
    return film
