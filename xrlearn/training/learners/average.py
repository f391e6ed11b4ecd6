"""The running average of a network's weights, which forgets the noise of single steps (Polyak & Juditsky 1992)."""

from typing import Any

from fastai.callback.core import Callback
from torch import Tensor


class AverageWeights(Callback):
    """Keeps a running average of the weights; validation and the finished learner use the average.

    Parameters
    ----------
    decay : float
        Share of the old average that a step keeps, once it has warmed up.
    """

    order = 60

    def __init__(self, decay: float = 0.995) -> None:
        self.decay = decay
        self.average: dict[str, Tensor] = {}
        self.earlier: dict[str, Tensor] | None = None  # of a training that goes on
        self.training_weights: dict[str, Tensor] | None = None

    def before_fit(self) -> None:
        """Start the average from the network as it is; a search for a learning rate is none of its business."""
        self.run = not hasattr(self.learn, "lr_finder")
        self.steps, self.training_weights = 0, None
        self.weights = self.learn.model.state_dict()  # the network's own: every step changes them in place
        self.average = _copied(self.learn.model)
        if self.earlier is not None:
            for name, tensor in self.earlier.items():
                self.average[name].copy_(tensor)
            self.steps, self.earlier = len(self.learn.dls.train), None

    def after_step(self) -> None:
        """Move the average a little towards the weights of this step; whole numbers are taken as they are."""
        # The share kept rises from nothing to a half in ten steps: what the first steps left is soon forgotten.
        kept = min(self.decay, self.steps / (self.steps + 9))
        self.steps += 1
        for name, now in self.weights.items():
            if now.is_floating_point():
                self.average[name].lerp_(now, 1 - kept)
            else:
                self.average[name].copy_(now)

    def before_validate(self) -> None:
        """Put the average in place for the validation that ends an epoch."""
        if self.average and self.steps:
            self.training_weights = _copied(self.learn.model)
            self.learn.model.load_state_dict(self.average)

    def after_validate(self) -> None:
        """Go on from the weights of the last step."""
        if self.training_weights is not None:
            self.learn.model.load_state_dict(self.training_weights)
            self.training_weights = None

    def after_fit(self) -> None:
        """Leave the average in the finished network, also when training was stopped half-way."""
        if self.average and self.steps:
            self.learn.model.load_state_dict(self.average)
        self.average = {}


def _copied(net: Any) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}
