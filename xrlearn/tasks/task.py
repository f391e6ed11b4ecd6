"""What a task is: one question about a film, the kind of its answer, and the figure that was published for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..locale import text
from .answers import Answer

if TYPE_CHECKING:
    import pandas as pd

#: how the model of a task that ships is made: simulated films, and how often each is seen
RECIPE: Mapping[str, Any] = {"n": 1200, "epochs": 3, "batch_size": 24}
#: the seed of the simulated patients that models which ship have learned from; no lesson and no study shows them
TRAINING_SEED = 100

#: what stands for simulated films among a task's sources
SIMULATED = "simulated"


@dataclass(frozen=True)
class Task:
    """One orthopaedic question that a learner can be trained on.

    Attributes
    ----------
    name : str
        How the task is called everywhere: ``xr.load(name)``, ``xrlearn train name``.
    answer : Answer
        What is asked for: which columns of the cases table hold the truth, how an answer is said and measured.
    size : int
        Films are fitted into a square of this many pixels.
    published, measured : str
        Catalogue keys: the published figure with its source, and the figures that we report beside it.
    simulated : mapping
        The simulated films of this task: parameters of :class:`xrlearn.phantom.Cohort`, ``region`` at least. Of a
        task without films ``records``, the kind that :func:`xrlearn.records.draw` is asked for.
    also : tuple of mapping
        Further simulated films, as `simulated`, of other regions: all take equal shares.
    derived : callable, optional
        Cases table -> the same with label columns that follow from others, such as the side from ``side``.
    regions : tuple of str
        Further regions whose simulated films the question may be put to where people read them, see :mod:`.reading`.
    system : str
        The family of networks that learns it, a file of :mod:`xrlearn.training.systems`.
    settings : mapping
        What that family must know of this task, such as the names of landmarks.
    inputs : tuple of str
        Columns that the system reads beside the film, such as ``sex``; without films, those that it cannot do without.
    beside : tuple of str
        Columns that it reads beside the film where they are told, and can do without; ``"earlier"`` is a film.
    companions : mapping of str to str
        Further views of a simulated patient that people see beside the film -> the task that reads such a view.
    ages : (float, float)
        Of the patients that the question is about, in years.
    baseline : str
        A column that a system must be better than: its AUC alone stands beside the system's.
    real_first : bool
        Films of patients come before simulated ones where both are on the machine.
    recipe : mapping
        How the model that ships was made, where it differs from :data:`RECIPE`: ``n`` simulated films, ``epochs``,
        ``batch_size``, ``sources``.
    boxes : bool
        The lesion boxes of a cases table show what is asked for: they may teach the heat map, and measure it.
    """

    name: str
    answer: Answer
    size: int
    published: str
    measured: str
    simulated: Mapping[str, Any]
    system: str = "classifier"
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    companions: Mapping[str, str] = field(default_factory=dict)
    ages: tuple[float, float] = (0.0, 120.0)
    baseline: str = ""
    real_first: bool = False
    boxes: bool = False
    regions: tuple[str, ...] = ()
    also: tuple[Mapping[str, Any], ...] = ()
    derived: "Callable[[pd.DataFrame], pd.DataFrame] | None" = None
    recipe: Mapping[str, Any] = field(default_factory=dict)

    @property
    def films(self) -> bool:
        """Whether its system reads films; the others read records."""
        return "records" not in self.simulated

    @property
    def tensors(self) -> str:
        """Name of the file, without its ending, that holds what its model has learned: another task's where one model
        answers both.
        """
        return str(self.recipe.get("as", self.name))

    @property
    def label(self) -> str:
        """Column of the cases table that holds the answer."""
        return self.answer.columns[0]

    @property
    def title(self) -> str:
        """The task's name for people, in the language in use."""
        return text(f"tasks.{self.name}.title")

    @property
    def sources(self) -> tuple[str, ...]:
        """Where films with this label come from, first choice first: ``"simulated"``, which is always there, and the
        data sets whose cards name this task.
        """
        from ..data.cards import asked_by

        real = asked_by(self.name)
        return (*real, SIMULATED) if self.real_first else (SIMULATED, *real)
