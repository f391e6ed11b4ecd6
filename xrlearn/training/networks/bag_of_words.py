"""A linear support vector machine over word sequences, as one layer of weights."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...records.tokens import tokens

#: sequences of a report that are read; there is no report of ours so long
LONGEST = 1024


def bucket(sequence: str, buckets: int) -> int:
    """Return the weight's number of a word sequence; 0 means no word.

    No vocabulary is kept (the hashing trick: Weinberger et al. 2009), so a model's card holds no word of a patient.
    """
    return 1 + crc32(sequence.encode()) % (buckets - 1)


def numbered(reports: Sequence[str], buckets: int) -> NDArray[np.int64]:
    """Return each report's word sequences by number, (reports, longest), filled with 0; each sequence counts once."""
    rows = [sorted({bucket(t, buckets) for t in tokens(report)})[:LONGEST] for report in reports]
    found = np.zeros((len(rows), max(map(len, rows), default=0) or 1), np.int64)
    for row, numbers in zip(found, rows, strict=True):
        row[: len(numbers)] = numbers
    return found


class BagOfWords(nn.Module):
    """Sum of the weights of a report's word sequences, by the root of their number: the margin of "yes"."""

    known: Tensor

    def __init__(self, buckets: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(buckets))
        self.bias = nn.Parameter(torch.zeros(1))
        #: which numbers more than one training report used
        self.register_buffer("known", torch.zeros(buckets, dtype=torch.bool))

    def forward(self, x: Tensor) -> Tensor:
        """Return margins, (reports,); `x` is (reports, longest)."""
        x = x.as_subclass(Tensor)
        there = (x > 0).float()
        total = (self.weight[x] * there).sum(1)
        return total / there.sum(1).clamp(min=1).sqrt() + self.bias
