"""The families of networks: one file each, loaded when a task of that family is.

A file of this folder defines ``FAMILY``, a subclass of :class:`System`; its name is what ``Task.system`` says.
"""

from importlib import import_module
from importlib.util import find_spec

from ...tasks import Task
from ...tasks.answers import AnswerError
from .system import Reading, System, joined

__all__ = ["Reading", "System", "joined", "system_of"]


def system_of(task: Task, family: str | None = None) -> System:
    """Return the system of a task, of another family than its own if one is named.

    Raises
    ------
    AnswerError
        If there is no such family.

    Examples
    --------
    >>> from xrlearn.tasks import find
    >>> type(system_of(find("fracture"))).__name__
    'Classifier'
    """
    name = family or task.system
    if name in ("system", "records") or find_spec(f".{name}", __name__) is None:
        raise AnswerError("unknown_system", name=name)
    module = import_module(f".{name}", __name__)
    found: System = module.FAMILY(task)
    return found
