"""What the case review says, as HTML: functions of its state, in the language in use, without widgets."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ..locale import flow, pick, room, text
from .card_figures import CardFigures
from .case_review_state import Film, Opinion, Spot, Tally
from .case_review_verdict import Verdict, verdict
from .chances import STEPS, Hundred, Operating, in_words
from .parts.figure import COLOURS, line_plot, people

if TYPE_CHECKING:
    from ..radiograph import Report
    from ..training import Prediction

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
    if film is None:
        return ""
    x = film.radiograph
    rows, cols = x.pixels.shape
    spacing = x.spacing_mm and _t("film.spacing_value", row=f"{x.spacing_mm[0]:.3g}", col=f"{x.spacing_mm[1]:.3g}")
    side = {"L": _t("film.left"), "R": _t("film.right"), None: _t("film.unknown")}[x.side]
    facts = {
        "part": _named("region", x.body_part or film.region),
        "view": _named("view", x.view or film.view),
        "side": side,
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


def answer_line(opinion: Opinion) -> str:
    """What the reader committed to."""
    answer = text("review.ask.yes" if opinion.fracture else "review.ask.no")
    return _p("ask.given", "xr-given", answer=answer, sure=opinion.sureness)


def _verdict(prediction: "Prediction", film: Film, threshold: float, truth: bool | None = None) -> Verdict:
    hit = film.holds(prediction.heatmap_peak)
    return verdict(prediction.probability, threshold, prediction.known, truth, hit)


def model_panel(
    prediction: "Prediction", opinion: Opinion, film: Film, threshold: float, base: int | None, seen: bool
) -> str:
    """The model's verdict, its probability as people, the verdict beside the reader's, and what to beware of.

    Parameters
    ----------
    threshold : float
        Probability from which an answer counts as a fracture.
    base : int or None
        Fractures among 100 of the films that the model was calibrated on; None where these are not like the film
        shown, and then no share of such films is given either.
    seen : bool
        Whether the model was trained or tuned on this film.

    A film that the model does not know has a sentence in place of all that.
    """
    if not prediction.known:
        return f"<p role='status' class='xr-agree'>{escape(prediction.label)}</p>"
    p = prediction.probability
    n, limit = round(100 * p), round(100 * threshold)
    it = _verdict(prediction, film, threshold)
    label = text("review.model.yes" if it.fracture else "review.model.no")
    if it.fracture == opinion.fracture:
        agreement = _t("model.agree", label=label)
    else:
        agreement = _t("model.differ_more" if it.fracture else "model.differ_less")
    if opinion.mark is not None and it.fracture and prediction.heatmap_peak is not None:
        same = _near(opinion.mark, prediction, film)
        agreement = flow(agreement, _t("model.same_place" if same else "model.other_place"))
    often = {0: "model.frequency_none", 100: "model.frequency_all"}.get(n, "model.frequency")
    cautions = [_t("model.seen")] if seen else []
    cautions += [escape(w.text) for w in prediction.warnings if w.key.startswith("training.")]
    cautions += [escape(finding.text) for finding in film.findings]
    caution = f"<b>{_t('model.caution')}</b><ul><li>{'</li><li>'.join(cautions)}</li></ul>"
    percent = _t("model.probability", percent=n if 0 < n < 100 else "< 1" if n == 0 else "> 99")
    head = _t(f"scale.{in_words(p)}") if it.plain else _t(f"model.head.{it.says}")
    why = _p("model.label", threshold=limit, label=label) if it.plain else _p(f"model.why.{it.says}", threshold=limit)
    counted = (
        people(n, caption=text(f"review.{often}", n=n), group=1) + _p("model.base", "xr-soft", n=base)
        if base is not None
        else _p("model.uncounted", "xr-soft")
    )
    return (
        f"<div role='status'><p class='xr-verdict'>{head} <small>{percent}</small></p>{why}{counted}"
        f"<p class='xr-agree'>{agreement}</p></div>"
        + (f"<div class='xr-caution' role='note'>{caution}</div>" if cautions else "")
        + _p("model.heat", "xr-soft")
        + scale_panel()
    )


def _near(mark: Spot, prediction: "Prediction", film: Film) -> bool:
    if prediction.heatmap_peak is None:
        return False
    (row, col), (peak_row, peak_col) = mark, prediction.heatmap_peak
    apart = ((row - peak_row) ** 2 + (col - peak_col) ** 2) ** 0.5
    return bool(apart <= SAME_PLACE * max(film.radiograph.pixels.shape))


def scale_panel() -> str:
    """The verbal scale and where it comes from."""
    rows = [(_t(f"scale.{word}"), _t(f"scale.range.{word}")) for word in (*STEPS, "consistent")]
    items = "".join(f"<div><dt>{word}</dt><dd>{share}</dd></div>" for word, share in rows)
    return _details(_t("scale.title"), f"<dl class='xr-facts'>{items}</dl>{_p('scale.source', 'xr-soft')}")


def truth_panel(
    truth: bool | None, film: Film, opinion: Opinion, prediction: "Prediction | None", threshold: float
) -> str:
    """What the data set says, and whether reader and model were right, in the answer and in the place."""
    if truth is None:
        return _p("truth.unknown")
    sentences = [_t("truth.you_right" if opinion.fracture == truth else "truth.you_wrong")]
    if prediction is not None:
        sentences.append(_t(f"truth.model.{_verdict(prediction, film, threshold, truth).outcome}"))
    said = f"<b>{_t('truth.yes' if truth else 'truth.no')}</b>"
    mark = film.holds(opinion.mark)
    hits = [] if mark is None else [_t("truth.mark_hit" if mark else "truth.mark_miss")]
    return (
        f"<div role='status'><p>{flow(said, *sentences)}</p>"
        + (f"<p>{flow(_t('truth.boxes'), *hits)}</p>" if film.boxes else "")
        + "</div>"
    )


def tally_panel(tally: Tally) -> str:
    """How the session stands, and whether the reader's confidence fits her results."""
    rows = [("films", str(tally.read))]
    if tally.known:
        rows.append(("you", _t("tally.of", k=tally.reader, n=tally.known)))
    if tally.compared:
        rows += [(name, _t("tally.of", k=getattr(tally, name), n=tally.compared)) for name in ("model", "both")]
    items = "".join(f"<div><dt>{_t(f'tally.{name}')}</dt><dd>{value}</dd></div>" for name, value in rows)
    if tally.sureness is None or tally.excess is None or tally.known < ENOUGH:
        confidence = _p("tally.too_few", n=ENOUGH)
    else:
        kind = "over" if tally.excess > FITS else "under" if tally.excess < -FITS else "fits"
        confidence = _p(
            f"tally.{kind}",
            sure=round(tally.sureness),
            right=round(100 * tally.reader / tally.known),
            points=round(abs(tally.excess)),
        )
    return f"<h2>{_t('tally.title')}</h2><dl class='xr-facts'>{items}</dl>{confidence}{_p('tally.memory', 'xr-soft')}"


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
