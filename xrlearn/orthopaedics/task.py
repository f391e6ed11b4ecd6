"""What a task is: one question about a film, its labels, and the figure that was published for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..locale import text

#: what stands for simulated films among a task's sources
SIMULATED = "simulated"


@dataclass(frozen=True)
class Task:
    """One orthopaedic question that a learner can be trained on.

    Attributes
    ----------
    name : str
        How the task is called everywhere: ``xr.load(name)``, ``xrlearn train name``.
    label : str
        Column of the cases table that holds the answer.
    classes : tuple of str
        Catalogue keys of the answers, in the order of the label's values 0, 1, ...
    sources : tuple of str
        Where films with this label come from, first choice first: data sets (folder names under ``datasets/``) and
        ``"simulated"``, which is always there.
    size : int
        Films are fitted into a square of this many pixels.
    published, measured : str
        Catalogue keys: the published figure with its source, and the figures that we report beside it.
    simulated : mapping
        The simulated films of this task: parameters of :class:`xrlearn.phantom.Cohort`, ``region`` at least.
    """

    name: str
    label: str
    classes: tuple[str, ...]
    sources: tuple[str, ...]
    size: int
    published: str
    measured: str
    simulated: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The task's name for people, in the language in use."""
        return text(f"tasks.{self.name}.title")

    def answer(self, index: int) -> str:
        """Return the name of class `index` in the language in use."""
        return text(self.classes[index])
