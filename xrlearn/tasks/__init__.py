"""The orthopaedic tasks: one short file each, the kinds of their answers, and the verbs that list and load them."""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from .loading import load, source_of
from .registry import TaskError, asking, find
from .task import SIMULATED, Task

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SIMULATED", "Task", "TaskError", "asking", "find", "load", "source_of"]


class _Room(ModuleType):
    """``xr.tasks`` is this room and ``xr.tasks()`` its table: Python puts an imported room's name on the package, where
    the verb of the same name would stand, so the room itself can be called.
    """

    def __call__(self) -> "pd.DataFrame":
        """Return the table of tasks: what each asks, the published figure, and what we measure."""
        from .listing import table

        return table()


sys.modules[__name__].__class__ = _Room
