"""Figures of the statistics, drawn with matplotlib in the catalogue's words; each returns the axes it drew on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..locale import text
from .checks import numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .multireader import MRMC

_GREY: dict[str, Any] = {"color": "0.6", "linewidth": 0.8}


def _axes(ax: "Axes | None", x: str, y: str) -> "Axes":
    """Return the axes given, or those of a new figure, labelled from the catalogue."""
    from ..locale.fonts import use_in_plots

    use_in_plots()
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(5.4, 4.6), layout="constrained").add_subplot()
    ax.set_xlabel(text(f"stats.figure.{x}"))
    ax.set_ylabel(text(f"stats.figure.{y}"))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def plot_roc(truth: ArrayLike, scores: Mapping[str, ArrayLike], ax: "Axes | None" = None) -> "Axes":
    """Draw the empirical ROC curve of each score, with its AUC and 95 % interval in the legend.

    Parameters
    ----------
    truth : array-like, shape (cases,)
    scores : mapping of str to array-like, shape (cases,)
        What each curve is called, and its scores.
    ax : Axes, optional
        Where to draw; a new figure when left out.

    Examples
    --------
    >>> ax = plot_roc([0, 0, 1, 1], {"AI": [1, 2, 2, 3]})
    >>> len(ax.lines)
    2
    """
    from .roc import auc, auc_ci, roc_curve

    ax = _axes(ax, "fpf", "tpf")
    ax.plot([0, 1], [0, 1], **_GREY)
    for name, score in scores.items():
        fpf, tpf, _ = roc_curve(truth, score)
        low, high = auc_ci(truth, score)
        ax.plot(fpf, tpf, label=f"{name}: {auc(truth, score):.3f} ({low:.3f}–{high:.3f})")
    ax.set_aspect("equal")
    ax.legend(loc="lower right", frameon=False, title=text("stats.figure.auc"))
    return ax


def plot_calibration(truth: ArrayLike, probability: ArrayLike, bins: int = 10, ax: "Axes | None" = None) -> "Axes":
    """Draw the reliability diagram: observed against predicted share of disease, with Wilson intervals.

    Parameters
    ----------
    truth, probability : array-like, shape (cases,)
    bins : int
        Number of bins, of nearly equal numbers of cases.
    ax : Axes, optional

    Examples
    --------
    >>> ax = plot_calibration([0, 0, 1, 1] * 5, [0.1, 0.3, 0.6, 0.9] * 5, bins=4)
    >>> ax.get_xlabel()
    'predicted probability'
    """
    from .proportions import proportion_ci
    from .reliability import reliability_bins

    ax = _axes(ax, "predicted", "observed")
    n, predicted, observed = reliability_bins(truth, probability, bins, "quantile")
    bounds = np.array([proportion_ci(round(k * m), round(m)) for k, m in zip(observed, n)])
    ax.plot([0, 1], [0, 1], **_GREY)
    ax.errorbar(predicted, observed, np.abs(bounds.T - observed), fmt="o", capsize=3)
    ax.set_aspect("equal")
    return ax


def plot_bland_altman(a: ArrayLike, b: ArrayLike, ax: "Axes | None" = None) -> "Axes":
    """Draw differences against means, with bias, limits of agreement and their 95 % intervals.

    Parameters
    ----------
    a, b : array-like, shape (pairs,)
        Paired measurements, in the same units.
    ax : Axes, optional

    Examples
    --------
    >>> ax = plot_bland_altman([10, 12, 14, 16], [11, 12, 12, 17])
    >>> len(ax.patches)
    3
    """
    from .limits import bland_altman

    ax = _axes(ax, "mean_of_both", "difference")
    result = bland_altman(a, b)
    x, y = numbers("a", a), numbers("b", b)
    ax.plot((x + y) / 2, x - y, "o", alpha=0.7)
    lines = ((result.mean, result.mean_ci), (result.low, result.low_ci), (result.high, result.high_ci))
    for value, (low, high) in lines:
        ax.axhspan(low, high, color="C1", alpha=0.15, linewidth=0)
        ax.axhline(value, color="C1", linestyle="-" if value == result.mean else "--")
        ax.annotate(f"{value:.3g}", (1, value), xycoords=("axes fraction", "data"), va="bottom", ha="right")
    return ax


def plot_decision_curve(
    truth: ArrayLike,
    probabilities: Mapping[str, ArrayLike],
    thresholds: ArrayLike | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw net benefit against threshold probability: each model, treating all, treating none.

    Parameters
    ----------
    truth : array-like, shape (cases,)
    probabilities : mapping of str to array-like, shape (cases,)
        What each model is called, and its probabilities.
    thresholds : array-like, optional
        As in :func:`xrlearn.stats.decision_curve`.
    ax : Axes, optional

    Examples
    --------
    >>> ax = plot_decision_curve([0, 0, 1, 1], {"AI": [0.1, 0.3, 0.6, 0.9]})
    >>> len(ax.lines)
    3
    """
    from .utility import decision_curve

    ax = _axes(ax, "threshold", "net_benefit")
    for name, probability in probabilities.items():
        table = decision_curve(truth, probability, thresholds)
        ax.plot(table["threshold"], table["model"], label=name)
    ax.plot(table["threshold"], table["all"], label=text("stats.figure.treat_all"), **_GREY)
    ax.plot(table["threshold"], table["none"], label=text("stats.figure.treat_none"), color="black", linewidth=0.8)
    top = max(float(table[["model", "all"]].to_numpy().max()), 0.01)
    ax.set_ylim(-0.25 * top, 1.1 * top)
    ax.legend(frameon=False)
    return ax


def plot_mrmc(result: "MRMC", ax: "Axes | None" = None) -> "Axes":
    """Draw every reader's figure by modality, joined by a line, and the means with their intervals.

    The intervals are those for random readers and cases (for random cases where there is one reader).

    Parameters
    ----------
    result : MRMC
        From :func:`xrlearn.stats.mrmc`.
    ax : Axes, optional

    Examples
    --------
    >>> from xrlearn.stats import mrmc, roe_metz
    >>> ax = plot_mrmc(mrmc(roe_metz(readers=3, normal=20, diseased=20)))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['1', '2']
    """
    ax = _axes(ax, "modality", result.metric)
    place = range(len(result.modalities))
    for reader, rows in result.auc.groupby("reader", observed=True, sort=False):
        values = rows.set_index("modality")[result.metric].reindex(list(result.modalities))
        ax.plot(place, values, "o-", alpha=0.6, linewidth=1, markersize=4, label=str(reader))
    means = (result.rrrc or result.frrc).means
    spread = np.abs(means[["low", "high"]].to_numpy().T - means["value"].to_numpy())
    ax.errorbar(
        place,
        means["value"],
        spread,
        fmt="D",
        color="black",
        capsize=4,
        label=text("stats.figure.mean_ci", percent=100 * result.level),
    )
    ax.set_xticks(list(place), [str(modality) for modality in result.modalities])
    ax.margins(x=0.25)
    ax.legend(frameon=False, title=text("stats.figure.reader"), fontsize="small")
    return ax
