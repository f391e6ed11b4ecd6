"""The protocol of a reader study: a TOML file, checked field by field."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ..data.labels import LABELS
from ..locale import text
from ..tasks.registry import known
from .errors import StudyError

Mode = Literal["none", "second", "concurrent", "first"]
Scale = Literal["confidence", "ordinal", "months", "degrees"]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=10_000)]


#: between two sessions of one reader, so that films fade from memory: the four weeks that the FDA asks of crossover
#: studies (Clinical Performance Assessment: Considerations for Computer-Assisted Detection Devices, 2022)
WASHOUT_DAYS = 28


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _wrong(key: str, **values: Any) -> PydanticCustomError:
    return PydanticCustomError("protocol", "{key}", {"key": key, **values})


class Arm(_Part):
    """One way of reading.

    Attributes
    ----------
    name : str
        The modality's name in every table.
    ai : {"none", "second", "concurrent", "first"}
        Without AI; AI after the reader's own answer; AI beside the film; AI's answer before the film.
    shows : tuple of "probability", "heatmap"
        What the AI shows.
    """

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^,\n\"]+$")]
    ai: Mode = "none"
    shows: tuple[Literal["probability", "heatmap"], ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.ai == "none") == bool(self.shows):
            raise _wrong("shows_nothing" if not self.shows else "shows_without", arm=self.name)
        return self


class Cases(_Part):
    """Which films: a number with a prevalence and a mix of subtlety, or a list of files relative to the source."""

    number: Annotated[int, Field(ge=2, le=10_000)] = 20
    prevalence: Share = 0.5
    subtlety: dict[str, Share] | None = None
    films: tuple[str, ...] | None = None

    @field_validator("subtlety")
    @classmethod
    def _whole(cls, mix: dict[str, float] | None) -> dict[str, float] | None:
        if mix is not None and abs(sum(mix.values()) - 1) > 1e-6:
            raise _wrong("mix", total=sum(mix.values()))
        return mix

    @field_validator("films")
    @classmethod
    def _distinct(cls, films: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if films is not None and (len(films) < 2 or len(set(films)) < len(films)):
            raise _wrong("films")
        return films


class Planted(_Part):
    """How many films the AI is made to get wrong: too much (commission) and too little (omission)."""

    commission: Count = 0
    omission: Count = 0


class Protocol(_Part):
    """A reader study as it was planned; see ``example.toml`` for what each field means.

    Examples
    --------
    >>> protocol = Protocol.example()
    >>> [arm.name for arm in protocol.arms], protocol.cases.number
    (['unaided', 'aided'], 20)
    >>> Protocol.parse("title = 'No task'")
    Traceback (most recent call last):
    ...
    xrlearn.readers.errors.StudyError: ...
    """

    title: Annotated[str, Field(min_length=1, max_length=200)]
    #: name of a task; a label, as older protocols have it, stands for the first task that asks for it
    task: str
    seed: int = 0
    source: str | None = None
    design: Literal["crossover", "sequential"] = "crossover"
    washout_days: Annotated[float, Field(ge=0, le=3650)] = WASHOUT_DAYS
    scale: Scale = "confidence"
    grades: tuple[int, ...] = ()
    localise: bool = False
    #: a reader who has read all learns how she did: off, for she may talk to those who still read the same films
    own_result: bool = False
    time_limit_s: Annotated[float, Field(ge=0, le=86_400)] = 0
    practice: Annotated[int, Field(ge=0, le=1000)] = 0
    cases: Cases = Cases()
    planted: Planted = Planted()
    arms: Annotated[tuple[Arm, ...], Field(min_length=1, max_length=6)]

    @field_validator("task")
    @classmethod
    def _named(cls, task: str) -> str:
        labels = {t.name: t.label for t in known() if t.films and t.label in LABELS}
        if task not in labels and task not in LABELS:
            raise _wrong("task", task=task, known=", ".join(labels))
        asking = (name for name, label in labels.items() if label == task)
        return task if task in labels else next(asking, task)

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [arm.name for arm in self.arms]
        if len(set(names)) < len(names):
            raise _wrong("arms_alike")
        if self.design == "sequential" and (len(self.arms) < 2 or self.arms[0].ai != "none"):
            raise _wrong("sequential")
        if (self.scale == "ordinal") != (len(self.grades) > 1):
            raise _wrong("grades")
        if self.scale != suited(self.task):
            raise _wrong("scale", task=self.task, scale=suited(self.task))
        count = len(self.cases.films) if self.cases.films else self.cases.number
        if self.planted.commission + self.planted.omission > count:
            raise _wrong("planted", number=count)
        if (self.planted.commission or self.planted.omission) and not self.has_ai:
            raise _wrong("planted_without")
        return self

    @classmethod
    def parse(cls, content: str) -> "Protocol":
        """Return the protocol that a TOML text holds.

        Raises
        ------
        StudyError
            If it is no TOML, or a field is wrong: one sentence names the field and what to write.
        """
        try:
            raw = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            raise StudyError("toml", why=str(error)) from None
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise StudyError("field", sentence=_sentence(error)) from None

    @classmethod
    def read(cls, path: str | Path) -> "Protocol":
        """Read a protocol file; see :meth:`parse`."""
        try:
            return cls.parse(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError):
            raise StudyError("unreadable", file=Path(path).name) from None

    @classmethod
    def example(cls, task: str = "fracture") -> "Protocol":
        """Return the protocol that ships with the package, for another `task` with the scale that suits it."""
        raw = tomllib.loads(example_text())
        scale, label = suited(task), LABELS[label_of(task)]
        grades = list(range(int(label.low), int(label.high) + 1)) if scale == "ordinal" else []
        return cls.model_validate(
            raw | {"task": task, "scale": scale, "grades": grades, "localise": scale == "confidence"}
        )

    def to_toml(self) -> str:
        """Return the protocol as TOML that :meth:`parse` reads back to an equal one."""
        raw = self.model_dump(mode="json", exclude_none=True)
        plain = {name: value for name, value in raw.items() if name not in ("cases", "planted", "arms")}
        tables = [(f"[{name}]", raw[name]) for name in ("cases", "planted")] + [
            ("[[arms]]", arm) for arm in raw["arms"]
        ]
        blocks = [_lines(plain)] + [f"{head}\n{_lines(body)}" for head, body in tables]
        return "\n\n".join(blocks) + "\n"

    @property
    def label(self) -> str:
        """Column of the cases table that holds the truth."""
        return label_of(self.task)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns that the task's model reads beside the film."""
        return next((t.inputs for t in known() if t.name == self.task), ())

    @property
    def has_ai(self) -> bool:
        """Whether the AI speaks in any arm."""
        return any(arm.ai != "none" for arm in self.arms)

    def arm(self, name: str) -> Arm:
        """Return the arm called `name`."""
        return next(arm for arm in self.arms if arm.name == name)

    def stages(self, arm: str) -> tuple[str, ...]:
        """Return which answers a film asks for in an arm: ``("alone",)``, ``("aided",)``, or both in turn.

        A second reader speaks after the reader's own answer; in a sequential study that answer is the first arm's.
        """
        mode = self.arm(arm).ai
        if mode == "none":
            return ("alone",)
        return ("alone", "aided") if mode == "second" and self.design == "crossover" else ("aided",)

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest score of the scale."""
        if self.scale == "confidence":
            return 0.0, 100.0
        if self.scale == "ordinal":
            return float(min(self.grades)), float(max(self.grades))
        return LABELS[self.label].low, LABELS[self.label].high


def example_text() -> str:
    """Return the commented example, as it is in the file."""
    return (files(__package__) / "example.toml").read_text(encoding="utf-8")


def label_of(task: str) -> str:
    """Return the column that holds the truth of a task; a label is its own.

    Examples
    --------
    >>> label_of("hip-fracture"), label_of("kl")
    ('fracture', 'kl')
    """
    return next((t.label for t in known() if t.name == task), task)


def suited(task: str) -> Scale:
    """Return the scale that a task's label is read on.

    Examples
    --------
    >>> suited("knee-oa"), suited("bone-age"), suited("hip-fracture")
    ('ordinal', 'months', 'confidence')
    """
    name = label_of(task)
    label = LABELS.get(name, LABELS["fracture"])
    if not label.whole:
        return "months" if name == "bone_age" else "degrees"
    return "confidence" if label.high == 1 else "ordinal"


def _lines(values: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {_toml(value)}" for name, value in values.items())


def _toml(value: Any) -> str:
    """Return a value as TOML: JSON's strings, numbers, booleans and lists are the same; tables are not."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k, ensure_ascii=False)} = {_toml(v)}" for k, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _sentence(error: ValidationError) -> str:
    """Return one sentence about the first thing that is wrong."""
    first = error.errors()[0]
    context = first.get("ctx", {})
    if first["type"] == "protocol":
        return text(f"readers.protocol.{context.pop('key')}", **context)
    field = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    if first["type"] == "missing":
        return text("readers.protocol.missing", field=field)
    if first["type"] == "extra_forbidden":
        return text("readers.protocol.unknown", field=field)
    given = repr(first["input"])[:60]
    wanted = context.get("expected") or _range(context) or text(f"readers.protocol.kind_{_kind(first['type'])}")
    return text("readers.protocol.wrong", field=field, given=given, wanted=wanted)


def _range(context: dict[str, Any]) -> str | None:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    return ", ".join(f"{signs[k]} {v}" for k, v in context.items() if k in signs) or None


def _kind(type_: str) -> str:
    """Return what kind of value was wanted, from pydantic's name of the error."""
    for start, kind in (("int", "whole"), ("float", "number"), ("bool", "bool"), ("tuple", "list"), ("too_", "list")):
        if type_.startswith(start):
            return kind
    return "table" if type_.startswith(("model", "dict")) else "text"
