"""The widgets that every lab shares.

:class:`~.viewer.Viewer` shows a film, :class:`~.drop.Drop` takes one in, :class:`~.page.Page` frames them,
:class:`~.words.Words` keeps them in the reader's language, and :func:`~.safely.safely` guards their callbacks. Plots
and people grids are in :mod:`~.figure`.

The viewer is imported when it is first used, so that a page without films needs no numpy.
"""

from typing import TYPE_CHECKING, Any

from .drop import Drop
from .figure import Curves, line_plot, people
from .page import Page, ProgressBar
from .safely import Failure, failures, safely
from .words import Words

if TYPE_CHECKING:
    from .viewer import Viewer

__all__ = [
    "Curves",
    "Drop",
    "Failure",
    "Page",
    "ProgressBar",
    "Viewer",
    "Words",
    "failures",
    "line_plot",
    "people",
    "safely",
]


def __getattr__(name: str) -> Any:
    if name == "Viewer":
        from .viewer import Viewer

        return Viewer
    raise AttributeError(f"module 'xrlearn.labs.parts' has no attribute {name!r}")
