"""Learning from lesion boxes: besides the film's answer, the map of evidence is taught where the lesion is."""

import torch
import torch.nn.functional as F
from fastai.callback.core import Callback
from torch import Tensor

#: weight of the map's loss beside the answer's loss
WEIGHT = 20.0


def evidence_loss(evidence: Tensor, lesions: Tensor) -> Tensor:
    """Focal cross-entropy between a map of evidence and the lesions' place.

    Few of a map's cells hold a lesion, so every cell is weighted by how wrong it is (Lin et al., ICCV 2017), and
    cells with a lesion four times.

    Parameters
    ----------
    evidence : Tensor
        Logits, (films, maps, rows, columns).
    lesions : Tensor
        Mask at any larger resolution, (films, rows, columns): 1 lesion, 0 none, 255 unknown (that film is left out).

    Returns
    -------
    Tensor
        The mean over cells and films, a scalar.
    """
    known = (lesions != 255).flatten(1).all(1)
    truth = F.adaptive_max_pool2d((lesions == 1).float()[:, None], evidence.shape[-2:]).expand_as(evidence)
    p = torch.sigmoid(evidence)
    wrong = torch.where(truth > 0, 4 * (1 - p), p.clamp(min=0.05).sqrt())
    cells = wrong * F.binary_cross_entropy_with_logits(evidence, truth, reduction="none")
    return (cells.mean((1, 2, 3)) * known).sum() / known.sum().clamp(min=1)


class LearnFromBoxes(Callback):
    """Adds :func:`evidence_loss` to the learner's loss; needs DataLoaders with ``boxes=True``."""

    order = 10

    def before_batch(self) -> None:
        """Put the mask aside: the learner's own loss and metrics see the answer alone."""
        rest = self.learn.yb[1:]  # films to validate or to read bring none
        self.learn.yb = self.learn.yb[:1]
        self.lesions = rest[0].as_subclass(torch.Tensor) if rest else None

    def after_loss(self) -> None:
        """Add the map's loss, in training only, so that validation losses stay comparable."""
        if self.training:
            assert self.lesions is not None
            self.learn.loss_grad = self.learn.loss_grad + WEIGHT * evidence_loss(
                self.learn.model.evidence, self.lesions
            )
