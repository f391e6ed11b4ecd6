"""What the model says, and what is true, in the form of the question: bars of grades, a number on its scale, parts.

Functions of a form, a prediction and an opinion, in the language in use, as HTML without widgets. Of yes and no
:mod:`.case_review_panels` tells more.
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from html import escape
from typing import TYPE_CHECKING, Any

from ..locale import flow, room, text
from ..tasks.answers.number import MINUS
from .case_review_forms import ChoiceForm, Form, NumberForm, SeveralForm, YesNoForm
from .case_review_verdict import graded, numbered

if TYPE_CHECKING:
    from ..training import Prediction

#: parts of an answer that are listed before the rest is folded away
LISTED = 8


def t(key: str, **values: Any) -> str:
    """Return a sentence of the page's catalogue as HTML."""
    return escape(text(f"review.{key}", **values), quote=False)


def capital(words: str) -> str:
    """Return words as they begin a sentence.

    >>> capital("surgical neck")
    'Surgical neck'
    """
    return words[:1].upper() + words[1:]


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
    """Bars: beside others of several answers; alone the page has more to say."""
    best, p = form.of(prediction), prediction.probability
    sure = t("bars.chance", percent=percent(p if best else 1 - p))
    head = f"<p class='xr-verdict'>{escape(form.words(bool(best)))} <small>{sure}</small></p>"
    rows = [bar(form.words(yes), p if yes else 1 - p, _whose(yes, given, truth), yes == best) for yes in (True, False)]
    return f"{head}<div class='xr-bars'>{''.join(rows)}</div>"


@said.register(ChoiceForm)
def _said_choice(form: ChoiceForm, prediction: "Prediction", given: Any, truth: Any = None) -> str:
    chances = form.chances(prediction)
    best = form.of(prediction)
    if best is None:
        return f"<p class='xr-verdict'>{escape(prediction.label)}</p>"
    sure = t("bars.chance", percent=percent(chances[best]))
    head = f"<p class='xr-verdict'>{escape(form.words(best))} <small>{sure}</small></p>"
    told = enumerate(zip(form.names, chances, strict=True))
    rows = [bar(name, chance, _whose(k, given, truth), k == best) for k, (name, chance) in told]
    return head + f"<div class='xr-bars'>{''.join(rows)}</div>" + _agreement(form, best, given)


def _whose(answer: Any, given: Any, truth: Any) -> list[str]:
    """Who says this answer beside the model."""
    return [t(f"scale_row.{who}") for who, one in (("you", given), ("truth", truth)) if one == answer]


@said.register(NumberForm)
def _said_number(form: NumberForm, prediction: "Prediction", given: Any, truth: Any = None) -> str:
    value, margin = form.of(prediction), form.margin(prediction)
    if value is None:
        return f"<p class='xr-verdict'>{escape(prediction.label)}</p>"
    near = t("number.margin", margin=form.amount(margin)) if margin is not None else ""
    head = f"<p class='xr-verdict'>{escape(form.words(value))} <small>{near}</small></p>"
    return head + number_scale(form, value, margin, given, truth) + _agreement(form, value, given)


@said.register(SeveralForm)
def _said_several(form: SeveralForm, prediction: "Prediction", given: Any, truth: Any = None) -> str:
    cells = []
    for k, (name, part) in enumerate(zip(form.names, form.parts, strict=True)):
        own, right = (None if whole is None else whole[k] for whole in (given, truth))
        cells.append(
            f"<section><h3>{escape(capital(name))}</h3>{said(part, form.part_of(prediction, k), own, right)}</section>"
        )
    return "".join(cells)


def _agreement(form: ChoiceForm | NumberForm, model: Any, given: Any) -> str:
    """Whether reader and model agree."""
    if given is None:
        return ""
    if isinstance(form, NumberForm):
        off = abs(model - given)
        key = "same" if off <= form.reach else "apart"
        return f"<p class='xr-agree'>{t(f'compare.number_{key}', off=form.amount(off))}</p>"
    how = graded(model, given, form.ordered).partition("_")[0]
    return f"<p class='xr-agree'>{t(f'compare.{how}', you=form.words(given), model=form.words(model))}</p>"


def bar(name: str, chance: float, marks: Sequence[str], best: bool = False) -> str:
    """Return a probability as a bar, with marks beside its name."""
    tags = "".join(f"<em>{mark}</em>" for mark in marks)
    return (
        f"<div class='xr-bar-row{' xr-best' if best else ''}'><span>{escape(name)}{tags}</span>"
        f"<i style='--share:{100 * chance:.1f}%'></i><b>{percent(chance)}</b></div>"
    )


def percent(chance: float) -> str:
    """Say a probability; nothing is quite certain.

    >>> percent(0.314), percent(0.001)
    ('31 %', '< 1 %')
    """
    n = round(100 * chance)
    return "< 1 %" if n == 0 else "> 99 %" if n == 100 else f"{n} %"


def number_scale(form: NumberForm, value: float, margin: float | None, given: float | None, truth: float | None) -> str:
    """Return the scale of a number with a row for each who gave one; the model's margin is a band.

    Examples
    --------
    >>> from ..tasks.answers import Number
    >>> form = NumberForm(Number("cobb", unit="tasks.unit.degrees"))
    >>> number_scale(form, 30.0, 5.0, 28.0, None).count("class='xr-dot'")
    2
    """
    told = (("you", given), ("model", value), ("truth", truth))
    return dots(form, [(who, t(f"scale_row.{who}"), x) for who, x in told if x is not None], margin)


def dots(form: NumberForm, rows: Sequence[tuple[str, str, float]], margin: float | None = None) -> str:
    """Return numbers on the scale of their form; each row is its kind, name and number, and `margin` the model's."""
    known = [x + side for who, _, x in rows for side in ((-(margin or 0), margin or 0) if who == "model" else (0,))]
    low, high, _ = form.range
    low, high = min(low, *known), max(high, *known)

    def at(x: float) -> str:
        return f"{100 * (x - low) / (high - low):.1f}%"

    drawn = []
    for who, name, x in rows:
        band = ""
        if who == "model" and margin is not None:
            band = f"<u style='left:{at(x - margin)};width:{100 * 2 * margin / (high - low):.1f}%'></u>"
        drawn.append(
            f"<div class='xr-dot-row xr-{who}'><span>{escape(name)}</span>"
            f"<i>{band}<s class='xr-dot' style='left:{at(x)}'></s></i><b>{form.number(x)}</b></div>"
        )
    ends = (
        f"<div class='xr-dot-row xr-dot-ends'><span></span><i><span>{form.number(low)}</span>"
        f"<span>{form.number(high)}</span></i><b>{'' if form.angle else escape(form.unit)}</b></div>"
    )
    return f"<div class='xr-dots'>{''.join(drawn)}{ends}</div>"


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
    """A word of a report, where what is denied bears a mark of the system's own; a voice, a column, or a texture."""
    if f"voice.{name}" in room("review"):
        return text(f"review.voice.{name}")
    if f"column.{name}" in room("records"):
        return capital(text(f"records.column.{name}"))
    place, _, number = name.partition(": ")
    if f"texture.place.{place}" in room("review") and number:
        number, _, reach = number.rpartition(" ") if number[-1].isdigit() else (number, "", "")
        what = text(f"review.texture.{number.replace(' ', '_')}", reach=reach)
        return text("review.texture.at", place=text(f"review.texture.place.{place}"), what=what)
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
        f"<i style='--share:{50 * abs(w) / largest:.1f}%'></i><b>{f'{w:+.2f}'.replace('-', MINUS)}</b></div>"
        for name, w in list(weights.items())[:LISTED]
        if abs(w) >= 0.005
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
            rows.append(f"<h3>{escape(capital(name))}</h3>{told(part, truth[k], own, of)}")
    return "".join(rows)


def _told(form: Any, truth: Any, given: Any, prediction: "Prediction | None", verdict: Any) -> str:
    sentences = []
    if given is not None:
        sentences.append(t(f"verdict.you.{verdict(given, None)}", off=_off(form, given, truth)))
    if prediction is not None:
        model = form.of(prediction) if prediction.known else None
        if model is None:
            sentences.append(t("truth.model.refused"))
        else:
            margin = form.margin(prediction) if isinstance(form, NumberForm) else None
            sentences.append(t(f"verdict.model.{verdict(model, margin)}", off=_off(form, model, truth)))
    true = f"<b>{t('truth.is', label=capital(form.words(truth)))}</b>"
    return f"<p>{flow(true, *sentences)}</p>"


def _off(form: Any, said: float, truth: float) -> Any:
    """How far off an answer is: grades are counted, a number has its unit."""
    return form.amount(abs(said - truth)) if isinstance(form, NumberForm) else int(abs(said - truth))
