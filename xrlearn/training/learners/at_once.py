"""A training that is over before its first step: scikit-learn's solution is put into the network."""

from fastai.callback.core import Callback, CancelBackwardException, CancelStepException


class SettleAtOnce(Callback):
    """Fits the network when training begins; epochs measure it, and no step moves it."""

    order = 70  # after the search for a learning rate has kept what was there

    def before_fit(self) -> None:
        """Fit to the training films."""
        cases, learn = self.learn.cases, self.learn
        device = next(learn.model.parameters()).device
        learn.system.fit(learn.model.cpu(), cases[cases["split"] == "train"].reset_index(drop=True), learn.options)
        learn.model.to(device)  # scikit-learn solves on the processor, whatever reads later

    def before_backward(self) -> None:
        """Pass over gradients."""
        raise CancelBackwardException

    def before_step(self) -> None:
        """Pass over the step."""
        raise CancelStepException
