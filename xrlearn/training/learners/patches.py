"""What teaches a network to mark a lesion: patches, cut and exposed anew each time they are seen, and the loss.

The films of a pair, whole and broken, are cut, exposed, blurred and compressed alike.
"""

import io
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.torch_core import default_device
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ...tasks.answers import Answer, AnswerError
from ..films import MM, at_scale, film_of
from ..networks.heatmap_regressor import locally_normalised
from ..networks.patches import CELL
from .loaders import taught

#: side of a patch, pixels; one shows so many mm
SIDE, SCALES = 96, (1.15, 1.65)
#: how limbs lie on a cassette, degrees; most point down
TURNS, SHARES = (0, 90, 180, 270), (0.15, 0.2, 0.45, 0.2)
#: share of the pairs that are left out, those whose lesion changes the film least
LEFT_OUT = 0.4
#: of a cell with a lesion against one without
WEIGHT = 8.0
_KEPT = 4000  # films in memory


class Shown(NamedTuple):
    """One film, or a pair, with pixels of 1 mm: grey values (films, rows, columns; 8 bits), where the lesion is (rows,
    columns), and whether each film shows it (films,).
    """

    films: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    truth: NDArray[np.bool_]


class Patches:
    """Patches of the training or the validation films, one of each film or pair.

    Parameters
    ----------
    cases : pandas.DataFrame
        With the truth as column ``answer``, see :func:`~xrlearn.training.learners.loaders.taught`.
    size : int
        See :func:`xrlearn.training.systems.patches.at_scale`.
    learns : bool
        Patches differ each time; pairs that show least are left out.
    augment : bool
    """

    def __init__(self, cases: pd.DataFrame, size: int, learns: bool, augment: bool) -> None:
        self.learns, self.augment = learns, augment
        boxes = cases["boxes"] if "boxes" in cases else pd.Series([[]] * len(cases), cases.index)
        placed = boxes.map(lambda found: isinstance(found, list) and len(found) > 0)
        cases = cases.assign(boxes=boxes)[placed | (cases["answer"] == 0)]
        pairs = cases["pair"] if "pair" in cases else pd.Series(np.nan, cases.index)
        pairs = pairs.astype(object).where(pairs.notna(), cases["image"])
        together = [cases.loc[rows].sort_values("answer") for rows in cases.groupby(pairs, sort=False).groups.values()]
        self.shown = lru_cache(_KEPT)(lambda k: shown(together[k], size))
        self.items = list(range(len(together)))
        pair = [k for k in self.items if together[k]["answer"].nunique() == 2]
        if learns and pair:
            changes = np.array([change(self.shown(k)) for k in pair])
            left_out = np.array(pair)[changes < np.quantile(changes, LEFT_OUT)]
            self.items = sorted(set(self.items).difference(left_out.tolist()))
        self.lesions = int(cases["answer"].sum())

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, k: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng(int(torch.randint(2**31, ())) if self.learns else k)
        films, masks = patch(self.shown(self.items[k]), rng)
        return (exposed(films, rng) if self.augment else films)[:, None], masks[:, None]


def shown(rows: pd.DataFrame, size: int) -> Shown:
    """Open a film or a pair; the films of a pair have the same size."""
    films = [film_of(row) for row in rows.to_dict("records")]
    pictures = [at_scale(film, 1.0, size) for film in films]
    wide, tall = pictures[0].size
    mask = np.zeros((tall, wide), bool)
    for film, boxes in zip(films, rows["boxes"], strict=True):
        scale = np.tile(np.array(mask.shape) / film.pixels.shape, 2)
        for box in boxes if isinstance(boxes, list) else []:
            top, left, bottom, right = np.multiply(box, scale)
            mask[int(top) : math.ceil(bottom), int(left) : math.ceil(right)] = True
    grey = [np.asarray(picture.resize((wide, tall))) for picture in pictures]
    return Shown(np.stack(grey), mask, rows["answer"].to_numpy(dtype=bool))


def change(pair: Shown) -> float:
    """Return by how much the lesion changes a film about it, local contrast normalised: the mean of 60 pixels."""
    tall, wide = (n // 4 * 4 for n in pair.mask.shape)
    grey = torch.from_numpy(pair.films[:, None, :tall, :wide] / np.float32(255))
    one, other = locally_normalised(grey, 5)[[0, -1], 0]
    near = F.max_pool2d(torch.from_numpy(pair.mask[None, :tall, :wide].astype(np.float32)), 17, 1, 8)[0] > 0
    return float((one - other).abs()[near].sort(descending=True).values[:60].mean().nan_to_num())


def patch(item: Shown, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Cut films alike: moved, turned, mirrored, scaled.

    Returns
    -------
    films : Tensor, (films, SIDE, SIDE)
    masks : Tensor, (films, SIDE, SIDE)
        1 where a film shows the lesion.
    """
    size = np.array(item.mask.shape)
    near = np.argwhere(item.mask)
    if len(near) and rng.random() < 0.85:
        centre = near[rng.integers(len(near))] + rng.uniform(-0.4 * SIDE, 0.4 * SIDE, 2) * MM
    else:
        coarse = item.films[0, ::8, ::8]
        bright = np.argwhere(coarse >= np.quantile(coarse, 0.7))
        centre = 8.0 * bright[rng.integers(len(bright))] + rng.normal(0, 15, 2)
    angle = np.deg2rad(rng.choice(TURNS, p=SHARES) + rng.normal(0, 16))
    side, narrow = rng.choice([-1, 1]), math.exp(rng.normal(0, 0.05))
    c, s = rng.uniform(*SCALES) * np.array([np.cos(angle), np.sin(angle)])
    turn = np.array([[c * side * narrow, -s / narrow], [s * side * narrow, c / narrow]])
    move = np.c_[turn * SIDE / size[::-1, None], (2 * centre - size)[::-1] / size[::-1]].astype(np.float32)
    grid = F.affine_grid(torch.from_numpy(move)[None], [1, 3, SIDE, SIDE], align_corners=False)
    grey = torch.from_numpy(item.films / np.float32(255))
    air = grey[0, ::8, ::8].quantile(0.05) * (rng.random() < 0.7)  # the film goes on beyond its edge, or it is black
    films = F.grid_sample(grey[None] - air, grid, align_corners=False)[0] + air
    mask = F.grid_sample(torch.from_numpy(item.mask[None, None].astype(np.float32)), grid, align_corners=False)[0, 0]
    return films.clamp(0, 1), (mask > 0.4) * torch.from_numpy(item.truth.astype(np.float32))[:, None, None]


def exposed(film: Tensor, rng: np.random.Generator) -> Tensor:
    """Return films (n, SIDE, SIDE) as another hospital and a small copy give them, all alike but for their noise."""
    film = film ** math.exp(rng.uniform(-0.7, 0.5)) * rng.uniform(0.45, 1) + rng.uniform(0, 0.2) * (rng.random() < 0.7)
    if rng.random() < 0.3:  # saturated
        film = film.clamp(max=float(film[0].quantile(rng.uniform(0.9, 0.99))))
    if rng.random() < 0.5:  # sharpened
        film = film + rng.uniform(0, 0.9) * (film - F.avg_pool2d(film, 5, 1, 2, count_include_pad=False))
    stripes = rng.normal(0, rng.uniform(0, 0.008), (1, 1, SIDE)) * (rng.random() < 0.5)
    noise = rng.normal(0, rng.uniform(0, 0.012), film.shape)
    film = film + torch.from_numpy((stripes + noise).astype(np.float32))
    if rng.random() < 0.12:  # a strip of lead, or the edge of the cassette
        angle, wide = rng.uniform(0, 2 * np.pi), rng.uniform(2, 6) if rng.random() < 0.5 else np.inf
        across, down = np.meshgrid(np.arange(SIDE) - SIDE / 2, np.arange(SIDE) - SIDE / 2)
        depth = torch.from_numpy(across * np.cos(angle) + down * np.sin(angle) - rng.uniform(0.1, 0.45) * SIDE)
        film = torch.where(depth > 0, torch.where(depth < wide, rng.uniform(0.6, 1), rng.uniform(0, 0.2)), film)
    film = film.float().clamp(0, 1)
    return compressed(film, int(rng.integers(60, 92))) if rng.random() < 0.6 else film


def compressed(film: Tensor, quality: int) -> Tensor:
    """Return films (n, rows, columns) as JPEG gives them back."""
    out = []
    for one in film.numpy():
        file = io.BytesIO()
        Image.fromarray((255 * one).astype(np.uint8)).save(file, "JPEG", quality=quality)
        out.append(np.asarray(Image.open(file)) / np.float32(255))
    return torch.from_numpy(np.stack(out))


def patch_loaders(answer: Answer, cases: pd.DataFrame, size: int, batch_size: int, augment: bool) -> DataLoaders:
    """Return DataLoaders over patches and their masks; `batch_size` counts patches.

    Raises
    ------
    AnswerError
        If there are no training or no validation films, only one answer among the training films, or no lesion whose
        place is known.
    """
    used = taught(cases, answer)
    train, valid = (
        Patches(used[used["split"] == part], size, part == "train", augment and part == "train")
        for part in ("train", "valid")
    )
    if not train.lesions or not len(valid):
        raise AnswerError("no_boxes", n=len(used))
    films = max(len(train.shown(k).films) for k in train.items[:8])
    bs = min(max(batch_size // films, 1), len(train))

    def batch(items: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, ...]:
        return tuple(torch.cat(part) for part in zip(*items, strict=True))

    return DataLoaders(
        DataLoader(train, bs=bs, shuffle=True, drop_last=True, num_workers=0, create_batch=batch),
        DataLoader(valid, bs=bs, num_workers=0, create_batch=batch),
        device=default_device(),
    )


def patch_loss(evidence: Tensor, masks: Tensor) -> Tensor:
    """Cross-entropy of the cells, those beside a lesion spared, and of the whole patch.

    Examples
    --------
    >>> masks = torch.zeros(1, 1, 32, 32)
    >>> sure, wrong = (patch_loss(torch.full((1, 1, 4, 4), z), masks).item() for z in (-9.0, 9.0))
    >>> sure < 0.01 < 1 < wrong
    True
    """
    truth = F.max_pool2d(masks, CELL)
    clear = (F.max_pool2d(truth, 3, 1, 1) == truth).float()
    weight = torch.tensor(WEIGHT, device=truth.device)
    cells = F.binary_cross_entropy_with_logits(evidence, truth, pos_weight=weight, reduction="none")
    whole = evidence.flatten(1).logsumexp(1) - math.log(evidence[0].numel())
    return 2 * (cells * clear).mean() + 0.3 * F.binary_cross_entropy_with_logits(whole, truth.amax((1, 2, 3)))
