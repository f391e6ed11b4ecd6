"""How good this reader is, as her session shows it: in the figures that fit the kind of answer, as HTML."""

from collections.abc import Sequence
from functools import singledispatch
from html import escape

from ..locale import text
from .case_review_answers import t
from .case_review_forms import ChoiceForm, Form, NumberForm, SeveralForm, YesNoForm
from .case_review_state import Read
from .parts.figure import line_plot

#: films from which on figures are worked out
ENOUGH = 20


@singledispatch
def calibration_panel(form: Form, reads: Sequence[Read]) -> str:
    """Return the reader's own figures over the films whose truth is known; nothing for answers that have none."""
    return ""


@calibration_panel.register(YesNoForm)
def _calibration_yes_no(form: YesNoForm, reads: Sequence[Read]) -> str:
    used = [r for r in reads if r.opinion.answer is not None and r.opinion.sureness is not None]
    if len(used) < ENOUGH:
        return _soon(len(used))
    import numpy as np

    from ..stats import brier, brier_decomposition, reliability_bins

    truth = np.array([int(r.truth) for r in used])
    sure = np.array([_chance(r) for r in used])
    parts, score = brier_decomposition(truth, sure), brier(truth, sure)
    _, said, found = reliability_bins(truth, sure, bins=5)
    plot = line_plot(
        {text("review.own.you"): (list(100 * said), list(100 * found))},
        x=text("review.own.said"), y=text("review.own.found"),
        x_range=(0, 100), y_range=(0, 100), diagonal=True, size=(400, 320),
    )  # fmt: skip
    rows = [
        ("brier", f"{score:.3f}"), ("reliability", f"{parts.reliability:.3f}"),
        ("resolution", f"{parts.resolution:.3f}"), ("uncertainty", f"{parts.uncertainty:.3f}"),
    ]  # fmt: skip
    return _head(len(used)) + plot + _facts(rows) + f"<p class='xr-soft'>{t('own.brier_how')}</p>"


def _chance(read: Read) -> float:
    """The probability of yes that the reader stated."""
    sure = (read.opinion.sureness or 50) / 100
    return sure if read.opinion.answer else 1 - sure


@calibration_panel.register(ChoiceForm)
def _calibration_choice(form: ChoiceForm, reads: Sequence[Read]) -> str:
    used = [r for r in reads if r.opinion.answer is not None]
    if len(used) < ENOUGH:
        return _soon(len(used))
    rows = []
    for who, said in (("you", "opinion"), ("model", "model")):
        pairs = [(r.truth, r.opinion.answer if said == "opinion" else r.model) for r in used]
        if any(value is None for _, value in pairs):
            pairs = [pair for pair in pairs if pair[1] is not None]
        rows.append((f"kappa_{who}", _kappa(form, pairs)))
    how = "kappa_weighted" if form.ordered else "kappa_plain"
    return _head(len(used)) + _facts(rows) + f"<p class='xr-soft'>{t(f'own.{how}')}</p>"


def _kappa(form: ChoiceForm, pairs: Sequence[tuple[int, int]]) -> str:
    from ..stats import StatsError, cohen_kappa

    try:
        truth, said = zip(*pairs, strict=True)
        k = cohen_kappa(truth, said, "quadratic" if form.ordered else None, categories=range(len(form.names)))
    except (StatsError, ValueError):
        return "–"
    return f"{k.value:.2f} ({k.low:.2f} – {k.high:.2f})"


@calibration_panel.register(NumberForm)
def _calibration_number(form: NumberForm, reads: Sequence[Read]) -> str:
    used = [r for r in reads if r.opinion.answer is not None]
    if len(used) < ENOUGH:
        return _soon(len(used))
    from ..stats import StatsError, bland_altman, icc

    rows, points = [], {}
    for who in ("you", "model"):
        pairs = [(r.opinion.answer if who == "you" else r.model, r.truth) for r in used]
        pairs = [(float(said), float(truth)) for said, truth in pairs if said is not None]
        if len(pairs) < 3:
            continue
        said, truth = zip(*pairs, strict=True)
        limits = bland_altman(said, truth)
        bias, low, high = (form.amount(x, signed=True) for x in (limits.mean, limits.low, limits.high))
        rows.append((f"bias_{who}", t("own.limits", bias=bias, low=low, high=high)))
        try:
            agree = icc([list(pair) for pair in pairs])["ICC(2,1)"]
            rows.append((f"icc_{who}", f"{agree.value:.2f} ({agree.low:.2f} – {agree.high:.2f})"))
        except StatsError:
            rows.append((f"icc_{who}", "–"))
        points[text(f"review.own.{who}")] = ([(a + b) / 2 for a, b in pairs], [a - b for a, b in pairs])
    plot = differences_plot(points, form)
    return _head(len(used)) + plot + _facts(rows) + f"<p class='xr-soft'>{t('own.limits_how')}</p>"


@calibration_panel.register(SeveralForm)
def _calibration_several(form: SeveralForm, reads: Sequence[Read]) -> str:
    from dataclasses import replace

    if len(reads) < ENOUGH:
        return _soon(len(reads))
    cells = []
    for k, (name, part) in enumerate(zip(form.names, form.parts, strict=True)):
        own = [
            Read(
                replace(r.opinion, answer=r.opinion.answer and r.opinion.answer[k]), r.truth[k], r.model and r.model[k]
            )
            for r in reads
            if r.truth[k] is not None
        ]
        cells.append(f"<h3>{escape(name)}</h3>{calibration_panel(part, own)}")
    return "".join(cells)


def differences_plot(points: dict[str, tuple[list[float], list[float]]], form: NumberForm) -> str:
    """Return Bland and Altman's plot: differences from the truth over the mean of both, a point a film."""
    every = [x for xs, ys in points.values() for x in ys] or [0.0]
    reach = max(2 * form.reach, *(abs(x) for x in every))
    means = [x for xs, _ in points.values() for x in xs] or [0.0, 1.0]
    low, high = min(means), max(means)
    wide, tall, left, top = 400, 240, 48, 12

    def at(x: float, y: float) -> tuple[float, float]:
        across = left + (x - low) / max(high - low, 1e-9) * (wide - left - 12)
        return across, top + (reach - y) / (2 * reach) * (tall - top - 44)

    marks = []
    for (xs, ys), colour, shape in zip(points.values(), ("#0072B2", "#D55E00"), ("circle", "square"), strict=False):
        for x, y in zip(xs, ys, strict=True):
            a, b = at(x, y)
            drawn = (
                f"<circle cx='{a:.1f}' cy='{b:.1f}' r='4' fill='{colour}'/>"
                if shape == "circle"
                else f"<rect x='{a - 3.5:.1f}' y='{b - 3.5:.1f}' width='7' height='7' fill='none' stroke='{colour}'/>"
            )
            marks.append(drawn)
    zero = at(low, 0)[1]
    scale = "".join(
        f"<text x='{left - 6}' y='{at(low, y)[1] + 4:.1f}' text-anchor='end'>{form.number(y, signed=True)}</text>"
        for y in (-reach, 0, reach)
    )
    middle, under = (left + wide) / 2, tall - 26
    ends = (
        f"<text x='{left}' y='{under}'>{form.number(low)}</text>"
        f"<text x='{wide - 12}' y='{under}' text-anchor='end'>{form.number(high)}</text>"
    )
    axis = t("own.mean_of", unit=form.unit) if form.unit else t("own.mean")
    name = f"<text class='name' x='{middle}' y='{tall - 6}' text-anchor='middle'>{axis}</text>"
    label = escape(text("review.own.plot"), quote=True)
    return (
        f"<svg class='xr-plot' viewBox='0 0 {wide} {tall}' role='img' aria-label='{label}' style='max-width:{wide}px'>"
        f"<path class='axis' d='M{left} {zero:.1f}H{wide - 12}'/>{scale}{ends}{name}{''.join(marks)}</svg>"
    )


def _head(n: int) -> str:
    return f"<h3>{t('own.title', n=n)}</h3>"


def _soon(n: int) -> str:
    return f"<p class='xr-soft'>{t('own.soon', enough=ENOUGH, n=n)}</p>"


def _facts(rows: Sequence[tuple[str, str]]) -> str:
    return (
        "<dl class='xr-facts'>" + "".join(f"<div><dt>{t(f'own.{k}')}</dt><dd>{v}</dd></div>" for k, v in rows) + "</dl>"
    )


__all__ = ["ENOUGH", "calibration_panel", "differences_plot"]
