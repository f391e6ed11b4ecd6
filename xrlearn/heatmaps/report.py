"""Put the figures on a model card: measured once, on test films that neither training nor tuning has seen."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..data.cards import data_card, names
from ..locale import LANGUAGES, room, text
from ..progress import Progress
from ..tasks import SIMULATED, Task
from ..training import Evaluation, Model, evaluate
from .scoreboard import score_maps, scoreboard


def with_figures(model: Model, cases: Mapping[str, pd.DataFrame], progress: Progress | None = None) -> Model:
    """Return `model` with its figures and its limits on its card, and where its films came from.

    Parameters
    ----------
    model : Model
    cases : mapping of str to pandas.DataFrame
        Source -> films of it; those that the model has seen are left out. The first source's figures are the card's;
        those of all sources stand below ``by_source``.
    progress : callable, optional
        Called with (films done, films in all).
    """
    by_source = {source: _figures(model, source, films, progress) for source, films in cases.items()}
    figures = next(iter(by_source.values())) | ({"by_source": by_source} if len(by_source) > 1 else {})
    origin = {} if model.learned is None else _origin(model.learned, model.task.films)
    limits = {lang: _limits(model.task, model.card.options, lang) for lang in LANGUAGES}
    update = {"figures": figures, "data": model.card.data | origin, "limits": limits}
    return model.with_card(model.card.model_copy(update=update))


def _figures(model: Model, source: str, cases: pd.DataFrame, progress: Progress | None) -> dict[str, Any]:
    result = evaluate(model, cases, progress=progress)
    told = {"source": source, "command": f"xrlearn evaluate {model.card.task} --source {source}"}
    figures = result.to_json() | told | result.details()
    if (maps := board(model, result, progress)) is not None:
        figures["heatmaps"] = {str(key).split(".")[-1]: row.to_dict() for key, row in maps.iterrows()}
    return figures


def board(model: Model, result: Evaluation, progress: Progress | None = None) -> pd.DataFrame | None:
    """Return the scoreboard of a model's maps on the films that it was measured on.

    None where its family has no map, where lesions are not what the task asks for, or where the films have no boxes.
    """
    cases = result.cases
    if (
        result.reading.heat is None
        or not model.task.boxes
        or "boxes" not in cases
        or not cases["boxes"].map(bool).any()
    ):
        return None
    return scoreboard(score_maps(model, cases, progress=progress))


def _origin(cases: pd.DataFrame, films: bool) -> dict[str, str]:
    """Where the films came from, each source once."""
    found = [_described(str(name), films) for name in pd.unique(cases["source"])] if "source" in cases else []
    return {key: "; ".join(dict.fromkeys(one[key] for one in found if key in one)) for key in found[0]} if found else {}


def _described(source: str, films: bool) -> dict[str, str]:
    if source == SIMULATED:
        made = "films (xrlearn.phantom)" if films else "records (xrlearn.records)"
        return {"name": f"simulated {made}", "citation": "xrlearn", "licence": "Apache-2.0"}
    if source in names():
        about = data_card(source)
        return {"name": about.title.root["en"], "citation": about.citation, "licence": about.licence.name}
    return {"name": source}


def _limits(task: Task, options: Mapping[str, Any], lang: str) -> list[str]:
    """The task's own sentences where the catalogue has some, and else those that hold for all."""
    start = f"{task.name}.limit."
    own = [key.removeprefix(start) for key in room("tasks") if key.startswith(start)]
    if own:
        return [text(f"tasks.{task.name}.limit.{name}", lang) for name in own]
    every = ["diagnosis", "films", *(["size"] if "size" in options else [])]
    return [text(f"tasks.limit.{name}", lang, size=options.get("size", "")) for name in every]
