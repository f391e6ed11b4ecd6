"""From cases to a trained, calibrated, measured model: the systems, and the verbs that any of them obeys.

Each verb is imported when it is first used, because torch loads slowly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_FILES = {
    "Evaluation": "evaluation",
    "Model": "weights",
    "Prediction": "prediction",
    "Stopped": "systems",
    "calibrate": "calibration",
    "card": "weights",
    "evaluate": "evaluation",
    "learner": "learning",
    "load_model": "weights",
    "predict": "prediction",
    "save": "weights",
    "shipped": "weights",
    "train": "learning",
}

if TYPE_CHECKING:
    from .calibration import calibrate as calibrate
    from .evaluation import Evaluation as Evaluation
    from .evaluation import evaluate as evaluate
    from .learning import learner as learner
    from .learning import train as train
    from .prediction import Prediction as Prediction
    from .prediction import predict as predict
    from .systems import Stopped as Stopped
    from .weights import Model as Model
    from .weights import card as card
    from .weights import load_model as load_model
    from .weights import save as save
    from .weights import shipped as shipped

__all__ = [*_FILES]


def __getattr__(name: str) -> Any:
    if name in _FILES:
        return getattr(import_module(f".{_FILES[name]}", __name__), name)
    raise AttributeError(f"module 'xrlearn.training' has no attribute {name!r}")
