"""Public tables of people whose fractures are known: no films, one row a person.

What they call a fracture is not what the task asks: GLOW's is any fracture in the first year, NHANES' a hip fracture
that people remember, before the record was made. Column ``outcome`` says so, and nobody should forget it.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ..locale import text
from .errors import DataError
from .split import split_by_patient


def _glow(table: pd.DataFrame) -> pd.DataFrame:
    """GLOW500 (Hosmer, Lemeshow & Sturdivant 2013): women of 55 and more, fractures oversampled to a quarter."""
    names = {"priorfrac": "previous_fracture", "momfrac": "parent_hip_fracture", "smoke": "smoker"}
    people = table[["sub_id", "age", "bmi", "fracture", *names]].rename(columns=names)
    yes = {"Yes": 1, "No": 0}
    for column in (*names.values(), "fracture"):
        people[column] = people[column].map(yes)
    people = people.rename(columns={"sub_id": "patient", "fracture": "future_hip_fracture"})
    return people.assign(sex="F")


def _nhanes(table: pd.DataFrame) -> pd.DataFrame:
    """NHANES 2013-14 and 2017-March 2020: adults of 40 and more, a hip fracture that they remember."""
    mother, father = table["mother_fractured_hip"], table["father_fractured_hip"]
    past = table[["prior_wrist_fracture", "prior_spine_fracture", "other_fracture_after20"]].max(axis=1)
    return pd.DataFrame(
        {
            "patient": table["seqn"],
            "age": table["age"],
            "sex": table["sex"],
            "bmi": table["bmi"],
            "smoker": table["current_smoker"],
            "glucocorticoids": table["glucocorticoid_daily_ever"],
            "parent_hip_fracture": pd.concat([mother, father], axis=1).max(axis=1),
            "previous_fracture": past,
            "future_hip_fracture": table["prior_hip_fracture"],
        }
    )


#: register -> its file below ``tables`` of the folder that ``XRLEARN_FILMS`` names, and how it is read
_REGISTERS: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "glow500": ("glow500.csv", _glow),
    "nhanes": ("nhanes_fracture_risk.csv", _nhanes),
}
_TASK = "hip-fracture-risk"


def registers_of(task: str) -> tuple[str, ...]:
    """Return the registers that a task can be measured on.

    Examples
    --------
    >>> registers_of("hip-fracture-risk")
    ('glow500', 'nhanes')
    """
    return tuple(_REGISTERS) if task == _TASK else ()


def _file(name: str) -> Path:
    return Path(os.environ.get("XRLEARN_FILMS") or ".") / "tables" / _REGISTERS[name][0]


def register_there(name: str) -> bool:
    """Say whether a register's table lies on this machine.

    Examples
    --------
    >>> register_there("no-such-register")
    False
    """
    return name in _REGISTERS and _file(name).is_file()


def read_records(source: str | Path, task: str, label: str) -> pd.DataFrame:
    """Read a register, or a CSV file with the task's columns and its label, into a cases table without films.

    Rows whose label is blank are left out; where no column ``patient`` says otherwise, each row is a person.

    Raises
    ------
    DataError
        If there is no such source, or it has no label.
    """
    name = str(source)
    if name in registers_of(task):
        if not register_there(name):
            raise DataError("no_register", source=name, file=_REGISTERS[name][0])
        people = _REGISTERS[name][1](pd.read_csv(_file(name)))
        people = people.assign(outcome=text(f"data.register.{name}"))
    else:
        path = Path(source).expanduser()
        if not path.is_file():
            raise DataError("no_source", source=path.name)
        try:
            people = pd.read_csv(path)
        except (ValueError, OSError):
            raise DataError("not_a_table", file=path.name) from None
        if label not in people:
            raise DataError("no_record_label", file=path.name, label=label)
    if not people[label].dropna().isin([0, 1]).all():
        raise DataError("not_yes_no", file=Path(name).name, label=label)
    people = people[people[label].notna()].reset_index(drop=True)
    people[label] = people[label].astype(int)
    patients = people.get("patient", people.index)
    people["patient"] = [f"{Path(name).stem}-{patient}" for patient in patients]
    return people.assign(split=split_by_patient(people["patient"]), source=Path(name).name)
