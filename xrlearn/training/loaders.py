"""From a cases table to fastai DataLoaders."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from . import operators  # noqa: F401  (before fastai, which imports torchvision)

from fastai.data.block import CategoryBlock, DataBlock, TransformBlock  # isort: skip
from fastai.data.core import DataLoaders  # isort: skip
from fastai.data.transforms import IndexSplitter, Transform  # isort: skip
from fastai.torch_core import TensorBase, TensorImage, TitledStr  # isort: skip
from fastai.vision.augment import aug_transforms  # isort: skip
from fastai.vision.core import PILImageBW, PILMask  # isort: skip
from fastai.vision.data import ImageBlock, MaskBlock, get_grid  # isort: skip
from plum import dispatch  # isort: skip  (what fastai chooses its functions by)

from ..locale import text
from ..orthopaedics import Task
from .films import fit, open_picture


class Film(PILImageBW):
    """A film as fastai shows and transforms it: 8-bit grey, read by :func:`xrlearn.read`."""

    @classmethod
    def create(cls, fn: str | Path | np.ndarray | Image.Image, **kwargs: Any) -> "Film":
        """Open the film at path `fn`; arrays and pictures are taken as they are."""
        if isinstance(fn, Image.Image | np.ndarray):
            return super().create(fn, **kwargs)
        return cls(open_picture(fn))


class Square(Transform):
    """Fit a film, or the mask that goes with it, into the network's square."""

    order = 1

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def encodes(self, x: Image.Image) -> Image.Image:  # noqa: D102  (called by fastai)
        resample = Image.Resampling.NEAREST if isinstance(x, PILMask) else Image.Resampling.BILINEAR
        kind: Any = type(x)
        return kind(fit(x, self.size, resample))


class Number(TensorBase):
    """A measurement, as a learner's answer."""


class NumberSetup(Transform):
    """Make a :class:`Number` of a measurement, and words with its unit of a :class:`Number`."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self.unit = unit

    def encodes(self, o: float) -> Number:  # noqa: D102  (called by fastai)
        return Number(o).float()

    def decodes(self, o: Number) -> TitledStr:  # noqa: D102  (called by fastai)
        return TitledStr(f"{float(o.flatten()[0]):.1f} {self.unit}")


@dispatch
def show_results(
    x: TensorImage, y: Number, samples: Any, outs: Any, ctxs: Any = None, max_n: int = 9, **kwargs: Any
) -> Any:
    """Draw films with the true number, and the learner's below it: fastai can do so for classes alone."""
    ctxs = ctxs or get_grid(min(len(samples), max_n))
    for (film, truth), (said,), axes in zip(samples, outs, ctxs):
        film.show(ctx=axes, **kwargs)
        axes.set_title(f"{truth}\n{said}")
    return ctxs


def _lesions(case: pd.Series) -> PILMask:
    """Draw a case's lesion boxes as a mask; 255 everywhere means that a lesion is known but not where it lies."""
    with Image.open(case.image) as picture:
        columns, rows = picture.size
    mask = np.zeros((rows, columns), np.uint8)
    boxes = case.boxes if isinstance(case.get("boxes"), list) else []
    for top, left, bottom, right in boxes:
        mask[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = 1
    if case.answer and not boxes:
        mask[:] = 255
    return PILMask(Image.fromarray(mask))


def loaders(
    task: Task,
    cases: pd.DataFrame,
    size: int | None = None,
    batch_size: int = 24,
    augment: bool = True,
    boxes: bool = False,
) -> DataLoaders:
    """Return DataLoaders over the training and validation films of `cases`.

    Parameters
    ----------
    task : Task
        Says which column holds the answer, and the classes.
    cases : pandas.DataFrame
        A cases table; rows of split ``test`` are left out: they are for :func:`xrlearn.evaluate`.
    size : int, optional
        Side of the square the films are fitted into; the task's own when left out.
    batch_size : int
        Films a step.
    augment : bool
        Vary the training films: mirror, turn (20 degrees), scale (a fifth), brightness and contrast.
    boxes : bool
        Also load the lesion boxes as a mask, for :class:`~xrlearn.training.lesions.LearnFromBoxes`.

    Raises
    ------
    ValueError
        If there are no training or no validation films, or only one answer among the training films.
    """
    used = cases[cases["split"].isin(["train", "valid"])].reset_index(drop=True)
    used = used.assign(answer=used[task.label].astype(float if task.kind == "number" else int))
    valid = np.flatnonzero(used["split"] == "valid")
    train = used["split"] == "train"
    if not len(valid) or used.loc[train, "answer"].nunique() < 2:
        key = "training.error.too_few" if task.binary else "training.error.too_few_answers"
        raise ValueError(text(key, train=int(train.sum()), valid=len(valid)))
    names: Sequence[str] = [task.answer(i) for i in range(len(task.classes))]

    def answer(case: pd.Series) -> str | float:
        return float(case.answer) if task.kind == "number" else names[case.answer]

    def image(case: pd.Series) -> str:
        return str(case.image)

    answers = (
        TransformBlock(NumberSetup(text(task.unit)))
        if task.kind == "number"
        else CategoryBlock(vocab=names, sort=False)
    )
    block = DataBlock(
        blocks=(ImageBlock(Film), answers, MaskBlock) if boxes else (ImageBlock(Film), answers),
        n_inp=1,
        getters=[image, answer, _lesions] if boxes else [image, answer],
        splitter=IndexSplitter(valid),
        item_tfms=Square(size or task.size),
        batch_tfms=_augmentations() if augment else None,
    )
    return block.dataloaders(used, bs=batch_size, num_workers=0)


def _augmentations() -> list[Transform]:
    return aug_transforms(
        do_flip=True, max_rotate=20, min_zoom=0.85, max_zoom=1.2, max_warp=0.0, max_lighting=0.4, p_lighting=0.75,
        pad_mode="zeros",
    )  # fmt: skip
