"""Errors that speak to people: one sentence of the catalogue, in the language in use when it is read."""

from typing import Any

from . import text


class SentenceError(ValueError):
    """An error whose ``str()`` is one sentence of the catalogue.

    Each room derives its own and says in `section` where its sentences stand.

    Parameters
    ----------
    key : str
        The sentence's key below `section`.
    **values
        What fills its placeholders. Never the path of a patient's file, never a patient's data.

    Attributes
    ----------
    key : str
        The whole key, by which a page can say the sentence anew in another language.
    values : dict

    Examples
    --------
    >>> str(SentenceError("radiograph.error.empty"))
    'The file is empty (0 bytes); please export or copy it again.'
    """

    section = ""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key, values)
        self.key = self.section + key
        self.values = values

    def __str__(self) -> str:
        return text(self.key, **self.values)
