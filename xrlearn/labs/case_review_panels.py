"""What the case review says, as HTML: functions of its state, in the language in use, without widgets."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ..locale import flow, pick, room, text
from .card_figures import CardFigures
from .case_review_answers import capital, percent
from .case_review_calibration import calibration_panel
from .case_review_film import Film, Spot
from .case_review_forms import ChoiceForm, Form, NumberForm, SeveralForm, YesNoForm
from .case_review_kinds import header_of
from .case_review_state import CaseReview, Opinion
from .case_review_verdict import Verdict, verdict
from .chances import STEPS, Hundred, Operating, in_words
from .parts.figure import COLOURS, line_plot, people

if TYPE_CHECKING:
    from ..radiograph import Report
    from ..training import Prediction
    from .case_review_kinds import Look

#: how far the reader's mark may lie from the model's highest point, as a share of the film's longer side
SAME_PLACE = 0.10
#: films from which on a comparison of confidence and results says anything, and points that count as no difference
ENOUGH, FITS = 5, 5


def _t(key: str, **values: Any) -> str:
    return escape(text(f"review.{key}", **values), quote=False)


def _p(key: str, kind: str = "", **values: Any) -> str:
    return f"<p class='{kind}'>{_t(key, **values)}</p>" if kind else f"<p>{_t(key, **values)}</p>"


def _named(section: str, value: str | None) -> str:
    """Name each part of ``"hand+shoulder"`` in the language in use; what the catalogue does not know stays as it is."""
    if not value:
        return _t("film.unknown")
    known = room("review")
    words = [_t(f"{section}.{w.lower()}") if f"{section}.{w.lower()}" in known else escape(w) for w in value.split("+")]
    return " + ".join(words)


def _details(summary: str, inside: str) -> str:
    return f"<details><summary>{summary}</summary><div>{inside}</div></details>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th scope='col'>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def film_panel(film: Film | None) -> str:
    """Header facts in words, remarks of the reading, and what speaks against the picture."""
    x = film.radiograph if film else None
    if film is None or x is None:
        return ""
    rows, cols = x.pixels.shape
    spacing = x.spacing_mm and _t("film.spacing_value", row=f"{x.spacing_mm[0]:.3g}", col=f"{x.spacing_mm[1]:.3g}")
    side = {"L": _t("film.left"), "R": _t("film.right"), None: _t("film.unknown")}[x.side]
    age = {} if x.age_years is None else {"age": _t("film.years", n=round(x.age_years))}
    facts = {
        "part": _named("region", x.body_part or film.region),
        "view": _named("view", x.view or film.view),
        "side": side,
        **age,
        "size": _t("film.size_value", rows=rows, cols=cols, bits=x.bits),
        "spacing": spacing or _t("film.unknown"),
        "source": escape(x.source),
    }
    listed = "".join(f"<div><dt>{_t(f'film.{name}')}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    remarks = "".join(f"<li>{escape(text(key))}</li>" for key in x.remarks)
    findings = "".join(f"<li>{escape(finding.text)}</li>" for finding in film.findings)
    return (
        f"<h2>{_t('film.title')}</h2><dl class='xr-facts'>{listed}</dl>"
        + (
            f"<div class='xr-caution' role='note'><b>{_t('film.findings')}</b><ul>{findings}</ul></div>"
            if findings
            else ""
        )
        + (f"<ul class='xr-soft'>{remarks}</ul>" if remarks else "")
    )


def caption(film: Film) -> str:
    """What a film is that lies beside others: its view, and why it is there.

    >>> caption(Film("a", None, view="lateral", role="earlier"))
    'earlier film · lateral'
    """
    view = film.view or (film.radiograph and film.radiograph.view)
    named = text(f"review.view.{view.lower()}") if view and f"view.{view.lower()}" in room("review") else view or ""
    why = text(f"review.beside.{film.role}") if film.role in ("side", "earlier") else ""
    return " · ".join(word for word in (why, named) if word)


def answer_line(form: Form, opinion: Opinion) -> str:
    """What the reader committed to."""
    if isinstance(form, SeveralForm):
        told = [
            f"<div><dt>{escape(capital(name))}</dt><dd>{escape(part.words(one))}</dd></div>"
            for name, part, one in zip(form.names, form.parts, opinion.answer or (), strict=False)
            if one is not None
        ]
        return f"<div class='xr-given'><p>{_t('ask.given_several')}</p><dl class='xr-facts'>{''.join(told)}</dl></div>"
    answer = form.words(opinion.answer)
    if opinion.sureness is None:
        return _p("ask.given_plain", "xr-given", answer=answer)
    return _p("ask.given", "xr-given", answer=answer, sure=opinion.sureness)


def _verdict(prediction: "Prediction", film: Film, threshold: float, truth: bool | None = None) -> Verdict:
    hit = film.holds(prediction.heatmap_peak)
    return verdict(prediction.probability, threshold, prediction.known, truth, hit)


def model_panel(
    form: YesNoForm, prediction: "Prediction", opinion: Opinion, film: Film, threshold: float, base: int | None
) -> str:
    """The model's verdict on yes or no, its probability as people, and the verdict beside the reader's.

    Parameters
    ----------
    threshold : float
        Probability from which an answer counts as yes.
    base : int or None
        How many of 100 of the films that the model was calibrated on have the finding; None where these are not like
        the film shown, and then no share of such films is given either.
    """
    p = prediction.probability
    n, limit = round(100 * p), round(100 * threshold)
    it = _verdict(prediction, film, threshold)
    label, finding = form.words(it.fracture), form.answer.name
    if opinion.answer in (None, it.fracture):
        agreement = _t("model.agree", label=label) if opinion.answer is not None else ""
    else:
        differ = "model.differ_more" if it.fracture else "model.differ_less"
        differ = differ if film.radiograph is not None else "model.differ_record"
        agreement = _t(differ, you=form.words(opinion.answer), label=label)
    if opinion.mark is not None and it.fracture and prediction.heatmap_peak is not None:
        same = _near(opinion.mark, prediction, film)
        agreement = flow(agreement, _t("model.same_place" if same else "model.other_place"))
    often = {0: "model.frequency_none", 100: "model.frequency_all"}.get(n, "model.frequency")
    percent = _t("model.probability", percent=n if 0 < n < 100 else "< 1" if n == 0 else "> 99")
    named = finding[:1].upper() + finding[1:]
    head = _t(f"chance.{in_words(p)}", finding=named) if it.plain else _t(f"model.head.{it.says}")
    why = _p("model.label" if it.plain else f"model.why.{it.says}", threshold=limit, label=label)
    counted = (
        people(n, caption=text(f"review.{often}", n=n, finding=finding), group=1) + _p("model.base", "xr-soft", n=base)
        if base is not None
        else _p("model.uncounted", "xr-soft")
    )
    return (
        f"<div role='status'><p class='xr-verdict'>{head} <small>{percent}</small></p>{why}{counted}"
        f"<p class='xr-agree'>{agreement}</p></div>" + scale_panel(named)
    )


def refusal(prediction: "Prediction") -> str:
    """What is said of a film that the model does not know: a sentence, and no figures."""
    return f"<p role='status' class='xr-agree'>{escape(prediction.label)}</p>"


def cautions(prediction: "Prediction", film: Film, seen: bool) -> str:
    """What to beware of before believing the model; `seen` says that it was trained or tuned on this film."""
    told = [_t("model.seen")] if seen else []
    told += [escape(w.text) for w in prediction.warnings if w.key.startswith(("training.", "records."))]
    told += [escape(finding.text) for finding in film.findings]
    inside = f"<b>{_t('model.caution')}</b><ul><li>{'</li><li>'.join(told)}</li></ul>"
    return f"<div class='xr-caution' role='note'>{inside}</div>" if told else ""


def _near(mark: Spot, prediction: "Prediction", film: Film) -> bool:
    if prediction.heatmap_peak is None:
        return False
    if film.radiograph is None:
        return False
    (row, col), (peak_row, peak_col) = mark, prediction.heatmap_peak
    apart = ((row - peak_row) ** 2 + (col - peak_col) ** 2) ** 0.5
    return bool(apart <= SAME_PLACE * max(film.radiograph.pixels.shape))


def scale_panel(finding: str) -> str:
    """The verbal scale of a finding, and where it comes from."""
    rows = [(_t(f"chance.{word}", finding=finding), _t(f"scale.range.{word}")) for word in (*STEPS, "consistent")]
    items = "".join(f"<div><dt>{word}</dt><dd>{share}</dd></div>" for word, share in rows)
    return _details(_t("scale.title"), f"<dl class='xr-facts'>{items}</dl>{_p('scale.source', 'xr-soft')}")


def truth_panel(
    form: YesNoForm, truth: bool, film: Film, opinion: Opinion, prediction: "Prediction | None", threshold: float
) -> str:
    """What the data set says, and whether reader and model were right, in the answer and in the place."""
    sentences = [_t("truth.you_right" if opinion.answer == truth else "truth.you_wrong")]
    if prediction is not None:
        sentences.append(_t(f"truth.model.{_verdict(prediction, film, threshold, truth).outcome}"))
    word = form.words(truth)
    if film.radiograph is None:  # a risk that came true or not: its answers are worded as risks
        answer = text(f"review.record.{'yes' if truth else 'no'}")
        word = text("review.truth.record", name=form.answer.name, answer=answer)
    said = f"<b>{_t('truth.is', label=word[:1].upper() + word[1:])}</b>"
    mark = film.holds(opinion.mark)
    hits = [] if mark is None else [_t("truth.mark_hit" if mark else "truth.mark_miss")]
    return (
        f"<div role='status'><p>{flow(said, *sentences)}</p>"
        + (f"<p>{flow(_t('truth.boxes'), *hits)}</p>" if film.boxes else "")
        + "</div>"
    )


def tally_panel(state: CaseReview) -> str:
    """How the session stands, and whether the reader's confidence fits her results."""
    tally = state.tally()
    rows = [("films", str(tally.read))]
    if tally.known:
        rows.append(("you", _t("tally.of", k=tally.reader, n=tally.known)))
    if tally.compared:
        rows += [(name, _t("tally.of", k=getattr(tally, name), n=tally.compared)) for name in ("model", "both")]
    items = "".join(f"<div><dt>{_t(f'tally.{name}')}</dt><dd>{value}</dd></div>" for name, value in rows)
    if not isinstance(state.form, YesNoForm):
        confidence = ""
    elif tally.sureness is None or tally.excess is None or tally.known < ENOUGH:
        confidence = _p("tally.too_few", n=ENOUGH)
    else:
        kind = "over" if tally.excess > FITS else "under" if tally.excess < -FITS else "fits"
        confidence = _p(
            f"tally.{kind}",
            sure=round(tally.sureness),
            right=round(100 * tally.reader / tally.known),
            points=round(abs(tally.excess)),
        )
    own = calibration_panel(state.form, state.known())
    return (
        f"<h2>{_t('tally.title')}</h2><dl class='xr-facts'>{items}</dl>{confidence}{own}{_p('tally.memory', 'xr-soft')}"
    )


# ------------------------------------------------------------------- questions, and what goes with answers
def hint(form: Form, mark: Spot | None, marks: bool) -> str:
    """How to answer: by hand and by keys, and with `marks` where the reader's mark lies."""
    told = []
    if isinstance(form, YesNoForm):
        told.append(_t("ask.sure_ends"))
    if isinstance(form, NumberForm) and form.drawing:
        told.append(escape(form.drawing))
    if isinstance(form, SeveralForm) and any(isinstance(part, NumberForm) and part.angle for part in form.parts):
        told.append(_t("ask.draw_several"))
    if marks:
        told.append(_t("ask.mark") if mark is None else _t("ask.marked", row=mark[0], col=mark[1]))
    kinds = {YesNoForm: "yes_no", ChoiceForm: "choice", NumberForm: "number", SeveralForm: "several"}
    keys = flow(_t(f"ask.keys.{kinds.get(type(form), 'none')}"), *([_t("ask.keys.sign")] if form.signed else []))
    return (f"<p class='xr-soft'>{flow(*told)}</p>" if told else "") + f"<p class='xr-soft'>{keys}</p>"


def kinds_panel(found: "Look | None", film: Film | None) -> str:
    """What the open film is, and may be asked; a sentence where no model knows such films."""
    head = f"<h2>{_t('kind.title')}</h2>"
    if film is None:
        return head + _p("kind.drop")
    if found is None:
        return f"{head}<p role='status'>{_t('kind.looking')}</p>"
    if film.asks and found.kinds:
        return head + _p("kind.asks")
    part, view, age = header_of(film)
    years = [_t("film.years", n=round(age))] if age is not None else []
    named = [_named(section, word) for section, word in (("region", part), ("view", view)) if word]
    seen = [
        _t("kind.sure", word=_named(section, word), percent=percent(sure))
        for section, (word, sure) in zip(("region", "view"), found.told.values(), strict=False)
    ]
    rows = [("header", [*named, *years] or [_t("kind.nothing")]), *([("network", seen)] if seen else [])]
    facts = "".join(f"<div><dt>{_t(f'kind.{name}')}</dt><dd>{' · '.join(words)}</dd></div>" for name, words in rows)
    key = "some" if found.kinds else "none"
    return f"{head}<dl class='xr-facts'>{facts}</dl><p role='status'>{_t(f'kind.{key}')}</p>"


def alone_panel(alone: float, prediction: "Prediction", column: str) -> str:
    """The model's probability beside that by one column alone: without that line a risk means nothing."""
    name = text(f"records.column.{column}")
    rows = [(_t("alone.model"), prediction.probability), (_t("alone.column", column=name), alone)]
    bars = "".join(
        f"<div class='xr-bar-row'><span>{label}</span><i style='--share:{100 * p:.1f}%'></i><b>{100 * p:.1f} %</b>"
        "</div>"
        for label, p in rows
    )
    return f"<h3>{_t('alone.title', column=name)}</h3><div class='xr-bars'>{bars}</div>"


def changed_panel(prediction: "Prediction") -> str:
    """What the model says of a record as the reader has changed it."""
    if not prediction.known:
        return f"<h2>{_t('changed.title')}</h2>{refusal(prediction)}"
    percent = f"{100 * prediction.probability:.1f}"
    said = _t("changed.said", label=prediction.label, percent=percent)
    return f"<h2>{_t('changed.title')}</h2><p role='status'>{said}</p>"


# ------------------------------------------------------------------- the price of a threshold
def cost_panel(operating: Operating, threshold: float, prevalence: int, own: float, shown: CardFigures) -> str:
    """What `threshold` costs: per 100 patients of each kind, and per 100 films with `prevalence` fractures."""
    point = operating.at(threshold)
    hundred = point.among(prevalence)
    called = hundred.found + hundred.alarms

    def interval(ends: tuple[float, float] | None) -> str:
        if ends is None:
            return ""
        low, high = (100 - round(100 * end) for end in reversed(ends))
        return text("review.cost.interval", low=low, high=high)

    source = [_t("cost.own", threshold=round(100 * own))]
    films = shown.figures.get("n")
    measured = "cost.measured" if shown.of is None else "cost.measured_of"
    source += [_t(measured, n=films, of=shown.of)] if films else []
    right = _t("cost.alarm_right", found=hundred.found, called=called) if called else _t("cost.alarm_never")
    return (
        "<div role='status'>"
        + _p("cost.of_sick", "xr-price", n=point.missed, interval=interval(point.sensitivity_interval))
        + _p("cost.of_well", "xr-price", n=point.alarms, interval=interval(point.specificity_interval))
        + f"<h3>{_t('cost.among', sick=prevalence)}</h3>{hundred_films(hundred)}<p>{right}</p></div>"
        + f"<p class='xr-soft'>{flow(*source)}</p>"
    )


def hundred_films(hundred: Hundred) -> str:
    """Return 100 films as squares in four kinds, told apart by shape as well as by colour, with their counts in words.

    Examples
    --------
    >>> hundred_films(Hundred(found=18, missed=2, alarms=16, cleared=64)).count("<use")
    104
    """
    shapes = {
        "found": f"<rect width='16' height='16' rx='3' fill='{COLOURS[0]}'/>",
        "missed": f"<rect x='1.2' y='1.2' width='13.6' height='13.6' rx='3' fill='#fff' stroke='{COLOURS[1]}'"
        f" stroke-width='2.4'/><path d='M4.5 4.5l7 7m0-7l-7 7' stroke='{COLOURS[1]}' stroke-width='2.4'/>",
        "alarms": f"<path d='M8 .5L15.8 15.5H.2z' fill='{COLOURS[1]}'/>",
        "cleared": "<rect x='3' y='3' width='10' height='10' rx='2' fill='#c9d2da'/>",
    }
    defined = "".join(f"<g id='xr-{name}'>{shape}</g>" for name, shape in shapes.items())
    kinds = [name for name in shapes for _ in range(getattr(hundred, name))]
    drawn = "".join(
        f"<use href='#xr-{name}' x='{20 * (i % 25)}' y='{20 * (i // 25)}'/>" for i, name in enumerate(kinds)
    )
    words = {name: _t(f"cost.{name}", n=getattr(hundred, name)) for name in shapes}
    legend = "".join(
        f"<li><svg viewBox='0 0 16 16' aria-hidden='true'><use href='#xr-{name}'/></svg>{word}</li>"
        for name, word in words.items()
    )
    label = escape(", ".join(words.values()), quote=True)
    return (
        f"<div class='xr-hundred'><svg viewBox='0 0 496 76' role='img' aria-label='{label}'><defs>{defined}</defs>"
        f"{drawn}</svg><ul>{legend}</ul></div>"
    )


def roc_plot(operating: Operating, threshold: float) -> str:
    """The ROC curve in people instead of rates, with the chosen threshold's point."""
    point = operating.at(threshold)
    curve = [(100 * (1 - p.specificity), 100 * p.sensitivity) for p in reversed(operating.points)]
    xs, ys = zip((0.0, 0.0), *curve, (100.0, 100.0))
    series = {
        text("review.cost.roc_curve"): (xs, ys),
        text("review.cost.roc_here"): ([100 * (1 - point.specificity)], [100 * point.sensitivity]),
    }
    return line_plot(
        series, x=text("review.cost.roc_x"), y=text("review.cost.roc_y"),
        x_range=(0, 100), y_range=(0, 100), diagonal=True, size=(440, 380),
    )  # fmt: skip


# ------------------------------------------------------------------- panels that open
def privacy_panel(report: "Report | None") -> str:
    """What de-identification would take from the file: names of tags, never values."""
    if report is None:
        return _details(_t("privacy.none"), _p("privacy.none_more"))
    rows = [(f"<code>{escape(a.tag)}</code>", escape(a.name), _t(f"privacy.{a.action}")) for a in report.actions]
    table = _table([_t("privacy.tag"), _t("privacy.name"), _t("privacy.action")], rows)
    warnings = "".join(f"<li>{escape(text(key))}</li>" for key in report.warnings)
    inside = _p("privacy.how", "xr-soft") + (f"<ul>{warnings}</ul>" if warnings else "") + table
    return _details(_t("privacy.summary", n=len(rows)), inside)


def card_panel(card: Any, lang: str, shown: CardFigures) -> str:
    """The model card: data, limits, and of its figures those that may be shown.

    Parameters
    ----------
    card : xrlearn.training.Card or None
    lang : str
    shown : CardFigures
    """
    if card is None:
        return _details(_t("card.title"), _p("card.not_yet"))
    from ..tasks import find

    data, figures, answer = card.data, shown.figures, find(card.task).answer
    facts = [("trained", data.get("name")), ("licence", data.get("licence")), ("citation", data.get("citation"))]
    facts.append(("version", card.version))
    listed = "".join(
        f"<div><dt>{_t(f'card.{name}')}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts if value
    )
    counts = {split: part["films"] for split, part in data.get("splits", {}).items()}
    if counts.keys() >= {"train", "valid", "test"}:
        listed += f"</dl>{_p('card.splits', **counts)}<dl>"
    rows = [
        (escape(answer.title(name)), *_figure(f, "value", "low", "high"))
        for name, f in figures.get("metrics", {}).items()
    ]
    pointed = figures.get("heatmaps", {}).get("evidence")
    if pointed:
        rows.append((_t("card.hits"), *_figure(pointed, "hit", "hit_low", "hit_high")))
    head = [_t("card.figure"), _t("card.value"), _t("card.interval")]
    on = _t("card.figures" if shown.of is None else "card.figures_of", n=figures.get("n", ""), of=shown.of)
    table = f"<h3>{on}</h3>{_table(head, rows)}" if rows else _p("card.no_figures")
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in (pick(card.limits, lang) if card.limits else ()))
    limits = f"<h3>{_t('card.limits')}</h3><ul>{limits}</ul>" if limits else ""
    return _details(_t("card.title"), f"<dl class='xr-facts'>{listed}</dl>{table}{limits}")


def _figure(figure: Mapping[str, Any], value: str, low: str, high: str) -> tuple[str, str]:
    return f"{figure[value]:.2f}", f"{figure[low]:.2f} – {figure[high]:.2f}"
