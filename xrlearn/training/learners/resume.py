"""A training that goes on where it was interrupted: its weights are kept after every epoch."""

from pathlib import Path

from fastai.callback.core import Callback
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from . import Learner
from .average import AverageWeights


class KeepTraining(Callback):
    """Writes the weights of the last step and their average into a file after every epoch.

    Parameters
    ----------
    file : Path
        It is written beside and then renamed: an interruption leaves the epoch before.
    """

    order = 70  # after the average was put aside again

    def __init__(self, file: Path) -> None:
        self.file = file

    def before_epoch(self) -> None:
        """An epoch that a training goes on behind is skipped: nothing is learned in it."""
        self.learned = False

    def after_train(self) -> None:
        """Something was learned."""
        self.learned = True

    def after_epoch(self) -> None:
        """Keep them."""
        if not self.learned:
            return
        states = {"net": self.learn.model.state_dict()}
        for callback in self.learn.cbs:
            if isinstance(callback, AverageWeights) and callback.average:
                states["average"] = callback.average
        tensors = {f"{part}.{name}": t.contiguous().clone() for part, s in states.items() for name, t in s.items()}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        save_file(tensors, part, metadata={"epochs": str(self.epoch + 1)})
        part.replace(self.file)


def go_on(learn: Learner, file: Path) -> int:
    """Fill a learner with a training that was kept, and return how many epochs it has had; 0 where there is none.

    The optimiser begins anew: it forgets its moments, which a few steps bring back.
    """
    try:
        with safe_open(file, framework="pt") as kept:
            epochs = int((kept.metadata() or {})["epochs"])
            tensors = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118 (not a mapping)
        learn.model.load_state_dict({n[4:]: t for n, t in tensors.items() if n.startswith("net.")})
    except (FileNotFoundError, SafetensorError, RuntimeError, KeyError, ValueError):
        return 0
    average = {n[8:]: t for n, t in tensors.items() if n.startswith("average.")}
    for callback in learn.cbs:
        if isinstance(callback, AverageWeights) and average:
            callback.earlier = average
    return epochs
