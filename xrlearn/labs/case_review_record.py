"""A record without a film as a form: what is known of a person, or the text of a report."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ipywidgets import HTML, Dropdown, Text, Textarea, ToggleButtons, VBox, Widget

from ..locale import room, text
from ..tasks.task import Task
from .parts import Words


class RecordForm(VBox):
    """The fields that a task reads, or those that it needs beside a film.

    Parameters
    ----------
    task : Task
    words : Words
        Of the page.
    changed : callable
        Called without anything when a field was changed by hand.

    Examples
    --------
    >>> from ..tasks import find
    >>> form = RecordForm(find("hip-fracture-risk"), Words(), lambda: None)
    >>> form.put({"age": 71, "sex": "F", "smoker": 1})
    >>> form.row()["age"], form.row()["sex"], form.row()["smoker"], form.row()["bmi"]
    ('71', 'F', '1', '')
    """

    def __init__(self, task: Task, words: Words, changed: Callable[[], object]) -> None:
        super().__init__()
        self.add_class("xr-record")
        self._changed, self._quiet = changed, False
        settings = task.settings
        columns = {column.name: column for column in (*settings.get("columns", ()), *settings.get("beside", ()))}
        self.fields: dict[str, Any] = {}
        self._titles: dict[str, Callable[[], str]] = {}
        beside = [name for name in task.beside if name != "earlier"]  # that is a film
        for name in (*task.inputs, *beside) if task.films else columns or task.inputs:
            column = columns.get(name)
            title = f"records.column.{name}"
            known = title.partition(".")[2] in room("records")
            self._titles[name] = partial(text, title) if known else partial(str, name)
            self.fields[name] = _field(name, column, words, rows=2 if task.films else 7)
            self.fields[name].observe(self._edited, "value")
        self._head = HTML()
        self.children = (self._head, VBox(list(self.fields.values())).add_class("xr-fields"))
        self._film = task.films
        self.relabel()

    def row(self) -> dict[str, Any]:
        """Return what stands in the fields; ``""`` where nothing does."""
        return {name: field.value.strip() for name, field in self.fields.items()}

    def put(self, row: Mapping[str, Any]) -> None:
        """Fill the fields; what the row does not tell is left empty."""
        self._quiet = True
        try:
            for name, field in self.fields.items():
                value = row.get(name)
                said = (
                    "" if value is None or value != value else f"{value:g}" if isinstance(value, float) else str(value)
                )
                field.value = said if not isinstance(field, Dropdown | ToggleButtons) else _choice(field, said)
        finally:
            self._quiet = False

    def _edited(self, _: Any) -> None:
        if not self._quiet:
            self._changed()

    def relabel(self) -> None:
        """Take the words again."""
        key = "beside" if self._film else "record"
        self._head.value = f"<h2>{text(f'review.record.{key}')}</h2>"
        for name, field in self.fields.items():
            title = self._titles[name]()
            field.description = title[:1].upper() + title[1:]


def _choice(field: Any, said: str) -> str:
    return said if said in [value for _, value in field.options] else ""


def _field(name: str, column: Any, words: Words, rows: int) -> Widget:
    wide: dict[str, Any] = {"style": {"description_width": "initial"}}
    if name == "sex":
        field = Dropdown(**wide)
        words.bind_options(field, {"": "review.record.unknown", "F": "review.record.female", "M": "review.record.male"})
    elif column is not None and (column.low, column.high) == (0, 1):
        field = Dropdown(**wide)
        words.bind_options(field, {"": "review.record.unknown", "0": "review.record.no", "1": "review.record.yes"})
    elif column is not None:
        return Text(continuous_update=False, **wide)
    else:
        return Textarea(continuous_update=False, rows=rows, **wide).add_class("xr-text")
    field.value = ""
    return field
