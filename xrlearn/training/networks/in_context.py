"""A film, the film before it, the words of the request and the laboratory: four voices whose log-odds are added.

Whole voices are left out by chance while they learn (Neverova et al., TPAMI 2016), so that each can be asked alone, and
whatever a patient lacks is left out of the sum.
"""

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from .bag_of_words import BagOfWords
from .evidence import EvidenceNet
from .scaled_components import ScaledComponents

VOICES = ("film", "earlier", "request", "laboratory")
#: chance that a voice is left out of a training step
SILENT = 0.3


class ContextNet(EvidenceNet):
    """Film, earlier film, words and columns -> log-odds of "yes".

    Parameters
    ----------
    columns, hidden, buckets
        Of the laboratory's columns (:class:`~.scaled_components.ScaledComponents`) and of the words
        (:class:`~.bag_of_words.BagOfWords`).
    pretrained : bool

    Notes
    -----
    After each call ``voices`` holds what each says, (films, 4), 0 for what is not there.
    """

    def __init__(self, columns: int, hidden: Sequence[int], buckets: int, pretrained: bool = True) -> None:
        super().__init__(pretrained)
        self.change = nn.Linear(1280, 1)
        nn.init.zeros_(self.change.weight)
        self.words = BagOfWords(buckets)
        self.laboratory = ScaledComponents(columns, hidden)
        self.common = nn.Parameter(torch.zeros(1))
        self.voices = self.seen = torch.empty(0)

    def train(self, mode: bool = True) -> Self:
        """Switch between training and use, and forget the last step, see :class:`~.trunk.Trunk`."""
        self.voices = self.seen = torch.empty(0)
        return super().train(mode)

    def forward(  # type: ignore[override]  # it takes more than a film
        self, film: Tensor, earlier: Tensor, words: Tensor, columns: Tensor, there: Tensor
    ) -> Tensor:
        """Return log-odds, (films,).

        Parameters
        ----------
        film, earlier : Tensor, (films, 1, side, side)
        words : Tensor, (films, longest)
            As :func:`~.bag_of_words.numbered` returns them.
        columns : Tensor, (films, inputs)
            As ``laboratory.inputs`` returns them.
        there : Tensor, (films, 3)
            1 where there is an earlier film, a request, a laboratory.
        """
        n = len(film)
        here = EvidenceNet.forward(self, torch.cat([film, earlier]))[:n, 1]
        now, before = self.seen.split(n)
        said = [here, self.change(now - before)[:, 0], self.words(words), self.laboratory(columns)]
        heard = torch.cat([torch.ones_like(there[:, :1]), there], 1).as_subclass(Tensor)
        if self.training:
            heard = heard * (torch.rand_like(heard) > SILENT)
        self.voices = torch.stack(said, 1) * heard
        self.evidence = self.evidence[:n]
        return self.common + self.voices.sum(1)

    def look(self, film: Tensor) -> tuple[Tensor, Tensor]:
        """Keep what the end of the trunk saw, averaged over each film, with its gradient."""
        middle, deep = super().look(film)
        self.seen = deep.mean((2, 3))
        return middle, deep

    def score(self, film: Tensor) -> Tensor:
        """Return what the film alone says, (films,)."""
        return EvidenceNet.forward(self, film)[:, 1]

    def explained(self, film: Tensor) -> Tensor:
        """Return what the first film alone says: the number that Grad-CAM differentiates."""
        return self.score(film)[0]
