"""The running average of a network's weights, which forgets the noise of single steps (Polyak & Juditsky 1992)."""

from typing import Any

from torch import Tensor

from .. import operators  # noqa: F401  (before timm, which imports torchvision)

from fastai.callback.core import Callback  # isort: skip
from timm.utils import ModelEmaV3  # isort: skip


class AverageWeights(Callback):
    """Keeps a running average of the weights (timm's); validation and the finished learner use the average.

    Parameters
    ----------
    decay : float
        Share of the old average that a step keeps, once it has warmed up.
    """

    order = 60

    def __init__(self, decay: float = 0.995) -> None:
        self.decay = decay
        self.average: ModelEmaV3 | None = None
        self.earlier: dict[str, Tensor] | None = None  # of a training that goes on
        self.training_weights: dict[str, Tensor] | None = None

    def before_fit(self) -> None:
        """Start the average from the network as it is; a search for a learning rate is none of its business."""
        self.run = not hasattr(self.learn, "lr_finder")
        self.steps, self.training_weights = 0, None
        self.learn.model.train()
        # The share kept rises from a half within some ten steps: what the first steps left is soon forgotten.
        self.average = ModelEmaV3(self.learn.model, decay=self.decay, use_warmup=True, warmup_power=1.0, warmup_gamma=9)
        if self.earlier is not None:
            self.average.module.load_state_dict(self.earlier)
            self.steps, self.earlier = len(self.learn.dls.train), None

    def after_step(self) -> None:
        """Move the average a little towards the weights of this step."""
        assert self.average is not None
        self.steps += 1
        self.average.update(self.learn.model, step=self.steps)

    def before_validate(self) -> None:
        """Put the average in place for the validation that ends an epoch."""
        if self.average is not None and self.steps:
            self.training_weights = _copied(self.learn.model)
            self.learn.model.load_state_dict(self.average.module.state_dict())

    def after_validate(self) -> None:
        """Go on from the weights of the last step."""
        if self.training_weights is not None:
            self.learn.model.load_state_dict(self.training_weights)
            self.training_weights = None

    def after_fit(self) -> None:
        """Leave the average in the finished network, also when training was stopped half-way."""
        if self.average is not None and self.steps:
            self.learn.model.load_state_dict(self.average.module.state_dict())
        self.average = None


def _copied(net: Any) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}
