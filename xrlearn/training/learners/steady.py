"""Refining on few films: what the layers know of means and spreads stays as many films have told it."""

from fastai.callback.core import Callback, TrainEvalCallback
from torch.nn.modules.batchnorm import _BatchNorm


class KeepStatistics(Callback):
    """Leave the running means and variances of every normalisation as they are, and use them in training, too.

    A dozen steps over ten films replace most of them by those of ten films; a model of bone age was then 35 months off,
    and 16 before it was refined.
    """

    run_after = TrainEvalCallback

    def before_train(self) -> None:
        """Set what has running statistics as in use."""
        for layer in self.model.modules():
            if isinstance(layer, _BatchNorm):
                layer.eval()
