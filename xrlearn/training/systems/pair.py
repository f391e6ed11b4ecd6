"""Film -> both halves of a joint through one network -> grade: a Siamese network, see ``networks/siamese.py``."""

from typing import Any

from numpy.typing import NDArray

from ..networks.siamese import SiameseNet
from ..networks.trunk import Trunk
from .classifier import Classifier


class Pair(Classifier):
    """A classifier of joints that have two compartments, in the middle of the film."""

    name = "pair"

    def build(self, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> Trunk:
        """Return the Siamese network."""
        return SiameseNet(self.task.answer.outputs, pretrained, **trunk)


FAMILY = Pair
