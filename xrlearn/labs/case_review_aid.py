"""What a reader gains by the model on one film: the reader alone, the model, and both; of simulated readers, too."""

from functools import singledispatch
from html import escape
from typing import TYPE_CHECKING

from ..tasks.answers import Aided, AidedNumber, Answer
from ..tasks.answers.aided import evidence
from .case_review_answers import bar, dots, t
from .case_review_film import Film
from .case_review_forms import NumberForm, YesNoForm, form_of
from .case_review_state import Opinion

if TYPE_CHECKING:
    from ..training import Prediction

#: a reader who says that she is certain is taken to be this sure, so that evidence can still move her
CERTAIN = 0.99


@singledispatch
def aid_panel(answer: Answer, film: Film, opinion: Opinion, prediction: "Prediction") -> str:
    """Return how reader and model do together; nothing where a question is not about that."""
    return ""


@aid_panel.register(Aided)
def _aid_yes_no(answer: Aided, film: Film, opinion: Opinion, prediction: "Prediction") -> str:
    form = form_of(answer)
    assert isinstance(form, YesNoForm)
    rows = [(t("aid.model"), prediction.probability)]
    if opinion.answer is not None and opinion.sureness is not None:
        sure = min(opinion.sureness / 100, CERTAIN)
        own = sure if opinion.answer else 1 - sure
        rows = [(t("aid.you"), own), *rows, (t("aid.you_both"), together(own, prediction))]
    bars = "".join(bar(name, chance, ()) for name, chance in rows)
    said = f"<p class='xr-soft'>{t('aid.bars', label=form.words(True))}</p><div class='xr-bars'>{bars}</div>"
    if film.truth is not None:
        alone, aided = answer.of_film(film.truth, prediction.probability, prediction.threshold, film.name)
        counted = [("aid.readers_alone", alone), ("aid.readers_both", aided)]
        said += f"<h3>{t('aid.readers', n=answer.readers)}</h3><dl class='xr-facts'>"
        said += "".join(
            f"<div><dt>{t(key)}</dt><dd>{t('aid.count', k=k, n=answer.readers, label=form.words(True))}</dd></div>"
            for key, k in counted
        )
        good = {"sensitivity": f"{answer.sensitivity:.2f}", "specificity": f"{answer.specificity:.2f}"}
        said += f"</dl><p class='xr-soft'>{t('aid.readers_how', **good)}</p>"
    return f"<h2>{t('aid.title')}</h2>{said}"


def together(own: float, prediction: "Prediction") -> float:
    """Return the probability of a reader who adds the model's evidence to her own, log-odds to log-odds."""
    from scipy.special import expit, logit

    return float(expit(logit(own) + evidence(prediction.probability, prediction.threshold)))


@aid_panel.register(AidedNumber)
def _aid_number(answer: AidedNumber, film: Film, opinion: Opinion, prediction: "Prediction") -> str:
    form = form_of(answer)
    assert isinstance(form, NumberForm)
    model, truth = form.of(prediction), film.truth
    if model is None:
        return ""
    rows = [("model", t("aid.model"), model)]
    if opinion.answer is not None:
        rows = [("you", t("aid.you"), opinion.answer), *rows]
        rows.append(("both", t("aid.you_both"), (opinion.answer + model) / 2))
    if truth is None:
        return f"<h2>{t('aid.title')}</h2><div class='xr-aid'>{dots(form, rows)}</div>"
    reader = answer.of_film(truth, film.name)
    rows += [("you", t("aid.reader"), reader), ("both", t("aid.reader_both"), (reader + model) / 2)]
    drawn = dots(form, [*rows, ("truth", t("scale_row.truth"), truth)])
    head = f"<tr><th></th><th scope='col'>{t('aid.off')}</th></tr>"
    off = "".join(f"<tr><td>{escape(name)}</td><td>{form.amount(abs(x - truth))}</td></tr>" for _, name, x in rows)
    how = t("aid.number_how", error=form.amount(answer.reader))
    return (
        f"<h2>{t('aid.title')}</h2><div class='xr-aid'>{drawn}</div><table><thead>{head}</thead><tbody>{off}</tbody>"
        f"</table><p class='xr-soft'>{how}</p>"
    )


__all__ = ["aid_panel", "together"]
