"""The model's side of the page: its answer, the reasons, a second opinion, the truth, and the price of a threshold."""

from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Box, IntSlider, VBox, Widget

from .. import locale
from ..locale import text
from . import case_review_answers as answers
from . import case_review_panels as panels
from .card_figures import CardFigures
from .case_review_aid import aid_panel
from .case_review_film import Film
from .case_review_forms import NumberForm, YesNoForm, form_of
from .case_review_overlay import Overlay, overlay, remeasured
from .case_review_reasons import coloured, companion_panel, landmarks_line, second_panel, why_panel
from .case_review_state import Opinion
from .chances import Operating
from .parts import Viewer

if TYPE_CHECKING:
    from ..training import Model, Prediction
    from .case_review import CaseReviewPage


class Reply:
    """The cards on which the model answers; they are empty until the reader has committed.

    Attributes
    ----------
    cards, below : list of Widget
        Beside the film, and below it.
    """

    def __init__(self, page: "CaseReviewPage") -> None:
        self._page = page
        self._moved: Prediction | None = None  # as the reader's hand has moved the model's points
        self._shown = CardFigures()  # of the model, beside the film under review
        self._operating: Operating | None = None
        words, wide = page.page.words, {"style": {"description_width": "initial"}}
        self.model, self.moved, self.truth = HTML().add_class("xr-model"), HTML(), HTML()
        self.second = HTML()
        self.model_card, self.second_card = _card(self.model, self.moved), _card(self.second)
        self.truth_card = _card(self.truth)
        self.cost_lead = HTML().add_class("xr-lead")
        self.threshold = IntSlider(value=50, min=1, max=99, **wide)
        words.bind(self.threshold, "description", "review.cost.threshold")
        self.prevalence = IntSlider(value=20, min=1, max=60, **wide)
        words.bind(self.prevalence, "description", "review.cost.prevalence")
        self.cost, self.roc = HTML(), HTML()
        self.cost_body = Box([VBox([self.threshold, self.prevalence, self.cost]), self.roc]).add_class("xr-cost")
        self.cost_card = _card(self.cost_lead, self.cost_body)
        self.card = HTML()
        self.cards: list[Widget] = [self.model_card, self.truth_card, self.second_card]
        self.below: list[Widget] = [self.cost_card, _card(self.card)]

    def listen(self) -> None:
        """Follow sliders, and the reader's hand on the model's points."""
        on = self._page.guarded
        for slider in (self.threshold, self.prevalence):
            slider.observe(on(lambda _: self._page.draw_answers()), "value")
        self._page.viewer.observe(on(self._dragged), "corners")

    def loaded(self, model: "Model | None") -> None:
        """Take a model's own threshold."""
        if model is not None and model.card.threshold == model.card.threshold:
            self.threshold.value = round(100 * model.card.threshold)

    def forget(self) -> None:
        """Drop what belonged to the last film."""
        self._moved = None

    @property
    def _model(self) -> "Model | None":
        """The model of this question; that of the last one does not count."""
        model = self._page.behind.model
        return model if model is not None and model.card.task == self._page.state.task.name else None

    # ------------------------------------------------------------- drawing
    def draw(self, film: Film | None, opinion: Opinion | None) -> None:
        """Write everything; nothing of the model and of the truth before the reader has committed."""
        state, behind = self._page.state, self._page.behind
        self._choose_figures(film)
        self._draw_cost(film, opinion)
        card = self._model.card if self._model else None
        self.card.value = panels.card_panel(card, locale.language(), self._shown)
        head = f"<h2>{_t('model.title')}</h2>"
        self.moved.value = ""
        if film is None or opinion is None:
            soon = panels.flow(_t("model.waiting"), _t(f"model.{behind.status}"))
            self.model.value = f"{head}<p class='xr-soft'>{soon}</p>"
            self.truth_card.layout.display = self.second_card.layout.display = "none"
            return
        prediction = state.prediction
        if prediction is None:
            waiting = "thinking" if behind.status == "ready" else behind.status
            self.model.value = f"{head}<p role='status'>{_t(f'model.{waiting}')}</p>"
        else:
            self.model.value = head + self._said(prediction, film, opinion)
            self._point(prediction)
        self._draw_moved()
        self._draw_second(film, opinion)
        self._draw_truth(film, opinion, prediction)

    def _said(self, prediction: "Prediction", film: Film, opinion: Opinion) -> str:
        """The model's answer in the form of the question, what it is made of, and what to beware of."""
        state, behind = self._page.state, self._page.behind
        if not prediction.known:
            return panels.refusal(prediction)
        form, truth = state.form, state.truth
        if isinstance(form, YesNoForm):
            said = panels.model_panel(form, prediction, opinion, film, self._threshold(), self._base(film))
        else:
            said = f"<div role='status'>{answers.said(form, prediction, opinion.answer, truth)}</div>"
        if behind.alone is not None:
            said += panels.alone_panel(behind.alone, prediction, state.task.baseline)
        columns = {c.name: c.title for c in state.task.settings.get("columns", ())} if not state.task.films else {}
        unit = form.unit if isinstance(form, NumberForm) else ""
        texts = [film.told[name] for name in state.task.inputs if isinstance(film.told.get(name), str)]
        said += "".join(coloured(one, prediction.parts) for one in texts if not state.task.films)
        said += answers.parts_panel(prediction.parts, columns, unit)
        said += panels.cautions(prediction, film, behind.seen)
        if film.source is not None and state.task.films and not self._shown.figures:
            said += f"<p class='xr-caution' role='note'>{_t('model.unmeasured')}</p>"
        if prediction.heatmap is not None:
            said += f"<p class='xr-soft'>{_t('model.heat')}</p>"
        return said

    def _point(self, prediction: "Prediction") -> None:
        """Show on every view where the model looked, and its landmarks."""
        state, behind = self._page.state, self._page.behind
        each = behind.each
        for k, viewer in enumerate(self._page.stage.children[: max(1, len(each))]):
            said = each[k] if k < len(each) else prediction
            if k == 0 and len(each) < 2:
                said = prediction
            if not said.known:
                viewer.points = []
                continue
            if said.heatmap is not None and not viewer.heated:
                viewer.heat(said.heatmap)
            viewer.points = [] if said.heatmap_peak is None else [said.heatmap_peak]
        views = list(state.film.beside) if state.film else []
        for one, task, said in behind.companions:
            beside = self._page.stage.children[1 + views.index(one)]
            if said.known and not beside.corners:
                _lay(beside, overlay(task, form_of(task.answer), said))
        viewer = self._page.viewer
        if self._moved is None and not viewer.corners and prediction.known:
            _lay(viewer, overlay(state.task, state.form, prediction))

    def _dragged(self, _: object) -> None:
        """The reader has moved a point: measure anew, and choose the lines anew."""
        state, viewer = self._page.state, self._page.viewer
        if state.film is None or state.opinion is None or not viewer.corners or self._model is None:
            return
        prediction = state.prediction
        if prediction is None or not viewer.adjustable or len(viewer.corners) != len(prediction.points):
            return
        moved = remeasured(state.task, self._model, prediction, viewer.corners)
        if self._moved is None and moved.answers == prediction.answers:
            return
        self._moved = moved
        _lay(viewer, overlay(state.task, state.form, moved), corners=False)
        self._draw_moved()

    def _draw_moved(self) -> None:
        if self._moved is not None:
            self.moved.value = f"<p class='xr-agree' role='status'>{_t('model.moved', label=self._moved.label)}</p>"
        elif self._page.viewer.adjustable and self._page.state.opinion is not None:
            self.moved.value = f"<p class='xr-soft'>{_t('model.movable')}</p>"

    def _draw_second(self, film: Film, opinion: Opinion) -> None:
        behind, state = self._page.behind, self._page.state
        prediction = state.prediction
        said = aid_panel(state.task.answer, film, opinion, prediction) if prediction and prediction.known else ""
        said += second_panel(behind.second, film, opinion) if behind.second else ""
        said += companion_panel(behind.companions) if behind.companions else ""
        if behind.changed is not None:
            said += panels.changed_panel(behind.changed)
            columns = {c.name: c.title for c in state.task.settings.get("columns", ())}
            said += answers.parts_panel(behind.changed.parts, columns)
        self.second_card.layout.display = None if said else "none"
        self.second.value = said

    def _draw_truth(self, film: Film, opinion: Opinion, prediction: "Prediction | None") -> None:
        state = self._page.state
        form, truth = state.form, state.truth
        self._page.viewer.boxes = [tuple(box) for box in state.boxes]
        for viewer, other in zip(self._page.stage.children[1:], film.beside, strict=False):
            viewer.boxes = [tuple(box) for box in other.boxes]
        if truth is None:
            said = f"<p>{_t('truth.unknown')}</p>"
        elif isinstance(form, YesNoForm):
            said = panels.truth_panel(form, truth, film, opinion, prediction, self._threshold())
        else:
            said = f"<div role='status'>{answers.told(form, truth, opinion.answer, prediction)}</div>"
        if truth is not None:
            said += landmarks_line(film, prediction) + why_panel(film)
        self.truth.value = f"<h2>{_t('truth.title')}</h2>{said}"
        self.truth_card.layout.display = None

    # ------------------------------------------------------------- the price of a threshold
    def _choose_figures(self, film: Film | None) -> None:
        """Take the figures of films like the one under review."""
        if self._model is None:
            self._shown, self._operating = CardFigures(), None
        else:
            self._shown = CardFigures.beside(self._model.card, film.source if film else None)
            self._operating = Operating.of(self._shown.figures)

    def _draw_cost(self, film: Film | None, opinion: Opinion | None) -> None:
        """The price of the threshold, counted on films like this one; none where the model does not know such films."""
        state = self._page.state
        self.cost_card.layout.display = None if isinstance(state.form, YesNoForm) else "none"
        said = state.prediction if film is not None and opinion is not None else None
        unknown = said is not None and not said.known
        if unknown:
            lead = "unknown"
        elif self._model is None or self._operating is not None:
            lead = "lead"
        else:
            lead = "none_like" if self._model.card.figures else "absent"
        priced = self._operating is not None and not unknown
        self.cost_lead.value = f"<h2>{_t('cost.title')}</h2><p>{_t(f'cost.{lead}')}</p>"
        self.cost_body.layout.display = None if priced else "none"
        if priced and self._operating is not None and self._model is not None:
            threshold, own = self._threshold(), self._model.card.threshold
            self.cost.value = panels.cost_panel(self._operating, threshold, self.prevalence.value, own, self._shown)
            self.roc.value = panels.roc_plot(self._operating, threshold)

    def _threshold(self) -> float:
        """The threshold chosen; the slider at rest stands for the model's own, which is no whole percent."""
        own = self._model.card.threshold if self._model else 0.5
        return own if self.threshold.value == round(100 * own) else self.threshold.value / 100

    def _base(self, film: Film) -> int | None:
        """How many of 100 films of those that calibrated the model have it; None where they are not like this one."""
        card = self._model.card if self._model else None
        part = card.data.get("splits", {}).get("valid") if card else None
        if part is None or card is None or film.source != card.figures.get("source"):
            return None
        return round(100 * part["positive"] / part["films"])


def _lay(viewer: Viewer, drawn: Overlay, corners: bool = True) -> None:
    with viewer.hold_sync():
        viewer.plates, viewer.names, viewer.shapes = drawn.plates, drawn.names, drawn.shapes
        if corners:
            viewer.corners = drawn.corners
        viewer.adjustable, viewer.compare = drawn.adjustable, drawn.compare


def _t(key: str, **values: Any) -> str:
    return escape(text(f"review.{key}", **values), quote=False)


def _card(*widgets: Widget) -> VBox:
    return VBox(list(widgets)).add_class("xr-card")
