"""Put the figures on a model card: measured once, on test films that neither training nor tuning has seen."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..data.cards import card
from ..locale import LANGUAGES, text
from ..orthopaedics import SIMULATED, Task, find
from ..training import Model, evaluate
from ..training.evaluation import operating_points
from ..training.inference import Progress
from .scoreboard import score_maps, scoreboard

#: catalogue keys of the limits that the cards of the fracture task and of all others state
_LIMITS = ("diagnosis", "population", "resolution", "hardware", "patients")
_LIMITS_OF_OTHERS = ("diagnosis", "films", "size")


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
    if task.binary:
        truth = result.cases[task.label].to_numpy(dtype=np.int64)
        figures["operating"] = operating_points(truth, result.cases["probability"].to_numpy())
    if "boxes" in result.cases and result.cases["boxes"].map(bool).any():
        board = scoreboard(score_maps(model, result.cases, progress=progress))
        figures["heatmaps"] = {str(key).split(".")[-1]: row.to_dict() for key, row in board.iterrows()}
    data = model.card.data | _origin(task, cases)
    limits = {lang: _limits(task, model.card.size, lang) for lang in LANGUAGES}
    return replace(model, card=model.card.model_copy(update={"figures": figures, "data": data, "limits": limits}))


def _origin(task: Task, cases: pd.DataFrame) -> dict[str, str]:
    """Where the films came from: simulated ones carry their truth; others are of the task's first data set."""
    known = [name for name in task.sources if name != SIMULATED]
    if "truth" in cases or not known:
        return {"name": "simulated films (xrlearn.phantom)", "citation": "xrlearn", "licence": "Apache-2.0"}
    source = card(known[0])
    return {"name": source.title.root["en"], "citation": source.citation, "licence": source.licence.name}


def _limits(task: Task, size: int, lang: str) -> list[str]:
    if task.name == "fracture":
        return [text(f"tasks.fracture.limit.{name}", lang) for name in _LIMITS]
    return [text(f"tasks.limit.{name}", lang, size=size) for name in _LIMITS_OF_OTHERS]
