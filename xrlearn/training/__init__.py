"""From cases to a trained, settled, measured model.

Each verb is imported when it is first used, because torch loads slowly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_FILES = {
    "Evaluation": "evaluation",
    "Model": "weights",
    "Prediction": "prediction",
    "Stopped": "inference",
    "card": "weights",
    "evaluate": "evaluation",
    "learner": "factory",
    "load_model": "weights",
    "predict": "prediction",
    "save": "weights",
    "shipped": "prediction",
    "train": "recipe",
}

if TYPE_CHECKING:
    from .evaluation import Evaluation as Evaluation
    from .evaluation import evaluate as evaluate
    from .factory import learner as learner
    from .inference import Stopped as Stopped
    from .prediction import Prediction as Prediction
    from .prediction import predict as predict
    from .prediction import shipped as shipped
    from .recipe import train as train
    from .weights import Model as Model
    from .weights import card as card
    from .weights import load_model as load_model
    from .weights import save as save

__all__ = [*_FILES]


def __getattr__(name: str) -> Any:
    if name in _FILES:
        return getattr(import_module(f".{_FILES[name]}", __name__), name)
    raise AttributeError(f"module 'xrlearn.training' has no attribute {name!r}")
