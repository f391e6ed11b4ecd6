"""What teaches a network points: films with their landmarks, cut and varied each time they are seen, and the loss."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from fastai.data.block import DataBlock
from fastai.data.core import DataLoaders
from fastai.data.transforms import IndexSplitter, ItemTransform
from fastai.vision.core import TensorPoint
from fastai.vision.data import ImageBlock, PointBlock
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ...tasks.answers import AnswerError
from ..films import Frame, Room, fit
from . import measured  # noqa: F401  (teaches fastai to draw the films whose points are furthest off)
from .hospitals import varied
from .loaders import Film, Square
from .losses import PerFilm

#: side of the square that films are kept in while they are learned from, pixels
SIDE = 320
_KEPT = 4000  # films in memory


def point_loaders(
    cases: pd.DataFrame,
    told: Callable[[pd.DataFrame], NDArray[np.float64]],
    mirror: Sequence[int],
    shape: Sequence[int],
    batch_size: int = 24,
    room: Room = Room(),  # noqa: B008  (frozen)
    hospitals: Mapping[str, float] | None = None,
) -> DataLoaders:
    """Return DataLoaders over films and their points.

    Parameters
    ----------
    cases : pandas.DataFrame
        Training and validation films.
    told : callable
        Returns rows and columns of the points on each film, (films, points, 2); not a number where a film lacks one.
    mirror : sequence of int
        Which point each of them is on the film's mirror image.
    shape : (int, int)
        Rows and columns of what the network sees.
    batch_size : int
        Films a step; fewer where there are fewer training films.
    room : Room
        How much is cut out around the points.
    hospitals : mapping, optional
        See :func:`.hospitals.varied`.

    Raises
    ------
    AnswerError
        If there are no training or no validation films, or films without any point.
    """
    points, train = told(cases), (cases["split"] == "train").to_numpy()
    if not np.any(np.all(np.isfinite(points), axis=2), axis=1).all():
        raise AnswerError("no_points", n=len(cases))
    if not train.any() or train.all():
        raise AnswerError("too_few", train=int(train.sum()), valid=int((~train).sum()))
    kept = _Kept()

    def picture(case: pd.Series) -> Any:  # fastai would make what it returns into the type named here
        return kept.of(case.image)[0]

    def places(case: pd.Series) -> Any:
        frame = kept.of(case.image)[1]
        top, left, bottom, right = frame.box
        scale = [(bottom - top) / frame.rows, (right - left) / frame.columns]
        known = case.answer if "answer" in case else told(case.to_frame().T)[0]
        return ((np.asarray(known) + 0.5) * scale + [top, left])[:, ::-1].copy()

    block = DataBlock(
        blocks=(ImageBlock(Film), PointBlock),
        getters=[picture, places],
        splitter=IndexSplitter(np.flatnonzero(~train)),
        item_tfms=Square(SIDE),
        batch_tfms=[Vary(shape, mirror, room, hospitals or {}), Cut(shape, room)],
    )
    used = cases.assign(answer=list(points))
    used.attrs = {}
    return block.dataloaders(used.reset_index(drop=True), bs=min(batch_size, int(train.sum())), num_workers=0)


class _Kept:
    """Films in their squares, which stay in memory."""

    def __init__(self) -> None:
        self.squares: dict[Any, tuple[Image.Image, Frame]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"squares": {}}  # a learner is exported without its films

    def of(self, film: Any) -> tuple[Image.Image, Frame]:
        """Return a film's square, and where the film lies in it."""
        if film not in self.squares:
            picture = Film.create(film)
            made = fit(picture, SIDE), Frame(picture.height, picture.width, SIDE)
            if len(self.squares) >= _KEPT:
                return made
            self.squares[film] = made
        return self.squares[film]


class Cut(ItemTransform):
    """Cut validation films about their points, with the room that archives leave, and fit them into what is seen.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns that the network sees.
    room : Room
    """

    order = 50  # on batches of numbers from 0 to 1
    split_idx = 1
    vary = False

    def __init__(self, shape: Sequence[int], room: Room = Room()) -> None:  # noqa: B008  (frozen)
        super().__init__()
        self.shape, self.room = tuple(shape), room

    def encodes(self, xy: Any) -> tuple:  # noqa: D102  (called by fastai, which looks at types)
        if len(xy) == 1:  # a film without its points is seen whole
            return (type(xy[0])(F.interpolate(xy[0].as_subclass(Tensor), self.shape, mode="bilinear")),)
        film, points = (part.as_subclass(Tensor) for part in xy)
        middle, forth = placed(points, self.shape[1] / self.shape[0], self.room, self.vary)
        move = torch.cat([forth, middle[:, :, None]], 2)
        film = F.grid_sample(film, F.affine_grid(move, [len(film), 1, *self.shape], False), align_corners=False)
        points = torch.linalg.solve(forth, (points - middle[:, None]).mT).mT
        film, points = self.changed(film, points)
        return type(xy[0])(film), TensorPoint(points)

    def changed(self, film: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return films and points as they are."""
        return film, points


class Vary(Cut):
    """Cut training films closer or further, turn and mirror them, and vary what hospitals vary.

    Parameters
    ----------
    shape : (int, int)
    mirror : sequence of int
        Which point each of them is on the film's mirror image.
    room : Room
    hospitals : mapping, optional
        See :func:`.hospitals.varied`.
    """

    split_idx = 0
    vary = True

    def __init__(
        self,
        shape: Sequence[int],
        mirror: Sequence[int],
        room: Room = Room(),  # noqa: B008  (frozen)
        hospitals: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(shape, room)
        self.mirror, self.hospitals = list(mirror), hospitals or {}

    def changed(self, film: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return half of the films mirrored, all of them exposed otherwise."""
        swapped = torch.rand(len(film), device=film.device) < 0.5
        there = points[:, self.mirror] * points.new_tensor([-1, 1])
        points = torch.where(swapped[:, None, None], there, points)
        return varied(torch.where(swapped[:, None, None, None], film.flip(3), film), points, **self.hospitals)


def placed(points: Tensor, aspect: float, room: Room, vary: bool) -> tuple[Tensor, Tensor]:
    """Choose a cut of each film.

    Parameters
    ----------
    points : Tensor, (films, points, 2)
        Columns and rows on a square film, from -1 to 1.
    aspect : float
        Width of what the network sees by its height.
    room : Room
    vary : bool

    Returns
    -------
    middle : Tensor, (films, 2)
        Of the cut.
    forth : Tensor, (films, 2, 2)
        From the cut, -1 to 1, to the film.
    """
    n, device = len(points), points.device

    def between(ends: tuple[float, float]) -> Tensor:
        low, high = ends
        drawn = torch.rand(n, device=device) if vary else torch.full((n,), 0.5, device=device)
        return low + (high - low) * drawn

    low, high = (torch.nan_to_num(points, nan=sign * 9.0) for sign in (1, -1))
    low, high = low.amin(1), high.amax(1)
    tall = high[:, 1] - low[:, 1]
    top, bottom = low[:, 1] - between(room.above) * tall, high[:, 1] + between(room.below) * tall
    width = (high[:, 0] - low[:, 0]) * between(room.beside)
    wide = torch.maximum((bottom - top) * aspect * between(room.slender), width)
    across = (low[:, 0] + high[:, 0]) / 2 + between((-0.12, 0.12)) * wide
    # The whole film, and whatever lies between it and the closest cut.
    whole = (between((-1.0, 1.1)).clamp(min=0) if vary else torch.zeros(n, device=device))[:, None]
    close = torch.stack([across - wide / 2, top, across + wide / 2, bottom], 1)
    far = between(room.film)
    far = torch.stack([-far, -torch.ones_like(far), far, torch.ones_like(far)], 1)
    box = (1 - whole) * close + whole * far
    middle, half = (box[:, :2] + box[:, 2:]) / 2, (box[:, 2:] - box[:, :2]) / 2
    turn = torch.deg2rad(2.5 * torch.randn(n, device=device)) if vary else torch.zeros(n, device=device)
    turned = torch.stack([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], 1).reshape(n, 2, 2)
    return middle, turned * half[:, None]


class PointLoss(PerFilm):
    """Mean distance of points in hundredths of the height, and of the directions of lines in units of 4 degrees.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns that films are fitted into.
    lines : Tensor, (lines, points)
        See :func:`xrlearn.training.systems.landmarks.lines`.
    """

    def __init__(self, shape: Sequence[int], lines: Tensor) -> None:
        self.size, self.lines = torch.tensor([1.0, shape[1] / shape[0]]), lines

    def __call__(self, found: Tensor, truth: Tensor) -> Tensor:
        """Return the mean loss; `found` are shares of height and width, `truth` columns and rows from -1 to 1."""
        found, truth, missing = self._both(found, truth)
        loss = 100 * (found - truth).abs().mean((1, 2))
        if not len(self.lines):
            return loss if self.reduction == "none" else loss.mean()
        to = self.lines.to(found.device)
        a, b = to @ found, to @ truth
        length = b.norm(dim=-1).clamp(min=1e-3)
        sine = (a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]) / length**2
        # A line counts the more the nearer it is to the true one: before its points lie apart it has no direction, and
        # what turned it then would keep them together.
        near = torch.exp(-4 * (a - b).norm(dim=-1) / length).detach()
        whole = (to != 0).float() @ missing.float()[..., None] == 0  # lines whose points are all known
        loss = loss + (near * sine * whole[..., 0]).abs().mean(1) * (57.3 / 4)
        return loss if self.reduction == "none" else loss.mean()

    def distance(self, found: Tensor, truth: Tensor) -> Tensor:
        """Return the mean distance in percent of the height: a metric for fastai."""
        found, truth, _ = self._both(found, truth)
        return 100 * (found - truth).norm(dim=-1).mean()

    def decodes(self, found: Tensor) -> TensorPoint:
        """Return points as fastai shows them."""
        return TensorPoint(2 * found.as_subclass(Tensor).flip(-1) - 1)

    def _both(self, found: Tensor, truth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Both in shares of the height, and where there is no truth: what was found stands in for it."""
        size = self.size.to(found.device)
        found, truth = found.as_subclass(Tensor) * size, (truth.as_subclass(Tensor).flip(-1) + 1) / 2 * size
        missing = torch.isnan(truth).any(-1)
        return found, torch.where(missing[..., None], found, truth), missing
