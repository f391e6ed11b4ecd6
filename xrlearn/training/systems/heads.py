"""Film -> one trunk -> one head for each answer: the family of tasks that ask several things at once.

A film's mirror image is no film of the same patient here: it shows the other side.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from torch import nn

from ...radiograph import Radiograph
from ...tasks.answers import Several
from ..films import square
from ..networks.several_heads import HeadsNet
from .classifier import Classifier
from .system import Reading


class Heads(Classifier):
    """A classifier of several answers; the first is yes or no, and its map is the one that is shown by itself."""

    name = "heads"
    mirrors: ClassVar[bool] = False

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read films; every head has a map."""
        assert isinstance(net, HeadsNet)
        assert isinstance(self.task.answer, Several)
        batch = np.stack([square(film, options["size"]) for film in films])
        x = torch.from_numpy(batch)[:, None].to(next(net.parameters()).device)
        net.eval()
        with torch.inference_mode():
            said = net.score(x)
            maps = [net.map_of(k, said).float().cpu().numpy() for k in range(len(net.places))]
        heads = {part.column: heat for part, heat in zip(self.task.answer.parts, maps, strict=True)}
        return Reading(said.float().cpu().numpy(), maps[0], heads=heads)


FAMILY = Heads
