"""The fastai Learner of a task."""

from typing import Any

import pandas as pd

from . import operators  # noqa: F401  (before fastai, which imports torchvision)

import fastai.callback.progress  # isort: skip
import fastai.callback.schedule  # isort: skip
import fastai.vision.learner  # isort: skip  # noqa: F401  (teaches fastai to plot films: plot_top_losses)
from fastai.callback.training import GradientClip  # isort: skip
from fastai.learner import Learner  # isort: skip
from fastai.metrics import RocAucBinary, accuracy  # isort: skip

from ..orthopaedics import Task, find
from ..paths import cache
from .answers import grade_accuracy, loss, mean_absolute_error, network
from .average import AverageWeights
from .lesions import LearnFromBoxes
from .loaders import loaders
from .network import channels_last, groups


def learner(
    task: str,
    cases: pd.DataFrame,
    size: int | None = None,
    batch_size: int = 24,
    augment: bool = True,
    boxes: bool = False,
    pretrained: bool = True,
    **kwargs: Any,
) -> Learner:
    """Return a fastai Learner for `task`, ready to train on `cases`.

    Everything that fastai users know works on it: ``fit_one_cycle``, ``lr_find``, ``show_results``, ``predict``,
    ``freeze``, callbacks. Test films are not among its data.

    Parameters
    ----------
    task : str
        Name of a task, see :func:`xrlearn.tasks`.
    cases : pandas.DataFrame
        What :func:`xrlearn.load` returned.
    size : int, optional
        Side of the square the films are fitted into; smaller is faster and sees less.
    batch_size : int
        Films a step.
    augment : bool
        Vary the training films a little each time they are seen.
    boxes : bool
        Teach the heat map with the lesion boxes too, where the cases have them; only for tasks that ask yes or no.
    pretrained : bool
        Start from ImageNet weights, which are installed with the package.
    **kwargs
        Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).

    Examples
    --------
    >>> import xrlearn as xr
    >>> learn = xr.learner("fracture", xr.load("fracture"))   # doctest: +SKIP
    >>> learn.fit_one_cycle(3)                                # doctest: +SKIP
    """
    t = find(task)
    boxes = boxes and t.binary
    dls = loaders(t, cases, size=size, batch_size=batch_size, augment=augment, boxes=boxes)
    centre, spread = _scale(t, cases)
    net = channels_last(network(t, pretrained, centre, spread))
    callbacks = [AverageWeights(), GradientClip(5.0), *([LearnFromBoxes()] if boxes else []), *kwargs.pop("cbs", [])]
    learn = Learner(
        dls, net, loss_func=loss(t, spread), splitter=groups, cbs=callbacks, wd=0.05, lr=1e-3,
        metrics=kwargs.pop("metrics", _metrics(t)), path=kwargs.pop("path", cache()), **kwargs,
    )  # fmt: skip
    learn.task, learn.cases = t, cases
    return learn


def _scale(task: Task, cases: pd.DataFrame) -> tuple[float, float]:
    """Mean and standard deviation of a number among the training films."""
    if task.kind != "number":
        return 0.0, 1.0
    known = cases.loc[cases["split"] == "train", task.label]
    return float(known.mean()), float(known.std(ddof=0)) or 1.0


def _metrics(task: Task) -> list[Any]:
    if task.binary:
        return [RocAucBinary(), accuracy]
    return [{"classes": accuracy, "grades": grade_accuracy, "number": mean_absolute_error}[task.kind]]
