"""From a cases table to fastai DataLoaders."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from fastai.data.block import DataBlock, TransformBlock
from fastai.data.core import DataLoaders
from fastai.data.transforms import IndexSplitter, Transform
from fastai.vision.augment import aug_transforms
from fastai.vision.core import PILImageBW, PILMask, TensorPoint
from fastai.vision.data import ImageBlock, MaskBlock
from PIL import Image

from ...data.films import readable
from ...radiograph import Radiograph
from ...tasks.answers import Answer, AnswerError
from ..films import displayed, fit, open_picture
from .heads import Head


class Film(PILImageBW):
    """A film as fastai shows and transforms it: 8-bit grey, read by :func:`xrlearn.read`."""

    @classmethod
    def create(cls, fn: str | Path | np.ndarray | Image.Image | Radiograph, **kwargs: Any) -> "Film":
        """Open the film at path `fn`; arrays and pictures are taken as they are."""
        if isinstance(fn, Radiograph):
            return cls(Image.fromarray(displayed(fn)))
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


def _lesions(case: pd.Series) -> PILMask:
    """Draw a case's lesion boxes as a mask; 255 everywhere means that a lesion is known but not where it lies."""
    columns, rows = open_picture(case.image).size
    mask = np.zeros((rows, columns), np.uint8)
    boxes = case.boxes if isinstance(case.get("boxes"), list) else []
    for top, left, bottom, right in boxes:
        mask[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = 1
    if np.ravel(case.get("answer", 0))[0] and not boxes:
        mask[:] = 255
    return PILMask(Image.fromarray(mask))


def helpers() -> int:
    """Return how many processes open films beside a training: some where a graphics card would wait, none elsewhere.

    Examples
    --------
    >>> 0 <= helpers() <= 4
    True
    """
    if not torch.cuda.is_available() or multiprocessing.get_start_method() != "fork":
        return 0  # a process that does not begin as a copy of this one would have to be told every film
    return min(4, (os.cpu_count() or 1) // 2)


def taught(cases: pd.DataFrame, answer: Answer) -> pd.DataFrame:
    """Return the training and validation films of `cases` with their truth as column ``answer``.

    Raises
    ------
    AnswerError
        If there are no training or no validation films, or only one answer among the training films; if a label is no
        number, or a film cannot be read.
    """
    used = cases[cases["split"].isin(["train", "valid"])].reset_index(drop=True)
    whole(used, answer.columns[:1] if answer.gaps else answer.columns)
    train = used["split"] == "train"
    try:
        answer.check(used[train])
    except AnswerError:
        train[:] = False
    if not train.any() or train.all():
        films = {name: int((used["split"] == name).sum()) for name in ("train", "valid")}
        raise AnswerError("too_few", **films)
    return used.assign(answer=list(answer.truth(used)))


def whole(cases: pd.DataFrame, columns: Sequence[str] = ()) -> None:
    """Refuse films that cannot be read, and labels that are no numbers, before anything learns from them.

    Raises
    ------
    AnswerError
        With the names of the first of them.
    """
    gaps = ~np.isfinite(cases[list(columns)].to_numpy(dtype=float)).all(axis=1)
    films = cases["image"] if "image" in cases else cases["patient"].iloc[:0]  # records have none
    broken = [not isinstance(film, Radiograph) and not readable(Path(film)) for film in films]
    for key, found in (("no_number", gaps), ("broken", np.array(broken, bool))):
        if found.any():
            named = cases["image" if "image" in cases else "patient"][found].tolist()
            names = [Path(film).name for film in named[:5] if not isinstance(film, Radiograph)]
            raise AnswerError(key, n=len(named), names=", ".join(names) + (", ..." if len(named) > 5 else ""))


def loaders(
    answer: Answer,
    head: Head,
    cases: pd.DataFrame,
    size: int,
    batch_size: int = 8,
    augment: bool = True,
    boxes: bool = False,
    mirror: bool = True,
    points: Callable[[pd.Series], Any] | None = None,
) -> DataLoaders:
    """Return DataLoaders over the training and validation films of `cases`.

    Parameters
    ----------
    answer : Answer
        Says which columns hold the truth.
    head : Head
        Says how fastai takes it.
    cases : pandas.DataFrame
        A cases table; rows of split ``test`` are left out: they are for :func:`xrlearn.evaluate`.
    size : int
        Side of the square the films are fitted into.
    batch_size : int
        Films a step; fewer where there are fewer training films.
    augment : bool
        Vary the training films: mirror, turn (20 degrees), scale (a fifth), brightness and contrast.
    boxes : bool
        Also load the lesion boxes as a mask, for :class:`~xrlearn.training.learners.lesions.LearnFromBoxes`.
    mirror : bool
        Mirror images are among the variations.
    points : callable, optional
        Row of the cases table -> landmarks on the square, columns and rows from -1 to 1: loaded last of all, for
        :class:`~xrlearn.training.learners.regions.LearnRegion`.

    Raises
    ------
    AnswerError
        If there are no training or no validation films, or only one answer among the training films.
    """
    used = taught(cases, answer)
    valid = np.flatnonzero(used["split"] == "valid")

    def truth(case: pd.Series) -> Any:
        known = case.answer if "answer" in case else answer.truth(case.to_frame().T)[0]  # the latter of test films
        return head.words(known)

    def image(case: pd.Series) -> str:
        return str(case.image)

    extra: list[tuple[Any, Callable[[pd.Series], Any]]] = [(MaskBlock, _lesions)] if boxes else []
    extra += [(TransformBlock(type_tfms=TensorPoint.create), points)] if points is not None else []

    def made(beside: list[tuple[Any, Callable[[pd.Series], Any]]]) -> DataLoaders:
        block = DataBlock(
            blocks=(ImageBlock(Film), head.block(), *(kind for kind, _ in beside)),
            n_inp=1,
            getters=[image, truth, *(getter for _, getter in beside)],
            splitter=IndexSplitter(valid),
            item_tfms=Square(size),
            batch_tfms=_augmentations(mirror) if augment else None,
        )
        return block.dataloaders(used, bs=min(batch_size, len(used) - len(valid)), num_workers=helpers())

    plain = made([])
    return BesideAnswers(made(extra).train, plain.valid) if extra else plain


class BesideAnswers(DataLoaders):
    """Training batches hold more than films and answers; all that is validated, shown and told holds these alone."""

    def decode_batch(self, *args: Any, **kwargs: Any) -> Any:
        """Return a batch as fastai shows it: ``learn.predict`` asks for this."""
        return self.valid.decode_batch(*args, **kwargs)


def _augmentations(mirror: bool) -> list[Transform]:
    return aug_transforms(
        do_flip=mirror, max_rotate=20, min_zoom=0.85, max_zoom=1.2, max_warp=0.0, max_lighting=0.4, p_lighting=0.75,
        pad_mode="zeros",
    )  # fmt: skip
