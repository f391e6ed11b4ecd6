"""What ipywidgets leaves out for those who cannot see the page: names and values of sliders, names of button groups."""

import anywidget

from .base import source


class ScreenReader(anywidget.AnyWidget):
    """Names every slider and group of buttons of the page it is on, and says what a slider shows; itself invisible.

    Examples
    --------
    >>> "aria-valuetext" in ScreenReader._esm
    True
    """

    _esm = source("screen_reader.js")
