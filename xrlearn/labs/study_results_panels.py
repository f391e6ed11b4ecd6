"""What the results page says, as HTML: functions of its state, in the language in use, without widgets.

A panel that cannot be computed says why in one sentence, and the others stand.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from html import escape
from math import isfinite, isnan
from typing import Any, Concatenate, ParamSpec

import numpy as np

from ..locale import flow, text
from ..readers import bias as bias_of
from ..readers import results, together
from ..readers.errors import StudyError
from ..stats import StatsError
from ..stats.bounded import MIN_FILMS, MIN_READERS
from ..stats.report import p_text, plain_sentence
from .parts.figure import Series, line_plot
from .study_results_state import FEW_FILMS, FEW_READERS, StudyResults, arm_name

P = ParamSpec("P")

#: what Lindsey et al. (2018), PNAS 115:11591-11596 report of emergency clinicians: without AI, with AI, percent
LINDSEY = {"sensitivity": (80.8, 91.5), "specificity": (87.5, 93.9)}
#: and the relative reduction of misreadings, percent
LINDSEY_REDUCTION = 47


def _t(key: str, **values: Any) -> str:
    return escape(text(f"results.{key}", **values), quote=False)


def _p(key: str, kind: str = "", **values: Any) -> str:
    return f"<p class='{kind}'>{_t(key, **values)}</p>" if kind else f"<p>{_t(key, **values)}</p>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th scope='col'>{cell}</th>" for cell in head)
    body = "".join(
        f"<tr><th scope='row'>{first}</th>" + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    )
    return f"<div class='xr-scroll'><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


Panel = Callable[Concatenate[StudyResults, P], str]


def panel(title: str, *, films: int = 0, readers: int = 1) -> Callable[[Panel[P]], Panel[P]]:
    """Put a heading above a panel; where it cannot be computed, or would say nothing, a sentence stands below instead.

    Parameters
    ----------
    title : str
        Key of the heading.
    films : int
        Films of each kind, with and without a lesion, that the panel takes.
    readers : int
        Readers who must have finished.
    """

    def frame(draw: Panel[P]) -> Panel[P]:
        @wraps(draw)
        def drawn(state: StudyResults, *args: P.args, **kwargs: P.kwargs) -> str:
            try:
                if state.finished()[0] == 0:
                    raise StudyError("none_finished")
                inside = _too_few(state, films, readers) or draw(state, *args, **kwargs)
            except (StudyError, StatsError) as error:
                inside = f"<p class='xr-reason' role='note'>{escape(str(error))}</p>"
            return f"<h2>{_t(title)}</h2>{inside}"

        return drawn

    return frame


def _too_few(state: StudyResults, films: int, readers: int) -> str:
    """Say how many films or readers are missing; nothing where there are enough."""
    missing = []
    diseased, normal = state.kinds()
    if min(diseased, normal) < films:
        missing.append(_t("few.films", diseased=diseased, normal=normal, wanted=films))
    done = state.finished()[0]
    if done < readers:
        missing.append(_t("few.readers", n=done, wanted=readers, better=FEW_READERS))
    return f"<p class='xr-reason' role='note'>{flow(*missing)}</p>" if missing else ""


def percent(value: float, signed: bool = False) -> str:
    """Return a share as percent with one decimal; a dash where there is none."""
    return "–" if isnan(value) else f"{100 * value:{'+' if signed else ''}.1f}".replace("-", "−")


def points(estimate: Any) -> str:
    """Return a change of a share in percentage points with its interval.

    Examples
    --------
    >>> points(results.Estimate(0.125, 0.0312, 0.2))
    '+12.5 points (+3.1 to +20.0)'
    """
    value, low, high = (percent(x, signed=True) for x in (estimate.value, estimate.low, estimate.high))
    return _t("change.points" if isfinite(estimate.low) else "change.points_only", value=value, low=low, high=high)


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


# ---------------------------------------------------------------- the finding
@panel("finding.title", films=MIN_FILMS, readers=MIN_READERS)
def finding(state: StudyResults) -> str:
    """The study in one sentence, who took part, and whether that is enough."""
    done, begun = state.finished()
    result = state.compare()
    sentence = plain_sentence(result)
    test = result.rrrc or result.frrc
    who = _p(
        "finding.who",
        "xr-soft",
        done=done,
        begun=begun,
        diseased=result.diseased,
        normal=result.cases - result.diseased,
    )
    if (result.auc[result.metric] == 1).all() or not isfinite(test.p):
        return _p("finding.no_spread", "xr-finding") + who
    figures = "".join(
        f"<div><dt>{escape(str(name))}</dt><dd>{value:.3f}<small>{low:.3f}–{high:.3f}</small></dd></div>"
        for name, value, low, high in test.means[["modality", "value", "low", "high"]]
        .iloc[::-1]
        .itertuples(index=False)
    )
    assert test.difference is not None
    assert test.low is not None
    assert test.high is not None
    figures += (
        f"<div><dt>{_t('finding.gain')}</dt><dd>{_signed(test.difference)}"
        f"<small>{_signed(test.low)} … {_signed(test.high)}</small></dd></div>"
    )
    few = []
    if len(result.readers) < FEW_READERS:  # enough for the figures, not for much trust in them
        few.append(_t("finding.few_readers", n=len(result.readers), wanted=FEW_READERS))
    rarer = min(result.diseased, result.cases - result.diseased)
    if rarer < FEW_FILMS:
        few.append(_t("finding.few_films", n=rarer, wanted=FEW_FILMS))
    caution = f"<p class='xr-caution' role='note'>{flow(*few)}</p>" if few else ""
    made_up = _p("finding.simulated", "xr-soft") if state.simulated else ""
    return f"<p class='xr-finding'>{escape(sentence)}</p><dl class='xr-figures'>{figures}</dl>{caution}{who}{made_up}"


# ---------------------------------------------------------------- curves
@panel("roc.title", films=MIN_FILMS)
def roc(state: StudyResults) -> str:
    """The mean curves of the two arms, then those of each reader."""
    found = results.curves(state.pair())
    names = list(dict.fromkeys(curve.modality for curve in found))
    readers = list(dict.fromkeys(curve.reader for curve in found if curve.reader is not None))

    def plot(reader: str | None, size: tuple[int, int]) -> str:
        lines: dict[str, Series] = {}
        for curve in (c for name in names for c in found if c.reader == reader and c.modality == name):
            name = f"{curve.auc:.3f}" if reader else f"{curve.modality} {curve.auc:.3f}"
            name += "\u200b" if name in lines else ""  # two curves may have the same area
            lines[name] = (list(map(float, curve.false_positive)), list(map(float, curve.true_positive)))
        axes: dict[str, Any] = {"x": text("results.roc.x"), "y": text("results.roc.y")}
        return line_plot(lines, **axes, x_range=(0, 1), y_range=(0, 1), diagonal=True, size=size)

    small = "".join(f"<figure><figcaption>{escape(r)}</figcaption>{plot(r, (330, 270))}</figure>" for r in readers)
    return (
        f"<div class='xr-roc'><figure>{plot(None, (520, 430))}<figcaption>{_t('roc.mean')}</figcaption></figure>"
        f"<div class='xr-many' tabindex='0' aria-label='{_t('roc.each')}'>{small}</div></div>"
    )


# ---------------------------------------------------------------- multi-reader statistics
@panel("mrmc.title", films=MIN_FILMS)
def mrmc(state: StudyResults) -> str:
    """Each reader's area in each arm, and the three tests."""
    result = state.compare()
    wide = result.auc.pivot(index="reader", columns="modality", values=result.metric)
    wide = wide.loc[list(result.readers), list(result.modalities)]
    b, a = result.modalities
    rows = [
        [escape(_who(state, str(reader))), f"{x:.3f}", f"{y:.3f}", _signed(y - x)]
        for reader, x, y in zip(wide.index, wide[a], wide[b])
    ]
    x, y = wide[a].mean(), wide[b].mean()
    rows.append([f"<b>{_t('mrmc.mean')}</b>", *(f"<b>{cell}</b>" for cell in (f"{x:.3f}", f"{y:.3f}", _signed(y - x)))])
    readers = _table([_t("mrmc.reader"), escape(str(a)), escape(str(b)), _t("mrmc.gain")], rows)
    tests = []
    for name in ("rrrc", "frrc", "rrfc"):
        found = getattr(result, name)
        if found is None or (name != "frrc" and len(result.readers) < MIN_READERS):
            continue
        if found.F is not None:
            statistic, df = f"F = {found.F:.2f}", f"{found.df1:g}, {found.df2:.1f}"
        else:
            statistic, df = f"χ² = {found.chi2:.2f}", f"{found.df1:g}"
        gain = f"{_signed(found.difference)} ({_signed(found.low)}, {_signed(found.high)})"
        p = escape(p_text(found.p)) if isfinite(found.p) else "–"
        tests.append([escape(text(f"stats.report.{name}")), gain, statistic, df, p])
    few = _too_few(state, 0, MIN_READERS)
    head = [_t("mrmc.generalises"), _t("mrmc.gain_ci"), _t("mrmc.statistic"), _t("mrmc.df"), "p"]
    return f"<div class='xr-pair'>{readers}<div>{_table(head, tests)}{few}{_p('mrmc.method', 'xr-soft')}</div></div>"


def _who(state: StudyResults, reader: str) -> str:
    """Return a reader's pseudonym, with her seniority and years where she said them."""
    assert state.ratings is not None
    row = state.ratings[state.ratings["reader"] == reader].iloc[0]
    if not row["seniority"]:
        return reader
    rank = text(f"study.seniority.{row['seniority']}")
    return text("results.mrmc.who", reader=reader, rank=rank, years=0 if isnan(row["years"]) else int(row["years"]))


# ---------------------------------------------------------------- sensitivity and specificity
@panel("change.title", films=MIN_FILMS, readers=MIN_READERS)
def change(state: StudyResults) -> str:
    """How sensitivity, specificity and misreadings change, beside Lindsey's figures."""
    ratings = state.ratings
    assert ratings is not None
    found = results.change(ratings, state.before, state.after)
    rows = []
    for name in ("sensitivity", "specificity"):
        shift = getattr(found, name)
        before, after = LINDSEY[name]
        said = f"{before:.1f} → {after:.1f} %"
        rows.append([
            _t(f"change.{name}"), f"{percent(shift.before)} %", f"{percent(shift.after)} %",
            points(shift.change), said,
        ])  # fmt: skip
    shift = found.misreads
    said = _t("change.fewer", percent=LINDSEY_REDUCTION)
    rows.append([
        _t("change.misreads"), f"{percent(shift.before)} %", f"{percent(shift.after)} %",
        points(shift.change), said,
    ])  # fmt: skip
    head = [
        "",
        escape(arm_name(state.before)),
        escape(arm_name(state.after)),
        _t("change.change"),
        _t("change.lindsey"),
    ]
    reduction = found.reduction
    sentence = ""
    if isfinite(reduction.value):
        key = "change.reduction" if reduction.value >= 0 else "change.increase"
        low, high = sorted((abs(reduction.low), abs(reduction.high)))
        if reduction.low < 0 < reduction.high or not isfinite(low):
            sentence = _p(f"{key}_unclear", percent=f"{100 * abs(reduction.value):.0f}")
        else:
            shares = {"low": f"{100 * low:.0f}", "high": f"{100 * high:.0f}"}
            sentence = _p(key, percent=f"{100 * abs(reduction.value):.0f}", **shares)
    made = _t("change.method", method=_t(f"method.{found.sensitivity.change.method}"))
    return _table(head, rows) + sentence + f"<p class='xr-soft'>{flow(made, _t('change.source'))}</p>"


# ---------------------------------------------------------------- time and place
@panel("time.title")
def time(state: StudyResults) -> str:
    """Seconds for a film, and whether the mark hit the lesion."""
    ratings = state.ratings
    assert ratings is not None
    ratings = ratings[ratings["modality"].isin([state.before, state.after])]
    all_, marks = results.times(ratings), results.localisation(ratings)
    rows = []
    for arm in (state.before, state.after):
        row = all_[(all_["modality"] == arm) & (all_["reader"] == "")].iloc[0]
        cells = [escape(arm_name(arm)), f"{row['median']:.0f} s ({row['q1']:.0f}–{row['q3']:.0f})"]
        mine = marks[marks["modality"] == arm]
        if len(mine) and not mine["marks"].sum():
            cells += [_t("time.unmarked"), "–"]
        elif len(mine):
            hits, n = int(mine["hits"].sum()), int(mine["n"].sum())
            enough = min(state.kinds()) >= MIN_FILMS
            cells.append(f"{percent(hits / n)} % ({hits}/{n})" if enough else f"{hits}/{n}")
            cells.append(f"{mine['lroc'].mean():.3f}" if enough else "–")
        elif len(marks):
            cells += ["–", "–"]
        rows.append(cells)
    head = ["", _t("time.median")] + ([_t("time.hits"), _t("time.lroc")] if len(marks) else [])
    done, wanted = state.finished()[0], results.readers_for_time(ratings, state.before, state.after)
    if done < wanted:
        return _table(head, rows) + _p("time.ratio_few", "xr-reason", n=done, wanted=wanted)
    ratio = results.time_ratio(ratings, state.before, state.after)
    return _table(head, rows) + _p("time.ratio", ratio=ratio.value, low=ratio.low, high=ratio.high)


# ---------------------------------------------------------------- the readers' own confidence
@panel("confidence.title", films=MIN_FILMS)
def confidence(state: StudyResults) -> str:
    """How often the readers were right in what they said they were sure of."""
    found = results.confidence(state.pair())
    lines: dict[str, Series] = {
        str(c.modality): (list(map(float, 100 * c.stated)), list(map(float, 100 * c.observed))) for c in found
    }
    axes: dict[str, Any] = {"x": text("results.confidence.x"), "y": text("results.confidence.y")}
    plot = line_plot(lines, **axes, x_range=(0, 100), y_range=(0, 100), diagonal=True, size=(480, 360))
    rows = []
    for c in found:
        slope, verdict = "–", "–"
        if not isnan(c.slope):
            slope = f"{c.slope:.2f}"
            verdict = _t(f"confidence.{'over' if c.slope < 0.9 else 'under' if c.slope > 1.1 else 'fits'}")
        rows.append([escape(str(c.modality)), f"{100 * c.ece:.0f}", slope, verdict])
    return plot + _table(["", *(_t(f"confidence.{name}") for name in ("ece", "slope", "reading"))], rows)


# ---------------------------------------------------------------- automation bias
@panel("bias.title")
def bias(state: StudyResults) -> str:
    """What readers do where the AI is wrong, beside what they do on the same films alone."""
    assert state.ratings is not None
    assert state.protocol is not None
    found = [b for b in bias_of.automation_bias(state.ratings, state.protocol) if b.commission.n + b.omission.n]
    if not found:
        return _p("bias.none")

    def share(rate: Any, films: int) -> str:
        if not rate.n:
            return "–"
        if films < MIN_FILMS:
            return f"{rate.k}/{rate.n}"
        ends = f"{percent(rate.low)}–{percent(rate.high)}"
        return f"{percent(rate.value)} %<small>{ends} · {rate.k}/{rate.n}</small>"

    parts, films = [], sum(state.kinds())
    for arm in found:
        rows = [
            [_t(f"bias.{name}"), *(share(getattr(arm, f"{name}{end}"), arm.films) for end in ("_alone", ""))]
            for name in ("commission", "omission")
        ]
        rows.append([_t("bias.rejected"), "–", share(arm.correct_rejected, films - arm.films)])
        head = ["", escape(arm_name(state.before)), escape(arm_name(arm.arm))]
        parts.append(_table(head, rows))
        parts.append(_excess(arm, state.finished()[0]))
        if arm.helped is not None and arm.harmed is not None and min(arm.helped.n, arm.harmed.n) >= MIN_FILMS:
            changed = {"helped": percent(arm.helped.value), "harmed": percent(arm.harmed.value)}
            parts.append(_p("bias.changed", **changed))
    skill = bias_of.skill(state.ratings, state.protocol)
    alone = skill.sessions.groupby("session")["accuracy"].mean()
    if len(alone) > 2:  # two points make no curve: the sentence below says as much
        line = {text("results.bias.alone"): (alone.index.to_list(), (100 * alone).to_list())}
        axes: dict[str, Any] = {"x": text("results.bias.session"), "y": text("results.bias.right")}
        parts.append(line_plot(line, **axes, y_range=(40, 100), size=(480, 240)))
    moved = skill.change
    if isfinite(moved.low):
        ends = {"low": percent(moved.low, signed=True), "high": percent(moved.high, signed=True)}
        parts.append(_p("bias.skill", change=percent(moved.value, signed=True), **ends))
    return "".join(parts) + _p("bias.planted" if found[0].planted else "bias.own", "xr-soft")


def _excess(arm: bias_of.AutomationBias, readers: int) -> str:
    """Say how many more answers are wrong where the AI is, or how many films and readers it takes to know."""
    if arm.films < MIN_FILMS or readers < MIN_READERS:
        wanted = {"films": MIN_FILMS, "readers": MIN_READERS}
        return _p("bias.few", "xr-reason", found=arm.films, n=readers, **wanted)
    change = arm.change
    ends = {"low": percent(change.low, signed=True), "high": percent(change.high, signed=True)}
    key = "bias.excess" if change.low > 0 else "bias.no_excess" if change.high < 0 else "bias.unclear"
    return _p(key, "xr-say", change=percent(change.value, signed=True), **ends)


# ---------------------------------------------------------------- together
@panel("together.title", films=MIN_FILMS)
def worth(state: StudyResults) -> str:
    """What readers, the AI, and ways of joining them are worth."""
    assert state.ratings is not None
    assert state.protocol is not None
    found = together.together(state.ratings, state.protocol)
    best = found["value"].max()
    rows = []
    for name, value, low, high, sensitivity, specificity in found[
        ["method", "value", "low", "high", "sensitivity", "specificity"]
    ].itertuples(index=False, name=None):
        aided = name.startswith("aided:")
        label = arm_name(name.removeprefix("aided:")) if aided else text(f"results.together.{name}")
        cells = [f"{percent(value)} % ({percent(low)}–{percent(high)})"]
        cells += [f"{percent(sensitivity)} %", f"{percent(specificity)} %"]
        rows.append([escape(label), *(f"<b>{cell}</b>" if value == best else cell for cell in cells)])
    head = ["", _t("together.accuracy"), _t("change.sensitivity"), _t("change.specificity")]
    return _table(head, rows) + _p("together.note", "xr-soft")


@panel("defer.title", films=MIN_FILMS)
def deferral(state: StudyResults, handed: float) -> str:
    """The curve of accuracy over the share of films handed to the readers, and what one share means.

    Parameters
    ----------
    handed : float
        Share of films that go to the readers, 0 to 1.
    """
    assert state.ratings is not None
    assert state.protocol is not None
    found = together.deferral(state.ratings, state.protocol)
    at = int(np.abs(found.share - handed).argmin())
    shares = [100 * float(x) for x in found.share]
    lines: dict[str, Series] = {
        text("results.defer.curve"): (shares, [100 * float(x) for x in found.accuracy]),
        text("results.defer.here"): ([shares[at]], [100 * float(found.accuracy[at])]),
    }
    low = min(60.0, 100 * float(found.accuracy.min()) - 5)
    axes: dict[str, Any] = {"x": text("results.defer.x"), "y": text("results.defer.y")}
    plot = line_plot(lines, **axes, x_range=(0, 100), y_range=(low, 100), size=(520, 330))
    n = len(found.share) - 1
    said = _p(
        "defer.said",
        "xr-say",
        readers=at,
        ai=n - at,
        accuracy=percent(float(found.accuracy[at])),
        sensitivity=percent(float(found.sensitivity[at])),
        specificity=percent(float(found.specificity[at])),
    )
    return plot + said + _p("defer.note", "xr-soft", best=round(100 * found.best))


# ---------------------------------------------------------------- measurements: months, degrees, grades
@panel("measure.title")
def measurements(state: StudyResults) -> str:
    """Errors of readers, of the AI, and of the readers' mean, as Tajmir et al. reported them."""
    assert state.ratings is not None
    if state.finished()[0] < MIN_READERS:
        said = _too_few(state, 0, MIN_READERS)
    else:
        shift = results.rmse_change(state.ratings, state.before, state.after)
        ends: dict[str, Any] = {"low": shift.change.low, "high": shift.change.high}
        said = _p("measure.change", before=shift.before, after=shift.after, **ends)
    found = results.errors(state.ratings)
    names = {"": text("results.measure.pooled"), "AI": text("results.together.ai")}
    rows = [
        [
            escape(names.get(reader, reader)),
            escape(arm_name(arm)) if arm else "–",
            f"{rmse:.2f}",
            f"{mae:.2f}",
            _signed(off),
        ]
        for reader, arm, _, rmse, mae, off in found.itertuples(index=False, name=None)
    ]
    head = [_t("mrmc.reader"), _t("measure.arm"), "RMSE", "MAE", _t("measure.bias")]
    return said + _table(head, rows) + _p("measure.source", "xr-soft")
