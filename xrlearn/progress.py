"""How long work tells how far it is, and how it is stopped: the same in every room."""

from collections.abc import Callable

#: called with (things done, things in all); returning True stops the work
Progress = Callable[[int, int], object]


class Stopped(Exception):
    """Work was stopped on request; what was made so far is gone, unless its function says otherwise."""
