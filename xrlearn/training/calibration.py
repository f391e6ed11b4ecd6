"""From a learner to a model: everything that is settled on validation films once training has ended."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import __version__
from ..progress import Progress
from ..tasks.answers import Answer
from .weights import Model, ModelCard

if TYPE_CHECKING:
    from fastai.learner import Learner


def uncalibrated(learn: "Learner", training: dict[str, Any] | None = None) -> Model:
    """Return a model of what a learner has learned as it is: enough to show where it looks. No film is opened."""
    cases = learn.cases
    card = ModelCard(
        task=learn.task.name,
        system=learn.system.name,
        version=f"{__version__}+{datetime.now(UTC):%Y%m%d}",
        options=learn.options,
        calibration={},
        distribution={},
        data={"splits": _counts(cases, learn.task.answer)},
        training=training or {},
        figures={},
        limits={},
    )
    return Model(learn.model, card, cases[cases["split"] != "test"].reset_index(drop=True))


def calibrate(learn: "Learner", training: dict[str, Any] | None = None, progress: Progress | None = None) -> Model:
    """Return a model of what a learner has learned; test films are not opened.

    Parameters
    ----------
    learn : fastai Learner
        From :func:`xrlearn.learner`.
    training : dict, optional
        What its card says of the training.
    progress : callable, optional
        Told of the validation films read.
    """
    answer, valid = learn.task.answer, learn.cases[learn.cases["split"] == "valid"]
    reading = learn.system.read(learn.model, valid, learn.options, progress)
    model = uncalibrated(learn, training)
    truth = answer.truth(valid)
    settled = answer.calibrate(truth, reading.output) | learn.system.settle(truth, reading)
    return model.with_card(model.card.model_copy(update={"calibration": settled}))


def _counts(cases: pd.DataFrame, answer: Answer) -> dict[str, Any]:
    return {
        str(split): {
            "films": len(part),
            "patients": int(part["patient"].nunique()),
            **answer.summary(answer.truth(part)),
        }
        for split, part in cases.groupby("split")
    }
