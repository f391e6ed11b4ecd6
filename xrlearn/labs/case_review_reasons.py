"""The reasons behind an answer: a second opinion, landmarks that hit or miss, and what the truth rests on."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from ..locale import room, text
from ..radiograph.knee import OUTLINES, millimetres
from ..records.tokens import spans
from ..tasks.task import Task
from .case_review_answers import said, t
from .case_review_film import Film
from .case_review_forms import YesNoForm, form_of
from .case_review_overlay import off_points
from .case_review_state import Opinion

if TYPE_CHECKING:
    from ..training import Prediction

#: a word, or a Chinese character
_WORD = re.compile(r"[A-Za-z]+|[\u4e00-\u9fff]")


def second_panel(second: "Sequence[tuple[Task, Prediction]]", film: Film, opinion: Opinion) -> str:
    """Return second opinions, each in the form of its question, with what it measured."""
    cells = []
    for task, prediction in second:
        form = form_of(task.answer)
        if not prediction.known:
            body = f"<p class='xr-agree'>{escape(prediction.label)}</p>"
        else:
            given = None if isinstance(form, YesNoForm) else opinion.answer
            body = said(form, prediction, given, film.truth) + measured_panel(prediction, film)
        cells.append(f"<h3>{escape(task.title)}</h3>{body}")
    return f"<h2>{t('second.title')}</h2><p class='xr-soft'>{t('second.how')}</p>{''.join(cells)}"


def companion_panel(companions: "Sequence[tuple[Film, Task, Prediction]]") -> str:
    """Return what is said of further views of the patient, each in the form of its question."""
    cells = []
    for _, task, prediction in companions:
        form = form_of(task.answer)
        known = prediction.known
        body = said(form, prediction, None) if known else f"<p>{escape(prediction.label)}</p>"
        cells.append(f"<h3>{escape(task.title)}</h3>{body}")
    return f"<h2>{t('companion.title')}</h2><p class='xr-soft'>{t('companion.how')}</p>{''.join(cells)}"


def measured_panel(prediction: "Prediction", film: Film) -> str:
    """Return what can be measured on the outlines of a knee, in millimetres or pixels; nothing of other landmarks."""
    if set(prediction.points) != set(OUTLINES) or film.radiograph is None:
        return ""
    spacing = film.radiograph.spacing_mm
    kind = film.radiograph.spacing_kind
    unit = "px" if spacing is None else "calibrated" if kind == "calibrated" else "detector"
    found = millimetres([prediction.points[name] for name in OUTLINES], spacing or (1.0, 1.0))
    told = {name: f"{value:.1f} {t(f'measure.unit.{unit}')}" for name, value in found.items()}
    # a margin that stands back behind the side of its bone has none
    told |= {name: t("knee.none") for name, value in found.items() if value <= 0 and not name.endswith("space")}
    rows = "".join(f"<div><dt>{t(f'knee.{name}')}</dt><dd>{value}</dd></div>" for name, value in told.items())
    return f"<dl class='xr-facts'>{rows}</dl><p class='xr-soft'>{t('knee.how')}</p>"


def landmarks_line(film: Film, prediction: "Prediction | None") -> str:
    """Say how far the model's points lie from the true ones."""
    if prediction is None or not prediction.known or film.radiograph is None:
        return ""
    off = off_points(prediction.points, film.landmarks)
    if off is None:
        return ""
    spacing = film.radiograph.spacing_mm
    if spacing is None:
        return f"<p>{t('truth.points_px', off=f'{off:.0f}')}</p>"
    return f"<p>{t('truth.points', off=f'{off * spacing[0]:.1f}')}</p>"


def coloured(told: str, parts: "Mapping[str, Mapping[str, float]]") -> str:
    """Return a text with its words coloured by what they did to the odds; nothing where none of them did anything.

    A sequence of words shares what it did among them.

    Examples
    --------
    >>> coloured("Fracture seen.", {"fracture": {"weight": 1.0}}).count("xr-for")
    1
    >>> coloured("Fracture seen.", {})
    ''
    """
    did: dict[tuple[int, int], float] = {}
    for token, start, end in spans(told):
        if "weight" in parts.get(token, {}):
            words = [(start + m.start(), start + m.end()) for m in _WORD.finditer(told[start:end])]
            for word in words:
                did[word] = did.get(word, 0.0) + parts[token]["weight"] / len(words)
    most = max(map(abs, did.values()), default=0.0)
    if not most:
        return ""
    cells, at = [], 0
    for (start, end), odds in sorted(did.items()):
        how = "against" if odds < 0 else "for"
        mark = f"<mark class='xr-{how}' style='--much:{abs(odds) / most:.2f}'>{escape(told[start:end])}</mark>"
        cells += [escape(told[at:start]), mark]
        at = end
    return (
        f"<p class='xr-coloured'>{''.join(cells)}{escape(told[at:])}</p><p class='xr-soft'>{t('made_of.words_how')}</p>"
    )


def why_panel(film: Film) -> str:
    """Say what was made on a simulated film, and how hard it is to see."""
    lesion, subtle = film.why.get("lesion"), film.why.get("subtlety")
    if not lesion or lesion == "none" or f"lesion.{lesion}" not in room("phantom"):
        return ""
    name = text(f"phantom.lesion.{lesion}")
    if subtle is None:
        return f"<p class='xr-soft'>{t('truth.why', lesion=name)}</p>"
    step = "plain" if subtle < 1 / 3 else "subtle" if subtle < 2 / 3 else "occult"
    return f"<p class='xr-soft'>{t(f'truth.why_{step}', lesion=name)}</p>"
