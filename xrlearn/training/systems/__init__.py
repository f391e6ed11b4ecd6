"""The families of networks: one file each, loaded when a task of that family is.

A file of this folder defines ``FAMILY``, a subclass of :class:`System`; its name is what ``Task.system`` says.
"""

from importlib import import_module

from ...tasks import Task
from .system import Reading, System, film_of, joined

__all__ = ["Reading", "System", "film_of", "joined", "system_of"]


def system_of(task: Task, family: str | None = None) -> System:
    """Return the system of a task, of another family than its own if one is named.

    Examples
    --------
    >>> from xrlearn.tasks import find
    >>> type(system_of(find("fracture"))).__name__
    'Classifier'
    """
    module = import_module(f".{family or task.system}", __name__)
    found: System = module.FAMILY(task)
    return found
