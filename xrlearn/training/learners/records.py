"""From rows of numbers to fastai DataLoaders."""

from typing import Any

from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.metrics import skm_to_fastai
from torch import Tensor
from torch.utils.data import TensorDataset

from .losses import roc_auc_score


def pairs(x: Tensor, y: Tensor, train: Tensor, batch_size: int) -> DataLoaders:
    """Return DataLoaders over rows and their truth; `train` says which rows teach, the others validate."""
    teach = TensorDataset(x[train], y[train])
    tell = TensorDataset(x[~train], y[~train])
    return DataLoaders(
        DataLoader(teach, bs=min(batch_size, len(teach)), shuffle=True, num_workers=0),
        DataLoader(tell, bs=512, num_workers=0),
    )


def roc_auc() -> Any:
    """Return the area under the curve of one output a row as a metric for fastai."""
    return skm_to_fastai(roc_auc_score, is_class=False, flatten=False)
