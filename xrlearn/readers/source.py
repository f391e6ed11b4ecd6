"""The films of a study, from the source that its protocol names or, where it names none, from this machine."""

from typing import TYPE_CHECKING

from ..tasks import SIMULATED, load, source_of
from ..tasks.loading import TRAINING_SEED
from .errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

    from ..progress import Progress
    from .protocol import Protocol

#: simulated films to choose from, for each film of the study
_CHOICE = 6


def films(protocol: "Protocol", progress: "Progress | None" = None) -> "pd.DataFrame":
    """Return the cases table that a study's films are chosen from.

    Simulated films are made anew, the same ones, wherever they are not kept. They are other patients than those that
    models learn from (:data:`xrlearn.tasks.loading.TRAINING_SEED`), so all count as test films. `progress` is told of
    them as they are made; a bar is drawn by default.

    Raises
    ------
    StudyError
        If the protocol's seed is that of the films that models learn from.
    ValueError
        If the source cannot be read; the message says why.

    Examples
    --------
    >>> from xrlearn.readers import Protocol
    >>> few = {"source": "simulated", "practice": 0, "planted": {}, "cases": {"number": 2}}
    >>> table = films(Protocol.model_validate(Protocol.example().model_dump() | few))
    >>> len(table), set(table["split"])
    (12, {'test'})
    """
    source = protocol.source or source_of(protocol.task)
    if source != SIMULATED:
        return load(protocol.task, source)
    if protocol.seed == TRAINING_SEED:
        raise StudyError("training_seed", seed=TRAINING_SEED)
    n = _CHOICE * (protocol.cases.number + protocol.practice)
    return load(protocol.task, SIMULATED, n=n, seed=protocol.seed, progress=progress).assign(split="test")
