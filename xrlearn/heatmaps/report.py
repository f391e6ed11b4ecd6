"""Put the figures on a model card: measured once, on test films that neither training nor tuning has seen."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..data.cards import card
from ..locale import LANGUAGES, text
from ..orthopaedics import find
from ..training import Model, evaluate
from ..training.evaluation import operating_points
from ..training.inference import Progress
from .scoreboard import score_maps, scoreboard

#: catalogue keys of the limits that every card states
_LIMITS = ("diagnosis", "population", "resolution", "hardware", "patients")


def with_figures(model: Model, cases: pd.DataFrame, progress: Progress | None = None) -> Model:
    """Return `model` with the figures, the origin of its data and its limits on its card.

    Parameters
    ----------
    model : Model
        Fresh from training.
    cases : pandas.DataFrame
        The cases it was trained on; their test films are opened here, once.
    progress : callable, optional
        Called with (films done, films in all).
    """
    task = find(model.card.task)
    result = evaluate(model, cases, progress=progress)
    figures = result.to_json() | {"split": "test", "command": f"xrlearn evaluate {task.name}"}
    truth = result.cases[task.label].to_numpy(dtype=np.int64)
    figures["operating"] = operating_points(truth, result.cases["probability"].to_numpy())
    if "boxes" in cases:
        board = scoreboard(score_maps(model, result.cases, progress=progress))
        figures["heatmaps"] = {str(key).split(".")[-1]: row.to_dict() for key, row in board.iterrows()}
    source = card(task.sources[0])
    data = model.card.data | {"name": source.title.en, "citation": source.citation, "licence": source.licence.name}
    limits = {lang: [text(f"tasks.{task.name}.limit.{name}", lang) for name in _LIMITS] for lang in LANGUAGES}
    return replace(model, card=model.card.model_copy(update={"figures": figures, "data": data, "limits": limits}))
