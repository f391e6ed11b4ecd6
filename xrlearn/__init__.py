"""xrlearn: where orthopaedic clinicians learn what AI does with an X-ray.

The face of the package is a handful of verbs; each is imported from its room when it is first used, so that
``import xrlearn`` costs nothing and torch is loaded only by what needs it.

>>> import xrlearn as xr
>>> "fracture" in xr.tasks().index
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

#: verb -> the room it lives in
_ROOMS = {
    "Radiograph": "radiograph",
    "RadiographError": "radiograph",
    "read": "radiograph",
    "load": "tasks",
    "learner": "training",
    "evaluate": "training",
    "predict": "training",
    "explain": "heatmaps",
}

if TYPE_CHECKING:
    from . import tasks as tasks
    from .heatmaps import explain as explain
    from .radiograph import Radiograph as Radiograph
    from .radiograph import RadiographError as RadiographError
    from .radiograph import read as read
    from .tasks import load as load
    from .training import evaluate as evaluate
    from .training import learner as learner
    from .training import predict as predict

__all__ = [*_ROOMS, "tasks"]


def __getattr__(name: str) -> Any:
    if name == "tasks":  # a room that can be called
        return import_module(".tasks", __name__)
    if name in _ROOMS:
        return getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    raise AttributeError(f"module 'xrlearn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
