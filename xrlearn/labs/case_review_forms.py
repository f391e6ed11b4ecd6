"""What a reader's answer is, for every kind of :class:`~xrlearn.tasks.answers.Answer`: one form for reader and model.

A form knows how an answer is said, how it is given by keys, where it stands in a prediction, and whether it is right.
It has no widgets. A kind of answer that is not known here has the plain :class:`Form`: the reader looks, and the
model's sentence is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from ..locale import text
from ..tasks.answers import Answer, Classes, Grades, Number, Ratio, Several, YesNo
from .parts.reading_keys import confidence

if TYPE_CHECKING:
    from ..training import Prediction

#: how near a number must be to count as right, as a share of the range, where the task names no reach
NEAR = 0.05


@dataclass(frozen=True)
class Form:
    """An answer without a form of its own: nothing is asked of the reader.

    Attributes
    ----------
    answer : Answer
    """

    answer: Answer

    @property
    def name(self) -> str:
        """What is asked for, in the language in use."""
        return self.answer.name

    def of(self, prediction: "Prediction") -> Any:
        """Return the model's answer in this form; None where it gives none."""
        return None

    def truth(self, row: Mapping[str, Any]) -> Any:
        """Return the truth of a row of a cases table; None where the row does not tell it."""
        import pandas as pd

        told = [row.get(column) for column in self.answer.columns]
        if any(value is None or value != value for value in told):
            return None
        return self._plain(self.answer.truth(pd.DataFrame([{c: row[c] for c in self.answer.columns}]))[0])

    def _plain(self, truth: Any) -> Any:
        return None

    def right(self, value: Any, truth: Any) -> bool | None:
        """Say whether an answer is right; None where that cannot be said."""
        return None

    def words(self, value: Any) -> str:
        """Say an answer in the language in use."""
        return text("review.form.none")

    def keyed(self, digit: int, value: Any) -> Any:
        """Return the answer after a digit was pressed; `value` is the one so far."""
        return value

    @property
    def signed(self) -> bool:
        """Whether numbers below 0 are among the answers."""
        return False


@dataclass(frozen=True)
class YesNoForm(Form):
    """Yes or no; the reader says how sure she is, too.

    Examples
    --------
    >>> form = form_of(YesNo("fracture"))
    >>> form.words(True), form.right(True, False), form.keyed(1, None), form.sureness(1)
    ('fracture', False, False, 85)
    """

    answer: YesNo

    def of(self, prediction: "Prediction") -> bool | None:
        """Yes from the model's own threshold on."""
        return bool(prediction.probability >= prediction.threshold) if prediction.known else None

    def _plain(self, truth: Any) -> bool:
        return bool(truth)

    def right(self, value: bool, truth: bool) -> bool:
        """Both say the same."""
        return value == truth

    def words(self, value: bool) -> str:
        """The name of the answer."""
        return self.answer.names[int(value)]

    def keyed(self, digit: int, value: Any) -> bool:
        """From 0, surely none, to 9, surely one."""
        return confidence(digit) > 50

    def sureness(self, digit: int) -> int:
        """How sure a digit is, 50 to 100 %."""
        return max(confidence(digit), 100 - confidence(digit))


@dataclass(frozen=True)
class ChoiceForm(Form):
    """One of several classes, or a grade.

    Examples
    --------
    >>> form = form_of(Grades("kl", keys=("tasks.kl.0", "tasks.kl.1")))
    >>> form.keyed(1, None), form.keyed(7, None), form.ordered
    (1, None, True)
    """

    answer: Classes

    @property
    def names(self) -> list[str]:
        """The classes in the language in use."""
        return self.answer.names

    @property
    def ordered(self) -> bool:
        """Whether being one off is less wrong than being two off."""
        return isinstance(self.answer, Grades)

    def of(self, prediction: "Prediction") -> int | None:
        """The most probable class."""
        chances = self.chances(prediction)
        return chances.index(max(chances)) if chances else None

    def chances(self, prediction: "Prediction") -> list[float]:
        """The probability of each class; empty where the model gives none."""
        return list(prediction.answers.values()) if prediction.known else []

    def _plain(self, truth: Any) -> int:
        return int(truth)

    def right(self, value: int, truth: int) -> bool:
        """The same class."""
        return value == truth

    def words(self, value: int) -> str:
        """The name of the class."""
        return self.names[value]

    def keyed(self, digit: int, value: Any) -> int | None:
        """The digit is the class, from 0 on; without a class of that number nothing changes."""
        return digit if digit < len(self.names) else value


@dataclass(frozen=True)
class NumberForm(Form):
    """A number with a unit.

    Examples
    --------
    >>> form = form_of(Number("bone_age", unit="tasks.unit.months", within=(12.0,), span=(0.0, 240.0, 1.0)))
    >>> form.keyed(4, 12.0), form.keyed(5, 124.0), form.right(120.0, 131.0), form.amount(124)
    (124.0, 5.0, True, '124 months')
    """

    answer: Number

    @property
    def unit(self) -> str:
        """The unit in the language in use; empty for a ratio."""
        return "" if self.ratio else text(self.answer.unit)

    @property
    def range(self) -> tuple[float, float, float]:
        """Least, greatest, step."""
        return self.answer.span

    @property
    def reach(self) -> float:
        """How near counts as right."""
        low, high, _ = self.range
        return self.answer.within[0] if self.answer.within else NEAR * (high - low)

    @property
    def angle(self) -> bool:
        """Whether it can be drawn on the film as the angle between two lines."""
        return self.answer.unit.endswith(".degrees")

    @property
    def signed(self) -> bool:
        """Whether it may lie below 0."""
        return self.range[0] < 0

    @property
    def ratio(self) -> bool:
        """Whether it can be drawn on the film as the length of a second line divided by that of a first."""
        return isinstance(self.answer, Ratio)

    @property
    def drawing(self) -> str:
        """How it is drawn on the film, in a sentence; empty where it cannot be."""
        if isinstance(self.answer, Ratio):
            return text(self.answer.drawing)
        return text("review.ask.draw") if self.angle else ""

    def drawn(self, degrees: float | None, times_as_long: float | None) -> float | None:
        """Return the number that two lines on a film make, rounded as people say it; None where they make none."""
        number = degrees if self.angle else times_as_long if self.ratio else None
        return None if number is None else round(number, self.answer.places)

    def of(self, prediction: "Prediction") -> float | None:
        """The number."""
        return prediction.answers.get("value") if prediction.known else None

    def margin(self, prediction: "Prediction") -> float | None:
        """To which 9 in 10 films keep."""
        return prediction.answers.get("margin") if prediction.known else None

    def _plain(self, truth: Any) -> float:
        return float(truth)

    def right(self, value: float, truth: float) -> bool:
        """Within the task's nearest reach."""
        return abs(value - truth) <= self.reach

    def words(self, value: float) -> str:
        """Number, unit, and what it means."""
        return self.answer.words(value)

    def amount(self, value: float, signed: bool = False) -> str:
        """Number and unit."""
        return self.answer.amount(value, signed)

    def number(self, value: float, signed: bool = False) -> str:
        """The number without its unit, but for the sign of degrees."""
        return self.answer.amount(value, signed) if self.angle else self.answer.number(value, signed)

    @property
    def name(self) -> str:
        """What is asked for, without the unit that stands behind its numbers."""
        unit = text(self.answer.unit)
        return self.answer.name.removesuffix(f", {unit}").removesuffix(f"（{unit}）")

    def keyed(self, digit: int, value: Any) -> float:
        """Digits one after the other make a number, with as many decimal places as it is said with.

        One that would be too large begins anew.
        """
        ones = 10**self.answer.places
        grown = 10 * round(abs(value or 0) * ones) + digit
        grown = grown if grown <= self.range[1] * ones else digit
        return grown / ones

    def turned(self, value: Any) -> Any:
        """Return the number with the other sign, where such numbers are offered."""
        low, high, _ = self.range
        return value if value is None or not low <= -value <= high else -value


@dataclass(frozen=True)
class SeveralForm(Form):
    """Several answers of one film, each in its own form; the value is a tuple."""

    answer: Several

    @property
    def parts(self) -> Sequence[Form]:
        """A form for each."""
        return tuple(form_of(part) for part in self.answer.parts)

    @property
    def signed(self) -> bool:
        """Whether one of them may lie below 0."""
        return any(part.signed for part in self.parts)

    @property
    def names(self) -> list[str]:
        """What each part asks for."""
        return [part.name for part in self.parts]

    def part_of(self, prediction: "Prediction", which: int) -> "Prediction":
        """Return what the prediction says of one part, as a prediction of its own."""
        from dataclasses import replace

        start = f"{self.answer.parts[which].column}."
        own = {k.removeprefix(start): v for k, v in prediction.answers.items() if k.startswith(start)}
        chance = own.pop("probability", float("nan"))
        # A part's own threshold is not told: yes is what is more likely than not.
        return replace(prediction, answers=own, probability=chance, threshold=0.5)

    def of(self, prediction: "Prediction") -> tuple[Any, ...] | None:
        """Each part's."""
        if not prediction.known:
            return None
        return tuple(form.of(self.part_of(prediction, k)) for k, form in enumerate(self.parts))

    def truth(self, row: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Each part's; None where the row tells none of them."""
        told = tuple(form.truth(row) for form in self.parts)
        return told if any(value is not None for value in told) else None

    def right(self, value: tuple[Any, ...], truth: tuple[Any, ...]) -> bool | None:
        """All that are known and given are right."""
        known = [f.right(v, t) for f, v, t in zip(self.parts, value, truth, strict=True) if None not in (v, t)]
        return all(known) if known else None

    def words(self, value: tuple[Any, ...]) -> str:
        """All of them, each with its name."""
        told = zip(self.names, self.parts, value, strict=True)
        return "; ".join(f"{name}: {form.words(v)}" for name, form, v in told if v is not None)


@singledispatch
def form_of(answer: Answer) -> Form:
    """Return the form of a kind of answer."""
    return Form(answer)


form_of.register(YesNo, YesNoForm)
form_of.register(Classes, ChoiceForm)
form_of.register(Number, NumberForm)
form_of.register(Several, SeveralForm)
