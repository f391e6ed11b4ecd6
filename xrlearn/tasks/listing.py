"""The table of tasks."""

from typing import TYPE_CHECKING

from ..locale import text
from .registry import known
from .task import SIMULATED

if TYPE_CHECKING:
    import pandas as pd


def table() -> "pd.DataFrame":
    """Return the table of tasks: what each asks, the published figure, and what we measure.

    Examples
    --------
    >>> list(table().columns)
    ['task', 'published', 'we measure', 'data']
    """
    import pandas as pd

    rows = {
        t.name: {
            text("tasks.table.task"): t.title,
            text("tasks.table.published"): text(t.published),
            text("tasks.table.measured"): text(t.measured),
            text("tasks.table.data"): ", ".join(
                text("tasks.source.simulated") if name == SIMULATED else name for name in t.sources
            ),
        }
        for t in known()
    }
    return pd.DataFrame.from_dict(rows, orient="index")
