"""One training on several processors: each takes its share of every batch, and they learn from all shares together.

Start it with ``torchrun``, or with Hugging Face's ``accelerate launch``, which tell every process who it is::

    torchrun --standalone --nproc-per-node 2 -m xrlearn.cli train fracture

The network is not wrapped, so every callback and family of this package works as in a training alone; a batch is as
large as before, and what is learned is the same but for the batch statistics of each share.
"""

import os
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from fastai.callback.core import Callback


def several() -> bool:
    """Say whether this process is one of several of the same training.

    Examples
    --------
    >>> several()
    False
    """
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def first() -> bool:
    """Say whether this process is the one that measures and writes: the only one, or the first of several.

    Examples
    --------
    >>> first()
    True
    """
    return int(os.environ.get("RANK", "0")) == 0


class ShareBatches(Callback):
    """Cuts its share out of every batch, and averages the gradients of all processes before a step.

    A batch with fewer films than there are processes is learned from by each of them.
    """

    order = 5  # before any callback that looks at the batch

    def __init__(self) -> None:
        self.together = Accelerator(cpu=not torch.cuda.is_available())

    def before_fit(self) -> None:
        """All begin with the first process's weights."""
        with torch.no_grad():
            for tensor in (*self.learn.model.parameters(), *self.learn.model.buffers()):
                tensor.copy_(_from_first(tensor))

    def before_batch(self) -> None:
        """Keep every n-th film of a training batch."""
        if self.training:
            n, k = self.together.num_processes, self.together.process_index
            if len(self.learn.yb[-1]) >= n:
                self.learn.xb, self.learn.yb = (_part(batch, k, n) for batch in (self.learn.xb, self.learn.yb))

    def before_step(self) -> None:
        """Average the gradients."""
        grads = [p.grad for p in self.learn.model.parameters() if p.grad is not None]
        mean = self.together.reduce(torch.cat([g.flatten() for g in grads]), "mean")
        for grad, part in zip(grads, mean.split([g.numel() for g in grads]), strict=True):
            grad.copy_(part.view_as(grad))


def _part(batch: Any, k: int, n: int) -> tuple[Any, ...]:
    return tuple(one[k::n] for one in batch)


def _from_first(tensor: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = broadcast(tensor.detach().clone().contiguous(), from_process=0)
    return found
