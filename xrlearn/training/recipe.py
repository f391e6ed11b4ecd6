"""Train a task's model from cases to a model card's worth of settled numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from fastai.callback.core import Callback
from fastai.torch_core import set_seed

from .. import __version__
from ..orthopaedics import Task, find
from .factory import learner
from .fingerprint import fingerprints
from .inference import Progress, readout_films
from .network import Trunk
from .settle import calibrate, familiarise, margin, youden_threshold
from .weights import Card, Model

#: peak learning rates of the trunk and of the new layers behind it
RATES = [1e-3, 3e-3]


def train(
    task: str,
    cases: pd.DataFrame,
    epochs: int = 8,
    size: int | None = None,
    seed: int = 0,
    batch_size: int = 24,
    cbs: Sequence[Callback] = (),
    progress: Progress | None = None,
) -> Model:
    """Train a model on the training films of `cases`, and settle it on the validation films.

    Calibration, threshold and the limit of familiarity come from validation films. Test films are not opened.

    Parameters
    ----------
    task : str
        Name of a task.
    cases : pandas.DataFrame
        A cases table; lesion boxes are used where it has them.
    epochs : int
        How often every training film is seen.
    size : int, optional
        Side of the square the films are fitted into, in pixels; the task's own when left out.
    seed : int
        Of the new layers' first weights, the order of films, and their variation.
    batch_size : int
        Films a step.
    cbs : sequence of fastai callbacks
        For example one that shows live curves.
    progress : callable, optional
        Told of the films read out after training.

    Returns
    -------
    Model
        Its card has no figures yet: those come from :func:`xrlearn.evaluate` on test films.
    """
    t = find(task)
    size = size or t.size
    set_seed(seed, reproducible=True)
    learn = learner(task, cases, size=size, batch_size=batch_size, boxes="boxes" in cases, cbs=list(cbs))
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(epochs, lr_max=slice(*RATES))
    training = {"epochs": epochs, "seed": seed, "rates": RATES, "boxes": "boxes" in cases}
    return settle(task, learn.model, cases, size, training, seed, progress)


def settle(
    task: str,
    net: Trunk,
    cases: pd.DataFrame,
    size: int,
    training: dict[str, Any],
    seed: int = 0,
    progress: Progress | None = None,
) -> Model:
    """Settle a trained network on the validation films of `cases`: calibration, threshold, limit of familiarity.

    Parameters are those of :func:`train`; `training` is what the card says about how the network was trained.
    """
    t = find(task)
    train_films, valid = cases[cases["split"] == "train"], cases[cases["split"] == "valid"]
    tuned = readout_films(net, valid["image"].tolist(), size, progress=progress)
    # A thousand training films are enough to know their spread.
    sample = train_films.sample(min(1000, len(train_films)), random_state=seed)
    known = readout_films(net, sample["image"].tolist(), size, progress=progress)
    familiarity = familiarise(known.features, tuned.features)
    settled: dict[str, Any] = {"calibration": {}, "threshold": 0.5, "threshold_rule": "the most probable answer"}
    if t.binary:
        calibration = calibrate(valid[t.label], tuned.score)
        settled = {
            "calibration": {"slope": calibration.slope, "offset": calibration.offset},
            "threshold": youden_threshold(valid[t.label], calibration.probability(tuned.score)),
            "threshold_rule": "largest sensitivity + specificity on validation films (Youden)",
        }
    elif t.kind == "number":
        settled |= {"calibration": {"margin": margin(valid[t.label], tuned.score[:, 0])}, "threshold_rule": ""}
    card = Card(
        task=task,
        version=f"{__version__}+{datetime.now(UTC):%Y%m%d}",
        size=size,
        **settled,
        familiar={"rest": familiarity.rest, "limit": familiarity.limit},
        data={"splits": _counts(cases, t)},
        training=training,
        figures={},
        limits={},
    )
    used = cases[cases["split"] != "test"]
    return Model(net, card, familiarity, fingerprints(used["image"].tolist()))


def _counts(cases: pd.DataFrame, task: Task) -> dict[str, Any]:
    def answers(part: pd.DataFrame) -> dict[str, Any]:
        if task.binary:
            return {"positive": int(part[task.label].sum())}
        if task.kind == "number":
            return {"mean": float(part[task.label].mean())}
        return {"each": np.bincount(part[task.label], minlength=len(task.classes)).tolist()}

    return {
        str(split): {"films": len(part), "patients": int(part["patient"].nunique()), **answers(part)}
        for split, part in cases.groupby("split")
    }
