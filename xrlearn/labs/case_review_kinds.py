"""What a film is: the questions whose models know it, by its looks, by its header, and by what a network sees on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from ..radiograph import Radiograph
from ..tasks import find
from ..tasks.answers import Several
from ..tasks.part import ALSO, other_part, regions_of
from ..tasks.registry import known
from ..tasks.task import Task
from ..tasks.trauma_attributes import PARTS, TRAUMA_ATTRIBUTES, VIEWS
from .case_review_film import Film
from .case_review_forms import ChoiceForm, SeveralForm, form_of

#: what the network for attributes tells -> its values in our words
TOLD = {"body_part": PARTS, "film_view": VIEWS}
#: how sure it must be to be heard
SURE = 0.8


@dataclass(frozen=True)
class Kind:
    """A question that may be put to a film.

    Attributes
    ----------
    task : Task
    distance : float
        How unlike its training films this one is; 1 is the limit.
    named, seen : bool
        Whether the header, and the network that tells part and view, speak for it.
    """

    task: Task
    distance: float
    named: bool = False
    seen: bool = False

    @property
    def spoken_for(self) -> bool:
        """Whether anything but its looks speaks for it."""
        return self.named or self.seen


@dataclass(frozen=True)
class Look:
    """What a film is.

    Attributes
    ----------
    kinds : list of Kind
        The questions that may be put to it, the likeliest first.
    told : mapping of str to (str, float)
        What the network says of ``body_part`` and ``film_view``, and how sure it is; empty where it does not know such
        films.
    """

    kinds: list[Kind] = field(default_factory=list)
    told: Mapping[str, tuple[str, float]] = field(default_factory=dict)


def look(film: Film) -> Look:
    """Return the questions whose models know films like this one, but for those that its header speaks against.

    Those that the header speaks for come first, then those that the network speaks for. The film is looked at once for
    all questions; of each model only its limits are opened, and of the network for attributes all.
    """
    from safetensors import SafetensorError

    from ..training.frozen_features import early_features_of
    from ..training.weights import WeightsError

    if film.radiograph is None:
        return Look()
    features, near = early_features_of([film.radiograph]), dict[str, float]()
    for task in known():
        if not task.films:
            continue
        try:
            limits = _limits(task.name)
        except (OSError, SafetensorError, WeightsError):
            continue  # no model, so nobody who could know it
        near[task.name] = float(limits.distance(features)[0] / limits.limit)
    told = attributes(film.radiograph) if near.get(TRAUMA_ATTRIBUTES.name, 2.0) <= 1 else {}
    part, view = (value if sure >= SURE else "" for value, sure in (told.get(name, ("", 0.0)) for name in TOLD))
    found = [
        Kind(task, distance, header_speaks_for(task, film), bool(part) and speaks_for(task, part, view))
        for task, distance in ((find(name), distance) for name, distance in near.items())
        if distance <= 1 and not header_speaks_against(task, film)
    ]
    return Look(sorted(found, key=lambda kind: (not kind.named, not kind.seen, kind.distance)), told)


@lru_cache(maxsize=64)
def _limits(name: str) -> Any:
    from safetensors import safe_open

    from ..paths import WEIGHTS
    from ..training.out_of_distribution import OutOfDistribution
    from ..training.weights import model_card

    with safe_open(WEIGHTS / f"{find(name).tensors}.safetensors", framework="np") as file:
        mean, basis = (file.get_tensor(f"distribution.{part}").astype(np.float32) for part in ("mean", "basis"))
    return OutOfDistribution(mean, basis, **model_card(name).distribution)


def attributes(radiograph: Radiograph) -> dict[str, tuple[str, float]]:
    """Return what the network for attributes sees: part and view, each with its probability; nothing if it refuses."""
    from ..training import predict, shipped
    from ..training.weights import WeightsError

    task = TRAUMA_ATTRIBUTES
    form = form_of(task.answer)
    assert isinstance(form, SeveralForm)
    assert isinstance(task.answer, Several)
    try:
        said = predict(radiograph, task.name, shipped(task.name))
    except WeightsError:
        return {}
    if not said.known:
        return {}
    found = {}
    for k, (answer, part) in enumerate(zip(task.answer.parts, form.parts, strict=True)):
        if answer.column in TOLD and isinstance(part, ChoiceForm):
            chances = part.chances(form.part_of(said, k))
            best = int(np.argmax(chances))
            found[answer.column] = (TOLD[answer.column][best], float(chances[best]))
    return found


def header_of(film: Film) -> tuple[str, str, float | None]:
    """Return part, view and age in years as header or data set say them; what they do not say is empty."""
    x = film.radiograph
    part, view = (x and x.body_part) or film.region, (x and x.view) or film.view
    return (part or "").lower(), (view or "").lower(), x.age_years if x else None


def header_speaks_for(task: Task, film: Film) -> bool:
    """Say whether header or data set name a region of the task, and a view that is none of another.

    Examples
    --------
    >>> knee = Film("a", None, region="knee")
    >>> header_speaks_for(find("knee-oa"), knee), header_speaks_for(find("hip-oa"), knee)
    (True, False)
    """
    return speaks_for(task, *header_of(film)[:2])


def header_speaks_against(task: Task, film: Film) -> bool:
    """Say whether the header names another part or view than the task's, or an age that the task is not about.

    Examples
    --------
    >>> hand = Radiograph(np.eye(4, dtype=np.float32), body_part="hand", age_years=40.0)
    >>> [header_speaks_against(find(name), Film("a", hand)) for name in ("bone-age", "knee-oa", "fracture")]
    [True, True, False]
    """
    x, (_, view, age) = film.radiograph, header_of(film)
    low, high = task.ages
    other = x is not None and other_part(task, x) is not None
    return other or _other_view(task, view) or (age is not None and not low <= age <= high)


def speaks_for(task: Task, part: str, view: str) -> bool:
    """Say whether a part is among those of a task, and a view none of another.

    >>> speaks_for(find("patella-height"), "knee", "lateral"), speaks_for(find("knee-oa"), "knee", "lateral")
    (True, False)
    """
    said = {word for region in regions_of(task) for word in (region, *ALSO.get(region, ()))}
    return any(word in part for word in said) and not _other_view(task, view)


def _other_view(task: Task, view: str) -> bool:
    """Whether a view from the side is named where the task's are from the front, or the other way round.

    A question that is put to further regions, too, is put to all views.
    """
    from ..phantom.region import region

    if not view or task.regions:
        return False
    recipes = (task.simulated, *task.also)
    views = [v for recipe in recipes for v in recipe.get("views") or [next(iter(region(str(recipe["region"])).views))]]
    return (view in ("lateral", "ll", "rl")) not in [v == "lateral" for v in views]


__all__ = ["Kind", "Look", "attributes", "header_speaks_against", "header_speaks_for", "look", "speaks_for"]
