"""xrlearn: where orthopaedic clinicians learn what AI does with an X-ray.

The face of the package is a handful of verbs; each is imported from its room when it is first used, so that
``import xrlearn`` costs nothing and torch is loaded only by what needs it.

>>> import xrlearn as xr
>>> "fracture" in xr.tasks().index
True
"""

import sys
from typing import TYPE_CHECKING, Any

import lazy_loader

__version__ = "0.1.0"

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from . import tasks as tasks
    from .heatmaps import explain as explain
    from .radiograph import Radiograph as Radiograph
    from .radiograph import RadiographError as RadiographError
    from .radiograph import read as read
    from .tasks import load as load
    from .training import evaluate as evaluate
    from .training import learner as learner
    from .training import predict as predict

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["tasks"],  # a room that can be called
    submod_attrs={
        "radiograph": ["Radiograph", "RadiographError", "read"],
        "tasks": ["load"],
        "training": ["evaluate", "learner", "predict"],
        "heatmaps": ["explain"],
    },
)


class _LightTorchvision:
    """Has torchvision imported as ``training/operators.py`` says, when it is first asked for, whoever asks.

    fastai imports torchvision; ``from fastai.vision.all import *`` may stand below ``import xrlearn`` and above the
    first of its verbs.
    """

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> "ModuleSpec | None":
        """Find torchvision, once; importlib asks the next finder for everything else."""
        if name != "torchvision":
            return None
        sys.meta_path.remove(cls)
        from .training import operators

        return operators.light_torchvision()


sys.meta_path.insert(0, _LightTorchvision)
