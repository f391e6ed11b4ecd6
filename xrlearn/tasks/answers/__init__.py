"""The kinds of answer: each knows its columns, says itself in words, and is measured in its own figures.

A question of a new kind is one file here; no code elsewhere asks which kind an answer is of.
"""

from .aided import Aided
from .aided_number import AidedNumber
from .answer import Answer, AnswerError, Said
from .classes import Classes, Grades
from .measured import MeasuredGrades
from .number import Number
from .points import Points
from .ratio import Ratio
from .several import Several
from .yes_no import YesNo

__all__ = [
    "Aided",
    "AidedNumber",
    "Answer",
    "AnswerError",
    "Classes",
    "Grades",
    "MeasuredGrades",
    "Number",
    "Points",
    "Ratio",
    "Said",
    "Several",
    "YesNo",
]
