"""From cases to a trained, calibrated, measured model: the systems, and the verbs that any of them obeys.

Each verb is imported when it is first used, because torch loads slowly.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from .calibration import calibrate as calibrate
    from .calibration import uncalibrated as uncalibrated
    from .evaluation import Evaluation as Evaluation
    from .evaluation import evaluate as evaluate
    from .learning import learner as learner
    from .learning import train as train
    from .prediction import Prediction as Prediction
    from .prediction import predict as predict
    from .weights import Model as Model
    from .weights import load_model as load_model
    from .weights import model_card as model_card
    from .weights import save as save
    from .weights import shipped as shipped

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "calibration": ["calibrate", "uncalibrated"],
        "evaluation": ["Evaluation", "evaluate"],
        "learning": ["learner", "train"],
        "prediction": ["Prediction", "predict"],
        "weights": ["Model", "model_card", "load_model", "save", "shipped"],
    },
)
