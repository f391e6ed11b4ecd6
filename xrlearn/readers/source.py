"""The films of a study, from the source that its protocol names or, where it names none, from this machine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..progress import Stopped
from ..tasks import SIMULATED, load, source_of
from ..tasks.loading import TRAINING_SEED
from ..tasks.reading import ROWS, ReadingFilms
from .errors import StudyError
from .plan import quotas

if TYPE_CHECKING:
    from ..progress import Progress
    from .protocol import Protocol

#: the most simulated films that are made, for each film of the study
_CHOICE = 6


def films(protocol: "Protocol", progress: "Progress | None" = None, rows: int = ROWS) -> "pd.DataFrame":
    """Return the cases table that a study's films are chosen from.

    Simulated films are made for reading (:class:`xrlearn.tasks.reading.ReadingFilms`), as many as the study needs of
    each kind and some to spare, the same ones wherever they are not kept. They are other patients than those that
    models learn from (:data:`xrlearn.tasks.loading.TRAINING_SEED`), so all count as test films.

    Parameters
    ----------
    protocol : Protocol
    progress : callable, optional
        Told (films made that the study has a use for, films that it needs); if it returns True, the work stops.
    rows : int
        Of a simulated film.

    Raises
    ------
    StudyError
        If the protocol's seed is that of the films that models learn from.
    ValueError
        If the source cannot be read; the message says why.
    xrlearn.progress.Stopped
        If `progress` stopped it.

    Examples
    --------
    >>> from xrlearn.readers import Protocol
    >>> few = {"source": "simulated", "practice": 0, "planted": {}, "cases": {"number": 2, "prevalence": 0.5}}
    >>> table = films(Protocol.model_validate(Protocol.example().model_dump() | few), rows=64)
    >>> set(table["fracture"]), set(table["split"]), table["image"].iloc[0].suffix
    ({0, 1}, {'test'}, '.dcm')
    """
    source = protocol.source or source_of(protocol.task)
    if source != SIMULATED:
        return load(protocol.task, source)
    if protocol.seed == TRAINING_SEED:
        raise StudyError("training_seed", seed=TRAINING_SEED)
    total = needed(protocol)
    making = ReadingFilms(protocol.task, _CHOICE * (protocol.cases.number + protocol.practice), protocol.seed, rows)
    made: list[Mapping[str, Any]] = []
    for place in range(making.n):
        made.append({**making.make(place), "split": "test"})
        fit = min(total, _useful(protocol, pd.DataFrame(made)))
        if progress is not None and progress(fit, total) is True:
            raise Stopped
        if fit == total:
            break
    return pd.DataFrame(made)


def needed(protocol: "Protocol") -> int:
    """Return how many simulated films a study needs, with some to spare for those that its model does not know."""
    if protocol.cases.films is not None:
        return _CHOICE * (len(protocol.cases.films) + protocol.practice)  # which of them is not known here
    return sum(_with_spare(protocol, count) for count, _, _ in quotas(protocol, _EMPTY.assign(**{protocol.label: 0.0})))


_EMPTY = pd.DataFrame({"subtlety": [0.0]})


def _with_spare(protocol: "Protocol", count: int) -> int:
    return count + protocol.practice + (1 + count // 4 if protocol.has_ai else 0)


def _useful(protocol: "Protocol", made: pd.DataFrame) -> int:
    """Return how many of the films that are made count towards what is needed."""
    if protocol.cases.films is not None:
        return len(made)
    return sum(min(int(of.sum()), _with_spare(protocol, count)) for count, of, _ in quotas(protocol, made))
