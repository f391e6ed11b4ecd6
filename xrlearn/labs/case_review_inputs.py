"""The reader's side of every form: the widgets by which an answer of its kind is given, by hand or by keys."""

from collections.abc import Callable, Sequence
from functools import singledispatch
from pathlib import Path
from typing import Any

import anywidget
from ipywidgets import HTML, FloatSlider, IntSlider, ToggleButtons, VBox
from traitlets import Any as AnyValue
from traitlets import Bool, List, Unicode

from ..locale import text
from .case_review_answers import capital
from .case_review_forms import ChoiceForm, Form, NumberForm, SeveralForm, YesNoForm
from .parts import Words

#: ends of two lines on a film, (row, column) each
Lines = Sequence[tuple[float, float]]
#: how sure a reader is taken to be until she says
SURE = 75


class Choice(anywidget.AnyWidget):
    """Buttons for classes or grades, with pictures.

    Attributes
    ----------
    names : list of str
    pictures : list of str
        Addresses of pictures, ``""`` where there is none.
    value : int or None
    label : str
        What is asked, for those who hear the page.
    disabled : bool
    """

    _esm = Path(__file__).with_name("case_review_choice.js").read_text(encoding="utf-8")

    names = List(Unicode()).tag(sync=True)
    pictures = List(Unicode()).tag(sync=True)
    value = AnyValue(None, allow_none=True).tag(sync=True)
    label = Unicode("").tag(sync=True)
    disabled = Bool(False).tag(sync=True)


class Input(VBox):
    """What a reader answers with. This one asks nothing, and stands for kinds of answer without a form.

    Parameters
    ----------
    form : Form
    words : Words
        Of the page.
    changed : callable
        Called without anything when the answer changes.

    Attributes
    ----------
    given : bool
        Whether there is an answer to commit to.
    """

    def __init__(self, form: Form, words: Words, changed: Callable[[], object]) -> None:
        super().__init__()
        self.form, self._words, self._changed = form, words, changed
        self.add_class("xr-input")
        self.build()

    def build(self) -> None:
        """Make the widgets."""
        only: tuple[Any, ...] = (HTML(f"<p class='xr-soft'>{text('review.form.look')}</p>"),)
        self.children = only

    @property
    def value(self) -> Any:
        """The answer so far; None before there is one."""
        return None

    @property
    def given(self) -> bool:
        """Whether there is an answer to commit to."""
        return True

    @property
    def sureness(self) -> int | None:
        """How sure the reader is, in percent, where the form asks."""
        return None

    def put(self, value: Any, sureness: int | None = None) -> None:
        """Show an answer; None for none yet."""

    def keyed(self, digit: int) -> None:
        """Take a digit."""

    def relabel(self) -> None:
        """Take the words again, in the language now in use."""

    def show(self, pictures: Sequence[str]) -> None:
        """Show example pictures, one a class."""

    def turned(self) -> None:
        """Take the other sign."""

    def drawn(self, lines: Lines, degrees: float | None, times_as_long: float | None) -> None:
        """Take two lines that the reader has drawn on the film: the angle between them, and the ratio of lengths."""


class YesNoInput(Input):
    """Two buttons, and how sure."""

    form: YesNoForm

    def build(self) -> None:
        """Make the widgets."""
        self.answer = ToggleButtons().add_class("xr-answer")
        keys = {False: self.form.answer.no, True: self.form.answer.yes}
        self._words.bind_options(self.answer, keys)
        self.answer.value = None
        self.sure = IntSlider(
            value=SURE, min=50, max=100, step=5, continuous_update=False, style={"description_width": "initial"}
        )
        self._words.bind(self.sure, "description", "review.ask.sure")
        self._words.bind(self.answer, "tooltip", "review.ask.answer")
        self.answer.observe(lambda _: self._changed(), "value")
        self.children = (self.answer, self.sure)

    @property
    def value(self) -> bool | None:
        """Yes or no."""
        return None if self.answer.value is None else bool(self.answer.value)

    @property
    def given(self) -> bool:
        """Once one of the buttons was pressed."""
        return self.answer.value is not None

    @property
    def sureness(self) -> int:
        """50 to 100."""
        return int(self.sure.value)

    def put(self, value: Any, sureness: int | None = None) -> None:
        """Show an answer."""
        self.answer.value = value
        self.sure.value = SURE if sureness is None else sureness

    def keyed(self, digit: int) -> None:
        """A digit is both, answer and sureness."""
        self.put(self.form.keyed(digit, None), self.form.sureness(digit))


class ChoiceInput(Input):
    """A button a class, with a picture."""

    form: ChoiceForm

    def build(self) -> None:
        """Make the widgets."""
        self.choice = Choice(pictures=[""] * len(self.form.names))
        self.choice.observe(lambda _: self._changed(), "value")
        self.children = (self.choice,)
        self.relabel()

    @property
    def value(self) -> int | None:
        """The class."""
        return None if self.choice.value is None else int(self.choice.value)

    @property
    def given(self) -> bool:
        """Once one was chosen."""
        return self.choice.value is not None

    def put(self, value: Any, sureness: int | None = None) -> None:
        """Show an answer."""
        self.choice.value = value

    def keyed(self, digit: int) -> None:
        """The digit is the class."""
        self.put(self.form.keyed(digit, self.value))

    def relabel(self) -> None:
        """Take the words again."""
        self.choice.names, self.choice.label = self.form.names, self.form.answer.name

    def show(self, pictures: Sequence[str]) -> None:
        """Show example pictures."""
        self.choice.pictures = list(pictures)


class NumberInput(Input):
    """A slider whose number can be typed, too. Until it is given, no number is shown that could pass for a hint."""

    form: NumberForm

    def build(self) -> None:
        """Make the widgets."""
        low, high, step = self.form.range
        self._middle = round((low + high) / 2, self.form.answer.places)
        self.slider = FloatSlider(
            value=self._middle, min=low, max=high, step=step, readout_format=f".{self.form.answer.places}f",
            style={"description_width": "initial"},
        )  # fmt: skip
        self._given = False
        self.slider.observe(self._moved, "value")
        self.children = (self.slider,)
        self.relabel()
        self.put(None)

    def _moved(self, _: Any) -> None:
        self._given = True
        self.slider.remove_class("xr-unset")
        self._changed()

    @property
    def value(self) -> float | None:
        """The number."""
        return float(self.slider.value) if self._given else None

    @property
    def given(self) -> bool:
        """Once it was moved."""
        return self._given

    def put(self, value: Any, sureness: int | None = None) -> None:
        """Show an answer; without one the slider rests in the middle."""
        self.slider.value = self._middle if value is None else value
        self._given = value is not None
        (self.slider.remove_class if self._given else self.slider.add_class)("xr-unset")
        self._changed()

    def keyed(self, digit: int) -> None:
        """Digits one after the other."""
        self.put(self.form.keyed(digit, self.value))

    def turned(self) -> None:
        """The other sign."""
        if self._given:
            self.put(self.form.turned(self.value))

    def drawn(self, lines: Lines, degrees: float | None, times_as_long: float | None) -> None:
        """What the lines make is the number."""
        number = self.form.drawn(degrees, times_as_long)
        if number is not None:
            self.put(number)

    def relabel(self) -> None:
        """Take the words again."""
        self.slider.description = capital(self.form.answer.name)


class SeveralInput(Input):
    """One input below the other; digits go to the first that is not yet given, two to a number."""

    form: SeveralForm

    def build(self) -> None:
        """Make the widgets."""
        self.parts = [input_of(form, self._words, self._changed) for form in self.form.parts]
        self._begun: Input | None = None  # the number of which one digit was pressed
        self._last: Input | None = None  # the part that was answered last
        self._lines: Lines | None = None  # on the film, and the part that they answer
        self._lined: Input | None = None
        for part in self.parts:
            if isinstance(part, YesNoInput):
                part.children = (part.answer,)  # how sure is asked of single answers only
        self._heads = [HTML() for _ in self.parts]
        self.children = tuple(w for pair in zip(self._heads, self.parts, strict=True) for w in pair)
        self.relabel()

    @property
    def value(self) -> tuple[Any, ...] | None:
        """Each part's."""
        return tuple(part.value for part in self.parts) if self.given else None

    @property
    def given(self) -> bool:
        """Once one part is given: a reader need not answer all."""
        return any(part.given for part in self.parts)

    def put(self, value: Any, sureness: int | None = None) -> None:
        """Show an answer."""
        self._begun = self._last = self._lines = self._lined = None
        for k, part in enumerate(self.parts):
            part.put(None if value is None else value[k])

    def keyed(self, digit: int) -> None:
        """The number that was begun takes it, else the first part that has no answer."""
        part = self._begun or next((part for part in self.parts if not part.given), self.parts[-1])
        self._begun = part if isinstance(part, NumberInput) and self._begun is None else None
        self._last = part
        part.keyed(digit)

    def turned(self) -> None:
        """What was answered last takes the other sign."""
        if self._last is not None:
            self._last.turned()

    def drawn(self, lines: Lines, degrees: float | None, times_as_long: float | None) -> None:
        """New lines answer the first number that is still open; lines whose end is moved still answer the same one."""
        moved = self._lines is not None and sum(a != b for a, b in zip(self._lines, lines, strict=True)) < 2
        numbers = [part for part in self.parts if isinstance(part, NumberInput)]
        if not moved:
            self._lined = next((part for part in numbers if not part.given), None)
        self._lines = list(lines)
        if self._lined is not None:
            self._last = self._lined
            self._lined.drawn(lines, degrees, times_as_long)

    def relabel(self) -> None:
        """Take the words again."""
        for head, form, part in zip(self._heads, self.form.parts, self.parts, strict=True):
            named = isinstance(form, NumberForm)  # a slider bears its name itself
            head.value = "" if named else f"<h3>{capital(form.name)}</h3>"
            head.layout.display = "none" if named else None
            part.relabel()


@singledispatch
def input_of(form: Form, words: Words, changed: Callable[[], object]) -> Input:
    """Return the widgets of a form."""
    return Input(form, words, changed)


input_of.register(YesNoForm, YesNoInput)
input_of.register(ChoiceForm, ChoiceInput)
input_of.register(NumberForm, NumberInput)
input_of.register(SeveralForm, SeveralInput)
