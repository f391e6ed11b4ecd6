"""What the model says, and what is true, in the form of the question: bars of grades, a number on its scale, parts.

Functions of a form, a prediction and an opinion, in the language in use, as HTML without widgets. Of yes and no
:mod:`.case_review_panels` tells more.
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from html import escape
from typing import TYPE_CHECKING, Any

from ..locale import flow, room, text
from .case_review_forms import ChoiceForm, Form, NumberForm, SeveralForm, YesNoForm
from .case_review_verdict import graded, numbered

if TYPE_CHECKING:
    from ..training import Prediction

#: parts of an answer that are listed before the rest is folded away
LISTED = 8


def t(key: str, **values: Any) -> str:
    """Return a sentence of the page's catalogue as HTML."""
    return escape(text(f"review.{key}", **values), quote=False)


# ------------------------------------------------------------------- the model's answer
@singledispatch
def said(form: Form, prediction: "Prediction", given: Any, truth: Any = None) -> str:
    """Return the model's answer in the form of the question.

    Parameters
    ----------
    form : Form
    prediction : Prediction
        Of a film that the model knows.
    given, truth : object
        The reader's answer and what is true, in the same form; None where there is none. They are drawn beside it.
    """
    return f"<p class='xr-verdict'>{escape(prediction.label)}</p>"


@said.register(YesNoForm)
def _said_yes_no(form: YesNoForm, prediction: "Prediction", given: Any, truth: Any = None) -> str:
    """A bar: beside others of several answers; alone the page has more to say."""
    p = prediction.probability
    rows = [_bar(form.words(True), p, ()), _bar(form.words(False), 1 - p, ())]
    return f"<div class='xr-bars'>{''.join(rows)}</div>"


@said.register(ChoiceForm)
def _said_choice(form: ChoiceForm, prediction: "Prediction", given: Any, truth: Any = None) -> str:
    chances = form.chances(prediction)
    best = form.of(prediction)
    if best is None:
        return f"<p class='xr-verdict'>{escape(prediction.label)}</p>"
    sure = t("bars.chance", percent=_percent(chances[best]))
    head = f"<p class='xr-verdict'>{escape(form.words(best))} <small>{sure}</small></p>"
    rows = []
    for k, (name, chance) in enumerate(zip(form.names, chances, strict=True)):
        marks = [t("scale_row.you")] if k == given else []
        marks += [t("scale_row.truth")] if k == truth else []
        rows.append(_bar(name, chance, marks, k == best))
    return head + f"<div class='xr-bars'>{''.join(rows)}</div>" + _agreement(form, best, given)


@said.register(NumberForm)
def _said_number(form: NumberForm, prediction: "Prediction", given: Any, truth: Any = None) -> str:
    value, margin = form.of(prediction), form.margin(prediction)
    if value is None:
        return f"<p class='xr-verdict'>{escape(prediction.label)}</p>"
    near = t("number.margin", margin=f"{margin:.0f}", unit=form.unit) if margin is not None else ""
    head = f"<p class='xr-verdict'>{escape(form.words(value))} <small>{near}</small></p>"
    return head + number_scale(form, value, margin, given, truth) + _agreement(form, value, given)


@said.register(SeveralForm)
def _said_several(form: SeveralForm, prediction: "Prediction", given: Any, truth: Any = None) -> str:
    cells = []
    for k, (name, part) in enumerate(zip(form.names, form.parts, strict=True)):
        own, right = (None if whole is None else whole[k] for whole in (given, truth))
        cells.append(f"<section><h3>{escape(name)}</h3>{said(part, form.part_of(prediction, k), own, right)}</section>")
    return "".join(cells)


def _agreement(form: ChoiceForm | NumberForm, model: Any, given: Any) -> str:
    """Whether reader and model agree."""
    if given is None:
        return ""
    if isinstance(form, NumberForm):
        off = abs(model - given)
        key = "same" if off <= form.reach else "apart"
        return f"<p class='xr-agree'>{t(f'compare.number_{key}', off=f'{off:.0f}', unit=form.unit)}</p>"
    how = graded(model, given, form.ordered).partition("_")[0]
    return f"<p class='xr-agree'>{t(f'compare.{how}', you=form.words(given), model=form.words(model))}</p>"


def _bar(name: str, chance: float, marks: Sequence[str], best: bool = False) -> str:
    tags = "".join(f"<em>{mark}</em>" for mark in marks)
    return (
        f"<div class='xr-bar-row{' xr-best' if best else ''}'><span>{escape(name)}{tags}</span>"
        f"<i style='--share:{100 * chance:.1f}%'></i><b>{_percent(chance)}</b></div>"
    )


def _percent(chance: float) -> str:
    percent = round(100 * chance)
    return "< 1 %" if percent == 0 else "> 99 %" if percent == 100 else f"{percent} %"


def number_scale(form: NumberForm, value: float, margin: float | None, given: float | None, truth: float | None) -> str:
    """Return the scale of a number with a row for each who gave one; the model's margin is a band.

    Examples
    --------
    >>> from ..tasks.answers import Number
    >>> form = NumberForm(Number("cobb", unit="tasks.unit.degrees"))
    >>> number_scale(form, 30.0, 5.0, 28.0, None).count("class='xr-dot'")
    2
    """
    known = [x for x in (value - (margin or 0), value + (margin or 0), given, truth) if x is not None]
    low, high, _ = form.range
    low, high = min(low, *known), max(high, *known)

    def at(x: float) -> str:
        return f"{100 * (x - low) / (high - low):.1f}%"

    rows = []
    for who, x in (("you", given), ("model", value), ("truth", truth)):
        if x is None:
            continue
        band = ""
        if who == "model" and margin is not None:
            band = f"<u style='left:{at(x - margin)};width:{100 * 2 * margin / (high - low):.1f}%'></u>"
        rows.append(
            f"<div class='xr-dot-row xr-{who}'><span>{t(f'scale_row.{who}')}</span>"
            f"<i>{band}<s class='xr-dot' style='left:{at(x)}'></s></i><b>{x:.0f}</b></div>"
        )
    ends = f"<div class='xr-dot-ends'><span>{low:.0f}</span><span>{high:.0f} {escape(form.unit)}</span></div>"
    return f"<div class='xr-dots'>{''.join(rows)}{ends}</div>"


# ------------------------------------------------------------------- what the answer is made of
def parts_panel(parts: Mapping[str, Mapping[str, float]], columns: Mapping[str, str], unit: str = "") -> str:
    """Return what an answer is made of: numbers with their errors, or what drove the odds up and down.

    Parameters
    ----------
    parts : mapping
        As a prediction holds them.
    columns : mapping of str to str
        Titles of parts that are columns of a record.
    unit : str
        Of their numbers.

    Examples
    --------
    >>> "BMI" in parts_panel({"bmi": {"log_odds": -0.4}}, {"bmi": "BMI"})
    True
    """
    if not parts:
        return ""
    first = next(iter(parts.values()))
    if "value" in first and "error" in first:
        return _numbers(parts, unit)
    key = next((key for key in ("log_odds", "weight") if key in first), None)
    if key is None:
        return ""
    return _drivers({columns.get(name) or _word(name): part[key] for name, part in parts.items()})


def _word(name: str) -> str:
    """A word of a report, where what is denied bears a mark of the system's own; or one of a model's voices."""
    if f"voice.{name}" in room("review"):
        return text(f"review.voice.{name}")
    return text("review.made_of.denied", word=name.replace("!", "")) if "!" in name else name


def _numbers(parts: Mapping[str, Mapping[str, float]], unit: str) -> str:
    ends = [x for part in parts.values() for x in (part["value"] - part["error"], part["value"] + part["error"])]
    low, high = min(0.0, *ends), max(ends)
    span = max(high - low, 1e-9)
    rows = []
    for name, part in parts.items():
        left, wide = 100 * (part["value"] - part["error"] - low) / span, 200 * part["error"] / span
        dot = 100 * (part["value"] - low) / span
        rows.append(
            f"<div class='xr-dot-row xr-model'><span>{escape(place_name(name))}</span>"
            f"<i><u style='left:{left:.1f}%;width:{wide:.1f}%'></u><s class='xr-dot' style='left:{dot:.1f}%'></s></i>"
            f"<b>{part['value']:.0f} ± {part['error']:.0f}</b></div>"
        )
    head = f"<h3>{t('made_of.numbers', unit=unit)}</h3><p class='xr-soft'>{t('made_of.numbers_how')}</p>"
    return f"{head}<div class='xr-dots'>{''.join(rows)}</div>"


def _drivers(weights: Mapping[str, float]) -> str:
    largest = max(abs(w) for w in weights.values()) or 1.0
    rows = [
        f"<div class='xr-driver{' xr-down' if w < 0 else ''}'><span>{escape(name)}</span>"
        f"<i style='--share:{50 * abs(w) / largest:.1f}%'></i><b>{w:+.2f}</b></div>"
        for name, w in list(weights.items())[:LISTED]
    ]
    head = f"<h3>{t('made_of.drivers')}</h3><p class='xr-soft'>{t('made_of.drivers_how')}</p>"
    return f"{head}<div class='xr-bars'>{''.join(rows)}</div>"


def place_name(name: str) -> str:
    """Return the name of a part for people: a place of the hand is known by its joint.

    Examples
    --------
    >>> place_name("pip 3"), place_name("dip 1"), place_name("something else")
    ('PIP 3', 'IP 1', 'something else')
    """
    kind, _, ray = name.partition(" ")
    kind = "ip" if (kind, ray) == ("dip", "1") else kind  # a thumb has one joint between its phalanges
    key = f"place.{kind}"
    return text(f"bone_age.place.{kind}", ray=ray) if key in room("bone_age") else name


# ------------------------------------------------------------------- what is true
@singledispatch
def told(form: Form, truth: Any, given: Any, prediction: "Prediction | None") -> str:
    """Return what the data set says, and how far from it reader and model are."""
    return f"<p>{t('truth.unknown')}</p>"


@told.register(ChoiceForm)
def _told_choice(form: ChoiceForm, truth: Any, given: Any, prediction: "Prediction | None") -> str:
    return _told(form, truth, given, prediction, lambda said, _: graded(said, truth, form.ordered))


@told.register(NumberForm)
def _told_number(form: NumberForm, truth: Any, given: Any, prediction: "Prediction | None") -> str:
    return _told(form, truth, given, prediction, lambda said, margin: numbered(said, truth, form.reach, margin))


@told.register(YesNoForm)
def _told_yes_no(form: YesNoForm, truth: Any, given: Any, prediction: "Prediction | None") -> str:
    return _told(form, truth, given, prediction, lambda said, _: "same" if said == truth else "other")


@told.register(SeveralForm)
def _told_several(form: SeveralForm, truth: Any, given: Any, prediction: "Prediction | None") -> str:
    rows = []
    for k, (name, part) in enumerate(zip(form.names, form.parts, strict=True)):
        own = None if given is None else given[k]
        of = prediction if prediction is None or not prediction.known else form.part_of(prediction, k)
        if truth[k] is not None:
            rows.append(f"<h3>{escape(name)}</h3>{told(part, truth[k], own, of)}")
    return "".join(rows)


def _told(form: Any, truth: Any, given: Any, prediction: "Prediction | None", verdict: Any) -> str:
    sentences = []
    if given is not None:
        sentences.append(t(f"verdict.you.{verdict(given, None)}", **_off(given, truth)))
    if prediction is not None:
        model = form.of(prediction) if prediction.known else None
        if model is None:
            sentences.append(t("truth.model.refused"))
        else:
            margin = form.margin(prediction) if isinstance(form, NumberForm) else None
            sentences.append(t(f"verdict.model.{verdict(model, margin)}", **_off(model, truth)))
    true = f"<b>{t('truth.is', label=form.words(truth))}</b>"
    return f"<p>{flow(true, *sentences)}</p>"


def _off(said: float, truth: float) -> dict[str, str]:
    return {"off": f"{abs(said - truth):.0f}"}
