"""A fully convolutional network that marks a lesion: it learns from small patches and reads films of any size."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .heatmap_regressor import locally_normalised
from .trunk import Trunk

#: side of a cell of the map, pixels of the film
CELL = 8


class PatchNet(Trunk):
    """Film -> a map of evidence with a cell for every :data:`CELL` pixels; the film is looked at in twice its size.

    The trunk ends at a sixteenth of its input: pooling any further would lose the place.

    Parameters
    ----------
    pretrained : bool
        Start from ImageNet weights.
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__(pretrained)
        self.deep = nn.Sequential()
        last = nn.Conv2d(128, 1, 1)
        assert last.bias is not None
        nn.init.constant_(last.bias, -3.0)  # most cells hold no lesion
        self.mark = nn.Sequential(
            *(nn.Conv2d(112, 128, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU()),
            *(nn.Conv2d(128, 128, 3, padding=1, groups=128, bias=False), nn.Conv2d(128, 128, 1, bias=False)),
            *(nn.BatchNorm2d(128), nn.ReLU(), nn.Dropout2d(0.2), last),
        )

    def forward(self, film: Tensor) -> Tensor:
        """Return the log-odds of a lesion, (films, 1, rows / CELL, columns / CELL); sides are multiples of 16."""
        large = F.interpolate(film, scale_factor=2.0, mode="bicubic", align_corners=False).clamp(0, 1)
        middle, _ = self.look(0.5 + 0.17 * locally_normalised(large, 5))
        self.evidence = self.mark(middle)
        return self.evidence

    def score(self, film: Tensor) -> Tensor:
        """Return the log-odds of each film, (films,): the odds of its cells add up, but for those at the edge."""
        return self(film)[:, :, 1:-1, 1:-1].flatten(1).logsumexp(1)

    @staticmethod
    def heat(evidence: Tensor) -> Tensor:
        """Return a map of evidence as what it is: the probability of a lesion in each cell, 0 to 1."""
        return torch.sigmoid(evidence)

    def explained(self, film: Tensor) -> Tensor:
        """Return the number that Grad-CAM differentiates: the log-odds of the first film."""
        return self.score(film)[0]
