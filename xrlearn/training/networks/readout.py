"""The classical ways from a few numbers to yes or no, each fitted by scikit-learn and kept as plain tensors.

==========  ===========================================================================================
elastic     logistic regression with an elastic net (Zou & Hastie, J R Stat Soc B 2005)
svm         support vector machine with Gaussian kernels
neighbours  the share of yes among the nearest training films, which the model therefore carries with it
bayes       naive Bayes: each number is normally distributed among either kind, and knows of no other
network     one hidden layer of eight
==========  ===========================================================================================
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Numbers = NDArray[np.float64]

NEAREST = 15
HIDDEN = 8


class Readout(nn.Module):
    """Standardised numbers (rows, features) -> log-odds (rows,), or what stands for them.

    Parameters
    ----------
    method : str
        One of :data:`METHODS`.
    features : int
    rows : int
        Training rows, which ``svm`` and ``neighbours`` keep.
    """

    def __init__(self, method: str, features: int, rows: int) -> None:
        super().__init__()
        self.method = method
        # The first number is a parameter, so that there is something to train for whoever asks (fastai does).
        self.bias = nn.Parameter(torch.zeros(1))
        for name, size in METHODS[method][0](features, rows).items():
            self.register_buffer(name, torch.zeros(size))

    def settle(self, x: Numbers, yes: NDArray[np.bool_]) -> None:
        """Fit to training rows; those of one kind only leave the odds of that kind."""
        self.bias.data.fill_(np.log((yes.sum() + 0.5) / ((~yes).sum() + 0.5)))
        if yes.all() or not yes.any():
            return
        with warnings.catch_warnings():  # a fit that is stopped early is still a fit
            warnings.simplefilter("ignore")
            told = METHODS[self.method][1](x, yes)
        self.bias.data.fill_(told.pop("bias", 0.0))
        for name, value in told.items():
            store = self.get_buffer(name)
            flat = torch.as_tensor(np.ravel(value), dtype=store.dtype)
            store.zero_()
            store.view(-1)[: len(flat)] = flat

    def forward(self, x: Tensor) -> Tensor:
        """Return the log-odds of yes."""
        said: Tensor = METHODS[self.method][2](self, x)
        return said + self.bias


def _elastic(x: Numbers, yes: NDArray[np.bool_]) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

    folds = min(5, int(yes.sum()), int((~yes).sum()))
    how: dict[str, Any] = {"solver": "saga", "max_iter": 400, "random_state": 0}
    if folds < 2:
        fit = LogisticRegression(C=0.05, l1_ratio=0.5, **how).fit(x, yes)
    else:
        grid = {"Cs": np.logspace(-2.5, 0.5, 7), "l1_ratios": [0.5], "use_legacy_attributes": False}
        fit = LogisticRegressionCV(**grid, cv=folds, scoring="neg_log_loss", **how).fit(x, yes)
    return {"bias": float(fit.intercept_[0]), "weight": fit.coef_[0]}


def _svm(x: Numbers, yes: NDArray[np.bool_]) -> dict[str, Any]:
    from sklearn.svm import SVC

    fit = SVC(C=1.0, gamma=0.5 / x.shape[1], class_weight="balanced").fit(x, yes)
    return {"bias": float(fit.intercept_[0]), "weight": fit.dual_coef_[0], "kept": fit.support_vectors_}


def _neighbours(x: Numbers, yes: NDArray[np.bool_]) -> dict[str, Any]:
    return {"kept": x, "vote": np.where(yes, 1.0, -1.0)}


def _bayes(x: Numbers, yes: NDArray[np.bool_]) -> dict[str, Any]:
    from sklearn.naive_bayes import GaussianNB

    fit = GaussianNB(var_smoothing=1e-2).fit(x, yes)
    return {"bias": float(np.log(fit.class_prior_[1] / fit.class_prior_[0])), "mean": fit.theta_, "spread": fit.var_}


def _network(x: Numbers, yes: NDArray[np.bool_]) -> dict[str, Any]:
    from sklearn.neural_network import MLPClassifier

    fit = MLPClassifier((HIDDEN,), alpha=1.0, solver="lbfgs", max_iter=300, random_state=0).fit(x, yes)
    (into, out), (first, last) = fit.coefs_, fit.intercepts_
    return {"bias": float(last[0]), "into": into, "first": first, "out": out[:, 0]}


def _near(net: Readout, x: Tensor) -> Tensor:
    kept, vote = net.get_buffer("kept"), net.get_buffer("vote")
    rows = int((vote != 0).sum())  # the room is for all training rows, of which not all were asked this question
    if not rows:
        return x.new_zeros(len(x))
    near = torch.cdist(x, kept.view(-1, x.shape[1])[:rows]).topk(min(NEAREST, rows), largest=False).indices
    share = ((vote[:rows][near] > 0).float().sum(1) + 0.5) / (near.shape[1] + 1)
    return torch.logit(share)


def _kernels(net: Readout, x: Tensor) -> Tensor:
    kept = net.get_buffer("kept").view(-1, x.shape[1])
    return torch.exp(-0.5 / x.shape[1] * torch.cdist(x, kept) ** 2) @ net.get_buffer("weight")


def _normal(net: Readout, x: Tensor) -> Tensor:
    mean, spread = (net.get_buffer(name).view(2, -1) for name in ("mean", "spread"))
    spread = spread.clamp(min=1e-6)
    each = -0.5 * (spread.log() + (x[:, None] - mean) ** 2 / spread).sum(2)
    return each[:, 1] - each[:, 0]


def _layers(net: Readout, x: Tensor) -> Tensor:
    into = net.get_buffer("into").view(x.shape[1], HIDDEN)
    return torch.relu(x @ into + net.get_buffer("first")) @ net.get_buffer("out")


#: method -> sizes of its tensors by features and training rows; how it is fitted; what it says. Tensors are flat, so
#: that they are stored with 16 bits.
METHODS: dict[str, tuple[Callable[..., dict[str, int]], Callable[..., dict[str, Any]], Callable[..., Tensor]]] = {
    "elastic": (lambda f, n: {"weight": f}, _elastic, lambda net, x: x @ net.get_buffer("weight")),
    "svm": (lambda f, n: {"weight": n, "kept": n * f}, _svm, _kernels),
    "neighbours": (lambda f, n: {"vote": n, "kept": n * f}, _neighbours, _near),
    "bayes": (lambda f, n: {"mean": 2 * f, "spread": 2 * f}, _bayes, _normal),
    "network": (lambda f, n: {"into": f * HIDDEN, "first": HIDDEN, "out": HIDDEN}, _network, _layers),
}
