"""What a record of a person holds: columns of numbers, and of words that stand for numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..locale import text
from ..locale.errors import SentenceError

_MALE = {"f": 0, "female": 0, "w": 0, "女": 0, "m": 1, "male": 1, "男": 1}
_YES = {"no": 0, "n": 0, "false": 0, "否": 0, "无": 0, "yes": 1, "y": 1, "true": 1, "是": 1, "有": 1}


class RecordError(SentenceError):
    """A record says something that cannot be; the message says what."""

    section = "records.error."


@dataclass(frozen=True)
class Column:
    """One column of a person's record.

    Attributes
    ----------
    name : str
        Its title stands in the catalogue under ``records.column``.
    low, high : float
        What can be; a value outside is a slip of the pen.
    words : mapping
        What may be said instead of a number, in lower case.
    """

    name: str
    low: float = 0
    high: float = 1
    words: Mapping[str, int] = field(default_factory=lambda: _YES)

    @property
    def title(self) -> str:
        """What it is called, in the language in use."""
        return text(f"records.column.{self.name}")

    def number(self, value: Any) -> float:
        """Return a cell as a number; NaN where it is empty.

        Raises
        ------
        RecordError
            If it is no number, or one that cannot be.

        Examples
        --------
        >>> SEX.number("F"), Column("age", 40, 110).number("81")
        (0.0, 81.0)
        """
        said = "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip().lower()
        if said in ("", "nan", "<na>"):
            return math.nan
        try:
            found = float(self.words.get(said, said))
        except ValueError:
            found = math.nan
        if not self.low <= found <= self.high:
            raise RecordError("value", name=self.title, value=said[:20], low=f"{self.low:g}", high=f"{self.high:g}")
        return found


SEX = Column("sex", words=_MALE)


def numbers(cases: pd.DataFrame, columns: Sequence[Column]) -> NDArray[np.float64]:
    """Return the columns of a table as numbers, (rows, columns); NaN where a cell or a column is not there.

    Examples
    --------
    >>> numbers(pd.DataFrame({"sex": ["F", "男"]}), [SEX, Column("smoker")]).tolist()
    [[0.0, nan], [1.0, nan]]
    """
    found = np.full((len(cases), len(columns)), np.nan)
    for i, column in enumerate(columns):
        if column.name in cases:
            found[:, i] = [column.number(value) for value in cases[column.name]]
    return found
