"""What a task is: one question about a film, its labels, and the figure that was published for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..locale import text

#: what stands for simulated films among a task's sources
SIMULATED = "simulated"

#: what an answer is: one of some classes, a grade on an ordered scale, or a number
Kind = Literal["classes", "grades", "number"]


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
        Catalogue keys of the answers, in the order of the label's values 0, 1, ...; empty for a number.
    sources : tuple of str
        Where films with this label come from, first choice first: data sets (folder names under ``datasets/``) and
        ``"simulated"``, which is always there.
    size : int
        Films are fitted into a square of this many pixels.
    published, measured : str
        Catalogue keys: the published figure with its source, and the figures that we report beside it.
    simulated : mapping
        The simulated films of this task: parameters of :class:`xrlearn.phantom.Cohort`, ``region`` at least.
    kind : {"classes", "grades", "number"}
        What an answer is.
    diseased_from : int
        The lowest class or grade that counts as disease, for the area under the ROC curve.
    unit : str
        Catalogue key of a number's unit.
    within : tuple of float
        How near a number must be to count as right, in its unit: the shares within each are reported.
    together : bool
        A patient has several views, which are read together: their probabilities are averaged.
    """

    name: str
    label: str
    classes: tuple[str, ...]
    sources: tuple[str, ...]
    size: int
    published: str
    measured: str
    simulated: Mapping[str, Any] = field(default_factory=dict)
    kind: Kind = "classes"
    diseased_from: int = 1
    unit: str = ""
    within: tuple[float, ...] = ()
    together: bool = False

    @property
    def title(self) -> str:
        """The task's name for people, in the language in use."""
        return text(f"tasks.{self.name}.title")

    @property
    def binary(self) -> bool:
        """Whether the answer is yes or no."""
        return self.kind == "classes" and len(self.classes) == 2

    def answer(self, index: int) -> str:
        """Return the name of class `index` in the language in use."""
        return text(self.classes[index])
