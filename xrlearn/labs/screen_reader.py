"""What ipywidgets leaves out for those who cannot see the page: the names of its sliders and of groups of buttons."""

from pathlib import Path

import anywidget


class ScreenReader(anywidget.AnyWidget):
    """Names every slider and group of buttons of the page it is on; itself invisible.

    Examples
    --------
    >>> "aria-label" in ScreenReader._esm
    True
    """

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
