"""The running average of a network's weights, which forgets the noise of single steps (Polyak & Juditsky 1992)."""

import copy

import torch
from fastai.callback.core import Callback


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
        self.average: dict[str, torch.Tensor] | None = None
        self.training_weights: dict[str, torch.Tensor] | None = None

    def before_fit(self) -> None:
        """Start the average from the network as it is; a search for a learning rate is none of its business."""
        self.run = not hasattr(self.learn, "lr_finder")
        self.steps, self.average, self.training_weights = 0, self._copy(), None

    def _copy(self) -> dict[str, torch.Tensor]:
        return copy.deepcopy(self.learn.model.state_dict())

    def after_step(self) -> None:
        """Move the average a little towards the weights of this step."""
        assert self.average is not None
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, tensor in self.learn.model.state_dict().items():
            if tensor.dtype.is_floating_point:
                self.average[name].lerp_(tensor, 1 - decay)
            else:
                self.average[name].copy_(tensor)

    def before_validate(self) -> None:
        """Put the average in place for the validation that ends an epoch."""
        if self.average is not None:
            self.training_weights = self._copy()
            self.learn.model.load_state_dict(self.average)

    def after_validate(self) -> None:
        """Go on from the weights of the last step."""
        if self.training_weights is not None:
            self.learn.model.load_state_dict(self.training_weights)
            self.training_weights = None

    def after_fit(self) -> None:
        """Leave the average in the finished network, also when training was stopped half-way."""
        if self.average is not None and self.steps:
            self.learn.model.load_state_dict(self.average)
        self.average = None
