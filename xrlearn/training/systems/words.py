"""Report -> weighed word sequences -> answer: a linear support vector machine, the family of ``fracture-report``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from ...radiograph import Radiograph
from ...records import RecordError
from ...records.tokens import tokens
from ..networks.bag_of_words import BagOfWords, bucket, numbered
from .records import RecordSystem, learner_of
from .system import Reading

if TYPE_CHECKING:
    from fastai.learner import Learner

#: so many word sequences of a report are told
TOLD = 8


class Words(RecordSystem):
    """Reads column ``report``."""

    name = "words"
    rates: ClassVar[tuple[float, float]] = (0.03, 0.03)

    def columns(self) -> tuple[str, ...]:
        """Return the only column."""
        return ("report",)

    def filled(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Refuse a row without words."""
        if not isinstance(row.get("report"), str) or not tokens(row["report"]):
            raise RecordError("no_report")
        return ()

    def learner(self, cases: pd.DataFrame, buckets: int = 2**15, batch_size: int = 64, **kwargs: Any) -> "Learner":
        """Return a learner; `buckets` is the number of weights."""
        from ..learners.loaders import taught
        from ..learners.losses import HingeLoss

        used = taught(cases, self.task.answer)
        x = torch.from_numpy(numbered(used["report"].astype(str).tolist(), buckets))
        net = BagOfWords(buckets)
        train = torch.tensor((used["split"] == "train").tolist())
        net.known = torch.bincount(x[train].flatten(), minlength=buckets) > 1
        return learner_of(self, net, HingeLoss(), x, used, cases, {"buckets": buckets}, batch_size, **kwargs)

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return weights of nothing."""
        return BagOfWords(options["buckets"])

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read reports; `parts` hold the word sequences of the largest weight, ``!`` before what is denied."""
        assert isinstance(net, BagOfWords)
        reports = rows["report"].astype(str).tolist()
        device = net.weight.device
        net.eval()
        with torch.inference_mode():
            output = net(torch.from_numpy(numbered(reports, options["buckets"])).to(device)).cpu().numpy()
        weight = net.weight.detach().cpu().numpy()
        return Reading(output, parts=[_heaviest(report, weight) for report in reports])

    def looks(self, net: nn.Module, cases: pd.DataFrame, options: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return the share of a report's words that training reports hardly used."""
        assert isinstance(net, BagOfWords)
        known = net.known.cpu().numpy()
        found = []
        for report in cases["report"].astype(str):
            words = [t for t in tokens(report) if " " not in t and (t.isascii() or len(t.lstrip("!")) == 1)]
            found.append([np.mean([not known[bucket(word, len(known))] for word in words]) if words else 1.0])
        return np.array(found)


def _heaviest(report: str, weight: NDArray[np.float32]) -> dict[str, dict[str, float]]:
    found = {t: float(weight[bucket(t, len(weight))]) for t in tokens(report)}
    return {t: {"weight": found[t]} for t in sorted(found, key=lambda t: -abs(found[t]))[:TOLD]}


FAMILY = Words
